"""The first ones, all but these, and samples: of rows and of files alike, as definitions."""

import pytest

from synapse_magics import Dataset
from synapse_magics.core.exceptions import UserErrorException


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def table(datastore):
    (datastore.root / "t.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(100)))
    return Dataset.Tabular.from_delimited_files((datastore, "t.csv"))


@pytest.fixture
def folder(datastore):
    (datastore.root / "f").mkdir()
    for number in range(100):
        (datastore.root / "f" / f"{number:02}.txt").write_text("x" * number)
    return Dataset.File.from_files((datastore, "f"))


def content(dataset):
    if hasattr(dataset, "to_path"):
        return [int(path[1:3]) for path in dataset.to_path()]
    return dataset.to_pandas_dataframe()["n"].tolist()


@pytest.fixture(params=["table", "folder"])
def dataset(request):
    return request.getfixturevalue(request.param)


def test_the_first_and_the_others(dataset):
    assert content(dataset.take(3)) == [0, 1, 2]
    assert content(dataset.skip(97)) == [97, 98, 99]
    assert content(dataset.skip(10).take(2)) == [10, 11]
    assert content(dataset) == list(range(100))


def test_a_sample_without_a_seed_is_the_same_each_time_it_is_read(dataset):
    sample = dataset.take_sample(0.5)

    assert content(sample) == content(sample)
    assert 20 < len(content(sample)) < 80


def test_a_sample_has_a_seed(dataset):
    assert content(dataset.take_sample(0.5, seed=1)) == content(dataset.take_sample(0.5, 1))
    assert content(dataset.take_sample(0.5, 1)) != content(dataset.take_sample(0.5, 2))


def test_a_split_is_of_all(dataset):
    first, second = dataset.random_split(0.7, seed=3)

    assert sorted(content(first) + content(second)) == list(range(100))
    assert 50 < len(content(first)) < 90


def test_operations_are_part_of_what_is_saved(workspace, dataset):
    taken = dataset.take(3)
    found = Dataset.get_by_id(workspace, taken.save())

    assert taken.id not in {None, dataset.save()}
    assert taken.id == dataset.take(3).save()
    assert content(found) == [0, 1, 2]


def test_operations_of_a_registered_dataset_are_not_registered(workspace, dataset):
    registered = dataset.register(workspace, "all")
    taken = registered.take(3)

    assert (taken.name, taken.id) == (None, None)
    assert content(taken.register(workspace, "some")) == [0, 1, 2]
    assert content(Dataset.get_by_name(workspace, "some")) == [0, 1, 2]


def test_operations_are_shown(dataset):
    assert '"Take"' in repr(dataset.take(3))


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("take", -1),
        ("skip", "1"),
        ("take", True),
        ("take_sample", 1.5),
        ("random_split", "a"),
    ],
)
def test_values_that_say_nothing(dataset, method, value):
    with pytest.raises(UserErrorException, match=f"not {value!r}"):
        getattr(dataset, method)(value)


def test_a_seed_that_is_none(dataset):
    with pytest.raises(UserErrorException, match="seed must be a number"):
        dataset.take_sample(0.5, seed="x")
