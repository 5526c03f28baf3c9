"""Specs travel through the database as JSON and come back equal."""

import json

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
        InputSpec("raw", "download", datastore="main", path="t", path_on_compute="in"),
        InputSpec("table", "direct", node="other", output="out", table={"format": "parquet"}),
    ),
    outputs=(
        OutputSpec("plain", "hdfs", "main", "x/{run-id}"),
        OutputSpec("kept", "mount", "main", "y", Registration("name", "words", {"k": "v"})),
        OutputSpec("sent", "upload", "main", "z", overwrite=True, globs=("*.csv",), reference="d"),
    ),
    spark_conf={"spark.driver.memory": "1g"},
    environment_variables={"A": "ä"},
    parameter_variables={"B": "beta"},
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


def test_parameters_stand_for_datasets_and_places():
    inputs = (InputSpec("a", "mount", parameter="data"), InputSpec("b", "mount", parameter="place"))
    step = make_step("use", inputs=inputs)
    values = {
        "data": {"SavedDataSetReference": {"Id": "some-id"}},
        "place": {"DataStoreName": "main", "RelativePath": "t"},
    }
    data, place = step.with_parameters(values).inputs

    assert (data.dataset_id, data.parameter) == ("some-id", "data")
    assert (place.datastore, place.path) == ("main", "t")
    assert step.with_parameters({}) == step


def test_a_step_of_an_older_version_can_be_read():
    data = json.loads(STEP.to_json())
    old = {"name", "mode", "datastore", "path", "registration"}
    data["outputs"] = [{key: item[key] for key in old} for item in data["outputs"][:2]]
    del data["parameter_variables"]

    found = StepSpec.from_json(json.dumps(data))
    assert (found.outputs, found.parameter_variables) == (STEP.outputs[:2], {})
