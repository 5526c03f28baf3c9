"""A local file becomes a registered dataset in one call."""

from pathlib import Path

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.core.dataset import FileDataset, TabularDataset
from synapse_magics.core.exceptions import DatasetValidationError, UserErrorException
from synapse_magics.core.upload import upload_dataset


@pytest.fixture
def people(workspace):
    path = Path("people.csv")
    path.write_text("age\n5\n")
    return path


def test_a_table_is_registered(workspace, people):
    dataset = upload_dataset(workspace, "people", people, description="words")

    assert (dataset.name, dataset.version, dataset.description) == ("people", 1, "words")
    assert isinstance(dataset, TabularDataset)
    assert dataset.to_pandas_dataframe()["age"].tolist() == [5]


def test_the_same_content_is_the_same_version(workspace, people):
    upload_dataset(workspace, "people", people, description="words")

    assert upload_dataset(workspace, "people", people, description="words").version == 1


def test_other_content_is_a_new_version_and_the_old_one_stays(workspace, people):
    upload_dataset(workspace, "people", people)
    people.write_text("age\n6\n")

    assert upload_dataset(workspace, "people", people).version == 2
    old = Dataset.get_by_name(workspace, "people", version=1)
    assert old.to_pandas_dataframe()["age"].tolist() == [5]


def test_parquet_is_known_by_its_ending(workspace):
    pd.DataFrame({"age": [5]}).to_parquet("people.parquet")
    dataset = upload_dataset(workspace, "people", Path("people.parquet"))

    assert dataset.to_pandas_dataframe()["age"].tolist() == [5]


def test_a_file_stays_a_file(workspace, people):
    dataset = upload_dataset(workspace, "people", people, tabular=False)

    assert isinstance(dataset, FileDataset)
    assert dataset.to_path() == ["/people.csv"]


@pytest.mark.parametrize(
    ("name", "text"), [("gone.csv", "the file does not exist"), ("folder", "this is a folder")]
)
def test_what_is_no_file(workspace, name, text):
    Path("folder").mkdir()
    with pytest.raises(DatasetValidationError, match=text) as caught:
        upload_dataset(workspace, "people", Path(name))
    assert caught.value.where == str(Path(name).absolute())


def test_a_file_that_is_no_table_is_told_by_its_own_path(workspace, people):
    people.write_text("")
    with pytest.raises(DatasetValidationError, match="the file is empty") as caught:
        upload_dataset(workspace, "people", people)

    assert caught.value.where == str(people.absolute())
    assert workspace.datasets == {}


def test_a_name_is_checked_before_anything_is_uploaded(workspace, people):
    with pytest.raises(UserErrorException, match="a dataset's name begins"):
        upload_dataset(workspace, "a/b", people)
    assert list(workspace.get_default_datastore().root.iterdir()) == []
