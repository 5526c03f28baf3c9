"""Runs are removed with what is theirs, and never while something points to them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from reuse_support import dataset, do, output, reads, step, steps_of, submit
from support import make_step

from synapse_magics.store import registry, removal
from synapse_magics.store.removal import remove, sweep
from synapse_magics.store.specs import PipelineSpec, Registration
from synapse_magics.store.states import RunStatus as S
from synapse_magics.store.store import Store

EVERYTHING = 1e12
"""A time by which every run has ended."""


def place_of(store, run, name="out"):
    made = {item.name: item for item in store.records.outputs(run.id)}
    return store.datastore_root("main") / made[name].path


def ids(runs):
    return [run.id for run in runs]


def why(found):
    return {run.id: reason for run, reason in found.kept}


def forget(store, *runs):
    """Have results never reused, as if an input had changed while the step ran."""
    with store.database.transaction() as connection:
        for run in runs:
            connection.execute("UPDATE fingerprints SET reusable = 0 WHERE run_id = ?", (run.id,))


def old(store, name="fit", **fields):
    """Run a step whose result is never reused, so that nothing keeps it."""
    run = do(store, step(store, name, **fields), regenerate_outputs=True)[name]
    forget(store, run)
    return run


def rows_of(store, *run_ids):
    tables = ("events", "metrics", "tags", "properties", "outputs", "fingerprints", "jobs")
    marks = ",".join("?" * len(run_ids))
    found = {}
    for table in tables:
        query = f"SELECT COUNT(*) FROM {table} WHERE run_id IN ({marks})"  # noqa: S608
        found[table] = store.database.row(query, run_ids)[0]
    return found


def test_a_run_goes_with_its_rows_its_folder_and_its_outputs(store):
    run = do(store, step(store))["fit"]
    forget(store, run)
    store.records.set_tag(run.root_id, "k", "v")
    assert rows_of(store, run.id, run.root_id)["events"] > 0
    place, folder = place_of(store, run), store.run_folder(run.id).path

    found = remove(store, before=EVERYTHING)

    assert ids(found.removed) == [run.root_id]
    assert store.runs.submitted() == []
    assert store.runs.children(run.root_id) == []
    assert not any(rows_of(store, run.id, run.root_id).values())
    assert not place.exists()
    assert not folder.exists()
    assert place.parent.parent.name == "runs"
    assert not place.parent.exists()


def test_its_size_is_what_it_frees(store):
    run = do(store, step(store), text="x" * 5000)["fit"]
    forget(store, run)

    found = remove(store, before=EVERYTHING, dry_run=True)

    assert found.freed > 5000
    assert found.left == 0
    assert store.runs.get(run.id) is not None


def test_young_runs_stay(store):
    run = do(store, step(store))["fit"]
    forget(store, run)

    assert remove(store, before=time.time() - 60).removed == ()


def test_a_result_that_can_be_reused_stays(store):
    run = do(store, step(store))["fit"]

    found = remove(store, before=EVERYTHING)

    assert found.removed == ()
    assert why(found) == {run.root_id: "the result of step fit can be reused"}


def test_who_wants_that_gives_up_results(store):
    run = do(store, step(store))["fit"]

    assert ids(remove(store, before=EVERYTHING, results=False).removed) == [run.root_id]
    again = do(store, step(store))["fit"]
    assert again.source_id is None


def test_of_equal_results_the_newest_stays(store):
    first = do(store, step(store))["fit"]
    second = do(store, step(store), regenerate_outputs=True)["fit"]

    assert ids(remove(store, before=EVERYTHING).removed) == [first.root_id]
    assert do(store, step(store))["fit"].source_id == second.id


def test_a_result_whose_output_was_altered_goes(store):
    run = do(store, step(store))["fit"]
    (place_of(store, run) / "part").write_text("altered")

    assert ids(remove(store, before=EVERYTHING).removed) == [run.root_id]


def test_a_run_that_another_one_shows_stays(store):
    first = do(store, step(store))["fit"]
    second = do(store, step(store))["fit"]
    assert second.source_id == first.id
    forget(store, first)

    found = remove(store, before=store.runs.get(second.root_id).ended)

    assert found.removed == ()
    short = second.root_id[:8]
    assert why(found) == {first.root_id: f"run {short} shows its step fit"}


def test_both_go_when_both_are_old(store):
    first = do(store, step(store))["fit"]
    second = do(store, step(store))["fit"]
    forget(store, first, second)

    assert set(ids(remove(store, before=EVERYTHING).removed)) == {first.root_id, second.root_id}


def test_what_a_reusable_result_was_made_of_stays(store):
    """Without it the step would not be reused: its input would be made anew."""
    steps = (step(store, "make"), step(store, "take", inputs=(reads("make"),)))
    first = do(store, *steps)
    second = do(store, steps[0], step(store, "take", "print(2)\n", inputs=(reads("make"),)))
    forget(store, first["make"], first["take"])
    assert second["make"].source_id == first["make"].id

    assert remove(store, before=EVERYTHING).removed == ()


def test_what_is_registered_stays(store):
    registered = output(registration=Registration("clean"))
    run = do(store, step(store, outputs=(registered,)))["fit"]
    forget(store, run)

    found = remove(store, before=EVERYTHING)

    assert found.removed == ()
    assert why(found) == {run.root_id: "dataset clean:1 is its output"}
    store.registry.delete("dataset", "clean")
    assert ids(remove(store, before=EVERYTHING).removed) == [run.root_id]


@pytest.mark.parametrize("path", ["{place}", "{place}/part", "{parent}", "{parent}/*/part"])
def test_what_somebody_registered_by_hand_stays(store, path):
    run = do(store, step(store))["fit"]
    forget(store, run)
    place = store.records.outputs(run.id)[0].path
    where = path.format(place=place, parent=place.rpartition("/")[0])
    saved = dataset(store, where).dataset_id
    store.registry.add_version("dataset", "mine", {"saved_id": saved, "type": "file"})

    assert why(remove(store, before=EVERYTHING)) == {run.root_id: "dataset mine:1 is its output"}


def test_a_datastore_inside_of_another_one_is_the_same_place(store):
    run = do(store, step(store))["fit"]
    forget(store, run)
    store.registry.put("datastore", "inner", {"root": "datastores/main/runs"})
    definition = {"type": "file", "sources": [{"datastore": "inner", "path": run.id}]}
    saved = registry.content_id(definition)
    store.registry.save("saved_dataset", saved, definition)
    store.registry.add_version("dataset", "mine", {"saved_id": saved, "type": "file"})

    assert remove(store, before=EVERYTHING).removed == ()


def test_a_run_that_reads_the_output_of_another_one_keeps_it(store):
    run = do(store, step(store))["fit"]
    forget(store, run)
    item = dataset(store, store.records.outputs(run.id)[0].path)
    later = submit(store, step(store, "later", inputs=(item,)))

    found = remove(store, before=EVERYTHING)

    assert why(found) == {run.root_id: f"step later of run {later[:8]} reads it"}


def test_a_result_that_a_waiting_run_keeps_stays(store):
    run = do(store, step(store))["fit"]
    forget(store, run)
    later = submit(store, step(store, keep=run.id))

    found = remove(store, before=EVERYTHING)

    assert why(found) == {run.root_id: f"run {later[:8]} shows its step fit"}


def test_a_place_that_is_not_its_own_is_left_alone(store):
    run = old(store, outputs=(output(path="fixed/place"),))
    place = place_of(store, run)

    assert ids(remove(store, before=EVERYTHING).removed) == [run.root_id]
    assert (place / "part").exists()


def test_the_oldest_go_while_all_are_too_large(store):
    runs = [old(store, f"s{number}", text=f"{number}\n") for number in range(3)]
    for run in runs:
        (place_of(store, run) / "big").write_bytes(b"x" * 100_000)

    found = remove(store, budget=150_000)

    assert ids(found.removed) == [run.root_id for run in runs[:2]]
    assert 100_000 < found.left < 150_000


def test_a_number_is_never_given_twice(store):
    last = [old(store) for _ in range(2)][-1]
    assert store.runs.get(last.root_id).number == 2

    remove(store, before=EVERYTHING)

    assert store.runs.get(old(store).root_id).number == 3


def test_a_snapshot_goes_with_the_last_run_that_names_it(store):
    run, other = old(store), old(store, "other", text="print(7)\n")
    for folder in (store.folder / "snapshots").iterdir():
        os.utime(folder, (0, 0))
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET ended = 5 WHERE root_id = ?", (run.root_id,))

    remove(store, before=9)

    left = [folder.name for folder in (store.folder / "snapshots").iterdir()]
    assert left == [other.step.snapshot]


def test_a_snapshot_that_was_just_stored_stays(store):
    """Its run is about to be submitted."""
    step(store)

    sweep(store)

    assert len(list((store.folder / "snapshots").iterdir())) == 1


def test_who_dies_before_the_files_are_deleted_leaves_them_to_the_next(store, monkeypatch):
    run = old(store)
    place, folder = place_of(store, run), store.run_folder(run.id).path
    with monkeypatch.context() as patch:
        patch.setattr(removal, "sweep", lambda _store: None)
        remove(store, before=EVERYTHING)
    assert place.exists()
    assert folder.exists()

    sweep(store)

    assert not place.exists()
    assert not folder.exists()
    assert store.database.rows("SELECT * FROM removals") == []


def test_a_datastore_that_is_away_is_tried_again(store):
    run = old(store)
    place, body = place_of(store, run), store.registry.get("datastore", "main").body
    store.registry.delete("datastore", "main")
    remove(store, before=EVERYTHING)
    assert place.exists()

    store.registry.put("datastore", "main", dict(body))
    sweep(store)

    assert not place.exists()


def test_a_link_in_the_place_of_an_output_is_not_followed(store, tmp_path):
    run = old(store)
    place, precious = place_of(store, run), tmp_path / "precious"
    place.rename(precious)
    place.symlink_to(precious)

    remove(store, before=EVERYTHING)

    assert (precious / "part").exists()


def test_a_run_that_has_not_ended_stays_with_its_steps(store):
    run_id = submit(store, step(store))

    found = remove(store, before=EVERYTHING)

    assert found.removed == ()
    assert list(steps_of(store, run_id)) == ["fit"]


def test_other_runs_are_whole(store):
    gone, left = old(store, "gone"), do(store, step(store, "left"))["left"]

    remove(store, before=EVERYTHING)

    assert store.runs.get(gone.id) is None
    assert store.runs.get(left.id).status is S.COMPLETED
    assert place_of(store, left).exists()
    assert store.run_folder(left.id).stdout.read_text() == "said by left\n"
    assert store.database.rows("PRAGMA foreign_key_check") == []


def test_a_submit_whose_snapshot_was_removed_is_refused(store):
    def look():
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        store.runs.submit("exp", PipelineSpec(), [make_step("fit")], check=look)
    assert store.runs.submitted() == []


def test_a_dataset_that_leads_to_it_by_a_link_keeps_it(store):
    run = do(store, step(store))["fit"]
    forget(store, run)
    (store.datastore_root("main") / "link").symlink_to(place_of(store, run).parent.parent)
    saved = dataset(store, f"link/{run.id}/out").dataset_id
    store.registry.add_version("dataset", "mine", {"saved_id": saved, "type": "file"})

    assert why(remove(store, before=EVERYTHING)) == {run.root_id: "dataset mine:1 is its output"}


def test_two_that_clean_at_once_are_not_in_each_others_way(store):
    for number in range(12):
        old(store, f"s{number}", text=f"{number}\n")
    for folder in (store.folder / "snapshots").iterdir():
        os.utime(folder, (0, 0))

    with Store(store.folder) as other, ThreadPoolExecutor(2) as threads:
        done = [threads.submit(remove, one, before=EVERYTHING) for one in (store, other)]
        assert sum(len(item.result().removed) for item in done) == 12

    assert list((store.folder / "snapshots").iterdir()) == []
    assert list((store.folder / "runs").iterdir()) == []
