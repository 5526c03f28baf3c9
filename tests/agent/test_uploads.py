"""What a step wrote locally goes to the datastore after success, whole."""

import pytest
from support import carry_out, make_step, submit

from synapse_magics.agent.remote_data import RemoteData
from synapse_magics.agent.uploads import local_place, uploads
from synapse_magics.staging.uploading import UploadError
from synapse_magics.store.records import OutputRecord
from synapse_magics.store.specs import OutputSpec


def upload(store, run):
    tasks = uploads(store, run, RemoteData(store, run.id))
    carry_out(store.run_folder(run.id).path, [task.plain() for task in tasks])


@pytest.fixture
def written(store):
    """Submit a step with an uploaded output, and write files where the step would."""

    def written(*names, **options):
        output = OutputSpec("out", "upload", "main", "made", **options)
        _, (step,) = submit(store, make_step("step", outputs=(output,)))
        folder = store.run_folder(step)
        folder.create()
        store.records.set_outputs(step, [OutputRecord("out", "main", "made", None)])
        place = local_place(folder, output)
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(f"new {name}")
        return store.runs.get(step), place

    return written


@pytest.fixture
def made(store):
    return store.datastore_root("main") / "made"


def found(folder):
    return sorted(
        item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file()
    )


def test_a_folder_goes_with_its_tree(store, written, made):
    run, place = written("a.csv", "b/c.csv")
    upload(store, run)

    assert found(made) == found(place) == ["a.csv", "b/c.csv"]


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        (("*.csv",), ["a.csv", "b/c.csv"]),
        (("**/*.csv",), ["a.csv", "b/c.csv"]),
        (("./b/*",), ["b/c.csv", "b/d.txt"]),
        (("a.csv", "b/d.txt"), ["a.csv", "b/d.txt"]),
    ],
)
def test_globs_choose_files(store, written, made, globs, names):
    run, _ = written("a.csv", "b/c.csv", "b/d.txt", globs=globs)
    upload(store, run)

    assert found(made) == names


def test_nothing_is_copied_if_one_file_is_there(store, written, made):
    run, _ = written("a.csv", "b.csv")
    made.mkdir()
    (made / "b.csv").write_text("old")

    with pytest.raises(UploadError, match=r"b\.csv is on datastore main already") as caught:
        upload(store, run)
    assert found(made) == ["b.csv"]
    assert "as_upload(overwrite=True)" in caught.value.hint


def test_overwrite_replaces(store, written, made):
    run, _ = written("b.csv", overwrite=True)
    made.mkdir()
    (made / "b.csv").write_text("old")
    upload(store, run)

    assert (made / "b.csv").read_text() == "new b.csv"


def test_what_was_begun_is_gone_on_with(store, written, made):
    """An agent may die in the middle; its own files are not in the way of the next one."""
    run, _ = written("a.csv", "b.csv")
    upload(store, run)
    (made / "b.csv").unlink()
    upload(store, run)

    assert found(made) == ["a.csv", "b.csv"]


def test_a_step_that_wrote_nothing_leaves_an_empty_folder(store, written, made):
    run, _ = written()
    upload(store, run)

    assert list(made.iterdir()) == []


def test_pipeline_data_may_be_a_file(store, written, made):
    run, place = written(reference="out")
    place.parent.mkdir(parents=True)
    place.write_text("one")
    upload(store, run)

    assert made.read_text() == "one"


def test_a_link_goes_as_the_file_that_it_leads_to(store, written, made, tmp_path):
    run, place = written("a.csv")
    (tmp_path / "far.csv").write_text("far")
    (place / "b.csv").symlink_to(tmp_path / "far.csv")
    upload(store, run)

    assert not (made / "b.csv").is_symlink()
    assert (made / "b.csv").read_text() == "far"
