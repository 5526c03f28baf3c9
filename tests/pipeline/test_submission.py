"""What is handed in holds no secret, and its sources are there."""

import shutil
from dataclasses import replace

import pytest
from support import make_step, write_snapshot

from synapse_magics import Experiment
from synapse_magics.agent import client
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.submission import hand_in
from synapse_magics.store.specs import Argument, ArgumentKind, OutputSpec, PipelineSpec
from synapse_magics.store.specs import Registration as Registered

SECRET = "abcdefgh-12345678"  # noqa: S105 - nobody's
STEP = make_step("fit")


@pytest.fixture
def submit(workspace, monkeypatch):
    monkeypatch.setenv("API_TOKEN", SECRET)
    monkeypatch.setattr(client, "wake", lambda _: None)
    write_snapshot(workspace.store, "fit", "print(1)")

    def submit(step=STEP, spec=PipelineSpec(), **options):  # noqa: B008 - frozen
        return hand_in(Experiment(workspace, "exp"), spec, [step], **options)

    return submit


@pytest.mark.parametrize(
    ("step", "what"),
    [
        (
            replace(STEP, arguments=(Argument(ArgumentKind.LITERAL, f"--key={SECRET}"),)),
            r"argument '--key=\*\*\*'",
        ),
        (replace(STEP, environment_variables={"KEY": SECRET}), "variable KEY"),
        (replace(STEP, spark_conf={"spark.key": SECRET}), "Spark setting spark.key"),
        (replace(STEP, version=SECRET), "its definition"),
        (
            replace(
                STEP, outputs=(OutputSpec("o", "mount", "main", "x", Registered("name", SECRET)),)
            ),
            "its definition",
        ),
    ],
)
def test_a_step_that_would_store_a_secret_is_refused(submit, workspace, step, what):
    with pytest.raises(PipelineError, match=f"{what} holds the secret API_TOKEN") as caught:
        submit(step)
    assert caught.value.hint == (
        "steps inherit the environment: os.environ['API_TOKEN'] in the step's code"
    )
    assert SECRET not in str(caught.value)
    assert workspace.store.runs.submitted() == []


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"spec": PipelineSpec(parameters={"key": SECRET})}, "parameter key"),
        ({"spec": PipelineSpec(description=f"with {SECRET}")}, "its description"),
        ({"tags": {"key": SECRET}}, "tag key"),
        ({"tags": {SECRET: None}}, r"tag \*\*\*"),
    ],
)
def test_a_pipeline_that_would_store_a_secret_is_refused(submit, workspace, options, what):
    with pytest.raises(PipelineError, match=f"{what} holds the secret API_TOKEN"):
        submit(**options)
    assert workspace.store.runs.submitted() == []


def test_sources_that_were_removed_meanwhile_are_missed_before_a_run_is_there(submit, workspace):
    shutil.rmtree(workspace.store.snapshot_folder("fit"))

    with pytest.raises(PipelineError, match="the sources of step fit were removed") as caught:
        submit()
    assert caught.value.hint == "submit it again"
    assert workspace.store.runs.submitted() == []


def test_tags_are_there_from_the_first_moment_on(submit):
    assert submit(tags={"by": "ann", "nightly": None}).tags == {"by": "ann", "nightly": None}
