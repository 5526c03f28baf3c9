"""The pages of the studio, read from a workspace."""

import time
from unittest.mock import Mock

import pytest
from studio_support import add_runs, set_status
from support import make_step, submit, write_snapshot

from synapse_magics import SynapsePool
from synapse_magics.agent import client
from synapse_magics.store import documents, published, schedules
from synapse_magics.store.database import StoreError
from synapse_magics.store.overview import run_lines
from synapse_magics.store.records import OutputRecord
from synapse_magics.store.specs import InputSpec, OutputSpec, Registration
from synapse_magics.store.states import RunStatus
from synapse_magics.store.warm_drivers import PoolRecord, PoolState, write_pools
from synapse_magics.widgets import studio_pages
from synapse_magics.widgets.studio_model import Place, Section
from synapse_magics.widgets.studio_pages import read_page

ACCOUNT_KEY = "spark.hadoop.fs.azure.account.key.acc.blob.core.windows.net"


@pytest.fixture
def store(workspace):
    return workspace.store


def page_of(workspace, section, key="", part=""):
    return read_page(workspace, Place(section, key, part))


def names(page, place=0):
    return [row.name for row in page.listings[place].rows]


def cells(page, number=0, place=0):
    return [str(cell) for cell in page.listings[place].rows[number].cells]


def facts(page):
    return dict(page.facts)


def test_the_newest_fifty_runs_and_whether_there_are_more(workspace, store):
    ids = add_runs(store, 60)
    page = page_of(workspace, Section.RUNS)
    assert len(names(page)) == 50
    assert page.listings[0].rows[0].place == Place(Section.RUNS, ids[-1])
    assert page.listings[0].has_more
    assert not read_page(workspace, Place(), 60).listings[0].has_more


@pytest.mark.parametrize("section", list(Section))
def test_with_a_thousand_runs_no_page_takes_long(workspace, store, section):
    ids = add_runs(store, 1000, steps=5)
    keys = {Section.RUNS: ids[500], Section.EXPERIMENTS: "titanic"}
    places = [Place(section), *([Place(section, keys[section])] if section in keys else [])]
    for place in places:
        taken = []
        for _ in range(5):  # of a machine that others use, the best
            begun = time.perf_counter()
            read_page(workspace, place)
            taken.append(time.perf_counter() - begun)
        assert min(taken) < 0.1


def test_a_run_that_has_not_ended_makes_its_pages_live(workspace, store):
    [run_id] = add_runs(store, 1)
    assert not page_of(workspace, Section.RUNS).is_live
    set_status(store, run_id, "Running")
    assert page_of(workspace, Section.RUNS).is_live
    assert page_of(workspace, Section.EXPERIMENTS).is_live
    assert page_of(workspace, Section.EXPERIMENTS, "titanic").is_live
    assert page_of(workspace, Section.RUNS, run_id).is_live


def test_the_page_of_a_run_leads_to_its_steps(workspace, store):
    [run_id] = add_runs(store, 1)
    store.records.set_tag(run_id, "by", "ann")
    page = page_of(workspace, Section.RUNS, run_id)
    assert page.title == "titanic · run 1"
    assert page.run == run_id
    assert names(page) == ["step0", "step1"]
    assert facts(page)["tags"] == "by=ann"


def test_the_page_of_a_step(workspace, store):
    write_snapshot(store, "snap", "print('hello')\n", "prep.py")
    store.registry.add_version("dataset", "titanic", {"saved_id": "saved-1", "type": "file"})
    prep = make_step(
        "prep",
        snapshot="snap",
        script="prep.py",
        inputs=(InputSpec("data", "direct", dataset_id="saved-1"),),
        outputs=(
            OutputSpec("made", "mount", "main", "a/{run-id}", registration=Registration("clean")),
        ),
        environment_variables={"API_TOKEN": "hush-hush"},
    )
    train = make_step(
        "train", inputs=(InputSpec("made", "direct", node="prep", output="made"),), retries=2
    )
    run_id, (first, second) = submit(store, prep, train)
    store.records.set_outputs(first, [OutputRecord("made", "main", "a/1", None)])
    folder = store.run_folder(first)
    folder.create()
    folder.stdout.write_text("hello\n")

    page = page_of(workspace, Section.RUNS, run_id, first)
    later = page_of(workspace, Section.RUNS, run_id, second)

    assert [name for name, _ in page.trail] == ["Runs", "exp · run 1"]
    assert str(page.mark) == "NotStarted"
    assert cells(page) == ["direct", "dataset titanic, version 1"]
    assert cells(page, place=1) == ["mount", "", "", "clean", "main: a/1"]
    assert facts(page)["variables"] == "API_TOKEN"
    code, log = page.passages
    assert (code.title, code.text) == ("Code · prep.py", "print('hello')\n")
    assert code.path == ".synapse/snapshots/snap/prep.py"
    assert "hello" in log.text
    assert cells(later) == ["direct", "output made of step prep"]
    assert facts(later)["attempt"] == "1 of 3"


