"""Statements of one session: what they share, print and show, and how they end."""

import json
import signal
import socket
import threading
import time
from types import SimpleNamespace

import psutil
import pytest
from sessions_support import Recorder, make_session, run
from spark_support import application, running_job, write_progress

from synapse_magics.sessions.channel import Channel, Printed
from synapse_magics.sessions.errors import SparkStatementException
from synapse_magics.sessions.states import SessionState

pytestmark = pytest.mark.spark


def family(folder):
    """Return the processes of the session: its guard, driver, JVM and Python workers."""
    guards = [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "session_guard.py" in str(child.cmdline())
    ]
    return [item for guard in guards for item in [guard, *guard.children(recursive=True)]]


def interrupt_when(condition):
    """Press the stop button as soon as a condition holds."""
    main = threading.main_thread().ident

    def press():
        deadline = time.monotonic() + 60
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def test_statements_share_one_namespace_and_the_last_expression_is_shown(session):
    assert run(session, "x = spark.range(20).count()\nprint('counted')\nx + 1") == "counted\n21\n"
    assert run(session, "x") == "20\n"
    assert run(session, "x = 1") == ""
    assert run(session, "None") == ""


def test_spark_its_context_and_the_old_sql_context_are_there(session):
    assert run(session, "sc.master, sqlContext.sql('select 1 as a').collect()") == (
        "('local[2]', [Row(a=1)])\n"
    )


def test_a_table_of_pandas_is_html_and_comes_after_what_was_printed(session):
    view = Recorder()
    session.run("import pandas\nprint('a')\npandas.DataFrame({'n': [7]})", "pyspark", "cell", view)

    (first, text), (second, data) = view.items
    assert (first, text, second) == ("stdout", "a\n", "shown")
    assert "<td>7</td>" in data["text/html"]
    assert "7" in data["text/plain"]


def test_what_is_printed_is_seen_while_the_statement_runs(session, session_folder):
    go = session_folder / "go"

    class Answering(Recorder):
        def text(self, stream, text):
            super().text(stream, text)
            if "waiting" in text:
                go.touch()  # the statement ends only because its output was seen

    view = Answering()
    code = (
        "import pathlib, sys, time\nprint('waiting')\nprint('aside', file=sys.stderr)\n"
        f"while not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.01)\nprint('done')"
    )
    session.run(code, "pyspark", "cell", view)

    assert view.of("stdout") == "waiting\ndone\n"
    assert view.of("stderr") == "aside\n"


def test_programs_that_a_statement_starts_print_there_too(session):
    code = "import subprocess\nprint('a')\n_ = subprocess.run(['echo', 'b'])\nprint('c')"

    assert run(session, code) == "a\nb\nc\n"


def test_classes_and_functions_travel_to_the_python_workers(session):
    run(session, "class Named:\n    def __init__(self, n):\n        self.n = n")

    code = "sorted(x.n for x in sc.parallelize(range(3)).map(Named).collect())"
    assert run(session, code) == "[0, 1, 2]\n"


def test_an_exception_shows_the_lines_of_the_cell_and_the_session_goes_on(session):
    with pytest.raises(SparkStatementException) as caught:
        run(session, "\ndef f():\n    return 1 / 0\nf()")

    lines = caught.value.remote_traceback.splitlines()
    assert lines[1:3] == ['  File "<cell>", line 4, in <module>', "    f()"]
    assert '  File "<cell>", line 3, in f' in lines
    assert "synapse_magics" not in caught.value.remote_traceback
    assert caught.value._render_traceback_() == [
        "SparkStatementException: ZeroDivisionError: division by zero"
    ]
    assert session.state is SessionState.IDLE


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = = 1", "SyntaxError"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("spark.sql('select a from nowhere')", "TABLE_OR_VIEW_NOT_FOUND"),
        ("input()", "EOFError"),
    ],
)
def test_nothing_that_a_statement_raises_ends_the_session(session, code, words):
    with pytest.raises(SparkStatementException, match=words):
        run(session, code)

    assert run(session, "1 + 1") == "2\n"


def test_the_sdks_names_are_there_and_find_no_run(session):
    code = "import azureml.core\nfrom azureml.core import Run\nprint(azureml.core.VERSION)"

    assert run(session, f"{code}\ntype(Run.get_context()).__name__") == "1.61.0\n'OfflineRun'\n"


def test_scala_shares_spark_and_its_views_with_python(session):
    printed = run(
        session,
        "case class Person(name: String, age: Int)\n"
        'val people = Seq(Person("Ann", 31), Person("Bob", 5)).toDS()\n'
        "people\n  .filter(_.age > 9)\n  .map(_.name)\n  .show()\n"
        "people.rdd.map(p => p.copy(age = 1)).collect().toList\n"
        'people.createOrReplaceTempView("people")\n'
        'println("from Scala")',
        "spark",
    )

    assert "defined class Person\n" in printed
    assert "|  Ann|\n" in printed
    assert "List(Person(Ann,1), Person(Bob,1))" in printed
    assert printed.endswith("from Scala\n")
    assert run(session, "spark.table('people').count()") == "2\n"
    run(session, "spark.range(3).createOrReplaceTempView('three')")
    assert run(session, 'spark.table("three").count', "spark").endswith("Long = 3\n")


def test_scala_remembers_and_can_be_defined_in_pieces(session):
    run(session, "var n = 1\nvar n = 2", "spark")
    code = "class K(val x: Int)\n\nobject K { def two = new K(n) }\nK.two.x"

    printed = run(session, code, "spark")

    assert printed.startswith("defined class K\ndefined object K\n")
    assert printed.endswith(": Int = 2\n")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("val y = nowhere", "not found: value nowhere"),
        ("1 / 0", "ArithmeticException: / by zero"),
        ("def f(a: Int) = {", "the code is incomplete"),
    ],
)
def test_an_error_of_scala_is_its_own(session, code, words):
    with pytest.raises(SparkStatementException, match=words):
        run(session, code, "spark")

    assert run(session, "1 + 1", "spark").endswith("Int = 2\n")


