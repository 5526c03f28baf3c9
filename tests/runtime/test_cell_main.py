"""A cell as a step: its variables, its exceptions, its life without this package."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synapse_magics.pipeline.cell_files import main_text, script_text
from synapse_magics.runtime.cell_main import own_frames, parse, report, summary, variables
from synapse_magics.runtime.context import RunContext
from synapse_magics.store.specs import StepKind

# As on a cluster: the package is not there, nor anything of the environment.
WITHOUT_PACKAGE = """
import runpy, sys
sys.modules["synapse_magics"] = None
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def run_cell(tmp_path):
    """Run a cell as a Python step in a process that cannot import this package."""

    def run_cell(body, *arguments):
        cell, main = tmp_path / "fit.py", tmp_path / "fit_main.py"
        cell.write_text(script_text("%%python_step fit", body))
        main.write_text(main_text("fit", StepKind.PYTHON))
        environment = {
            "SYNAPSE_MAGICS_RECORDS": str(tmp_path / "records.jsonl"),
            "SYNAPSE_MAGICS_ERROR": str(tmp_path / "error.json"),
            "PATH": "",
        }
        return subprocess.run(
            [sys.executable, "-I", "-c", WITHOUT_PACKAGE, str(main), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            cwd=tmp_path,
        )

    return run_cell


@pytest.fixture
def error(tmp_path):
    return lambda: json.loads((tmp_path / "error.json").read_text())


def test_the_command_line_is_parsed():
    line = ["--input", "a", '{"kind": "path", "path": "/x"}', "--input", "b", '{"kind": "tabular"}']
    line += ["--output", "out", "/y", "--parameter", "alpha", "0.5", "--parameter", "n", '["x"]']
    inputs, outputs, parameters = parse(line)

    assert inputs == {"a": {"kind": "path", "path": "/x"}, "b": {"kind": "tabular"}}
    assert outputs == {"out": "/y"}
    assert parameters == {"alpha": 0.5, "n": ["x"]}


def test_a_value_that_looks_like_an_option_is_a_value():
    line = ["--parameter", "n", "-1e-05", "--parameter", "s", '"--x"', "--output", "o", "/a b/--c"]
    _, outputs, parameters = parse(line)

    assert parameters == {"n": -1e-5, "s": "--x"}
    assert outputs == {"o": "/a b/--c"}


def test_inputs_outputs_and_parameters_are_variables(tmp_path):
    (tmp_path / "t.csv").write_text("n\n1\n")
    table = {
        "kind": "tabular",
        "format": "delimited",
        "paths": [str(tmp_path / "t.csv")],
        "separator": ",",
        "header": True,
        "encoding": "utf-8",
        "columns": [{"name": "n", "type": "integer"}],
    }
    line = ["--input", "t", json.dumps(table), "--input", "p", '{"kind": "path", "path": "/x"}']
    found = variables([*line, "--output", "out", "/y", "--parameter", "alpha", "0.5"], None)

    assert isinstance(found.pop("run"), RunContext)
    pd.testing.assert_frame_equal(found.pop("t"), pd.DataFrame({"n": [1]}))
    assert found == {"p": "/x", "out": "/y", "alpha": 0.5}


def test_a_spark_step_has_its_session():
    session = object()

    assert variables([], session)["spark"] is session


def test_a_cell_runs_where_the_package_is_not_installed(run_cell, tmp_path):
    (tmp_path / "helpers.py").write_text("def double(n): return 2 * n\n")
    done = run_cell(
        "from helpers import double\nrun.log('rows', double(alpha))\n"
        "open(model + '/m.txt', 'w').write(source)\n"
        "print(__name__)\n"
        "try:\n    import synapse_magics\nexcept ImportError:\n    print('alone')",
        *("--input", "source", '{"kind": "path", "path": "/x"}'),
        *("--output", "model", str(tmp_path)),
        *("--parameter", "alpha", "21"),
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "__main__\nalone\n"
    assert (tmp_path / "m.txt").read_text() == "/x"
    assert json.loads((tmp_path / "records.jsonl").read_text())["value"] == 42


def test_a_table_is_read_where_the_package_is_not_installed(run_cell, tmp_path):
    (tmp_path / "t.csv").write_text("flag,day\n1,2020-01-02\n0,\n")
    table = {
        "kind": "tabular",
        "format": "delimited",
        "paths": [str(tmp_path / "t.csv")],
        "separator": ",",
        "header": True,
        "encoding": "utf-8",
        "columns": [
            {"name": "flag", "type": "boolean"},
            {"name": "day", "type": "datetime", "format": "%Y-%m-%d"},
        ],
    }

    done = run_cell("print(t.flag.sum(), t.day.max().year)", "--input", "t", json.dumps(table))

    assert (done.stdout, done.returncode) == ("1 2020\n", 0), done.stderr


def test_a_long_input_is_read_from_a_file_beside(run_cell, tmp_path):
    (tmp_path / "p.input.json").write_text('{"kind": "path", "path": "/x"}')

    assert run_cell("print(p)", "--input", "p", "@p.input.json").stdout == "/x\n"


@pytest.mark.parametrize("kind", list(StepKind))
def test_a_main_file_names_nothing_of_the_package(kind):
    text = main_text("fit", kind)

    compile(text, "fit_main.py", "exec")
    assert "import synapse_magics" not in text
    assert "from synapse_magics" not in text


def test_an_exception_is_told_with_the_line_of_the_cell(run_cell, error):
    done = run_cell("def half(n):\n    return n / 0\n\nhalf(1)")

    assert done.returncode == 1
    found = error()
    text = found.pop("traceback")
    assert found == {
        "code": "UserError",
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "where": "cell of step fit, line 3",
        "line": 3,  # the magic line is the first
        "source": "return n / 0",
    }
    assert text == done.stderr
    assert "fit_main.py" not in text
    assert "runpy" not in text


def test_an_exception_of_a_library_is_told_with_the_line_that_called_it(run_cell, error):
    run_cell("import json\n\njson.loads('{')")

    assert (error()["type"], error()["line"]) == ("JSONDecodeError", 4)
    assert error()["source"] == "json.loads('{')"
    assert "decoder.py" in error()["traceback"]


def test_an_input_that_cannot_be_read_is_told_without_a_line(run_cell, error):
    gone = {"kind": "tabular", "format": "parquet", "paths": ["/nowhere"]}
    done = run_cell("print('never')", "--input", "t", json.dumps(gone))

    assert (done.returncode, done.stdout) == (1, "")
    assert error()["where"] == "cell of step fit"
    assert error()["line"] is None
    assert "/nowhere" in error()["message"]


def test_the_exit_code_of_a_cell_is_the_steps(run_cell, tmp_path):
    assert run_cell("import sys; sys.exit(3)").returncode == 3
    assert not (tmp_path / "error.json").exists()


def test_the_reason_that_a_cell_gives_for_its_exit_is_the_error(run_cell, tmp_path):
    done = run_cell("import sys\nsys.exit('nothing to do')")

    assert done.returncode == 1
    error = json.loads((tmp_path / "error.json").read_text())
    assert (error["message"], error["line"]) == ("nothing to do", 3)


def caught(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError


def fails():
    raise ValueError("no")


def test_own_frames_begin_in_the_script():
    error = caught(fails)
    frames = own_frames(error.__traceback__, Path(__file__))

    assert frames.tb_frame.f_code.co_filename == __file__
    assert own_frames(error.__traceback__, Path("other.py")) is error.__traceback__
    assert own_frames(None, Path("other.py")) is None


def test_a_script_that_is_no_python_is_told_with_its_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SYNAPSE_MAGICS_ERROR", str(tmp_path / "error.json"))
    script = tmp_path / "bad.py"
    script.write_text("x = 1\nif x\n")

    report(caught(compile, script.read_text(), str(script), "exec"), script, "script bad.py")

    found = json.loads((tmp_path / "error.json").read_text())
    assert (found["type"], found["line"], found["source"]) == ("SyntaxError", 2, "if x")
    assert found["where"] == "script bad.py, line 2"
    assert "SyntaxError" in capsys.readouterr().err


class Py4JJavaError(Exception):
    """Named as Py4J's, whose text is Java's."""


class PythonException(Exception):  # noqa: N818 - PySpark's name
    pass


class AnalysisException(Exception):  # noqa: N818 - PySpark's name
    pass


JAVA = """An error occurred while calling o45.parquet.
: org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.Foo.bar(Foo.scala:1)
"""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(" no \n"), "no"),
        (KeyError("Age"), "'Age'"),
        (Py4JJavaError(JAVA), "org.apache.spark.SparkException: Job aborted."),
        (
            Py4JJavaError(
                JAVA
                + "Caused by: java.io.IOException: outer\n\tat x\n"
                + "Caused by: java.lang.OutOfMemoryError: Java heap space\n\tat y\n\t... 3 more"
            ),
            "java.lang.OutOfMemoryError: Java heap space",
        ),
        (
            Py4JJavaError(
                JAVA
                + "Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent "
                + 'call last):\n  File "x.py", line 3, in <lambda>\nAttributeError: no upper\n\n'
                + "\tat org.apache.spark.Foo.bar(Foo.scala:1)\n\t... 17 more\n"
            ),
            "AttributeError: no upper",
        ),
        (Py4JJavaError("something else"), "something else"),
        (
            PythonException(
                "\n  An exception was thrown from the Python worker. Please see the stack trace "
                'below.\nTraceback (most recent call last):\n  File "x.py", line 4, in half\n'
                "ZeroDivisionError: division by zero\n"
            ),
            "ZeroDivisionError: division by zero",
        ),
        (AnalysisException("no column\nhere\n\nJVM stacktrace:\norg.x\n\tat y"), "no column\nhere"),
    ],
)
def test_a_summary_says_what_happened(error, words):
    assert summary(error) == words


