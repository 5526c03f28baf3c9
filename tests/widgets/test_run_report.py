"""The report of a run in a workspace, as a file."""

import stat

import pytest
from reuse_support import execute
from support import make_step, write_snapshot

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.run import Run
from synapse_magics.store.specs import PipelineSpec


@pytest.fixture
def run(workspace):
    """Return a run of two steps, the second of which failed."""
    store = workspace.store
    for name in ("prep", "fit"):
        write_snapshot(store, name, f"print('code of {name}')\n")
    steps = [make_step("prep"), make_step("fit", "prep")]
    run_id = store.runs.submit("exp", PipelineSpec(), steps)
    execute(store, run_id, fails=("fit",))
    return Run.get(workspace, run_id)


def test_it_is_named_after_the_experiment_and_the_number(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert run.to_html() == "exp-run-1.html"
    assert "code of prep" in (tmp_path / "exp-run-1.html").read_text()


def test_it_goes_to_a_file_or_into_a_folder(run, tmp_path):
    assert run.to_html(tmp_path / "a" / "b.html") == str(tmp_path / "a" / "b.html")
    assert run.to_html(f"{tmp_path}/c/") == str(tmp_path / "c" / "exp-run-1.html")


def test_it_holds_the_logs_that_are_stored(run, tmp_path):
    assert "said by prep" in (tmp_path / run.to_html(tmp_path / "a.html")).read_text()


def test_an_earlier_report_is_replaced(run, tmp_path):
    file = tmp_path / "a.html"
    run.to_html(file)
    first = file.stat().st_ino
    run.to_html(file)

    assert file.stat().st_ino != first
    assert [one.name for one in tmp_path.glob(".a.html*")] == []


def test_another_file_is_left_alone(run, tmp_path):
    file = tmp_path / "notes.html"
    file.write_text("mine")

    with pytest.raises(UserErrorException, match="is no report of a run"):
        run.to_html(file)
    assert file.read_text() == "mine"


def test_others_may_read_it_as_other_new_files(run, tmp_path):
    (tmp_path / "plain").touch()
    report = tmp_path / run.to_html(tmp_path / "a.html")

    assert stat.S_IMODE(report.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_the_report_of_a_step_is_about_that_step(run, tmp_path):
    (step,) = run.find_step_run("prep")
    page = (tmp_path / step.to_html(tmp_path / "a.html")).read_text()

    assert "exp · prep" in page
    assert "code of fit" not in page


def test_no_path_of_this_machine_is_in_it(run, tmp_path, workspace):
    folder = workspace.store.folder.parent
    (step,) = run.find_step_run("prep")
    step.folder.stderr.write_text(f'File "{folder}/.synapse/runs/1/work/prep.py", line 1\n')
    page = (tmp_path / run.to_html(tmp_path / "a.html")).read_text()

    assert "File &quot;.synapse/runs/1/work/prep.py" in page
    assert str(folder) not in page
