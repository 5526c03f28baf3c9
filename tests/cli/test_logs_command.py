"""What a step's driver printed, at a terminal."""

import os
import subprocess
import sys
import threading

from support import wait_until

from synapse_magics.agent import client

COMMAND = [sys.executable, "-c", "from synapse_magics.cli import main; raise SystemExit(main())"]


def test_the_end_of_a_log(command, done):
    done({"fit": "1"})

    assert command("logs").out == "said by fit\n"
    assert command("logs", "fit", "-n", "1").out == "said by fit\n"


def test_a_log_without_a_line_says_so_beside(command, done):
    done({"fit": "1"})

    shown = command("logs", "fit", "--stream", "stderr")

    assert (shown.code, shown.out) == (0, "")
    assert shown.err == "fit · stderr: nothing was printed\n"


def test_an_unknown_step_is_one_message(command, done):
    done({"fit": "1"})
    shown = command("logs", "fot")
    assert shown.code == 1
    assert "did you mean 'fit'?" in shown.err


def test_it_is_followed_until_the_step_has_ended(submit, workspace, tmp_path):
    text = (
        "import os, time\n"
        "print('one', flush=True)\n"
        f"while not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.01)\n"
        "print('two')\n"
    )
    submit({"slow": text})
    client.wake(workspace.store.folder)
    with subprocess.Popen(
        [*COMMAND, "logs", "slow", "--follow"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "one\n"
        (tmp_path / "go").touch()
        assert process.stdout.read() == "two\n"
    assert process.returncode == 0


def test_who_has_read_enough_may_leave(submit, workspace, tmp_path):
    submit({"loud": "print('x' * 100_000)"})
    client.wake(workspace.store.folder)
    run = workspace.store.runs.submitted()[0].id
    wait_until(lambda: workspace.store.runs.get(run).status.is_terminal)
    reader, writer = os.pipe()
    threading.Timer(0.0, os.close, [reader]).start()

    done = subprocess.run(
        [*COMMAND, "logs", "loud"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (1, "")
