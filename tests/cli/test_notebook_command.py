"""The command line, from its arguments to its exit codes."""

import json
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from synapse_magics import __version__, cli
from synapse_magics.cli.notebook import parse_parameter
from synapse_magics.headless import CellError, NotebookResult
from synapse_magics.headless.parameters import ParameterError
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.store import Store


@pytest.fixture
def write(tmp_path):
    def write(*sources):
        path = tmp_path / "n.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
        return str(path)

    return write


@pytest.fixture
def ran(monkeypatch):
    """Replace the run of a notebook: what it was called with, and what it is to return."""
    calls = []
    result = types.SimpleNamespace(value=NotebookResult(new_notebook()), calls=calls)

    def run_notebook(path, **options):
        calls.append((path, options))
        return result.value

    monkeypatch.setattr("synapse_magics.headless.run_notebook", run_notebook)
    return result


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a=1", "a", 1),
        ("a=-1.5e3", "a", -1500.0),
        ("a=true", "a", True),
        ("a=True", "a", True),
        ("a=null", "a", None),
        ("a=None", "a", None),
        ('a="1"', "a", "1"),
        ("a='1'", "a", "1"),
        ("a=[1, 'x']", "a", [1, "x"]),
        ('a={"k": [null]}', "a", {"k": [None]}),
        ("a=b=c", "a", "b=c"),
        ("a=", "a", ""),
        ("a=two words ", "a", "two words "),
        ("a=2024-10-12", "a", "2024-10-12"),
        ("a=007", "a", "007"),
        ("a={1, 2}", "a", "{1, 2}"),
        ("a=NaN", "a", "NaN"),
        ("a=1e999", "a", "1e999"),
        ("a='\\d'", "a", "\\d"),
        ("a=__import__('os')", "a", "__import__('os')"),
        ("a=" + "(" * 5000, "a", "(" * 5000),
        (" a =1", "a", 1),
    ],
)
def test_values_are_literals_or_texts(text, name, value):
    read = parse_parameter(text)
    assert read == (name, value)
    assert type(read[1]) is type(value)


@pytest.mark.parametrize("text", ["a", "=1", "1a=1", "a-b=1", "for=1"])
def test_what_is_not_a_parameter(text):
    with pytest.raises(ParameterError):
        parse_parameter(text)


def test_arguments_reach_the_run(ran, capsys):
    options = ["--cwd", "w", "--timeout", "9", "--kernel", "k", "--html", "h", "--output", "o"]
    assert cli.main(["run", "n.ipynb", "-p", "a=1", "-p", "b=x", "-p", "a=2", *options]) == 0
    path, given = ran.calls[0]
    assert path == Path("n.ipynb")
    assert given.pop("on_line") is not None
    assert given == {
        "parameters": {"a": 2, "b": "x"},
        "output": Path("o"),
        "html": Path("h"),
        "cwd": Path("w"),
        "timeout": 9,
        "kernel": "k",
    }
    assert capsys.readouterr().out == "executed notebook: o\nHTML: h\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "n.ipynb", "-p", "novalue"],
        ["run", "n.ipynb", "-p", "1a=2"],
        ["run", "n.ipynb", "--timeout", "0"],
        ["run", "n.ipynb", "--timeout", "soon"],
        ["run", "n.ipynb", "--out", "x"],
        ["nonsense"],
    ],
)
def test_usage_errors_are_2(ran, capsys, arguments):
    assert cli.main(arguments) == 2
    assert "usage: synapse-magics" in capsys.readouterr().err
    assert ran.calls == []


def test_no_arguments_print_the_help(capsys):
    assert cli.main([]) == 2
    assert "run a notebook" in capsys.readouterr().out


@pytest.mark.parametrize("module", ["synapse_magics", "synapse_magics.cli"])
def test_it_runs_as_a_module(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"synapse-magics {__version__}\n")


