"""Pipeline drafts: kept, changed, submitted, published, thrown away."""

import os
import shutil

import pytest

from synapse_magics import Pipeline, PipelineParameter, PythonScriptStep
from synapse_magics.core.exceptions import ServiceException
from synapse_magics.pipeline.pipeline_draft import PipelineDraft
from synapse_magics.store.removal import sweep
from synapse_magics.store.states import RunStatus


@pytest.fixture
def pipeline(workspace, pool, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "show.py").write_text("import sys\nprint(sys.argv[1])")
    word = PipelineParameter("word", "ab")
    step = PythonScriptStep(
        "show.py", arguments=[word], compute_target="cpucluster", source_directory="code"
    )
    return Pipeline(workspace, [step])


@pytest.fixture
def draft(workspace, pipeline):
    return PipelineDraft.create(
        workspace,
        pipeline,
        name="d",
        description="a draft",
        experiment_name="exp",
        pipeline_parameters={"word": "draft"},
        continue_on_step_failure=True,
        tags={"k": "v"},
        properties={"p": "q"},
    )


def printed(run):
    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    return run.find_step_run("show.py")[0].get_stdout_log().strip()


def test_its_attributes(workspace, draft):
    found = PipelineDraft.get(workspace, draft.id)
    assert (found.name, found.description, found.experiment_name) == ("d", "a draft", "exp")
    assert (found.tags, found.properties) == ({"k": "v"}, {"p": "q"})
    assert (found.pipeline_parameters, found.continue_on_step_failure) == ({"word": "draft"}, True)
    assert found.get_step_names() == ["show.py"]
    assert repr(found).startswith(f"PipelineDraft(Name: d,\nId: {draft.id}")


def test_it_is_submitted_with_its_values_though_its_sources_are_gone(workspace, draft):
    shutil.rmtree("code")
    for snapshot in (workspace.store.folder / "snapshots").iterdir():
        os.utime(snapshot, (0, 0))
    sweep(workspace.store)

    run = draft.submit_run()

    assert printed(run) == "draft"
    assert (run.experiment.name, run.tags, run.properties["p"]) == ("exp", {"k": "v"}, "q")


def test_it_is_published_with_its_values(workspace, draft):
    published = draft.publish()
    assert (published.name, published.continue_on_step_failure) == ("d", True)
    assert printed(published.submit(workspace, "exp")) == "draft"


def test_an_update_leaves_the_rest(workspace, draft):
    draft.update(name="e", continue_on_step_failure=False, pipeline_parameters={"word": "new"})
    found = PipelineDraft.get(workspace, draft.id)
    assert (found.name, found.description, found.continue_on_step_failure) == (
        "e",
        "a draft",
        False,
    )
    assert found.pipeline_parameters == {"word": "new"}
    with pytest.raises(ValueError, match="wort does not exist"):
        draft.update(pipeline_parameters={"wort": "x"})


def test_another_pipeline_takes_the_place_of_the_first(workspace, draft, tmp_path):
    (tmp_path / "other.py").write_text("print()")
    step = PythonScriptStep("other.py", compute_target="cpucluster")
    with pytest.raises(ValueError, match="word does not exist"):
        draft.update(pipeline=Pipeline(workspace, [step]))
    draft.update(pipeline=Pipeline(workspace, [step]), pipeline_parameters={})
    assert draft.get_step_names() == ["other.py"]


def test_an_update_takes_the_order_of_the_sdk(draft, pipeline):
    draft.update(pipeline, "n", "said", "other", {"a": "b"}, {"word": "w"}, True, properties={})

    assert (draft.name, draft.description, draft.experiment_name) == ("n", "said", "other")
    assert (draft.tags, draft.properties) == ({"a": "b"}, {})
    assert draft.pipeline_parameters == {"word": "w"}
    assert draft.continue_on_step_failure is True


def test_it_is_listed_until_it_is_deleted(workspace, draft, pipeline):
    other = PipelineDraft.create(workspace, pipeline)
    assert [item.id for item in PipelineDraft.list(workspace)] == [other.id, draft.id]
    assert [item.id for item in PipelineDraft.list(workspace, tags={"k": "v"})] == [draft.id]
    draft.delete()
    assert [item.id for item in PipelineDraft.list(workspace)] == [other.id]
    with pytest.raises(ServiceException, match="not found"):
        PipelineDraft.get(workspace, draft.id)
    with pytest.raises(ValueError, match="experiment_name is required"):
        other.submit_run()


def test_a_run_and_a_published_pipeline_can_become_one(workspace, pipeline):
    run = pipeline.submit("exp", {"word": "ran"})
    assert printed(run) == "ran"
    assert printed(PipelineDraft.clone_from_pipeline_run(run).submit_run()) == "ran"
    cloned = PipelineDraft.clone_from_published_pipeline(pipeline.publish("p"), "exp")
    assert (cloned.name, printed(cloned.submit_run())) == ("p", "ab")
