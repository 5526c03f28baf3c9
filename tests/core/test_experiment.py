"""Experiments: made when they are first named, and lists of their runs."""

import pytest
from support import make_step

from synapse_magics import Experiment
from synapse_magics.core.exceptions import (
    NotSupportedError,
    ServiceException,
    UserErrorException,
)
from synapse_magics.store.specs import PipelineSpec


class Submitted:
    """Something that can be submitted, as a pipeline can."""

    def __init__(self, workspace):
        self.workspace = workspace

    def submit(self, name, **options):
        from synapse_magics import Run

        run_id = self.workspace.store.runs.submit(name, PipelineSpec(), [make_step("prep")])
        run = Run.get(self.workspace, run_id)
        run.options = options
        return run


def test_it_is_made_when_it_is_named(workspace):
    Experiment(workspace, "synapse-spark")
    Experiment(workspace, "synapse-spark")

    assert list(workspace.experiments) == ["synapse-spark"]


def test_a_name_that_is_refused_is_not_made(workspace):
    with pytest.raises(UserErrorException, match="Experiment name must be between"):
        Experiment(workspace, "my experiment")
    assert workspace.experiments == {}


def test_submit_passes_options_on(workspace):
    run = Experiment(workspace, "exp").submit(Submitted(workspace), regenerate_outputs=True)

    assert run.options == {"regenerate_outputs": True}
    assert run.experiment.name == "exp"


def test_submit_tags_the_run(workspace):
    run = Experiment(workspace, "exp").submit(Submitted(workspace), tags={"k": "v"})

    assert run.tags == {"k": "v"}


def test_submit_of_something_else(workspace):
    with pytest.raises(NotSupportedError, match="a Pipeline, not a str"):
        Experiment(workspace, "exp").submit("pipeline")


def test_runs_are_newest_first(workspace):
    experiment = Experiment(workspace, "exp")
    ids = [experiment.submit(Submitted(workspace)).id for _ in range(3)]
    Experiment(workspace, "other").submit(Submitted(workspace))

    assert [run.id for run in experiment.get_runs()] == ids[::-1]


def test_text(workspace):
    assert repr(Experiment(workspace, "exp")) == "Experiment(Name: exp,\nWorkspace: test-ws)"


def test_runs_are_found_by_type_tags_and_properties(workspace):
    experiment = Experiment(workspace, "exp")
    one = experiment.submit(Submitted(workspace), tags={"by": "ann"})
    two = experiment.submit(Submitted(workspace), tags={"by": "bob", "nightly": "yes"})
    workspace.store.records.add_properties(one.id, {"k": "v"})

    def found(**wanted):
        return [run.id for run in experiment.get_runs(**wanted)]

    assert found(tags="by") == [two.id, one.id]
    assert found(tags={"by": "ann"}) == [one.id]
    assert found(tags={"by": "bob", "nightly": "no"}) == []
    assert found(properties={"k": "v"}) == [one.id]
    assert found(type="azureml.StepRun") == []


def test_the_runs_of_steps_come_after_the_one_that_they_belong_to(workspace):
    experiment = Experiment(workspace, "exp")
    one, two = (experiment.submit(Submitted(workspace)) for _ in range(2))

    runs = list(experiment.get_runs(include_children=True))

    assert [run.type for run in runs] == ["azureml.PipelineRun", "azureml.StepRun"] * 2
    assert [run.id for run in runs if run.type == "azureml.PipelineRun"] == [two.id, one.id]
    steps = experiment.get_runs(type="azureml.StepRun", include_children=True)
    assert [run.name for run in steps] == ["prep", "prep"]


def test_what_brings_along_how_it_is_submitted(workspace):
    class Config:
        def _submit_to(self, experiment, tags=None, **options):
            return experiment.name, tags, options

    found = Experiment(workspace, "exp").submit(Config(), tags={"n": 1}, more=True)

    assert found == ("exp", {"n": "1"}, {"more": True})


def test_an_archived_experiment_is_not_listed(workspace):
    one, two = (Experiment(workspace, name) for name in ("one", "two"))
    one.archive()

    assert [item.name for item in Experiment.list(workspace)] == ["two"]
    assert [item.name for item in Experiment.list(workspace, view_type="ArchivedOnly")] == ["one"]
    assert len(Experiment.list(workspace, view_type="All")) == 2
    assert one.archived_time
    one.reactivate()
    assert [item.name for item in Experiment.list(workspace)] == ["one", "two"]
    assert two.archived_time is None
    with pytest.raises(NotSupportedError, match="new_name"):
        one.reactivate("three")
    with pytest.raises(UserErrorException, match="no view type"):
        Experiment.list(workspace, view_type="Some")


def test_tags_of_an_experiment(workspace):
    experiment = Experiment(workspace, "exp")
    experiment.set_tags({"by": "ann", "n": 1})
    experiment.tag("flag")
    experiment.remove_tags(["n"])
    experiment.refresh()

    assert Experiment(workspace, "exp").tags == {"by": "ann", "flag": None}
    assert len(Experiment.list(workspace, tags={"by": "ann"})) == 1
    assert Experiment.list(workspace, tags={"by": "bob"}) == []
    assert Experiment.list(workspace, experiment_name="other") == []


def test_an_experiment_without_runs_is_deleted(workspace):
    experiment = Experiment(workspace, "exp")
    experiment.submit(Submitted(workspace))
    empty = Experiment(workspace, "empty")

    with pytest.raises(UserErrorException, match="Only empty Experiments can be deleted"):
        Experiment.delete(workspace, experiment.id)
    Experiment.delete(workspace, empty.id)
    with pytest.raises(ServiceException, match="not found"):
        Experiment.delete(workspace, "gone")

    assert list(workspace.experiments) == ["exp"]


def test_an_experiment_drops_no_keyword(workspace):
    with pytest.raises(NotSupportedError, match="tags is not supported here"):
        Experiment(workspace, "exp", tags={"a": "b"})
