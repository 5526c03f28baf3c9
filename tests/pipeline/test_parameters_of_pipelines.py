"""Pipeline parameters: defaults, and what is given instead."""

import pytest

from synapse_magics import PipelineParameter
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import values

ALPHA = PipelineParameter("alpha", 0.5)


def test_text():
    assert str(PipelineParameter("alpha", 0.5)) == "PipelineParameter_Name:alpha_Default:0.5"


@pytest.mark.parametrize("default", [None, [1], {"a": 1}])
def test_a_default_of_another_type(default):
    with pytest.raises(ValueError, match=r"^Default value is of unsupported type: \w+"):
        PipelineParameter("alpha", default)


def test_defaults_are_in_force():
    assert values([ALPHA, PipelineParameter("n", 3)]) == {"alpha": 0.5, "n": 3}


def test_given_values_replace_defaults():
    assert values([ALPHA], {"alpha": 0.1}) == {"alpha": 0.1}


def test_an_int_becomes_a_float():
    found = values([ALPHA], {"alpha": 2})["alpha"]

    assert (found, type(found)) == (2.0, float)


def test_one_parameter_may_be_used_twice():
    assert values([ALPHA, PipelineParameter("alpha", 0.5)]) == {"alpha": 0.5}


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.6), (1, True), (1, 1.0)])
def test_two_of_one_name_may_not_differ(one, other):
    with pytest.raises(PipelineError) as caught:
        values([PipelineParameter("alpha", one), PipelineParameter("alpha", other)])

    assert caught.value.message == (
        f"Pipeline parameters with same name alpha but different values {one}, {other} used"
    )


def test_an_unknown_name():
    with pytest.raises(PipelineError, match="with name alpa does not exist") as caught:
        values([ALPHA], {"alpa": 1.0})
    assert caught.value.hint == "did you mean 'alpha'?"


@pytest.mark.parametrize(
    ("default", "given"), [(0.5, "0.5"), (0.5, True), (1, 1.0), (1, True), (True, 1), ("a", 1)]
)
def test_a_value_of_another_type(default, given):
    with pytest.raises(PipelineError, match=r"^Expected type of the pipeline parameter p is"):
        values([PipelineParameter("p", default)], {"p": given})