def test_a_table_is_read_as_it_was_defined(run_cell, tmp_path):
    for country, header in (("nl", "code,n"), ("de", "n,more")):
        (tmp_path / f"{country}.csv").write_text(f"{header}\n1,2\n")
    binding = {
        "kind": "tabular",
        "format": "delimited",
        "separator": ",",
        "encoding": "utf8",
        "header": "combine",
        "empty_as_string": True,
        "columns": [
            {"name": "code", "type": "string", "format": None},
            {"name": "n", "type": "decimal", "format": None, "decimal_mark": ","},
            {"name": "more", "type": "integer", "format": None},
        ],
        "path": {"format": "/{country}.csv"},
        "path_columns": [{"name": "country", "type": "string"}],
        "path_values": [["nl"], ["de"]],
        "paths": [str(tmp_path / "nl.csv"), str(tmp_path / "de.csv")],
        "operations": [{"name": "skip", "count": 1}],
    }
    body = "print(table.to_csv(index=False), end='')"
    done = run_cell(body, "--input", "table", json.dumps(binding))

    assert done.stderr == ""
    assert done.stdout == "country,code,n,more\nde,,1.0,2.0\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"a,b\n1,2\n3,4,5\n",
            "t.csv: Error tokenizing data. C error: Expected 2 fields in line 3",
        ),
        (b"a,b\n1,2\n\xff,2\n", "t.csv, line 3, byte 8: "),
        (None, "t.csv is not there any more"),
    ],
    ids=["too many fields", "encoding", "gone"],
)
def test_a_file_that_is_no_such_table_is_named(run_cell, error, tmp_path, content, words):
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content)
    binding = {
        "kind": "tabular",
        "format": "delimited",
        "separator": ",",
        "encoding": "utf8",
        "header": True,
        "columns": [{"name": name, "type": "string"} for name in "ab"],
        "paths": [str(tmp_path / "t.csv")],
    }
    done = run_cell("print(1)", "--input", "table", json.dumps(binding))

    assert done.returncode == 1
    assert words in error()["message"]
    assert str(tmp_path) in done.stderr
