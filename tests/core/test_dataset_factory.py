"""Datasets are made of what can be read; all else is refused at once, with its path."""

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.core.exceptions import (
    DatasetValidationError,
    NotSupportedError,
    UserErrorException,
)


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def put(datastore):
    def put(name, content):
        path = datastore.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return (datastore, name)

    return put


def refused(path, **options):
    with pytest.raises(DatasetValidationError) as caught:
        Dataset.Tabular.from_delimited_files(path, **options)
    assert caught.value.message.startswith("Failed to validate the data.\n")
    return caught.value


def columns(dataset):
    return [(column["name"], column["type"]) for column in dataset.columns]


def test_types_are_inferred_once(put):
    dataset = Dataset.Tabular.from_delimited_files(
        path=[put("t.csv", "class,age,survived\n1st,29,1\n2nd,,0\n")]
    )

    assert columns(dataset) == [("class", "string"), ("age", "integer"), ("survived", "boolean")]


def test_without_inference_all_is_text(put):
    path = put("t.csv", "a,b\n1,2\n")
    dataset = Dataset.Tabular.from_delimited_files(path, infer_column_types=False)

    assert columns(dataset) == [("a", "string"), ("b", "string")]


def test_without_a_header_columns_are_numbered(put):
    dataset = Dataset.Tabular.from_delimited_files(put("t.csv", "x,5\ny,6\n"), header=False)

    assert columns(dataset) == [("Column1", "string"), ("Column2", "integer")]


def test_a_separator_and_an_encoding(put):
    path = put("t.csv", "a;b\né;1.5\n".encode("latin-1"))
    dataset = Dataset.Tabular.from_delimited_files(path, separator=";", encoding="latin-1")

    assert dataset.to_pandas_dataframe().to_dict("list") == {"a": ["é"], "b": [1.5]}


def test_a_byte_order_mark_is_no_part_of_a_name(put):
    dataset = Dataset.Tabular.from_delimited_files(put("t.csv", "\ufeffa,b\nx,z\n"))

    assert dataset.to_pandas_dataframe().to_dict("list") == {"a": ["x"], "b": ["z"]}


def test_a_missing_file(datastore):
    error = refused((datastore, "Titanic.csv"))

    assert "'Titanic.csv' is not on the datastore" in error.message
    assert error.where == str(datastore.root / "Titanic.csv")


def test_a_missing_file_without_validation(datastore):
    refused((datastore, "Titanic.csv"), validate=False)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "the file is empty"),
        ("a,b\n", "the file has a header and no rows"),
        (b"a,b\nx,\xff\xfe\n", "can't decode byte 0xff"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "the file is not text"),
        (b"\0" * 100, "the file is not text"),
    ],
    ids=["empty", "header only", "encoding", "binary", "zeros"],
)
def test_a_file_that_is_no_table(put, content, text):
    path = put("t.csv", content)
    error = refused(path)

    assert text in error.message
    assert error.where == str(path[0].root / "t.csv")


def test_a_row_that_is_too_short_is_filled(put):
    dataset = Dataset.Tabular.from_delimited_files(put("t.csv", "a,b\nx,yes\nz\n"))

    assert dataset.to_pandas_dataframe()["b"].tolist() == ["yes", None]


def test_utf_16_is_text(put):
    path = put("t.csv", "a,b\nx,5\n".encode("utf-16"))
    dataset = Dataset.Tabular.from_delimited_files(path, encoding="utf-16")

    assert columns(dataset) == [("a", "string"), ("b", "integer")]


def test_an_encoding_that_java_lacks(put):
    error = refused(put("t.csv", "a\n1\n"), encoding="utf-7")

    assert "Spark does not read the encoding 'utf-7'" in error.message


