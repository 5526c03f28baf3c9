"""The code that a step ran."""

import pytest
from support import make_step

from synapse_magics.core.step_source import SourceFile, step_source
from synapse_magics.runtime.command_main import FILE as COMMAND
from synapse_magics.store.specs import PipelineSpec


@pytest.fixture
def source_of(store):
    """Submit a step whose snapshot has some files, and return its code."""

    def source_of(files, **fields):
        folder = store.snapshot_folder("snap")
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        step = make_step("fit", **{"snapshot": "snap", **fields})
        run_id = store.runs.submit("exp", PipelineSpec(), [step])
        return step_source(store, store.runs.children(run_id)[0])

    return source_of


def test_of_a_script_its_file(source_of):
    found = source_of({"src/fit.py": "x = 1\n", "other.py": "y"}, script="src/fit.py")

    assert found == (SourceFile("src/fit.py", "x = 1\n"),)


def test_of_a_cell_the_cell_and_the_modules_that_it_mentions(source_of):
    files = {
        "fit.py": "# %%python_step fit\nimport cleaning\n",
        "fit_main.py": "generated",
        "cleaning.py": "z = 1\n",
        "unused.py": "",
    }
    found = source_of(files, cell="fit.py", script="fit_main.py")

    assert [file.name for file in found] == ["fit.py", "cleaning.py"]


def test_of_a_command_nothing(source_of):
    assert source_of({COMMAND: "ours"}, script=COMMAND) == ()
    assert source_of({}, script="") == ()


def test_of_a_snapshot_that_was_removed_nothing(source_of):
    assert source_of({}) == ()


def test_secrets_in_it_are_masked(source_of, monkeypatch):
    monkeypatch.setenv("STORE_PASSWORD", "correct-horse-battery")

    (file,) = source_of({"fit.py": "connect('correct-horse-battery')\n"})

    assert "correct-horse" not in file.text


def test_a_file_outside_the_snapshot_is_no_code_of_the_step(source_of, tmp_path):
    (tmp_path / "private.txt").write_text("not yours")

    assert source_of({"fit.py": ""}, script=str(tmp_path / "private.txt")) == ()
