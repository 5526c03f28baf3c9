"""How a table is read as its factory was told: types, paths, headers, odd rows."""

from datetime import datetime

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.core.dataset_types import DataType, PromoteHeadersBehavior
from synapse_magics.core.exceptions import (
    DatasetExecutionError,
    DatasetValidationError,
    NotSupportedError,
    UserErrorException,
)
from synapse_magics.runtime.readers import read_pandas


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


def delimited(path, **options):
    return Dataset.Tabular.from_delimited_files(path, **options)


def rows(dataset):
    frame = dataset.to_pandas_dataframe()
    return frame.astype(object).where(frame.notna(), None).to_dict("list")


def at(*parts):
    return pd.Timestamp(*parts)


# --- types that were asked for ---


def test_columns_have_the_types_that_were_asked_for(put):
    text = 'code,n,price,ok,day\n007,1,"1,5",0,01.02.2020\n008,x,"2",y,2020-02-03\n'
    table = delimited(
        put("t.csv", text),
        set_column_types={
            "code": DataType.to_string(),
            "n": DataType.to_long(),
            "price": DataType.to_float(decimal_mark=","),
            "ok": DataType.to_bool(),
            "day": DataType.to_datetime(["%d.%m.%Y", "%Y-%m-%d"]),
        },
    )

    assert rows(table) == {
        "code": ["007", "008"],
        "n": [1, None],
        "price": [1.5, 2.0],
        "ok": [False, True],
        "day": [at(2020, 2, 1), at(2020, 2, 3)],
    }
    assert [column["type"] for column in table.columns] == [
        "string", "integer", "decimal", "boolean", "datetime"
    ]  # fmt: skip


def test_a_time_without_a_format_is_inferred(put):
    path = put("t.csv", "a,day\nx,2020-02-03\n")
    table = delimited(
        path, infer_column_types=False, set_column_types={"day": DataType.to_datetime()}
    )

    assert rows(table) == {"a": ["x"], "day": [at(2020, 2, 3)]}


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ({"z": DataType.to_long()}, "no column 'z'"),
        ({"a": "long"}, "'long' is no type of a column"),
        ({"a": DataType.to_float(";")}, "the decimal mark is ';'"),
        ({"a": DataType.to_datetime("%d %q")}, "%q is not read here"),
        ({"a": DataType.to_datetime("soon")}, "is not read here"),
        ({"a": DataType.to_datetime()}, "cannot be told from its first values"),
    ],
)
def test_types_that_cannot_be_had(put, types, words):
    with pytest.raises(UserErrorException) as caught:
        delimited(put("t.csv", "a,b\nx,1\n"), set_column_types=types)

    assert words in caught.value.message


def test_types_of_parquet_are_changed(datastore):
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "gap": [1, None],
            "text": ["5", "x"],
            "flag": [True, False],
            "part": [2.0, 2.5],
            "day": ["2020-01-02", None],
            "same": [1, 2],
        }
    ).astype({"gap": "Int64"})
    frame.to_parquet(datastore.root / "t.parquet")
    table = Dataset.Tabular.from_parquet_files(
        (datastore, "t.parquet"),
        set_column_types={
            "id": DataType.to_string(),
            "gap": DataType.to_bool(),
            "text": DataType.to_long(),
            "flag": DataType.to_string(),
            "part": DataType.to_long(),
            "day": DataType.to_datetime(),
        },
    )

    assert rows(table) == {
        "id": ["1", "2"],
        "gap": [True, None],
        "text": [5, None],
        "flag": ["true", "false"],
        "part": [2, None],
        "day": [at(2020, 1, 2), None],
        "same": [1, 2],
    }
    assert rows(table.filter(table["text"] > 1))["id"] == ["1"]


