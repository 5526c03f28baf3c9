"""Inputs are divided at the ends of records, and no part of a table is lost or read twice."""

import pandas as pd
import pytest

from synapse_magics.runtime.mini_batches import files_of, mini_batches, size_in_bytes
from synapse_magics.runtime.readers import read_pandas

COLUMNS = [{"name": "n", "type": "integer"}, {"name": "text", "type": "string"}]


def delimited(*paths, **options):
    given = {"separator": ",", "header": True, "encoding": "utf-8", "columns": COLUMNS}
    found = {"kind": "tabular", "format": "delimited", **given, **options}
    return {**found, "paths": [str(path) for path in paths]}


def tables(source, size, scratch, keys=()):
    found = []
    for batch in mini_batches([source], size, keys, scratch):
        found.append(read_pandas(batch.table))
        batch.done()
    return found


@pytest.mark.parametrize(
    ("text", "size"),
    [("10", 10), ("1KB", 1024), ("2 mb", 2 << 20), ("1GB", 1 << 30), (7, 7), ("5B", 5)],
)
def test_sizes(text, size):
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1TB", "MB", "1.5MB"])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="is no size"):
        size_in_bytes(text)


def test_files_are_counted_and_inputs_do_not_mix(tmp_path):
    for folder, count in (("a", 5), ("b", 1)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            (tmp_path / folder / f"{number}").touch()
    inputs = [{"kind": "path", "path": str(tmp_path / folder)} for folder in "ab"]

    found = list(mini_batches(inputs, "2", (), tmp_path))

    assert [len(batch.files) for batch in found] == [2, 2, 1, 1]
    assert [batch.number for batch in found] == [0, 1, 2, 3]


def test_links_to_folders_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").touch()
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "link").symlink_to(tmp_path / "real")

    assert files_of(str(tmp_path / "input")) == [str(tmp_path / "input" / "link" / "file")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("header", [True, False])
def test_the_pieces_of_a_table_are_the_table(tmp_path, encoding, header):
    lines = ["n,text"] if header else []
    lines += [f"{n},wört {n}" for n in range(500)]
    file = tmp_path / "data.csv"
    file.write_text("\r\n".join(lines) + "\r\n", encoding=encoding, newline="")
    source = delimited(file, encoding=encoding, header=header)

    found = tables(source, "1KB", tmp_path / "scratch")

    assert len(found) > 3
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), read_pandas(source))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_record_of_several_lines_is_not_cut(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("n,text\n" + "".join(f'{n},"one\ntwo ""{n}"""\n' for n in range(200)))
    source = delimited(file, multi_line=True)

    found = tables(source, "100B", tmp_path / "scratch")

    assert len(found) > 10
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), read_pandas(source))


def test_a_small_file_is_read_where_it_is(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("n,text\n1,a\n")

    [batch] = mini_batches([delimited(file)], None, (), tmp_path / "scratch")

    assert batch.table["paths"] == [str(file)]
    assert not (tmp_path / "scratch").exists()


def test_a_parquet_file_is_cut(tmp_path):
    file = tmp_path / "data.parquet"
    whole = pd.DataFrame({"n": range(5000), "text": [f"w{n}" for n in range(5000)]})
    whole.to_parquet(file)
    source = {"kind": "tabular", "format": "parquet", "paths": [str(file)]}

    found = tables(source, "10KB", tmp_path / "scratch")

    assert len(found) > 3
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), whole)


def test_pieces_are_made_when_they_are_asked_for(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("n,text\n" + "".join(f"{n},a\n" for n in range(1000)))

    batches = mini_batches([delimited(file)], "100B", (), tmp_path / "scratch")
    next(batches)

    assert len(list((tmp_path / "scratch").iterdir())) == 1


def test_partition_keys_of_a_table(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("n,text\n1,a\n2,b\n3,a\n4,\n")

    batches = list(mini_batches([delimited(file)], None, ["text"], tmp_path / "scratch"))

    assert [batch.keys for batch in batches] == [{"text": "a"}, {"text": "b"}, {"text": None}]
    assert [read_pandas(batch.table)["n"].tolist() for batch in batches] == [[1, 3], [2], [4]]


def test_a_partition_key_that_is_no_column_is_named(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("n,text\n1,a\n")

    with pytest.raises(ValueError, match="no column 'store'"):
        list(mini_batches([delimited(file)], None, ["store"], tmp_path / "scratch"))


def test_partition_keys_of_files(tmp_path):
    for name in ("wa/s1.csv", "wa/s2.csv", "or/s1.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    binding = {"kind": "path", "path": str(tmp_path), "partition_format": "{state}/{store}.csv"}

    found = list(mini_batches([binding], None, ["state"], tmp_path))

    assert [(batch.keys, len(batch.files)) for batch in found] == [
        ({"state": "or"}, 1),
        ({"state": "wa"}, 2),
    ]


@pytest.mark.parametrize("keys", [(), ("text",)])
def test_the_first_rows_of_a_table_are_not_those_of_its_pieces(tmp_path, keys):
    for name in ("a", "b"):
        rows = "".join(f"{number},{name}\n" for number in range(50))
        (tmp_path / f"{name}.csv").write_text(f"n,text\n{rows}")
    source = delimited(tmp_path / "a.csv", tmp_path / "b.csv")
    source["operations"] = [{"name": "skip", "count": 10}, {"name": "take", "count": 60}]

    found = tables(source, "100B", tmp_path / "scratch", keys)

    assert sum(len(table) for table in found) == 60
    assert len(found) > 1


def test_rows_are_chosen_piece_by_piece(tmp_path):
    (tmp_path / "a.csv").write_text("n,text\n" + "".join(f"{n},x\n" for n in range(100)))
    source = delimited(tmp_path / "a.csv")
    condition = [">=", ["column", "n"], ["value", 50]]
    source["operations"] = [{"name": "filter", "expression": condition}]

    found = tables(source, "100B", tmp_path / "scratch")

    assert [n for table in found for n in table["n"]] == list(range(50, 100))


def test_json_lines_are_cut(tmp_path):
    (tmp_path / "a.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(100)))
    columns = [{"name": "n", "type": "integer"}]
    source = delimited(tmp_path / "a.jsonl", format="json_lines", header=False, columns=columns)

    found = tables(source, "200B", tmp_path / "scratch")

    assert len(found) > 1
    assert [n for table in found for n in table["n"]] == list(range(100))


@pytest.mark.parametrize("header", ["first", "combine"])
def test_pieces_know_their_paths_and_headers(tmp_path, header):
    rows = "".join(f"{n},x\n" for n in range(100))
    (tmp_path / "a.csv").write_text(f"n,text\n{rows}")
    (tmp_path / "b.csv").write_text(rows if header == "first" else f"n,text\n{rows}")
    source = delimited(tmp_path / "a.csv", tmp_path / "b.csv", header=header)
    source["path_columns"] = [{"name": "Path", "type": "string"}]
    source["path_values"] = [["/a.csv"], ["/b.csv"]]

    found = tables(source, "100B", tmp_path / "scratch")

    assert len(found) > 4
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), read_pandas(source))
    by_path = tables(source, None, tmp_path / "scratch", ("Path",))
    assert [table["Path"].unique().tolist() for table in by_path] == [["/a.csv"], ["/b.csv"]]
