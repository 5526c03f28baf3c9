"""Pipeline parameters: defaults, and what is given instead."""

import pytest

from synapse_magics import Dataset, PipelineParameter
from synapse_magics.core.data_reference import DataPath
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
    ("default", "given"), [(0.5, "0.5"), (0.5, True), (1, 1.0), ("a", 1), ("a", None)]
)
def test_a_value_of_another_type(default, given):
    with pytest.raises(PipelineError, match=r"^Expected type of the pipeline parameter p is"):
        values([PipelineParameter("p", default)], {"p": given})


def test_true_is_an_int_as_in_azure_ml():
    assert values([PipelineParameter("p", 1)], {"p": True}) == {"p": True}
    assert values([PipelineParameter("p", False)], {"p": 1}) == {"p": 1}


@pytest.fixture
def files(workspace):
    datastore = workspace.get_default_datastore()
    for name in ("a.txt", "b.txt"):
        (datastore.root / name).write_text(name)
    return [Dataset.File.from_files((datastore, name)) for name in ("a.txt", "b.txt")]


def test_a_dataset_may_be_given_in_the_place_of_a_dataset(files):
    first, second = files
    parameter = PipelineParameter("data", first)

    assert values([parameter]) == {"data": {"SavedDataSetReference": {"Id": first.id}}}
    found = values([parameter], {"data": second})
    assert found == {"data": {"SavedDataSetReference": {"Id": second.id}}}
    assert values([parameter], found) == found  # as the service writes it
    with pytest.raises(PipelineError, match="parameter data is Dataset, not str"):
        values([parameter], {"data": "b.txt"})


def test_a_path_may_be_given_in_the_place_of_a_path(workspace):
    datastore = workspace.get_default_datastore()
    parameter = PipelineParameter("place", DataPath(datastore, "a"))
    place = {"DataStoreName": "workspaceblobstore", "RelativePath": "b"}

    assert values([parameter], {"place": DataPath(datastore, "b")}) == {"place": place}
    assert values([parameter], {"place": place}) == {"place": place}
    with pytest.raises(PipelineError, match="parameter place is DataPath, not str"):
        values([parameter], {"place": "b"})