def test_version_and_help(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"synapse-magics {__version__}\n"
    assert cli.main(["run", "--help"]) == 0


def test_unused_parameters_are_told(ran, capsys):
    ran.value = NotebookResult(new_notebook(), unused=("x",))
    assert cli.main(["run", "n.ipynb", "-p", "x=1"]) == 0
    assert capsys.readouterr().err == (
        "parameter x: no cell tagged 'parameters' sets it and no submitted pipeline has it\n"
    )


def test_every_run_is_shown_in_order(ran, capsys, tmp_path, monkeypatch):
    pipeline = PipelineSpec()
    with Store(tmp_path / ".synapse") as store:
        ids = [store.runs.submit(name, pipeline, []) for name in ("first", "second")]
    view = types.ModuleType("view")
    view.render_text = lambda state: f"{state.experiment} of {state.id}\n"
    monkeypatch.setitem(sys.modules, "synapse_magics.widgets.render_run", view)
    runs = [(tmp_path / ".synapse", run_id) for run_id in (*ids, "unknown")]
    ran.value = NotebookResult(new_notebook(), runs=(*runs, (tmp_path / "gone", ids[0])))

    assert cli.main(["run", "n.ipynb"]) == 0

    assert capsys.readouterr().out == f"\nfirst of {ids[0]}\n\nsecond of {ids[1]}\n"
    assert not (tmp_path / "gone").exists()


def test_long_tracebacks_are_cut_in_the_middle(ran, capsys):
    lines = tuple(f"line {number}" for number in range(1000))
    ran.value = NotebookResult(new_notebook(), error=CellError(3, 5, "%go", "E", "e", lines))
    assert cli.main(["run", "n.ipynb"]) == 1
    shown = capsys.readouterr().err.splitlines()
    assert shown[1:3] == ["cell 3 of 5 failed: %go", "line 0"]
    assert shown[-1] == "line 999"
    assert len(shown) == 2 + 40 + 1


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    def run_notebook(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("synapse_magics.headless.run_notebook", run_notebook)
    assert cli.main(["run", "n.ipynb"]) == 1
    assert capsys.readouterr().err == "OSError: [Errno 28] No space left on device\n"


def test_what_cannot_be_run_is_one_message(capsys, tmp_path):
    (tmp_path / "n.ipynb").write_text("print(1)")
    assert cli.main(["run", str(tmp_path / "n.ipynb")]) == 1
    assert cli.main(["run", str(tmp_path / "none.ipynb")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"NotebookError: {tmp_path / 'n.ipynb'} is not a notebook"
    assert lines[2].startswith("NotebookError: cannot read")
    assert len(lines) == 3


def test_the_command_line_is_light():
    code = (
        "import sys, synapse_magics.cli;"
        "print({'nbclient', 'nbformat', 'zmq', 'IPython', 'pandas', 'pyspark'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


COMMAND = [sys.executable, "-c", "from synapse_magics.cli import main; raise SystemExit(main())"]


@pytest.mark.notebook
def test_a_good_notebook_is_0(write, tmp_path, capsys):
    output, html = tmp_path / "out.ipynb", tmp_path / "out.html"
    path = write("print(6 * 7)")
    assert cli.main(["run", path, "--output", str(output), "--html", str(html)]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (f"executed notebook: {output}\nHTML: {html}\n", "")
    assert "42" in output.read_text()
    assert "42" in html.read_text()


@pytest.mark.notebook
def test_a_bad_notebook_is_1_and_its_error_comes_last(write, tmp_path):
    output = tmp_path / "out.ipynb"
    path = write("import warnings", "warnings.warn('old')\n1 / 0")
    done = subprocess.run(
        [*COMMAND, "run", path, "--output", str(output), "-p", "odd=1"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"executed notebook: {output}"
    assert lines[1].startswith("parameter odd:")
    assert lines[3] == "cell 3 of 3 failed: warnings.warn('old')"
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "Warning" not in done.stdout
    assert "\r" not in done.stdout
    assert "\x1b" not in done.stdout
    assert output.exists()


@pytest.mark.notebook
def test_libraries_warnings_stay_inside(write):
    path = Path(write("1"))
    content = json.loads(path.read_text())
    del content["cells"][0]["id"]  # nbformat has a warning for that, visible by default
    path.write_text(json.dumps(content))
    done = subprocess.run([*COMMAND, "run", str(path)], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.notebook
def test_a_kernel_that_does_not_start_is_one_message(write, tmp_path):
    folder = tmp_path / "data" / "kernels" / "broken"
    folder.mkdir(parents=True)
    spec = {"argv": ["false", "{connection_file}"], "display_name": "B", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    done = subprocess.run(
        [*COMMAND, "run", write("1"), "--kernel", "broken"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "JUPYTER_PATH": str(tmp_path / "data")},
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("HeadlessError: the kernel broken did not start: ")


@pytest.mark.notebook
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_kernel_too(write, tmp_path, number):
    path = write(
        "import os, time\n"
        "with open(os.environ['SYNAPSE_MAGICS_PROGRESS'], 'a') as file:\n"
        '    file.write(\'{"type":"submitted","run":"%d"}\\n\' % os.getpid())\n'
        "time.sleep(60)"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [*COMMAND, "run", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        kernel = int(process.stdout.readline().split("run ")[1].rstrip(")\n"))
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "interrupted\n"
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert list(temporary.iterdir()) == []