def test_a_type_that_parquet_is_not_given(datastore):
    pd.DataFrame({"x": [0.1]}).to_parquet(datastore.root / "t.parquet")

    with pytest.raises(NotSupportedError, match="column 'x' is decimal, and is not made string"):
        Dataset.Tabular.from_parquet_files(
            (datastore, "t.parquet"), set_column_types={"x": DataType.to_string()}
        )


def test_types_of_json_lines_are_changed(put):
    path = put("t.jsonl", '{"n": "1", "d": "2020-01-02T03:04:05"}\n{"n": null, "d": null}\n')
    table = Dataset.Tabular.from_json_lines_files(
        path, set_column_types={"n": DataType.to_float(), "d": DataType.to_datetime()}
    )

    assert rows(table) == {"n": [1.0, None], "d": [at(2020, 1, 2, 3, 4, 5), None]}
    assert [column["type"] for column in table.columns] == ["decimal", "datetime"]


def test_a_value_that_has_no_other_type_fails_if_that_is_asked_for(put):
    path = put("t.jsonl", '{"n": "1"}\n{"n": null}\n{"n": "x"}\n')
    table = Dataset.Tabular.from_json_lines_files(path, set_column_types={"n": DataType.to_float()})

    with pytest.raises(ValueError, match=r"t\.jsonl, row 3: n 'x' is no decimal"):
        table.to_pandas_dataframe(on_error="fail")
    assert rows(table) == {"n": [1.0, None, None]}


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf8", "utf-8"),
        ("utf8bom", "utf-8-sig"),
        ("iso88591", "latin-1"),
        ("latin1", "latin-1"),
        ("utf16", "utf-16"),
        ("utf32", "utf-32"),
        ("windows1252", "cp1252"),
    ],
)
def test_encodings_have_azure_mls_names(put, encoding, written):
    path = put("t.csv", "a,b\nö,1\n".encode(written))

    assert rows(delimited(path, encoding=encoding))["a"] == ["ö"]


# --- columns of paths ---


@pytest.fixture
def parted(put):
    put("sales/nl/2020/01/a.csv", "n\n1\n2\n")
    put("sales/nl/2020/02/b.csv", "n\n3\n")
    put("sales/de/2020/01/c.csv", "n\n4\n")
    return put("sales/de/2020/01/d.csv", "n\n5\n")[0]


def test_the_path_is_the_first_column(parted):
    table = delimited((parted, "sales/de/**"), include_path=True)

    assert rows(table) == {"Path": ["/2020/01/c.csv", "/2020/01/d.csv"], "n": [4, 5]}
    assert [column["name"] for column in table.columns] == ["Path", "n"]


def test_a_partition_format_makes_columns(parted):
    table = delimited((parted, "sales/*/**"), partition_format="/{country}/{month:yyyy/MM}/*.csv")

    assert rows(table) == {
        "country": ["de", "de", "nl", "nl", "nl"],
        "month": [at(2020, 1, 1)] * 2 + [at(2020, 1, 1)] * 2 + [at(2020, 2, 1)],
        "n": [4, 5, 1, 2, 3],
    }
    assert table.partition_keys == ["country", "month"]
    assert str(table.to_pandas_dataframe()["month"].dtype) == "datetime64[ns]"
    assert table.get_partition_key_values() == [
        {"country": "de", "month": datetime(2020, 1, 1)},  # noqa: DTZ001
        {"country": "nl", "month": datetime(2020, 1, 1)},  # noqa: DTZ001
        {"country": "nl", "month": datetime(2020, 2, 1)},  # noqa: DTZ001
    ]
    assert table.get_partition_key_values(["country"]) == [{"country": "de"}, {"country": "nl"}]


def test_operations_know_the_columns_of_paths(parted):
    table = delimited(
        (parted, "sales"), include_path=True, partition_format="/{country}/{m:yyyy/MM}/*"
    )
    some = table.filter(table["country"] == "nl").keep_columns(["Path", "n"])

    assert rows(some)["Path"] == ["/nl/2020/01/a.csv", "/nl/2020/01/a.csv", "/nl/2020/02/b.csv"]
    assert some.partition_keys == []
    assert rows(table.take(3))["n"] == [4, 5, 1]
    assert list(table.head(1)) == ["Path", "country", "m", "n"]