def test_a_reused_step_says_what_it_shows_and_why(workspace, store):
    run_id, [step] = submit(store, make_step("prep"))
    with store.database.transaction() as connection:
        connection.execute(
            "UPDATE runs SET status = 'Completed', because = 'reused the result of run 3',"
            " source_id = 'feedbeef-1' WHERE id = ?",
            (step,),
        )
    found = facts(page_of(workspace, Section.RUNS, run_id, step))
    assert found["why"] == "reused the result of run 3"
    assert found["reused from"] == "feedbeef"


def test_a_failed_step_opens_with_its_error(workspace, store):
    run_id, [step] = submit(store, make_step("prep"))
    error = {"type": "ValueError", "message": "no such column", "where": "cell prep, line 3"}
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.FAILED, error=error)
    first = page_of(workspace, Section.RUNS, run_id, step).passages[0]
    assert first.is_open
    assert first.text.splitlines() == ["ValueError: no such column", "cell prep, line 3"]


def test_the_code_of_a_step_is_shown_without_secrets(workspace, store, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "hush-hush-hush")
    write_snapshot(store, "snap", "ask('hush-hush-hush')\n", "prep.py")
    run_id, [step] = submit(store, make_step("prep", snapshot="snap", script="prep.py"))
    code = page_of(workspace, Section.RUNS, run_id, step).passages[0]
    assert code.text == "ask('***')\n"


def test_a_cell_is_shown_with_the_modules_that_it_mentions(workspace, store):
    write_snapshot(store, "snap", "import helpers\n", "cell.py")
    (store.snapshot_folder("snap") / "helpers.py").write_text("HELP = 1\n")
    run_id, [step] = submit(
        store, make_step("prep", snapshot="snap", script="main.py", cell="cell.py")
    )
    passages = page_of(workspace, Section.RUNS, run_id, step).passages
    assert [passage.title for passage in passages] == [
        "Code · cell.py",
        "Code · helpers.py",
        "Log · stdout",
    ]


def test_the_page_of_a_failed_step_holds_no_path_of_this_machine(workspace, store):
    run_id, [step] = submit(store, make_step("prep"))
    place = f"{store.run_folder(step).path}/prep.py"
    error = {"type": "OSError", "message": f"no {place}", "traceback": f'File "{place}", line 3'}
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.FAILED, error=error)
    folder = store.run_folder(step)
    folder.create()
    folder.stderr.write_text(f'File "{place}", line 3\n')
    page = page_of(workspace, Section.RUNS, run_id, step)
    assert "prep.py" in page.passages[0].text
    assert "prep.py" in page.passages[-1].text
    assert str(store.folder.parent) not in str(page)


def test_secrets_in_the_spark_settings_of_a_step_are_not_shown(workspace, store):
    conf = {ACCOUNT_KEY: "SECRETKEY", "spark.sql.ansi.enabled": "true"}
    run_id, [step] = submit(store, make_step("prep", spark_conf=conf))
    found = facts(page_of(workspace, Section.RUNS, run_id, step))
    assert found["Spark settings"] == f"{ACCOUNT_KEY}=***, spark.sql.ansi.enabled=true"


def test_secrets_in_the_settings_of_a_pool_are_not_shown(workspace, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "hush-hush-hush")
    conf = {ACCOUNT_KEY: "SECRETKEY", "spark.app.name": "hush-hush-hush"}
    SynapsePool("local", "big", spark_conf=conf).declare(workspace)
    page = page_of(workspace, Section.POOLS, "local/big")
    shown = {row.name: row.cells for row in page.listings[0].rows}
    assert shown == {ACCOUNT_KEY: ("***",), "spark.app.name": ("***",)}


def test_what_may_pass_is_read_again_and_what_is_missing_is_not(workspace, monkeypatch):
    assert not page_of(workspace, Section.RUNS, "nothing").is_live
    locked = Mock(side_effect=StoreError("the database is locked"))
    monkeypatch.setattr(studio_pages, "run_lines", locked)
    assert page_of(workspace, Section.RUNS).is_live


def test_a_script_outside_of_its_snapshot_is_not_read(workspace, store, tmp_path):
    (tmp_path / "secret.txt").write_text("hush")
    write_snapshot(store, "snap", "1\n", "a.py")
    run_id, [step] = submit(store, make_step("p", snapshot="snap", script="../../../secret.txt"))
    page = page_of(workspace, Section.RUNS, run_id, step)
    assert "hush" not in "".join(passage.text for passage in page.passages)


