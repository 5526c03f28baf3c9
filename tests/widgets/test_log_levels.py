"""How grave the lines of a log are."""

import pytest

from synapse_magics.widgets.log_levels import Level, LevelReader, maybe_grave

TRACEBACK = b"""\
rows read
Traceback (most recent call last):
  File "step.py", line 4, in <module>
    model.fit(df)
KeyError: 'age'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "step.py", line 6, in <module>
ValueError: no age
goes on""".split(b"\n")

JAVA = b"""\
24/05/01 12:00:00 ERROR Executor: Exception in task 0.0 in stage 1.0 (TID 1)
java.lang.RuntimeException: boom
\tat org.example.Main.main(Main.java:12)
Caused by: java.io.IOException: disk
\tat org.example.Disk.read(Disk.java:3)
\t... 3 more
24/05/01 12:00:01 INFO DAGScheduler: Job 0 failed""".split(b"\n")


def levels(lines):
    reader = LevelReader()
    return [reader.read(line) for line in lines]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b"24/05/01 12:00:00 INFO SparkContext: Running Spark", Level.INFO),
        (b"24/05/01 12:00:00 WARN Utils: Your hostname resolves", Level.WARN),
        (b"2024-05-01 12:00:00,123 - train - ERROR - no model", Level.ERROR),
        (b"DEBUG:root:here", Level.DEBUG),
        (b"[CRITICAL] out of memory", Level.ERROR),
        (b"TRACE x", Level.DEBUG),
        (b"\x1b[33mWARNING\x1b[0m old name", Level.WARN),
        (b"/lib/frame.py:12: FutureWarning: use loc", Level.WARN),
        (b"ValueError: no age", Level.ERROR),
        (b"pyspark.errors.AnalysisException: no table", Level.ERROR),
        (b"KeyboardInterrupt", Level.ERROR),
        (b"error: no such file", Level.ERROR),
        (b"warning: unused", Level.WARN),
        (b"714 rows trained", Level.INFO),
        (b"the error rate is 0.2", Level.INFO),
        (b"INFORMATION is no level, nor is terror", Level.INFO),
        (b"", Level.INFO),
    ],
)
def test_a_line_says_how_grave_it_is(line, level):
    assert levels([line]) == [level]


def test_a_traceback_belongs_to_its_error():
    found = levels(TRACEBACK)

    assert found[0] is found[-1] is Level.INFO
    assert {level for level, line in zip(found[1:-1], TRACEBACK[1:-1], strict=True) if line} == {
        Level.ERROR
    }


def test_a_java_stack_belongs_to_its_error():
    assert levels(JAVA) == [Level.ERROR] * 6 + [Level.INFO]


def test_what_is_indented_is_as_grave_as_the_line_before():
    lines = [b"WARN Config: unknown keys:", b"  spark.colour", b"done", b"  indented"]

    assert levels(lines) == [Level.WARN, Level.WARN, Level.INFO, Level.INFO]


def test_lines_that_may_be_grave_are_found_at_once():
    assert maybe_grave([b"one", b"WARN two", b"three", b"an Error and a warning"]) == [1, 3]