def test_a_text_that_goes_wrong_far_below(put):
    path = put("t.csv", b"a\n" + b"x\n" * 500_000 + b"\xff\n")
    error = refused(path)

    assert "can't decode byte 0xff" in error.message
    assert "line 500002, byte 1000002" in error.message
    assert error.where == str(path[0].root / "t.csv")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_a_line_break_in_quotes_is_refused_by_its_line(put, mark):
    path = put("t.csv", mark + '"a",b\n"x",1\n' * 300 + '"y\nz",2\n')
    error = refused(path)

    assert "line 601: a quoted field goes on in the next line" in error.message
    assert error.where == str(path[0].root / "t.csv")
    assert "support_multi_line=True" in error.hint


def test_a_line_break_in_quotes_that_is_meant(put):
    path = put("t.csv", 'a,b\n"y\nz",2\n')
    dataset = Dataset.Tabular.from_delimited_files(path, support_multi_line=True)

    assert dataset.to_pandas_dataframe()["a"].tolist() == ["y\nz"]
    assert dataset.source()["multi_line"] is True


def test_a_quote_within_a_field_opens_nothing(put):
    path = put("t.csv", 'a,b\n5" pipe,1\n7" pipe,2\n')
    dataset = Dataset.Tabular.from_delimited_files(path)

    assert dataset.to_pandas_dataframe()["a"].tolist() == ['5" pipe', '7" pipe']


def test_an_unknown_encoding(put):
    error = refused(put("t.csv", "a\n1\n"), encoding="utf-99")

    assert "encoding (--encoding) says how the file is written" in error.hint


def test_a_folder_that_spark_wrote(put, datastore):
    put("out/_SUCCESS", b"")
    put("out/.part-0.csv.crc", b"crc\0")
    put("out/part-0.csv", "a\n5\n")
    dataset = Dataset.Tabular.from_delimited_files((datastore, "out"))

    assert dataset.to_pandas_dataframe()["a"].tolist() == [5]


def test_a_folder_with_nothing_in_it(put, datastore):
    put("out/_SUCCESS", b"")

    assert "there is no file in it" in refused((datastore, "out")).message


def test_a_glob(put, datastore):
    put("in/2019/a.csv", "a\n5\n")
    put("in/2020/a.csv", "a\n6\n")
    put("in/2020/a.txt", "b\n7\n")
    dataset = Dataset.Tabular.from_delimited_files((datastore, "in/**/*.csv"))

    assert dataset.to_pandas_dataframe()["a"].tolist() == [5, 6]


@pytest.mark.parametrize("name", ["Titanic[1].csv", "a [b]/what?.csv", "*.csv"])
def test_a_file_whose_name_looks_like_a_glob(put, name):
    put("b.csv", "other\n1\n")
    dataset = Dataset.Tabular.from_delimited_files(put(name, "a\n5\n"))

    assert columns(dataset) == [("a", "integer")]
    assert Dataset.File.from_files(put(name, "a")).to_path() == ["/" + name.split("/")[-1]]


def test_a_glob_that_nothing_matches(datastore):
    assert "nothing on the datastore matches '*.csv'" in refused((datastore, "*.csv")).message


def test_several_files(put):
    paths = [put("b.csv", "a\n5\n"), put("a.csv", "a\n6\n")]

    assert Dataset.Tabular.from_delimited_files(paths).to_pandas_dataframe()["a"].tolist() == [5, 6]


@pytest.mark.parametrize("path", ["Titanic.csv", ("store", "t.csv"), None])
def test_what_is_no_place_on_a_datastore(workspace, path):
    with pytest.raises(UserErrorException, match="Invalid argument type for `path`") as caught:
        Dataset.Tabular.from_delimited_files(path)
    assert "(datastore, 'file.csv')" in caught.value.hint


def test_no_place_at_all():
    with pytest.raises(UserErrorException, match="at least one path"):
        Dataset.File.from_files([])


def test_a_path_that_leaves_the_datastore(datastore, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")

    assert "leaves the datastore" in refused((datastore, "../../../secret.csv")).message


def test_a_link_that_leaves_the_datastore(datastore, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (datastore.root / "t.csv").symlink_to(tmp_path / "secret.csv")

    assert "is a link that leaves the datastore" in refused((datastore, "t.csv")).message


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("separator", "||"),
    ],
)
def test_options_that_are_not_supported_are_refused(put, option, value):
    path = put("t.csv", "a\n1\n")
    with pytest.raises(NotSupportedError, match=f"{option} is not supported here"):
        Dataset.Tabular.from_delimited_files(path, **{option: value})


