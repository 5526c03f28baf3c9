"""Names are refused with Azure ML's rules, and nearly right ones are helped."""

import pytest

from synapse_magics.core import names
from synapse_magics.core.exceptions import ComputeTargetException, UserErrorException


@pytest.mark.parametrize("name", ["abc", "1-_", "a" * 33])
def test_workspace_accepts(name):
    assert names.check_workspace(name) == name


@pytest.mark.parametrize("name", ["", "ab", "a" * 34, "-abc", "a b c", "abc\n", "äbc", None, 5])
def test_workspace_refuses(name):
    with pytest.raises(
        UserErrorException, match="workspace name must be between 3 and 33 characters"
    ):
        names.check_workspace(name)


@pytest.mark.parametrize("name", ["ab", "link1-spark01", "a" * 16])
def test_compute_accepts(name):
    assert names.check_compute(name) == name


@pytest.mark.parametrize("name", ["a", "a" * 17, "1ab", "ab-", "a_b", "a b"])
def test_compute_refuses(name):
    with pytest.raises(
        ComputeTargetException, match="compute name must be between 2 and 16 characters long"
    ):
        names.check_compute(name)


@pytest.mark.parametrize("name", ["", None])
def test_compute_without_a_name(name):
    with pytest.raises(ComputeTargetException, match=r"^Compute_name cannot be Empty\.$"):
        names.check_compute(name)


@pytest.mark.parametrize("name", ["e", "synapse-pipeline", "2_x", "a" * 255])
def test_experiment_accepts(name):
    assert names.check_experiment(name) == name


@pytest.mark.parametrize("name", ["", "_a", "a" * 256, "a b", "a.b"])
def test_experiment_refuses(name):
    with pytest.raises(UserErrorException, match="between 1 and 255 characters"):
        names.check_experiment(name)


@pytest.mark.parametrize("name", ["a", "_a1", "file_input"])
def test_input_accepts(name):
    assert names.check_input(name) == name


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "ä"])
def test_input_refuses(name):
    with pytest.raises(UserErrorException, match=f'Invalid input name "{name}"'):
        names.check_input(name)


def test_output_refuses_in_its_own_words():
    with pytest.raises(UserErrorException, match=r"\[my-out\] is not a valid output name"):
        names.check_output("my-out")


@pytest.mark.parametrize("name", ["", "1st", "a b", "a/b"])
def test_step_refuses(name):
    with pytest.raises(UserErrorException, match="a step's name begins with a letter"):
        names.check_step(name)


@pytest.mark.parametrize("name", ["", "-x", "a/b", "x:1"])
def test_dataset_refuses(name):
    with pytest.raises(UserErrorException, match="a dataset's name begins"):
        names.check_dataset(name)


def test_a_name_that_is_nearly_right():
    assert names.did_you_mean("titanik", ["titanic", "iris"], "datasets") == (
        "did you mean 'titanic'?"
    )


def test_a_name_that_is_like_no_other():
    assert names.did_you_mean("zzz", ["b", "a"], "datasets") == "datasets: a, b"


def test_a_name_where_there_are_none():
    assert names.did_you_mean("x", [], "datasets") == "there are no datasets yet"


def test_types_have_their_article():
    assert [names.type_of(item) for item in (1, "a", {})] == ["an int", "a str", "a dict"]
    assert names.with_article("AmlCompute") == "an AmlCompute"
    assert names.with_article("HDFSOutputDatasetConfig") == "an HDFSOutputDatasetConfig"
    assert names.with_article("Union") == "a Union"
