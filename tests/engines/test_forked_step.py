"""A step that was forked is what it would be in a new process."""

import json
import os
import signal
import sys

import pytest
from engines_support import end_of

from synapse_magics.engines import process
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.engines.fork_servers import ForkServers

PROBE = """
import json, os, signal, sys, tempfile, threading, time
def told(stream):
    return [stream.name, stream.encoding, stream.errors, stream.mode, stream.newlines,
            stream.line_buffering, stream.write_through, type(stream.buffer).__name__]
ignored = ("LINES", "COLUMNS")
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "cwd": os.getcwd(), "name": __name__, "file": __file__,
    "main": sys.modules["__main__"].__file__,
    "environment": {key: value for key, value in os.environ.items() if key not in ignored
                    and key != "SYNAPSE_MAGICS_JOB"},
    "streams": [told(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "same": [sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__],
    "read": sys.stdin.read(),
    "signals": {name: str(signal.getsignal(getattr(signal, name)))
                for name in ("SIGINT", "SIGTERM", "SIGCHLD", "SIGPIPE", "SIGHUP")},
    "mask": [int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "files": sorted(int(name) for name in os.listdir("/proc/self/fd") if int(name) < 3),
    "more": len([name for name in os.listdir("/proc/self/fd") if int(name) > 3]),
    "threads": [thread.name for thread in threading.enumerate()],
    "group": os.getpgrp() == os.getpid(), "umask": os.umask(0),
    "recursion": sys.getrecursionlimit(), "flags": list(sys.flags), "executable": sys.executable,
    "warnings": sys.warnoptions, "zone": time.tzname, "temporary": tempfile.gettempdir(),
}, indent=0))
"""

pytestmark = pytest.mark.usefixtures("forking")


@pytest.fixture
def forked(run, monkeypatch, forking):
    """Start a script in a forked process."""
    monkeypatch.setattr(process, "servers", forking)
    return run


@pytest.fixture
def both(run, engine, store, monkeypatch, forking):
    """Run a script in a new process and in a forked one; return what each printed."""

    def both(text, *arguments, plain=False, **environment):
        found = []
        for run_id, server in (("run1", None), ("run2", forking)):
            if server is not None:
                monkeypatch.setattr(process, "servers", server)
            end_of(engine, run(text, *arguments, run_id=run_id, plain=plain, **environment))
            folder = store.run_folder(run_id)
            text_of = [folder.stdout.read_text(), folder.stderr.read_text()]
            found.append([text.replace(run_id, "run") for text in text_of])
        return found

    return both


def test_a_step_that_imports_nothing_is_forked_from_what_has_imported_nothing(
    forked, engine, folder, plain_forking
):
    end_of(engine, forked(f"{HOW}import sys; print('pandas' in sys.modules)", plain=True))

    assert is_forked(folder)
    assert folder.stdout.read_text().endswith("False\n")


def test_it_may_import_something_after_all(forked, engine, folder, plain_forking):
    text = f"{HOW}print(__import__('pan' + 'das').Series([1]).sum())"
    state = end_of(engine, forked(text, plain=True))

    assert is_forked(folder)
    assert "pyspark" not in folder.stdout.read_text()  # what the other one is told to import
    assert (state.exit_code, folder.stdout.read_text()[-2:]) == (0, "1\n")


def test_it_is_forked_from_the_other_one_while_that_is_the_only_one(forking, tmp_path):
    servers = ForkServers()
    servers._servers = {(sys.executable, False): forking._servers[sys.executable, False]}
    servers._is_open = True
    hidden, gate = os.pipe()

    assert servers.fork(sys.executable, hidden, plain=True) is not None

    os.close(hidden)
    os.close(gate)


def is_forked(folder):
    return "fork_server" in folder.stdout.read_text()


HOW = "print(open('/proc/self/cmdline').read())\n"


@pytest.mark.parametrize("plain", [False, True])
def test_what_a_step_sees_is_the_same(both, plain_forking, plain):
    environment = {"TZ": "Asia/Tokyo", "TMPDIR": "/var/tmp"}
    started, forked = both(PROBE, "--one", "two three", plain=plain, **environment)

    assert json.loads(forked[0]) == json.loads(started[0])
    assert forked[1] == started[1]


def test_an_error_reads_the_same(both):
    started, forked = both("def inner():\n    1 / 0\ninner()\n")

    assert forked == started
    assert "ZeroDivisionError" in forked[1]


def test_a_step_is_forked(forked, engine, folder):
    end_of(engine, forked(HOW))

    assert is_forked(folder)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit(257)", 1),
        ("import sys; sys.exit('the reason')", 1),
        ("raise KeyboardInterrupt", -signal.SIGINT),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import os; os._exit(7)", 7),
    ],
)
def test_a_step_ends_with_its_own_code(forked, engine, text, code):
    assert end_of(engine, forked(text)) == JobState(JobStatus.ENDED, code)


