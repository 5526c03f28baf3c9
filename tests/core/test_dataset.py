"""Datasets: saved by content, registered by name, read with the same types everywhere."""

import json

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.core.dataset_errors import DatasetReadError
from synapse_magics.core.exceptions import (
    DatasetExecutionError,
    UserErrorException,
)


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def table(datastore):
    def table(text="a,b\nx,5\ny,6\n", name="t.csv"):
        (datastore.root / name).write_text(text)
        return Dataset.Tabular.from_delimited_files((datastore, name))

    return table


@pytest.fixture
def tree(datastore):
    """Write two files below ``x``."""
    for name in ("x/2019/01/one.csv", "x/2019/02/two.csv"):
        path = datastore.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)

    return lambda path: Dataset.File.from_files((datastore, path))


def test_the_id_comes_with_saving(table):
    dataset = table()

    assert dataset.id is None
    assert dataset.save() == dataset.id


def test_the_id_is_that_of_the_definition(table):
    assert table().save() == table().save()
    assert table().save() != table("a,b\nx,5\n", "other.csv").save()


def test_spellings_of_a_path_are_one_definition(table, datastore):
    table()
    ids = {
        Dataset.Tabular.from_delimited_files((datastore, path)).save()
        for path in ("t.csv", "./t.csv", "/t.csv")
    }

    assert len(ids) == 1


def test_get_by_id(workspace, table):
    dataset = table()
    found = Dataset.get_by_id(workspace, id=dataset.save())

    assert (found.id, found.definition) == (dataset.id, dataset.definition)


def test_get_by_an_id_that_is_not_there(workspace):
    with pytest.raises(UserErrorException, match='Cannot find dataset with id "1" in the'):
        Dataset.get_by_id(workspace, "1")


def test_register_gives_name_and_version(workspace, table):
    dataset = table().register(workspace, "titanic", description="people", tags={"k": "v"})

    assert (dataset.name, dataset.version) == ("titanic", 1)
    assert (dataset.description, dataset.tags) == ("people", {"k": "v"})
    assert dataset.id == table().save()


def test_register_the_same_again_is_the_same_version(workspace, table):
    for _ in range(2):
        dataset = table().register(workspace, "titanic", create_new_version=True)

    assert dataset.version == 1


def test_register_the_same_with_another_description_is_a_new_version(workspace, table):
    table().register(workspace, "titanic", description="old")
    dataset = table().register(workspace, "titanic", description="new", create_new_version=True)

    assert (dataset.version, dataset.description) == (2, "new")


def test_register_another_under_a_name_that_is_taken(workspace, table):
    table().register(workspace, "titanic")
    with pytest.raises(UserErrorException) as caught:
        table("a\n1\n", "other.csv").register(workspace, "titanic")

    assert caught.value.message.startswith(
        'There is already a dataset registered under name "titanic". Specify '
        "`create_new_version=True`"
    )


def test_versions_are_numbered_and_kept(workspace, table):
    first = table().register(workspace, "titanic")
    second = table("a\n1\n", "o.csv").register(workspace, "titanic", create_new_version=True)

    assert second.version == 2
    assert Dataset.get_by_name(workspace, "titanic").id == second.id
    assert Dataset.get_by_name(workspace, "titanic", version="latest").version == 2
    assert Dataset.get_by_name(workspace, "titanic", version=1).id == first.id
    assert workspace.datasets["titanic"].version == 2


@pytest.mark.parametrize("version", ["first", "-1", 1.5])
def test_a_version_that_is_none(workspace, version):
    with pytest.raises(UserErrorException, match=f"Invalid value {version} for version"):
        Dataset.get_by_name(workspace, "titanic", version)


def test_a_version_that_is_not_there(workspace, table):
    table().register(workspace, "titanic")
    with pytest.raises(UserErrorException, match="Cannot find dataset registered") as caught:
        Dataset.get_by_name(workspace, "titanic", 7)
    assert (caught.value.where, caught.value.hint) == ("version 7", "the latest version is 1")