def test_columns_of_paths_of_parquet_and_json_lines(put, datastore):
    for country in ("de", "nl"):
        put(f"j/{country}/t.jsonl", '{"n": 1}\n')
        put(f"p/{country}/x", "")
        (datastore.root / f"p/{country}/x").unlink()
        pd.DataFrame({"n": [1]}).to_parquet(datastore.root / f"p/{country}/t.parquet")
    options = {"partition_format": "/{country}/t.*", "include_path": True}

    for table in (
        Dataset.Tabular.from_json_lines_files((datastore, "j"), **options),
        Dataset.Tabular.from_parquet_files((datastore, "p"), **options),
    ):
        assert rows(table)["country"] == ["de", "nl"]
        assert list(rows(table)) == ["Path", "country", "n"]
        assert table["country"].name == "country"


@pytest.mark.parametrize(
    "text", ["/sales/*.csv", "/{}/*.csv", "/{a}/{a}", "/{d:MM}", "/{d:yyyy/QQ}", "/{a", "/a}/{b}"]
)
def test_a_partition_format_that_is_none(put, text):
    path = put("t.csv", "a\n1\n")
    for make in (Dataset.Tabular.from_delimited_files, Dataset.File.from_files):
        with pytest.raises(ValueError, match=r"^Invalid partition_format \""):
            make(path, partition_format=text)


def test_a_path_that_does_not_have_the_form(put, datastore):
    put("x/2020/a.csv", "n\n1\n")
    put("x/2020-13/a.csv", "n\n1\n")

    with pytest.raises(DatasetValidationError) as caught:
        delimited((datastore, "x"), partition_format="/{d:yyyy}/a.csv")

    assert "the path /x/2020-13/a.csv does not have the form" in caught.value.message


def test_a_column_that_is_there_twice(put):
    with pytest.raises(UserErrorException, match="two columns called 'Path'"):
        delimited(put("t.csv", "Path,b\n1,2\n"), include_path=True)


def test_the_paths_of_files_have_keys(parted):
    files = Dataset.File.from_files(
        (parted, "sales"), partition_format="/{country}/{m:yyyy/MM}/*.csv"
    )

    assert files.partition_keys == ["country", "m"]
    assert files.get_partition_key_values(["country"]) == [{"country": "de"}, {"country": "nl"}]


# --- headers ---


@pytest.fixture
def several(put):
    put("several/1.csv", "a,b\n1,x\n")
    put("several/2.csv", "b,c\ny,2.5\n")
    return put("several/3.csv", "c,a\n3.5,5\n")[0]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
            {"a": ["1", "y", "3.5"], "b": ["x", "2.5", "5"]},
        ),
        (
            PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS,
            {"a": ["1", "b", "y", "c", "3.5"], "b": ["x", "c", "2.5", "a", "5"]},
        ),
        (
            PromoteHeadersBehavior.NO_HEADERS,
            {
                "Column1": ["a", "1", "b", "y", "c", "3.5"],
                "Column2": ["b", "x", "c", "2.5", "a", "5"],
            },
        ),
    ],
)
def test_which_files_have_headers(several, header, expected):
    for spelled in (header, header.value, header.name):
        table = delimited((several, "several"), header=spelled, infer_column_types=False)

        assert rows(table) == expected


def test_headers_are_put_together_by_name(several):
    table = delimited((several, "several"), header="COMBINE_ALL_FILES_HEADERS")

    assert rows(table) == {"a": [1, None, 5], "b": ["x", "y", None], "c": [None, 2.5, 3.5]}
    assert rows(table.take(1)) == {"a": [1], "b": ["x"], "c": [None]}


