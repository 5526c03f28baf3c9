"""What a step prints is in its log at once, and much of it is fast."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import wait_until

from synapse_magics.runtime import bootstrap

LINE = "x" * 99
FORKED = """
import os
pid = os.fork()
if pid == 0:
    print("other")
    os._exit(0)
os.waitpid(pid, 0)
"""
MULTIPROCESSING = """
import multiprocessing
process = multiprocessing.get_context("fork").Process(target=print, args=("other",))
process.start()
process.join()
"""
FLOOD = f"for number in range({{}}):\n    print('{LINE}')\n"


def started(folder, script, **options):
    """Start a script as steps are started, with its output in files."""
    path = folder / "script.py"
    path.write_text(script)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-u", bootstrap.__file__, str(path)], stdout=out, stderr=err, **options
        )


def printed(folder, script, code=0):
    process = started(folder, script)
    assert process.wait(60) == code, (folder / "err").read_text()
    return (folder / "out").read_text()


@pytest.mark.parametrize("count", [0, 1, 30, 3000, 100_000])
def test_every_line_is_there_in_order(tmp_path, count):
    text = printed(tmp_path, f"for number in range({count}): print(number)")
    assert text.splitlines() == [str(number) for number in range(count)]


def test_a_flood_takes_few_writes(tmp_path):
    script = (
        "import os, sys\n"
        "def writes():\n"
        "    with open('/proc/self/io') as file:\n"
        "        return int(file.read().split('syscw: ')[1].split()[0])\n"
        "before = writes()\n" + FLOOD.format(100_000) + "print(writes() - before, file=sys.stderr)"
    )
    if not Path("/proc/self/io").exists():
        pytest.skip("only Linux counts them")
    printed(tmp_path, script)
    # 200,000 with python -u.
    assert int((tmp_path / "err").read_text()) < 5_000


def test_a_line_is_in_the_log_when_print_returns_whatever_ends_the_process(tmp_path):
    script = "import os\nprint('last words', end='')\nos.kill(os.getpid(), 9)"
    assert printed(tmp_path, script, -signal.SIGKILL) == "last words"


@pytest.mark.parametrize(
    ("end", "code"),
    [("", 0), ("raise SystemExit(3)", 3), ("1 / 0", 1), ("import sys; sys.exit('no')", 1)],
)
def test_the_end_of_a_flood_is_there_at_the_end_of_the_script(tmp_path, end, code):
    text = printed(tmp_path, f"{FLOOD.format(5000)}print('last')\n{end}", code)
    assert text.endswith(f"{LINE}\nlast\n")


def test_the_rest_of_a_flood_is_seen_while_the_step_is_silent(tmp_path):
    process = started(
        tmp_path,
        f"import sys\n{FLOOD.format(5000)}print('last', end='')\nsys.stdin.read()",
        stdin=subprocess.PIPE,
    )
    try:
        wait_until(lambda: (tmp_path / "out").read_text().endswith("\nlast"), 10, "the last word")
    finally:
        process.stdin.close()
        process.wait(10)


def test_after_a_flood_it_is_line_by_line_again(tmp_path):
    script = (
        f"import os, threading, time\n{FLOOD.format(5000)}"
        "while threading.active_count() > 1: time.sleep(0.001)\n"
        "print('calm')\nos._exit(0)"
    )
    assert printed(tmp_path, script).endswith(f"{LINE}\ncalm\n")


@pytest.mark.parametrize(
    "start",
    [
        "import subprocess; subprocess.run(['echo', 'other'])",
        "import os; os.system('echo other')",
        FORKED,
        MULTIPROCESSING,
    ],
)
def test_what_is_started_after_a_flood_prints_after_it(tmp_path, start):
    text = printed(tmp_path, f"{FLOOD.format(3000)}print('before')\n{start}\nprint('after')")
    assert text == f"{LINE}\n" * 3000 + "before\nother\nafter\n"
    assert (tmp_path / "err").read_text() == ""


def test_several_threads_lose_nothing(tmp_path):
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        f"{FLOOD.format(2000)}"
        "def say(number):\n    print(f'{number}\\n', end='')\n"
        "with ThreadPoolExecutor(4) as pool:\n    list(pool.map(say, range(20000)))\n"
        f"{FLOOD.format(2000)}"
    )
    lines = printed(tmp_path, script).splitlines()
    assert lines.count(LINE) == 4000
    assert sorted(int(line) for line in lines if line != LINE) == list(range(20000))


def test_bytes_go_to_the_same_place(tmp_path):
    script = "import sys\nprint('a')\nsys.stdout.buffer.write(b'b\\n')\nprint('c')"
    assert printed(tmp_path, script) == "a\nb\nc\n"


def test_a_reader_that_has_gone_is_an_error_as_ever(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    path = tmp_path / "script.py"
    path.write_text(FLOOD.format(10_000))
    done = subprocess.run(
        [sys.executable, "-u", bootstrap.__file__, str(path)],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.returncode != 0
    assert b"BrokenPipeError" in done.stderr


def test_the_streams_are_those_of_python(tmp_path):
    script = (
        "import sys\n"
        "for stream in (sys.stdout, sys.stderr):\n"
        "    print(stream.fileno(), stream.name, stream.mode, stream.encoding, stream.errors,\n"
        "          stream.isatty(), stream.writable())\n"
        "print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)"
    )
    path = tmp_path / "plain.py"
    path.write_text(script)
    plain = subprocess.run(
        [sys.executable, "-u", str(path)], capture_output=True, text=True, check=True
    )
    assert printed(tmp_path, script) == plain.stdout


def test_a_flood_is_about_as_fast_as_into_a_file(tmp_path):
    script = FLOOD.format(300_000)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    path = tmp_path / "plain.py"
    path.write_text(script)

    def seconds(run):
        before = os.times()
        run()
        after = os.times()
        # Of the processors: a busy machine lets both wait.
        user = after.children_user - before.children_user
        return user + after.children_system - before.children_system

    def plain():
        with (tmp_path / "plain").open("wb") as out:
            subprocess.run([sys.executable, path], stdout=out, check=True, env=environment)

    pairs = [(seconds(plain), seconds(lambda: printed(tmp_path, script))) for _ in range(3)]
    assert min(ours for _, ours in pairs) < 2 * min(plain for plain, _ in pairs) + 0.1