def test_parquet(put, datastore):
    pd.DataFrame({"a": [1, 2]}).to_parquet(datastore.root / "t.parquet")
    dataset = Dataset.Tabular.from_parquet_files((datastore, "t.parquet"))

    assert dataset.to_pandas_dataframe()["a"].tolist() == [1, 2]
    assert dataset.head(1)["a"].tolist() == [1]


def test_a_file_that_is_no_parquet(put):
    with pytest.raises(DatasetValidationError, match="Failed to validate the data"):
        Dataset.Tabular.from_parquet_files(put("t.parquet", "a,b\n"))


def test_files_of_any_content(put):
    assert Dataset.File.from_files(put("x.bin", b"\0")).files()[0].read_bytes() == b"\0"


def test_files_that_are_missing(datastore):
    with pytest.raises(DatasetValidationError, match=r"'x\.bin' is not on the datastore"):
        Dataset.File.from_files((datastore, "x.bin"))


LINES = '{"n": 1, "x": 1, "ok": true, "t": "a"}\n\n{"n": 2, "x": 0.5, "t": null, "z": "b"}\n'


def test_json_lines(put):
    dataset = Dataset.Tabular.from_json_lines_files(put("t.jsonl", LINES))

    assert columns(dataset) == [
        ("n", "integer"), ("x", "decimal"), ("ok", "boolean"), ("t", "string"), ("z", "string")
    ]  # fmt: skip
    table = dataset.to_pandas_dataframe()
    assert table["x"].tolist() == [1.0, 0.5]
    assert table["ok"].tolist() == [True, None]
    assert dataset.filter(dataset["n"] > 1).to_pandas_dataframe()["z"].tolist() == ["b"]
    assert dataset.head(1)["n"].tolist() == [1]


def test_a_line_that_is_not_what_it_was_ends_the_reading(put):
    dataset = Dataset.Tabular.from_json_lines_files(put("t.jsonl", LINES))
    put("t.jsonl", LINES + '{"n": "three"}\n')

    with pytest.raises(ValueError, match="line 4: n is 'three', but the column's type is integer"):
        dataset.to_pandas_dataframe()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": 1}\n{"a": \n', "line 2 is not JSON"),
        ("[1]\n", "line 1 is no object"),
        ('{"a": {"b": 1}}\n', "line 1: a is a dict"),
        ('{"a": 1}\n{"a": "x"}\n', "line 2: a is string, and was integer before"),
        ("\n", "the files have no rows"),
    ],
)
def test_json_lines_that_are_no_table(put, content, words):
    with pytest.raises(DatasetValidationError, match=words):
        Dataset.Tabular.from_json_lines_files(put("t.jsonl", content))


def test_lines_that_are_no_objects_are_dropped_if_that_is_asked_for(put):
    content = '{"a": 1}\nno\n[1]\n{"a": 2} more\n\n{"a": 3}\n'
    dataset = Dataset.Tabular.from_json_lines_files(put("t.jsonl", content), invalid_lines="drop")

    assert dataset.to_pandas_dataframe()["a"].tolist() == [1, 3]
    assert dataset.head(2)["a"].tolist() == [1, 3]
    assert dataset.profile().columns["a"].count == 2


def test_a_value_of_another_type_is_not_dropped(put):
    path = put("t.jsonl", '{"a": 1}\n{"a": "x"}\n')

    with pytest.raises(DatasetValidationError, match="line 2: a is string"):
        Dataset.Tabular.from_json_lines_files(path, invalid_lines="drop")


def test_invalid_lines_are_errors_or_dropped(put):
    with pytest.raises(NotSupportedError, match="invalid_lines is not supported here"):
        Dataset.Tabular.from_json_lines_files(put("t.jsonl", LINES), invalid_lines="keep")