LONG = "spark.range(10**13).selectExpr('sum(id * id % 7)').collect()"
WORKERS = "sc.parallelize(range(2)).map(lambda _: __import__('time').sleep(600)).collect()"
LONG_SCALA = 'spark.range(10000000000000L).selectExpr("sum(id * id % 7)").collect()'


def jobs_that_run(session):
    code = "sc.statusTracker().getActiveJobsIds()"
    return run(session, code)


@pytest.mark.parametrize(
    ("code", "kind", "line"),
    [
        ("print('on')\nwhile True:\n    pass", "pyspark", "line 2"),
        (f"print('on')\n{LONG}", "pyspark", "line 2"),
        (f"print('on')\n{WORKERS}", "pyspark", "line 2"),
        (f'println("on")\n{LONG_SCALA}', "spark", ""),
    ],
    ids=["Python", "Spark", "Python workers", "Scala"],
)
def test_an_interrupt_ends_the_statement_and_its_jobs_and_not_the_session(
    session, code, kind, line
):
    view = Recorder()
    thread = interrupt_when(lambda: "on" in view.of("stdout"))
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt) as caught:
        run(session, code, kind, view)
    thread.join()

    shown = "\n".join(caught.value._render_traceback_())
    assert shown.endswith("KeyboardInterrupt")
    assert line in shown
    assert "session_main" not in shown
    assert time.monotonic() - started < 30
    assert session.state is SessionState.IDLE
    assert jobs_that_run(session) == "[]\n"
    assert run(session, "spark.range(5).count()") == "5\n"


def test_nothing_listens_beyond_this_machine(session, session_folder):
    found = [
        connection.laddr.ip
        for process in family(session_folder)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert found
    assert {item.removeprefix("::ffff:") for item in found} == {"127.0.0.1"}


def test_its_files_are_for_the_owner_only(session):
    folder = session._driver.job.folder

    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    for file in (session._driver.job.stdout, session._driver.job.stderr, session._driver.job.log):
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_metadata_is_json_with_the_keys_of_the_sdk(session):
    found = session.metadata()

    assert found["application_id"].startswith("local-")
    assert found["application_state"] == "idle"
    assert found["application_name"] == session.settings.name
    assert found["timeout_minutes"] == 30
    assert run(session, "sc.appName") == f"{session.settings.name!r}\n"


SLOW = """
import pathlib, time
def work(number):
    while number and not pathlib.Path({go!r}).exists():
        time.sleep(0.01)
sc.parallelize(range(2), 2).foreach(work)
"""


def test_the_jobs_of_a_long_statement_are_shown_while_it_runs(session, session_folder):
    run(session, "spark.range(3).count()")
    go = session_folder / "go on"

    class Waiting(Recorder):
        def spark(self, progress, *, ended):
            super().spark(progress, ended=ended)
            if progress.stages[0].completed:
                go.touch()  # the statement ends only because its progress was seen

    view = Waiting()
    session.run(SLOW.format(go=str(go)), "pyspark", "cell", view)

    (*_, (before, seen), (last, end)) = [item for item in view.items if item[0] != "stdout"]
    assert (before, last) == ("spark", "ended")
    assert (len(seen.jobs), seen.jobs[0].completed, seen.is_running) == (1, 1, True)
    assert (len(end.jobs), end.jobs[0].completed, end.jobs[0].status) == (1, 2, "SUCCEEDED")


def test_a_short_statement_shows_nothing_of_its_jobs(session):
    view = Recorder()
    run(session, "spark.range(100).count()", view=view)

    assert {name for name, _ in view.items} == {"stdout"}


@pytest.fixture
def quick(tmp_path):
    """Return a session without a driver, whose statement has a job, and the driver's end."""
    made = make_session(tmp_path)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        write_progress(tmp_path / "spark", application([running_job(0, started=9e9)], []))
        made._driver = SimpleNamespace(job=SimpleNamespace(spark=tmp_path / "spark"))
        made._channel = Channel(ours)
        for stream in ("stdout", "stderr"):
            (tmp_path / stream).touch()
            made._printed[stream] = Printed(tmp_path / stream)
        yield made, theirs
        for printed in made._printed.values():
            printed.close()


DONE = {"event": "done", "printed": [0, 0], "fatal": False, "interrupted": False, "error": None}


class Failing(Recorder):
    """End the statement as soon as its progress is shown, and fail now or at its end."""

    def __init__(self, driver, now=None, last=None):
        super().__init__()
        self.driver, self.now, self.last = driver, now, last

    def spark(self, progress, *, ended):
        super().spark(progress, ended=ended)
        if not ended:
            self.driver.sendall(json.dumps(DONE).encode() + b"\n")
        error = self.last if ended else self.now
        if error is not None:
            raise error


def test_a_view_that_fails_is_no_reason_for_a_statement_to_fail(quick):
    session, driver = quick
    view = Failing(driver, now=ValueError(), last=ValueError())

    session.run("1", "pyspark", "cell", view)

    assert [name for name, _ in view.items] == ["spark", "ended"]
    assert session.state is SessionState.IDLE


def test_an_interrupt_while_the_end_is_shown_leaves_the_session_idle(quick):
    session, driver = quick

    with pytest.raises(KeyboardInterrupt):
        session.run("1", "pyspark", "cell", Failing(driver, last=KeyboardInterrupt()))

    assert session.state is SessionState.IDLE