def test_datasets_and_their_versions(workspace, store):
    store.registry.save(
        "saved_dataset", "s1", {"sources": [{"datastore": "main", "path": "a.csv"}]}
    )
    body = {"saved_id": "s1", "type": "tabular", "description": "people", "tags": {"x": "1"}}
    for _ in range(2):
        store.registry.add_version("dataset", "titanic", body)
    page = page_of(workspace, Section.DATASETS)
    assert names(page) == ["titanic"]
    assert cells(page)[:2] == ["2", "tabular"]
    assert names(page_of(workspace, Section.DATASETS, "titanic")) == ["2", "1"]
    assert cells(page_of(workspace, Section.DATASETS, "titanic"))[2:5] == [
        "people",
        "x=1",
        "main: a.csv",
    ]


def test_pools_tell_how_they_stand(workspace, store, monkeypatch):
    SynapsePool("local", "big").declare(workspace)
    warming = PoolRecord(PoolState.WARMING, time.time(), drivers=1)
    write_pools(store.folder / "agent", {"local/spark01": warming})
    with monkeypatch.context() as patch:
        patch.setattr(client, "running", lambda _: 1)
        page = page_of(workspace, Section.POOLS)
        one = page_of(workspace, Section.POOLS, "local/spark01")
    states = {row.name: str(row.cells[1]) for row in page.listings[0].rows}
    assert states == {"big": "cold", "spark01": "warming"}
    assert page.is_live
    assert str(one.mark) == "warming"
    assert facts(one)["state"].startswith("1 driver, for ")


def test_pools_and_clusters_are_those_of_the_workspace(workspace, pool):
    page = page_of(workspace, Section.POOLS)
    assert "link1-spark01" in cells(page)
    assert names(page, 1) == ["cpucluster"]
    link = page_of(workspace, Section.LINKS, "synapselink1")
    assert names(link) == ["spark01"]
    assert names(page_of(workspace, Section.LINKS)) == ["synapselink1"]


def publish(store, **changes):
    definition = published.Definition(
        published.PipelineSpec(parameters={"rows": 5}), (make_step("a"), make_step("b", "a"))
    )
    body = {
        "name": "nightly",
        "description": "all of it",
        "version": "3",
        "status": "Active",
        **definition.body(),
        **changes,
    }
    return documents.create(store, published.PIPELINE, body).id


def test_published_pipelines_with_their_graph_and_runs(workspace, store):
    identity = publish(store)
    submit(store, make_step("a"), pipeline_id=identity)
    page = page_of(workspace, Section.PIPELINES)
    assert names(page) == ["nightly"]
    assert cells(page)[:3] == ["pipeline", "3", "Active"]
    one = page_of(workspace, Section.PIPELINES, identity)
    assert facts(one)["parameters"] == "rows=5"
    assert facts(one)["runs on POST"].startswith("not served now")
    assert names(one) == ["a", "b"]
    assert len(names(one, 1)) == 1
    assert [step.name for step in one.graph.steps] == ["a", "b"]


def test_an_endpoint_leads_to_its_versions(workspace, store):
    identity = publish(store)
    body = {
        "name": "door",
        "description": None,
        "status": "Active",
        "default_version": "0",
        "versions": {"0": identity},
    }
    door = documents.create(store, published.ENDPOINT, body).id
    row = page_of(workspace, Section.PIPELINES, door).listings[0].rows[0]
    assert row.place == Place(Section.PIPELINES, identity)


def test_schedules_say_when_they_are_due(workspace, store):
    identity = publish(store)
    body = {
        "name": "each night",
        "description": None,
        "pipeline_id": identity,
        "pipeline_endpoint_id": None,
        "datastore": "workspaceblobstore",
        "path": "in",
        "polling_interval": 5,
        "experiment_name": "nights",
        "status": "Active",
        "given_recurrence": None,
        "pipeline_parameters": {},
        "due": 1_700_000_000.0,
        "error": None,
    }
    schedule = documents.create(store, schedules.KIND, body).id
    submit(store, make_step("a"), schedule_id=schedule)
    page = page_of(workspace, Section.SCHEDULES)
    assert cells(page)[:2] == [
        "Active",
        "when workspaceblobstore/in changes; looks every 5 minutes",
    ]
    one = page_of(workspace, Section.SCHEDULES, schedule)
    assert one.listings[0].rows[0].place == Place(Section.PIPELINES, identity)
    assert len(names(one, 1)) == len(run_lines(store, limit=9, schedule_id=schedule)) == 1


@pytest.mark.parametrize("section", list(Section))
def test_what_is_not_there_is_said_and_raises_nothing(workspace, section):
    assert page_of(workspace, section, "local/nothing").trouble
    assert page_of(workspace, section).trouble == ""


def test_looking_at_every_page_starts_no_agent(workspace, store):
    [run_id] = add_runs(store, 1, status="Running")
    identity = publish(store)
    for section in Section:
        page_of(workspace, section)
    page_of(workspace, Section.RUNS, run_id)
    page_of(workspace, Section.PIPELINES, identity)
    page_of(workspace, Section.POOLS, "local/spark01")
    assert client.running(store.folder) is None