@pytest.mark.parametrize("encoding", ["iso88591", "windows1252", "utf8bom", "utf16", "utf-16-le"])
def test_json_lines_of_another_encoding(put, encoding):
    written = {"iso88591": "latin-1", "windows1252": "cp1252", "utf8bom": "utf-8-sig"}
    path = put("t.jsonl", '{"ä": "größe"}\n'.encode(written.get(encoding, encoding)))

    dataset = Dataset.Tabular.from_json_lines_files(path, encoding=encoding)

    assert dataset.to_pandas_dataframe().to_dict("list") == {"ä": ["größe"]}


def test_json_lines_that_are_not_of_the_encoding(put):
    path = put("t.jsonl", '{"a": "ö"}\n'.encode("latin-1"))

    with pytest.raises(DatasetValidationError, match="line 1, byte 7") as caught:
        Dataset.Tabular.from_json_lines_files(path)
    assert "encoding= says" in str(caught.value)


def test_json_lines_of_an_encoding_that_spark_does_not_know(put):
    with pytest.raises(DatasetValidationError, match="Spark does not read the encoding"):
        Dataset.Tabular.from_json_lines_files(put("t.jsonl", LINES), encoding="utf-7")


def test_a_pandas_table_is_registered(workspace, datastore):
    frame = pd.DataFrame({"n": [1, 2], "at": pd.to_datetime(["2020-01-01", "2020-01-02"])})
    for version in (1, 2):
        dataset = Dataset.Tabular.register_pandas_dataframe(
            frame, (datastore, "tables"), "made", "about it", {"k": "v"}
        )
        assert (dataset.version, dataset.description) == (version, "about it")

    assert workspace.datasets["made"].to_pandas_dataframe()["n"].tolist() == [1, 2]


def test_a_pandas_table_at_a_place_that_is_taken(datastore):
    frame, target = pd.DataFrame({"n": [1]}), (datastore, "tables")
    dataset = Dataset.Tabular.register_pandas_dataframe(
        frame, target, "made", make_target_path_unique=False
    )

    assert dataset.definition["sources"][0]["path"] == "tables"
    with pytest.raises(UserErrorException, match="something is at the target already"):
        Dataset.Tabular.register_pandas_dataframe(
            frame, target, "made", make_target_path_unique=False
        )


def test_a_target_that_is_none():
    with pytest.raises(UserErrorException, match="target must be a datastore"):
        Dataset.Tabular.register_pandas_dataframe(pd.DataFrame({"n": [1]}), "tables", "made")


@pytest.fixture
def local(tmp_path):
    for name in ("in/a.csv", "in/sub/b.csv", "in/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return str(tmp_path / "in")


def test_a_folder_is_uploaded(datastore, local):
    dataset = Dataset.File.upload_directory(local, (datastore, "up"))
    some = Dataset.File.upload_directory(local, (datastore, "some"), pattern="*.csv")

    assert dataset.to_path() == ["/a.csv", "/c.txt", "/sub/b.csv"]
    assert some.to_path() == ["/a.csv"]


def test_a_workspaces_folder_is_uploaded_without_its_state(datastore, workspace_folder):
    (workspace_folder / "a.csv").write_text("a")
    for number in "12":
        dataset = Dataset.File.upload_directory(".", (datastore, f"up{number}"))
        assert dataset.to_path() == ["/a.csv", "/config.json"]


def test_a_folder_is_uploaded_over_what_is_there_if_that_is_meant(datastore, local):
    Dataset.File.upload_directory(local, (datastore, "up"))
    with pytest.raises(UserErrorException, match="is on the datastore already"):
        Dataset.File.upload_directory(local, (datastore, "up"))

    assert len(Dataset.File.upload_directory(local, (datastore, "up"), overwrite=True).files()) == 3


@pytest.mark.parametrize(
    ("folder", "pattern", "words"),
    [("in/a.csv", None, "must be a directory"), ("in", "*.pdf", "nothing to upload")],
)
def test_nothing_to_upload(datastore, local, tmp_path, folder, pattern, words):
    with pytest.raises(UserErrorException, match=words):
        Dataset.File.upload_directory(str(tmp_path / folder), (datastore, "up"), pattern)
