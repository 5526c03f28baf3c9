"""Specs travel through the database as JSON and come back equal."""

from support import make_step

from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputSpec,
    OutputSpec,
    PipelineSpec,
    Registration,
    StepKind,
    StepSpec,
)

STEP = make_step(
    "prep",
    "first",
    kind=StepKind.SPARK,
    arguments=tuple(Argument(kind, f"value of {kind}") for kind in ArgumentKind),
    inputs=(
        InputSpec("titanic", "direct", dataset_id="some-id"),
        InputSpec("made", "hdfs", node="other", output="out"),
    ),
    outputs=(
        OutputSpec("plain", "hdfs", "main", "x/{run-id}"),
        OutputSpec("kept", "mount", "main", "y", Registration("name", "words", {"k": "v"})),
    ),
    spark_conf={"spark.driver.memory": "1g"},
    environment_variables={"A": "ä"},
    cell="prep.py",
    allow_reuse=False,
    version="2",
)


def test_a_step_comes_back_equal():
    assert StepSpec.from_json(STEP.to_json()) == STEP
    assert "\n" not in STEP.to_json()


def test_a_plain_step_comes_back_equal():
    assert StepSpec.from_json(make_step("a").to_json()) == make_step("a")


def test_a_pipeline_comes_back_equal():
    spec = PipelineSpec("words", {"alpha": 0.5, "names": ["x"]}, True, True)

    assert PipelineSpec.from_json(spec.to_json()) == spec


def test_a_step_waits_for_who_makes_its_inputs_and_who_comes_before():
    assert STEP.upstream == {"first", "other"}
