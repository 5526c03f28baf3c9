"""A script as a step in a local process."""

import json
import os
import subprocess
import sys

import pytest

from synapse_magics.runtime import bootstrap


@pytest.fixture
def run_script(tmp_path):
    def run_script(text, *arguments):
        script = tmp_path / "work" / "step.py"
        script.parent.mkdir()
        script.write_text(text)
        return subprocess.run(
            [sys.executable, bootstrap.__file__, "work/step.py", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "SYNAPSE_MAGICS_ERROR": str(tmp_path / "error.json"),
                "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            },
        )

    return run_script


def test_a_script_is_main_with_its_arguments(run_script, tmp_path):
    done = run_script("import sys\nprint(__name__, sys.argv, __file__)", "a b", "--c")

    place = str(tmp_path / "work" / "step.py")
    assert done.stdout == f"__main__ {[place, 'a b', '--c']} {place}\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_script_imports_what_lies_beside_it_and_nothing_of_ours(run_script, tmp_path):
    done = run_script(
        "import sys\nopen(sys.path[0] + '/mine.py', 'w').write('x = 1')\nimport mine\n"
        "try:\n    import readers\nexcept ImportError:\n    print('not ours')"
    )

    assert (done.stdout, done.returncode) == ("not ours\n", 0), done.stderr


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [("3", 3, ""), ("0", 0, ""), ("", 0, ""), ("'good bye'", 1, "good bye\n")],
)
def test_an_exit_passes_through(run_script, tmp_path, how, code, said):
    done = run_script(f"import sys\nsys.exit({how})")

    assert (done.returncode, done.stderr) == (code, said)
    assert not (tmp_path / "error.json").exists()


def test_an_exception_is_left_for_the_agent(run_script, tmp_path):
    done = run_script("def f():\n    raise ValueError('no')\nf()")

    assert done.returncode == 1
    assert json.loads((tmp_path / "error.json").read_text()) == {
        "code": "UserError",
        "type": "ValueError",
        "message": "no",
        "where": "script step.py, line 2",
        "line": 2,
        "source": "raise ValueError('no')",
        "traceback": done.stderr,
    }
    assert "bootstrap" not in done.stderr


def test_what_was_printed_comes_before_the_exception(run_script):
    done = run_script("print('first')\n1 / 0")

    assert done.stdout == "first\n"
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_the_backend_of_a_notebook_is_gone(run_script):
    assert run_script("import os\nprint(os.environ.get('MPLBACKEND'))").stdout == "None\n"


def test_what_the_engine_names_is_called_before_the_script(run_script, monkeypatch):
    monkeypatch.setenv(bootstrap.STARTUP, "synapse_magics.azureml:install")

    done = run_script("from azureml.core import Run; print(Run.__module__)")

    assert done.stdout == "synapse_magics.core.run\n"


def test_a_start_up_function_that_is_not_installed_is_of_no_effect(run_script, monkeypatch):
    monkeypatch.setenv(bootstrap.STARTUP, "no_such_package:install")

    assert run_script("print('runs')").stdout == "runs\n"
