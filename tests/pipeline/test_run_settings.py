"""What a run configuration says of a step."""

from types import SimpleNamespace

import pytest

from synapse_magics import Environment, PipelineParameter, PythonScriptStep, RunConfiguration
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.run_settings import run_settings


def config(**options):
    return SimpleNamespace(**{"environment_variables": {}, "target": "cpu", **options})


def python(**options):
    return PythonScriptStep("train.py", **options)


def test_a_step_takes_target_environment_variables_and_time_limit():
    environment = Environment("mine")
    step = python(
        runconfig=config(
            environment=environment,
            environment_variables={"MODE": 1},
            max_run_duration_seconds=60,
            node_count=1,
            framework="Python",
            communicator="None",
        )
    )

    assert (step.compute_target, step.environment, step.timeout) == ("cpu", environment, 60.0)
    assert step.environment_variables == {"MODE": "1"}
    assert python(runconfig=config(), compute_target="other").compute_target == "other"


@pytest.mark.parametrize(
    "options",
    [
        {"node_count": 2},
        {"communicator": "IntelMpi"},
        {"framework": "pyspark"},
        {"data_references": {"a": 1}},
        {"data": {"a": 1}},
    ],
)
def test_what_a_step_cannot_be(options):
    with pytest.raises(NotSupportedError, match="is not supported here") as caught:
        python(runconfig=config(**options))
    assert caught.value.hint


def test_what_is_no_run_configuration():
    with pytest.raises(PipelineError, match="runconfig must be a RunConfiguration, not a dict"):
        run_settings({"a": 1}, "step x")


def test_a_step_without_one_has_the_variable_of_the_default_environment():
    step = python(compute_target="cpu")
    assert step.environment_variables == RunConfiguration().environment.environment_variables
    assert step.environment_variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
    assert python(runconfig=config(), compute_target="cpu").environment_variables == {}


def test_params_are_variables():
    parameter = PipelineParameter("rate", 0.5)
    step = python(compute_target="cpu", params={"n-rows": 5, "rate": parameter})

    assert step.environment_variables["AML_PARAMETER_n_rows"] == "5"
    assert step.parameter_variables == {"AML_PARAMETER_rate": "rate"}
    assert step.parameters == [parameter]
    with pytest.raises(PipelineError, match=r"^params should be dict"):
        python(compute_target="cpu", params=["a"])