def test_a_name_that_is_not_there(workspace, table):
    table().register(workspace, "titanic")
    with pytest.raises(UserErrorException) as caught:
        Dataset.get_by_name(workspace, "titanik")

    assert caught.value.message == (
        'Cannot find dataset registered with name "titanik" in the workspace.'
    )
    assert caught.value.hint == "did you mean 'titanic'?"


def test_unregister(workspace, table):
    dataset = table().register(workspace, "titanic")
    dataset.unregister_all_versions()

    assert (dataset.name, workspace.datasets) == (None, {})


def test_text_is_the_type_and_azure_mls_json(workspace, table):
    dataset = table().register(workspace, "titanic")
    first, rest = str(dataset).split("\n", 1)

    assert first == "TabularDataset"
    assert json.loads(rest)["source"] == ["('workspaceblobstore', 't.csv')"]
    assert json.loads(rest)["definition"] == [
        "GetDatastoreFiles", "ParseDelimited", "DropColumns", "SetColumnTypes"
    ]  # fmt: skip
    assert json.loads(rest)["registration"]["version"] == 1


def test_text_names_the_operations(workspace, table, datastore):
    table()
    made = Dataset.Tabular.from_delimited_files(
        (datastore, "t.csv"), include_path=True, partition_format="/{name}.csv"
    )
    made = made.take(1).keep_columns("a").register(workspace, "t", "what it is", {"k": "v"})

    assert json.loads(repr(made))["definition"] == [
        "GetDatastoreFiles", "ParseDelimited", "AddColumnsFromPartitionFormat", "SetColumnTypes",
        "Take", "KeepColumns",
    ]  # fmt: skip
    assert list(json.loads(repr(made))["registration"]) == [
        "id", "name", "version", "description", "tags", "workspace"
    ]  # fmt: skip


def test_tags_of_two_processes_are_all_kept(workspace, table):
    here = table().register(workspace, "titanic")
    there = Dataset.get_by_name(workspace, "titanic")

    there.add_tags({"there": "1"})
    here.add_tags({"here": "1"})
    there.remove_tags(["there"])

    assert Dataset.get_by_name(workspace, "titanic").tags == {"here": "1"}
    here.unregister_all_versions()
    with pytest.raises(UserErrorException, match="version 1 is not registered any more"):
        there.add_tags({"there": "1"})


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_files_that_are_not_what_they_were(workspace, table, datastore, how):
    dataset = table("a,b\nx,1\n").register(workspace, "t")
    file = datastore.root / "t.csv"
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(b"a,b\nx,1\ny\xff,2\n")

    with pytest.raises(DatasetExecutionError) as caught:
        dataset.to_pandas_dataframe()

    assert caught.value.message.startswith(
        f"Execution failed in operation 'to_pandas_dataframe' for Dataset(id='{dataset.id}', "
        "name='t', version=1, error_code="
    )
    wrong = "'t.csv' is not on the datastore" if how == "gone" else f"{file}, line 3, byte 9"
    assert wrong in caught.value.message


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["0", "1"], "bool", [False, True]),
        (["T", "", "n"], "object", [True, None, False]),
        (["007", "8"], "int64", [7, 8]),
        (["7", "", "9"], "float64", [7.0, None, 9.0]),
        (["1e3", ".5"], "float64", [1000.0, 0.5]),
        (["yes", "no"], "object", ["yes", "no"]),
        (["NA", "null"], "object", ["NA", "null"]),
        (["x", "", " y"], "object", ["x", None, " y"]),
        (["2020-01-31", ""], "datetime64[ns]", [pd.Timestamp(2020, 1, 31), None]),
        (
            ["2020-01-31T03:04:05Z"],
            "datetime64[ns]",
            [pd.Timestamp(2020, 1, 31, 3, 4, 5)],
        ),
    ],
)
def test_pandas_types(table, values, dtype, expected):
    text = "key,c\n" + "".join(f"k,{value}\n" for value in values)
    column = table(text).to_pandas_dataframe()["c"]

    assert str(column.dtype) == dtype
    assert [None if pd.isna(value) else value for value in column] == expected


