"""Datasets of files that lie elsewhere: defined by their first rows, brought when they are read."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synapse_magics import Dataset, Datastore
from synapse_magics.core.exceptions import (
    DatasetExecutionError,
    DatasetValidationError,
    UserErrorException,
)
from synapse_magics.storage.errors import StorageError
from synapse_magics.store.locations import LocationError

ROWS = 400_000


@pytest.fixture
def lake(workspace, s3):
    s3.make_bucket("tables")
    return Datastore.register(workspace, "lake", "s3://tables", f"env:{s3.variable}", s3.options)


def brought(workspace):
    folder = workspace.store.folder / "mirrors"
    return sorted(
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and not file.relative_to(folder).parts[0].startswith(".")
    )


def large_csv(start=0):
    return "id,name\n" + "".join(f"{number},name {number}\n" for number in range(start, ROWS))


def test_a_small_table_is_read(lake, s3):
    s3.put("tables", "in/a.csv", "id,name\n11,a\n")
    s3.put("tables", "in/b.csv", "id,name\n22,b\n")

    table = Dataset.Tabular.from_delimited_files((lake, "in/*.csv"))

    assert table.to_pandas_dataframe().to_dict("list") == {"id": [11, 22], "name": ["a", "b"]}
    s3.put("tables", "in/b.csv", "id,name\n33,c\n")
    assert table.to_pandas_dataframe()["id"].tolist() == [11, 33]
    s3.client.delete_object(Bucket="tables", Key="in/b.csv")
    assert table.to_pandas_dataframe()["id"].tolist() == [11]


def test_a_large_table_is_defined_and_looked_at_without_being_brought(workspace, lake, s3):
    s3.put("tables", "in/a.csv", large_csv())

    table = Dataset.Tabular.from_delimited_files((lake, "in/a.csv"))

    assert [column["type"] for column in table.columns] == ["integer", "string"]
    assert table.head(3)["id"].tolist() == [0, 1, 2]
    assert table.skip(10).take(2).to_pandas_dataframe()["id"].tolist() == [10, 11]
    assert table.take(2).keep_columns("name").to_pandas_dataframe()["name"].tolist() == [
        "name 0",
        "name 1",
    ]
    assert brought(workspace) == []
    assert len(table.to_pandas_dataframe()) == ROWS
    assert brought(workspace) == ["lake/in/a.csv"]


def test_the_first_rows_may_be_in_several_files(workspace, lake, s3):
    s3.put("tables", "in/a.csv", "id,name\n-2,a\n-1,b\n")
    s3.put("tables", "in/b.csv", large_csv())

    table = Dataset.Tabular.from_delimited_files((lake, "in/*.csv"))

    assert table.head(4)["id"].tolist() == [-2, -1, 0, 1]
    assert brought(workspace) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_the_beginning_of_a_text_of_any_encoding(workspace, lake, s3, encoding):
    s3.put("tables", "a.csv", large_csv().replace("name", "nämé").encode(encoding))

    table = Dataset.Tabular.from_delimited_files((lake, "a.csv"), encoding=encoding)

    assert table.head(2)["nämé"].tolist() == ["nämé 0", "nämé 1"]
    assert brought(workspace) == []


def test_quoted_line_breaks_are_no_rows(workspace, lake, s3):
    text = "id,name\n" + "".join(f'{number},"a\n\nb"\n' for number in range(ROWS))
    s3.put("tables", "a.csv", text)

    table = Dataset.Tabular.from_delimited_files((lake, "a.csv"), support_multi_line=True)

    assert table.head(2000)["id"].tolist() == list(range(2000))
    with pytest.raises(DatasetValidationError, match="quoted field goes on") as caught:
        Dataset.Tabular.from_delimited_files((lake, "a.csv"))
    assert caught.value.where == "s3://tables/a.csv"


def test_a_large_parquet_file(workspace, lake, s3):
    frame = pd.DataFrame({"id": range(2_000_000), "half": [n / 2 for n in range(2_000_000)]})
    content = io.BytesIO()
    frame.to_parquet(content, row_group_size=100_000)
    s3.put("tables", "a.parquet", content.getvalue())

    table = Dataset.Tabular.from_parquet_files((lake, "a.parquet"))

    assert table.head(2)["half"].tolist() == [0.0, 0.5]
    assert table.keep_columns("half").take(1).to_pandas_dataframe().columns.tolist() == ["half"]
    assert brought(workspace) == []
    assert len(table.to_pandas_dataframe()) == 2_000_000


IN_SPARK = """
from synapse_magics import Dataset, Workspace
table = Dataset.get_by_name(Workspace.from_config(), "large")
frame = table.skip(10).take(2).keep_columns("name").to_spark_dataframe()
print(frame.dtypes, [row.name for row in frame.collect()], frame.where("name like '%11'").count())
"""


@pytest.mark.spark
def test_spark_reads_the_first_rows_without_the_others(workspace, lake, s3):
    s3.put("tables", "in/a.csv", large_csv())
    Dataset.Tabular.from_delimited_files((lake, "in/a.csv")).register(workspace, "large")

    done = subprocess.run(
        [sys.executable, "-c", IN_SPARK], capture_output=True, text=True, check=False
    )

    assert done.stdout == "[('name', 'string')] ['name 10', 'name 11'] 1\n", done.stderr
    assert brought(workspace) == []


def test_json_lines(lake, s3):
    s3.put("tables", "a.jsonl", '{"id": 1}\n{"id": 2}\n')

    table = Dataset.Tabular.from_json_lines_files((lake, "a.jsonl"))

    assert table.to_pandas_dataframe()["id"].tolist() == [1, 2]


def test_files_are_listed_and_downloaded(workspace, lake, s3, tmp_path):
    s3.put("tables", "in/a.txt", "a")
    s3.put("tables", "in/x/b.txt", "b")

    files = Dataset.File.from_files((lake, "in"))

    assert brought(workspace) == []
    assert files.data_changed_time.year > 2020
    assert files.to_path() == ["/a.txt", "/x/b.txt"]
    assert len(files.download(str(tmp_path / "copy"))) == 2
    assert (tmp_path / "copy" / "x" / "b.txt").read_text() == "b"
    with files.mount() as mounted:
        assert Path(mounted.mount_point, "a.txt").read_text() == "a"


@pytest.mark.parametrize("path", ["in/*.parquet", "empty", "missing.csv"])
def test_nothing_there_is_an_error_that_names_the_address(lake, s3, path):
    s3.put("tables", "in/a.csv", "id\n1\n")
    s3.put("tables", "empty/_SUCCESS", "")

    for make in (Dataset.Tabular.from_delimited_files, Dataset.File.from_files):
        with pytest.raises(DatasetValidationError) as caught:
            make((lake, path))
        assert f"s3://tables/{path}" in str(caught.value)


def test_a_file_that_vanished_since_the_definition(lake, s3):
    s3.put("tables", "a.csv", "id\n1\n")
    table = Dataset.Tabular.from_delimited_files((lake, "a.csv"))
    files = Dataset.File.from_files((lake, "a.csv"))
    files.to_path()
    s3.client.delete_object(Bucket="tables", Key="a.csv")

    for read, error in (
        (table.to_pandas_dataframe, DatasetExecutionError),
        (files.to_path, LocationError),
    ):
        with pytest.raises(error) as caught:
            read()
        assert "s3://tables/a.csv" in str(caught.value)
    assert files.download("copy", ignore_not_found=True) == []


def test_an_empty_file_of_a_large_table(lake, s3):
    s3.put("tables", "in/a.csv", large_csv())
    s3.put("tables", "in/b.csv", "")

    with pytest.raises(DatasetValidationError, match="the file is empty") as caught:
        Dataset.Tabular.from_delimited_files((lake, "in"))

    assert caught.value.where == "s3://tables/in/b.csv"


def test_what_is_no_table_names_its_address(lake, s3):
    s3.put("tables", "small.csv", b"\0\1\2")
    s3.put("tables", "large.csv", b"\0\1\2" * 3_000_000)
    s3.put("tables", "large.parquet", b"text\n" * 2_000_000)

    for make, name in (
        (Dataset.Tabular.from_delimited_files, "small.csv"),
        (Dataset.Tabular.from_delimited_files, "large.csv"),
        (Dataset.Tabular.from_parquet_files, "large.parquet"),
    ):
        with pytest.raises(DatasetValidationError) as caught:
            make((lake, name))
        assert caught.value.where == f"s3://tables/{name}"


def test_tables_are_written_there(lake, s3):
    frame = pd.DataFrame({"id": [1, 2], "kind": ["a", "b"]})

    made = Dataset.Tabular.register_pandas_dataframe(frame, (lake, "made"), "made")
    parts = made.partition_by(["kind"], (lake, "parts"))

    assert [key.rpartition("/")[2] for key in s3.keys("tables")] == [
        "part-00000.parquet",
        "part-00000.parquet",
        "part-00001.parquet",
    ]
    assert sorted(parts.to_pandas_dataframe()["id"]) == [1, 2]


def test_a_folder_is_uploaded_as_a_dataset(lake, s3, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("id\n1\n")

    made = Dataset.File.upload_directory(str(tmp_path / "data"), (lake, "up"))

    assert made.to_path() == ["/a.csv"]
    with pytest.raises(UserErrorException, match="on the datastore already"):
        Dataset.File.upload_directory(str(tmp_path / "data"), (lake, "up"))


def test_an_address_of_the_web_needs_no_datastore(workspace, web):
    web.files["/data/a.csv"] = b"id,name\n1,a\n"

    table = Dataset.Tabular.from_delimited_files(f"{web.address}/data/a.csv")

    assert table.definition["sources"] == [{"datastore": web.address, "path": "data/a.csv"}]
    assert table.to_pandas_dataframe()["id"].tolist() == [1]
    assert table.register(workspace, "web").version == 1
    assert Dataset.get_by_name(workspace, "web").take(1).to_pandas_dataframe()["id"].tolist() == [1]


def test_an_address_of_a_registered_bucket_has_its_credential(lake, s3):
    s3.put("tables", "in/a.csv", "id,name\n1,a\n")

    files = Dataset.File.from_files(["s3a://tables/in/*.csv"])

    assert files.to_path() == ["/a.csv"]


def test_the_address_of_a_public_container(workspace, azurite):
    azurite.make_container("demo", {"Titanic.csv": "Survived,Age\n1,22\n"}, public_access="blob")
    register = Datastore.register
    register(
        workspace,
        "demo",
        "wasbs://demo@devstoreaccount1.blob.core.windows.net",
        "anonymous",
        {"endpoint_url": azurite.endpoint},
    )

    table = Dataset.Tabular.from_delimited_files(
        "https://devstoreaccount1.blob.core.windows.net/demo/Titanic.csv"
    )

    assert table.to_pandas_dataframe()["Age"].tolist() == [22]


@pytest.mark.parametrize("path", ["Titanic.csv", "/data/Titanic.csv", "file:///data/Titanic.csv"])
def test_a_local_path_is_refused(workspace, path):
    with pytest.raises(UserErrorException, match="Invalid argument type for `path`"):
        Dataset.Tabular.from_delimited_files(path)


def test_an_address_with_a_secret_is_refused(workspace):
    with pytest.raises(StorageError, match="secret") as caught:
        Dataset.File.from_files("https://acct.blob.core.windows.net/c/a.csv?sig=hunter2hunter2")

    assert "hunter2" not in str(caught.value)


def test_memory_is_read_in_this_process(workspace, tmp_path):
    room = Datastore.register(workspace, "room", "memory://datasets")
    (tmp_path / "a.csv").write_text("id\n1\n")
    room.upload_files([str(tmp_path / "a.csv")], show_progress=False)

    table = Dataset.Tabular.from_delimited_files((room, "a.csv"))

    assert table.to_pandas_dataframe().shape == (1, 1)


def test_columns_of_remote_paths(lake, s3):
    s3.put("tables", "in/nl/2020/a.csv", "id\n1\n")
    s3.put("tables", "in/de/2021/b.csv", "id\n2\n")
    table = Dataset.Tabular.from_delimited_files(
        (lake, "in"), include_path=True, partition_format="/{country}/{year:yyyy}/*.csv"
    )

    assert table.head(1)["Path"].tolist() == ["/de/2021/b.csv"]
    assert table.to_pandas_dataframe()["country"].tolist() == ["de", "nl"]
    assert table.get_partition_key_values(["country"]) == [{"country": "de"}, {"country": "nl"}]
