"""Notebooks run in a kernel, without a front end."""

import importlib.util
import json
import os
import signal
import sys
import time
import warnings

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from synapse_magics import headless
from synapse_magics.headless import kernel_job
from synapse_magics.headless.parameters import ParameterError

pytestmark = pytest.mark.notebook


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def write(tmp_path):
    def write(*cells, **metadata):
        made = [cell if isinstance(cell, dict) else new_code_cell(cell) for cell in cells]
        path = tmp_path / "books" / "n.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=made, metadata=metadata), path)
        return path

    return write


def text_of(notebook, index):
    return "".join(output.get("text", "") for output in notebook.cells[index].outputs)


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_good_notebook(write, tmp_path):
    path = write("import os, sys\nprint(os.getcwd())", "print(sys.executable, os.getpid())")
    before = path.read_bytes()

    result = headless.run_notebook(path)

    assert result.error is None
    assert text_of(result.notebook, 0).strip() == str(tmp_path / "books")
    executable, pid = text_of(result.notebook, 1).split()
    assert executable == sys.executable
    assert gone(int(pid))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["n.ipynb"]


def test_the_environment_that_the_magics_find(write):
    names = ("HEADLESS", "WIDGETS", "PARAMETERS", "PROGRESS")
    path = write(
        "import os",
        f"for name in {names}: print(os.environ['SYNAPSE_MAGICS_' + name])",
        "file = os.environ['SYNAPSE_MAGICS_PROGRESS']\n"
        "print(os.stat(os.path.dirname(file)).st_mode & 0o077)",
    )
    result = headless.run_notebook(path, parameters={"a": [1, "x"]})
    lines = text_of(result.notebook, 2).splitlines()
    assert lines[:2] == ["1", "0"]
    assert json.loads(lines[2]) == {"a": [1, "x"]}
    assert text_of(result.notebook, 3) == "0\n"


def test_another_folder_is_made(write, tmp_path):
    path = write("import os; print(os.getcwd())")
    result = headless.run_notebook(path, cwd=tmp_path / "made" / "here")
    assert text_of(result.notebook, 0).strip() == str(tmp_path / "made" / "here")


def test_a_users_own_python3_does_not_shadow_this_interpreter(write, tmp_path, monkeypatch):
    other = tmp_path / "data" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python"], "display_name": "Other", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    path = write(
        "import sys; print(sys.executable)", kernelspec={"display_name": "x", "name": "python3"}
    )
    result = headless.run_notebook(path)
    assert text_of(result.notebook, 0).strip() == sys.executable


def test_a_kernel_that_is_not_installed_gives_way_to_this_interpreter(write):
    path = write(
        "import sys; print(sys.executable)", kernelspec={"display_name": "x", "name": "my-old-env"}
    )
    lines = []
    result = headless.run_notebook(path, on_line=lines.append)
    assert text_of(result.notebook, 0).strip() == sys.executable
    assert lines == [f"kernel my-old-env is not installed; using python3 of {sys.executable}"]


def test_a_kernel_asked_for_or_of_another_language_does_not_give_way(write):
    with pytest.raises(headless.HeadlessError, match="ir is not installed"):
        headless.run_notebook(
            write("1", kernelspec={"display_name": "x", "name": "ir", "language": "R"})
        )
    with pytest.raises(headless.HeadlessError, match="mine is not installed"):
        headless.run_notebook(write("1"), kernel="mine")