def test_a_value_after_the_sample_that_does_not_fit_is_null(table):
    column = table("a,b\n" + "5,x\n" * 250 + "five,x\n").to_pandas_dataframe()["a"]

    assert column.isna().sum() == 1
    assert column.iloc[0] == 5


def test_head_reads_the_first_rows(table):
    assert table("a\n" + "5\n" * 100).head(3)["a"].tolist() == [5, 5, 5]


def test_a_value_that_does_not_fit_fails_if_that_is_asked_for(table):
    dataset = table("a,b\n" + "5,x\n" * 250 + ",y\nfive,x\n")

    with pytest.raises(DatasetReadError, match="row 252: a 'five' is no integer") as caught:
        dataset.to_pandas_dataframe(on_error="fail")

    assert "define it again" not in str(caught.value)
    assert dataset.to_pandas_dataframe()["a"].isna().sum() == 2
    assert len(dataset.drop_columns("a").to_pandas_dataframe(on_error="fail")) == 252
    assert len(dataset.take(251).to_pandas_dataframe(on_error="fail")) == 251


def test_what_stands_for_a_missing_value_does_not_fail(table):
    frame = table("a,b,c\n1.5,x,1\nnan,,\n,y,0\n").to_pandas_dataframe(on_error="fail")

    assert frame["a"].tolist()[0] == 1.5
    assert frame["a"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"on_error": "fail"}, None),
        ({"out_of_range_datetime": "fail"}, "row 2: day '3000-01-02' is out of the range"),
        ({"on_error": "fail", "out_of_range_datetime": "fail"}, "out of the range"),
    ],
)
def test_a_time_that_pandas_does_not_have(table, options, words):
    dataset = table("day,b\n2020-01-02,x\n3000-01-02,y\n")

    if words is None:
        assert dataset.to_pandas_dataframe(**options)["day"].isna().tolist() == [False, True]
        return
    with pytest.raises(DatasetReadError, match=words):
        dataset.to_pandas_dataframe(**options)


def test_a_time_that_there_is_not_is_a_value_that_does_not_fit(table):
    dataset = table("day,b\n" + "2020-01-02,x\n" * 250 + "2020-02-30,y\n")

    assert len(dataset.to_pandas_dataframe(out_of_range_datetime="fail")) == 251
    with pytest.raises(DatasetReadError, match="row 251: day '2020-02-30' is no datetime"):
        dataset.to_pandas_dataframe(on_error="fail")


def test_what_happens_with_errors_is_null_or_fail(table):
    with pytest.raises(UserErrorException, match="on_error is 'raise'"):
        table().to_pandas_dataframe(on_error="raise")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x/2019/01/one.csv", ["/one.csv"]),
        ("x", ["/2019/01/one.csv", "/2019/02/two.csv"]),
        ("x/2019/*/*.csv", ["/01/one.csv", "/02/two.csv"]),
        ("x/2019/*/one.csv", ["/01/one.csv"]),
    ],
)
def test_to_path_is_relative_to_where_it_was_found(tree, path, expected):
    assert tree(path).to_path() == expected


def test_to_path_of_several_places_is_relative_to_what_they_have_in_common(tree, datastore):
    dataset = Dataset.File.from_files([(datastore, "x/2019/01"), (datastore, "x/2019/02")])

    assert dataset.to_path() == ["/01/one.csv", "/02/two.csv"]


def test_download_keeps_the_tree(tree, tmp_path):
    local = tree("x").download(str(tmp_path / "copy"))

    assert local == [
        str(tmp_path / "copy" / "2019" / "01" / "one.csv"),
        str(tmp_path / "copy" / "2019" / "02" / "two.csv"),
    ]
    assert (tmp_path / "copy" / "2019" / "02" / "two.csv").read_text() == "x/2019/02/two.csv"


def test_download_again_is_refused_before_anything_is_written(tree, tmp_path):
    tree("x/2019/02/two.csv").download("copy/2019/02")
    with pytest.raises(UserErrorException, match=r'two\.csv" already exists\. Set overwrite=True'):
        tree("x").download("copy")

    assert not (tmp_path / "copy" / "2019" / "01").exists()
    assert len(tree("x").download("copy", overwrite=True)) == 2