def test_a_file_that_nobody_closed_is_written(forked, engine, folder):
    text = (
        "import os\nopen('mine.py', 'w').write('left = open(\"a\", \"w\"); left.write(\"1\")')\n"
        "import mine\nfile = open('b', 'w')\nfile.write('2')\n"
        "def knows():\n    return file\n"
    )
    end_of(engine, forked(text))

    assert [(folder.work / name).read_text() for name in "ab"] == ["1", "2"]


def test_threads_are_waited_for_and_exit_functions_called(forked, engine, folder):
    text = (
        "import atexit, threading, time\natexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\nprint('end')"
    )
    end_of(engine, forked(text))

    assert folder.stdout.read_text() == "end\nthread\nlast\n"


def test_no_two_steps_draw_the_same_numbers(forked, engine, store):
    text = "import random, uuid, numpy; print(random.random(), numpy.random.rand(), uuid.uuid4())"
    drawn = []
    for run_id in ("run1", "run2"):
        end_of(engine, forked(text, run_id=run_id))
        drawn += store.run_folder(run_id).stdout.read_text().split()

    assert len(set(drawn)) == 6


def test_what_a_step_changes_stays_with_it(forked, engine, store):
    text = (
        "import json, os, pandas, sys\n"
        "print(hasattr(json, 'left'), pandas.get_option('display.max_rows'), 'LEFT' in os.environ)"
        "\njson.left = True; pandas.set_option('display.max_rows', 1); os.environ['LEFT'] = '1'"
    )
    for run_id in ("run1", "run2"):
        end_of(engine, forked(text, run_id=run_id))

    assert store.run_folder("run2").stdout.read_text() == "False 60 False\n"


@pytest.mark.parametrize(
    "name", ["OMP_NUM_THREADS", "PYTHONHASHSEED", "LC_ALL", "ARROW_NUM_THREADS"]
)
def test_what_is_read_at_the_start_of_a_process_gets_a_new_one(forked, engine, folder, name):
    value = "C" if name == "LC_ALL" else "1"
    end_of(engine, forked(f"{HOW}import os; print(os.environ['{name}'])", **{name: value}))

    assert not is_forked(folder)
    assert folder.stdout.read_text().endswith(f"{value}\n")


@pytest.mark.parametrize("name", ["pandas.py", "pyarrow/__init__.py", "json.py"])
def test_a_module_of_the_steps_own_is_not_hidden_by_what_was_imported(
    forked, engine, store, folder, name
):
    folder.create()
    module = folder.work / name
    module.parent.mkdir(parents=True)
    module.write_text("mine = True")
    (folder.work / "step.py").write_text(
        f"{HOW}import {name.split('.')[0].split('/')[0]} as it\nprint(it.mine)"
    )
    handle = engine.start(process_job(folder), lambda _: None)
    end_of(engine, handle)

    assert not is_forked(folder)
    assert folder.stdout.read_text().endswith("True\n")


def process_job(folder):
    from synapse_magics.engines.base import StepJob

    return StepJob("run", folder, "step.py")


def test_child_processes_of_every_kind_start(forked, engine, folder):
    text = (
        "import multiprocessing, subprocess, sys\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def double(x):\n    return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    for method in ('fork', 'spawn', 'forkserver'):\n"
        "        context = multiprocessing.get_context(method)\n"
        "        with ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "            print(method, list(pool.map(double, range(3))))\n"
        "    subprocess.run([sys.executable, '-c', 'print(1)'], check=True)\n"
    )
    state = end_of(engine, forked(text), 40)

    assert (state.exit_code, folder.stderr.read_text()) == (0, "")
    assert folder.stdout.read_text() == (
        "fork [0, 2, 4]\nspawn [0, 2, 4]\nforkserver [0, 2, 4]\n1\n"
    )


def test_a_plot_and_a_model_are_made(forked, engine, folder):
    text = (
        "import numpy as np, pandas as pd, pyarrow as pa\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "x = np.random.rand(2000, 20)\n"
        "model = LogisticRegression().fit(x @ x.T @ x, x[:, 0] > .5)\n"
        "table = pa.Table.from_pandas(pd.DataFrame(x)); table.to_pandas()\n"
        "import pyarrow.csv, io; pyarrow.csv.read_csv(io.BytesIO(b'a,b\\n' + b'1,2\\n' * 100000))\n"
        "print(table.num_rows, model.coef_.shape)"
    )
    state = end_of(engine, forked(text), 60)

    assert (state.exit_code, folder.stdout.read_text()) == (0, "2000 (1, 20)\n")