def test_a_kernel_that_does_not_start_says_why(write, tmp_path, monkeypatch):
    spec_folder = tmp_path / "data" / "kernels" / "broken"
    spec_folder.mkdir(parents=True)
    script = "import sys; sys.exit('no such luck {connection_file}'[:12])"
    spec = {"argv": [sys.executable, "-c", script], "display_name": "B", "language": "python"}
    (spec_folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    with pytest.raises(headless.HeadlessError, match=r"(?s)broken did not start.*no such luck"):
        headless.run_notebook(write("1"), kernel="broken")


def test_the_failing_cell_ends_the_run(write):
    cells = ("print('before')", "x = 1\nx / 0", "print('after')")
    old = new_code_cell(cells[2], outputs=[nbformat.v4.new_output("stream", text="old")])
    result = headless.run_notebook(write(*cells[:2], old))

    error = result.error
    assert (error.cell, error.cells, error.source) == (2, 3, "x = 1")
    assert (error.name, error.value) == ("ZeroDivisionError", "division by zero")
    assert error.lines[-1] == "ZeroDivisionError: division by zero"
    assert not any("\x1b" in line for line in error.lines)
    assert result.notebook.cells[2].outputs == []


def test_our_errors_are_short(write):
    source = (
        "from synapse_magics._errors import SynapseMagicsError\n"
        "raise SynapseMagicsError('it broke', where='step prep', hint='mend it')"
    )
    error = headless.run_notebook(write(source)).error
    assert error.lines == ("SynapseMagicsError: it broke", "where: step prep", "hint:  mend it")


def test_a_usage_error_has_no_traceback_but_a_line(write):
    error = headless.run_notebook(write("%no_such_magic")).error
    assert error.name == "UsageError"
    assert "no_such_magic" in error.lines[-1]


def test_errors_that_a_notebook_allows_do_not_end_it(write):
    allowed = new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    result = headless.run_notebook(write(allowed, "print('on')"))
    assert result.error is None
    assert text_of(result.notebook, 1) == "on\n"


def test_the_executed_notebook_is_written_even_if_it_failed(write, tmp_path):
    output, html = tmp_path / "new" / "out.ipynb", tmp_path / "out.html"
    result = headless.run_notebook(write("print(40 + 2)", "1 / 0"), output=output, html=html)
    written = nbformat.read(output, as_version=4)
    nbformat.validate(written)
    assert result.error is not None
    assert text_of(written, 0) == "42\n"
    assert written.cells[1].outputs[-1].ename == "ZeroDivisionError"
    assert ">42\n" in html.read_text()


def test_widgets_leave_no_state(write):
    path = write("import ipywidgets\nipywidgets.IntSlider()")
    assert "widgets" not in headless.run_notebook(path).notebook.metadata


def test_a_kernel_that_dies(write, tmp_path):
    output = tmp_path / "out.ipynb"
    path = write("print('alive')", "import os\nos._exit(7)", "1")
    error = headless.run_notebook(path, output=output).error
    assert (error.cell, error.lines[0]) == (2, "HeadlessError: the kernel died")
    assert text_of(nbformat.read(output, as_version=4), 0) == "alive\n"


def test_the_last_words_of_a_kernel(write):
    source = (
        "import os\n"  # under pytest a kernel leaves file descriptor 2 alone
        "text = ''.join(f'word {number}\\n' for number in range(100))\n"
        "os.write(2, text.encode())\n"
        "os._exit(7)"
    )
    error = headless.run_notebook(write(source)).error
    assert error.lines[0] == "HeadlessError: the kernel died"
    assert error.lines[1] == "word 0"
    assert error.lines[-2] == "word 99"
    assert len(error.lines) < 20


def test_what_is_printed_in_pieces_is_one_output(write):
    pieces = "for text in 'a', 'b':\n    print(text, flush=True)\n    time.sleep(0.3)\n"
    notebook = headless.run_notebook(write(f"import time\n{pieces}display(1)\n{pieces}")).notebook

    printed, shown, after = notebook.cells[0].outputs
    assert (printed.text, shown.output_type, after.text) == ("a\nb\n", "display_data", "a\nb\n")


def test_a_cell_that_takes_too_long(write, tmp_path):
    file = tmp_path / "pid"
    path = write(
        f"import os, pathlib, time\npathlib.Path({str(file)!r}).write_text(str(os.getpid()))",
        "time.sleep(60)",
    )
    error = headless.run_notebook(path, timeout=1).error
    assert error.cell == 2
    assert error.lines[0] == "HeadlessError: the cell took longer than 1 s"
    assert "--timeout" in error.lines[1]
    assert gone(int(file.read_text()))


@pytest.mark.parametrize(("given", "seen"), [(None, "10"), ("3", "3")])
def test_an_agent_that_a_headless_notebook_starts_goes_soon(write, monkeypatch, given, seen):
    monkeypatch.delenv("SYNAPSE_MAGICS_AGENT_IDLE", raising=False)
    if given is not None:
        monkeypatch.setenv("SYNAPSE_MAGICS_AGENT_IDLE", given)
    result = headless.run_notebook(
        write("import os\nprint(os.environ['SYNAPSE_MAGICS_AGENT_IDLE'])")
    )
    assert text_of(result.notebook, 0) == f"{seen}\n"


@pytest.fixture
def step(write, workspace, pool):
    """Write a notebook that submits one step without waiting for it."""

    def step(body, *more):
        return write(
            "%load_ext synapse_magics",
            f"%%python_step prep --param alpha=0\n{body}",
            "%synapse_submit e --no-wait",
            *more,
        )

    return step


def test_progress_comes_while_the_step_runs(step, workspace, tmp_path):
    lines = []

    def on_line(line):
        lines.append(line)
        if line.endswith("Preparing -> Running"):
            (tmp_path / "seen").touch()  # or else the step never ends

    result = headless.run_notebook(
        step(f"import pathlib\nwhile not pathlib.Path({str(tmp_path / 'seen')!r}).exists(): pass"),
        parameters={"alpha": 1, "beta": 2},
        cwd=workspace.folder,
        on_line=on_line,
    )
    assert lines[0].startswith("[00:00] submitted  e #1  (run ")
    assert "Running -> Completed" in lines[-1]
    assert result.runs == ((workspace.store.folder, workspace.store.runs.submitted()[0].id),)
    assert (result.unused, result.succeeded) == (("beta",), True)


def test_a_failed_run_that_no_cell_waited_for_fails_the_notebook(step, workspace):
    result = headless.run_notebook(step("raise KeyError('Age')"), cwd=workspace.folder)

    assert (result.error, result.succeeded) == (None, False)
    ((title, message, where),) = result.failures
    assert "e #1" in title
    assert "Failed" in title
    assert (message, where) == ("KeyError: 'Age'", "where: cell of step prep, line 2")


@pytest.mark.parametrize(
    "cell",
    [
        "try:\n    run.wait_for_completion()\nexcept Exception as error:\n    print(type(error))",
        "run.wait_for_completion(show_output=False, raise_on_error=False)",
        "run.cancel()",
    ],
)
def test_a_run_whose_end_a_cell_knows_is_its_business(write, workspace, pool, cell):
    notebook = write(
        "%load_ext synapse_magics",
        "%%python_step prep\nimport time\ntime.sleep(0.3)\nraise KeyError('Age')",
        "%synapse_submit e --no-wait",
        "from azureml.core import Workspace\n"
        "run = next(Workspace.from_config().experiments['e'].get_runs())",
        cell,
    )
    result = headless.run_notebook(notebook, cwd=workspace.folder)

    assert (result.error, result.failures, result.succeeded) == (None, (), True)


def test_who_interrupts_a_notebook_cancels_its_runs(step, workspace, tmp_path):
    def on_line(line):
        if line.endswith("Preparing -> Running"):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        headless.run_notebook(
            step("import time\ntime.sleep(60)", "import time\ntime.sleep(60)"),
            cwd=workspace.folder,
            on_line=on_line,
        )
    (run,) = workspace.store.runs.submitted()
    assert run.status == "Canceled"


def test_parameters_reach_the_cells(write):
    declared = new_code_cell("a = 1\nb = 2", metadata={"tags": ["parameters"]})
    result = headless.run_notebook(write(declared, "print(a, b)"), parameters={"a": "x"})
    assert text_of(result.notebook, 2) == "x 2\n"
    assert result.unused == ()


def test_an_interruption_leaves_no_kernel(write, tmp_path):
    file, output = tmp_path / "pid", tmp_path / "out.ipynb"
    path = write(
        "import json, os, pathlib, time\nprint('so far')",
        f"pathlib.Path({str(file)!r}).write_text(str(os.getpid()))\n"
        "with open(os.environ['SYNAPSE_MAGICS_PROGRESS'], 'a') as file:\n"
        '    file.write(\'{"type":"submitted"}\\n\')\n'
        "time.sleep(60)",
    )
    with pytest.raises(KeyboardInterrupt):
        headless.run_notebook(
            path, output=output, on_line=lambda _: signal.raise_signal(signal.SIGINT)
        )
    assert gone(int(file.read_text()))
    assert text_of(nbformat.read(output, as_version=4), 0) == "so far\n"


def refuse_to_start(*_args, **_more):
    raise AssertionError("a kernel was started")


@pytest.mark.parametrize(
    ("module", "extra", "options"),
    [("nbconvert", "html", {"html": "out.html"}), ("ipykernel", "lab", {})],
)
def test_what_is_not_installed_is_said_before_the_run(write, monkeypatch, module, extra, options):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else real(name)
    )
    monkeypatch.setattr(kernel_job, "NotebookClient", refuse_to_start)
    with pytest.raises(headless.HeadlessError) as caught:
        headless.run_notebook(write("1"), **options)
    assert caught.value.hint == f"pip install 'synapse-magics[{extra}]'"


def test_an_output_that_cannot_be_written_is_said_before_the_run(write, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(kernel_job, "NotebookClient", refuse_to_start)
    with pytest.raises(headless.HeadlessError, match="cannot use the folder"):
        headless.run_notebook(write("1"), output=tmp_path / "file" / "out.ipynb")
    with pytest.raises(headless.HeadlessError, match="cannot write"):
        headless.run_notebook(write("1"), output=tmp_path)


def test_bad_parameters_are_said_before_the_run(write, monkeypatch):
    monkeypatch.setattr(kernel_job, "NotebookClient", refuse_to_start)
    with pytest.raises(ParameterError):
        headless.run_notebook(write("1"), parameters={"a b": 1})


def test_callers_keep_their_warnings(write, monkeypatch):
    before = list(warnings.filters)
    with pytest.raises(headless.HeadlessError):
        headless.run_notebook(write("1"), kernel="mine")
    assert warnings.filters == before