def test_a_header_that_is_none(put):
    with pytest.raises(UserErrorException, match="header 'SOME' is none of NO_HEADERS"):
        delimited(put("t.csv", "a\n1\n"), header="SOME")


# --- rows ---


def test_further_fields_have_columns_and_missing_ones_are_null(put):
    body = "".join(f"{n},x\n" for n in range(300))
    table = delimited(put("t.csv", f"a,b\n{body}7\n8,y,more,,most\n"))

    last = table.to_pandas_dataframe().tail(2)
    assert list(last) == ["a", "b", "Column3", "Column4", "Column5"]
    assert last.astype(object).where(last.notna(), None).to_numpy().tolist() == [
        [7, None, None, None, None],
        [8, "y", "more", None, "most"],
    ]


def test_names_that_are_missing_or_repeated(put):
    assert list(rows(delimited(put("t.csv", "a,a,,b\n1,2,3,4\n")))) == ["a", "a_1", "Column3", "b"]


def test_empty_texts_instead_of_missing_ones(put):
    table = delimited(put("t.csv", "a,n\n,1\nx,\n"), empty_as_string=True)

    assert rows(table) == {"a": ["", "x"], "n": [1, None]}


def test_files_that_are_not_there_yet(put, datastore, workspace):
    options = {"validate": False, "infer_column_types": False, "empty_as_string": True}
    table = delimited(
        (datastore, "later.csv"), set_column_types={"n": DataType.to_long()}, **options
    ).register(workspace, "later")
    assert "later.csv" in repr(table)
    for use in (table.to_pandas_dataframe, lambda: table.take(1), lambda: table["n"]):
        with pytest.raises(DatasetValidationError, match=r"'later\.csv' is not on the datastore"):
            use()

    put("later.csv", "a,n\n,1\n")

    assert rows(table) == {"a": [""], "n": [1]}
    assert rows(Dataset.get_by_name(workspace, "later")) == {"a": [""], "n": [1]}


def test_parquet_that_is_not_there_yet(datastore):
    table = Dataset.Tabular.from_parquet_files((datastore, "t.parquet"), validate=False)
    pd.DataFrame({"n": [1]}).to_parquet(datastore.root / "t.parquet")

    assert rows(table) == {"n": [1]}


@pytest.mark.parametrize("multi_line", [False, True])
def test_a_quote_that_nobody_closes(put, multi_line):
    path = put("t.csv", 'a,b\n1,x\n2,"y\n3,z\n4,w\n')
    with pytest.raises(DatasetValidationError) as caught:
        delimited(path, support_multi_line=multi_line)

    assert "line 3: a quoted field" in caught.value.message
    assert caught.value.where == str(path[0].root / "t.csv")


def test_a_source_is_read_by_its_parts(several):
    table = delimited((several, "several"), header="COMBINE_ALL_FILES_HEADERS", include_path=True)

    assert read_pandas(table.source(), 2)["Path"].tolist() == ["/1.csv", "/2.csv"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.parquet", b"PAR1 no", "t.parquet"),
        ("t.parquet", b"", "t.parquet"),
        ("t.jsonl", b'{"n": 1}\n{"n": \n', "t.jsonl: line 2 is not JSON"),
        ("t.jsonl", b'{"n": 1}\n{"n": 2}\n\xff\n', "t.jsonl, line 3, byte 18"),
    ],
)
def test_a_file_that_is_broken_after_it_was_defined(put, datastore, name, content, words):
    if name == "t.parquet":
        pd.DataFrame({"n": [1]}).to_parquet(datastore.root / name)
        table = Dataset.Tabular.from_parquet_files((datastore, name))
    else:
        table = Dataset.Tabular.from_json_lines_files(put(name, '{"n": 1}\n'))
    put(name, content)

    for read in (table.to_pandas_dataframe, lambda: table.head(2), table.profile):
        with pytest.raises(DatasetExecutionError) as caught:
            read()
        assert words in caught.value.message
