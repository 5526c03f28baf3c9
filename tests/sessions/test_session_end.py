"""How sessions end: by a stop, by themselves, with their kernel; nothing is left of them."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sessions_support import COMPUTE, Recorder, make_session, run
from support import processes_of, wait_until

from synapse_magics.sessions.errors import (
    LivyClientTimeoutException,
    SessionLostError,
    SessionStartError,
)
from synapse_magics.sessions.states import SessionState

pytestmark = pytest.mark.spark


@pytest.fixture
def started(session_folder):
    """Start a session that ends with the test."""
    made = []

    def start(**options):
        session = make_session(session_folder, **options)
        session.start(lambda: None)
        made.append(session)
        return session

    yield start
    for session in made:
        session.stop()


def test_an_idle_session_ends_after_its_time_and_a_busy_one_does_not(started, session_folder):
    session = started(timeout_minutes=1 / 60)
    assert run(session, "import time\ntime.sleep(1.5)\n'awake'") == "'awake'\n"

    wait_until(lambda: session.state is SessionState.TIMEOUT, 10, "the end of the session")
    assert processes_of(session_folder) == []
    session.stop()
    assert list((session_folder / ".synapse" / "sessions").iterdir()) == []


def test_the_end_of_the_jvm_or_the_driver_is_told_with_its_cause(started, session_folder):
    session = started()
    with pytest.raises(SessionLostError, match="Session is dead"):
        run(session, "sc._jvm.java.lang.System.exit(3)")
    assert session.state is SessionState.DEAD
    assert processes_of(session_folder) == []
    session.stop()

    session = started()
    with pytest.raises(SessionLostError, match="its driver has ended") as caught:
        run(session, "import os, sys\nprint('last words', file=sys.stderr)\nos._exit(3)")
    assert caught.value.where == "last words"
    assert processes_of(session_folder) == []


def test_a_start_that_takes_too_long_leaves_nothing(session_folder):
    session = make_session(session_folder, start_timeout_seconds=0.5)
    with pytest.raises(LivyClientTimeoutException, match=r"did not start up in 0\.5 seconds"):
        session.start(lambda: None)

    assert processes_of(session_folder) == []


def test_a_start_that_fails_says_why_and_where_more_is(session_folder):
    session = make_session(session_folder, spark_conf={"spark.jars.packages": "nonsense"})
    with pytest.raises(SessionStartError) as caught:
        session.start(lambda: None)

    text = str(caught.value)
    assert text.startswith("Start session failed at status error. \nError info: ")
    assert "Provided Maven Coordinates must be in the form" in text
    assert "spark.log for details." in text
    assert session._driver.job.log.exists()
    session.stop()
    assert not session._driver.job.folder.exists()


SUPPORT = str(Path(__file__).parent)
KERNEL = """
    import sys, time
    from pathlib import Path
    sys.path.insert(0, {support!r})
    from sessions_support import make_session, run
    session = make_session(Path.cwd())
    session.start(lambda: None)
    print("ready", flush=True)
    run(session, {statement!r})
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_nothing_is_left_when_the_kernel_is_killed(session_folder, number):
    flag = session_folder / "busy"
    flag.unlink(missing_ok=True)
    statement = (
        "import pathlib, time\n"
        f"def wait(_):\n    pathlib.Path({str(flag)!r}).touch()\n    time.sleep(600)\n"
        "sc.parallelize(range(2)).map(wait).collect()"
    )
    code = KERNEL.format(support=SUPPORT, statement=statement)
    kernel = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=session_folder)
    try:
        wait_until(flag.exists, 60, "a Python worker at work")
        assert len(processes_of(session_folder)) > 4  # kernel, guard, driver, JVM, workers
    finally:
        kernel.send_signal(number)
        kernel.wait()

    wait_until(lambda: not processes_of(session_folder), 15, "the end of every process")
    # What was printed stays until the next session of the workspace starts.
    session = make_session(session_folder, compute={**COMPUTE, "master": "local[1]"})
    session.start(lambda: None)
    assert [item.name for item in session._driver.job.folder.parent.iterdir()] == [session.guid]
    session.stop()


def test_a_session_ends_with_a_kernel_that_just_ends(session_folder):
    code = KERNEL.format(support=SUPPORT, statement="print('run')")
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=session_folder, check=True, timeout=60
    )

    assert processes_of(session_folder) == []
    assert list((session_folder / ".synapse" / "sessions").iterdir()) == []


def test_output_of_a_statement_that_was_lost_is_shown(started):
    session = started()
    view = Recorder()
    with pytest.raises(SessionLostError):
        run(session, "import os\nprint('before')\nos.kill(os.getpid(), 9)", view=view)

    assert view.of("stdout") == "before\n"
