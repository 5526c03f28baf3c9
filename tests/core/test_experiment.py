"""Experiments: made when they are first named, and lists of their runs."""

import pytest
from support import make_step

from synapse_magics import Experiment
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
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
    with pytest.raises(NotSupportedError, match="runs a Pipeline, not a str"):
        Experiment(workspace, "exp").submit("pipeline")


def test_runs_are_newest_first(workspace):
    experiment = Experiment(workspace, "exp")
    ids = [experiment.submit(Submitted(workspace)).id for _ in range(3)]
    Experiment(workspace, "other").submit(Submitted(workspace))

    assert [run.id for run in experiment.get_runs()] == ids[::-1]


def test_text(workspace):
    assert repr(Experiment(workspace, "exp")) == "Experiment(Name: exp,\nWorkspace: test-ws)"
