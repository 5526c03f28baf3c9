"""Steps that run one after another."""

import pytest

from synapse_magics import PythonScriptStep
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.pipeline.step_sequence import StepSequence, flatten


def step(name, **options):
    return PythonScriptStep("a.py", name=name, compute_target="cpu", **options)


def test_each_waits_for_the_one_before_and_a_list_is_a_group():
    a, b, c, d = (step(name) for name in "abcd")
    sequence = StepSequence([a, [b, c], d])

    assert list(sequence) == [a, b, c, d]
    assert (a.after, b.after, c.after, d.after) == ((), (a,), (a,), (b, c))


def test_sequences_may_stand_in_each_other():
    a, b, c = (step(name) for name in "abc")
    StepSequence([StepSequence([a, b]), c])

    assert (b.after, c.after) == ((a,), (a, b))


def test_the_same_link_twice_is_one():
    a, b = step("a"), step("b")
    StepSequence([a, b])
    StepSequence([a, b])

    assert b.after == (a,)


def test_an_empty_sequence():
    assert len(StepSequence()) == 0


def test_data_stand_for_the_step_that_makes_them():
    data = PipelineData("made")
    maker = step("a", outputs=[data])

    assert list(flatten([data])) == [maker]


def test_what_is_no_step():
    with pytest.raises(NotSupportedError, match=r"^Can not add object of type <class 'int'> to"):
        StepSequence([5])
