"""What tables a step has written: rows and columns of files, found cheaply or not at all."""

import gzip
import json
import subprocess
import sys
import time

import pyarrow as pa
import pytest
from pyarrow import parquet

from synapse_magics.runtime import bootstrap, output_tables
from synapse_magics.runtime.output_tables import describe, record_tables


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        place = folder / name.replace("__", ".")
        place.write_text(text)
    return folder


def table_of(place, **options):
    found = describe(place, **options)
    return found["rows"], [tuple(column) for column in found["columns"]]


def test_of_parquet_files_the_footers_are_read(tmp_path):
    for number in (1, 2):
        parquet.write_table(
            pa.table({"n": [1, 2], "x": ["a", "b"]}), tmp_path / f"{number}.parquet"
        )
    (tmp_path / "_SUCCESS").touch()

    found = describe(tmp_path)

    assert (found["rows"], found["columns"]) == (4, [["n", "int64"], ["x", "string"]])
    assert found["files"] == 3
    assert found["size"] == sum(file.stat().st_size for file in tmp_path.iterdir())


def test_folders_of_partitions_are_columns(tmp_path):
    (tmp_path / "Sex=male").mkdir()
    parquet.write_table(pa.table({"n": [1]}), tmp_path / "Sex=male" / "a.parquet")

    assert table_of(tmp_path) == (1, [("n", "int64"), ("Sex", "partition")])


@pytest.mark.parametrize(
    ("text", "rows", "columns"),
    [
        ("Name,Age\nAnn,5\nBob,6\n", 2, [("Name", "string"), ("Age", "int64")]),
        ('Name,Age\n"Ann\nLee",5', 1, [("Name", "string"), ("Age", "int64")]),
        ("Ann,5\nBob,6\n", 2, [("Column1", "string"), ("Column2", "int64")]),
        ("Name,Age\n", 0, [("Name", "null"), ("Age", "null")]),
    ],
)
def test_delimited_files_are_counted(tmp_path, text, rows, columns):
    assert table_of(write(tmp_path, people__csv=text)) == (rows, columns)


def test_each_file_of_several_has_the_header(tmp_path):
    write(tmp_path, a__csv="Name,Age\nAnn,5\n", b__csv="Name,Age\nBob,6\n", c__csv="")

    assert table_of(tmp_path)[0] == 2


def test_or_none_has_it(tmp_path):
    write(tmp_path, a__csv="Ann,x\n", b__csv="Bob,y\n")

    assert table_of(tmp_path) == (2, [("Column1", "string"), ("Column2", "string")])


def test_what_was_declared_counts_more_than_names(tmp_path):
    write(tmp_path, a__txt="Ann;x\nBob;y\n", other__bin="no")
    table = {"format": "delimited", "separator": ";", "header": False, "glob": "**/*.txt"}

    assert table_of(tmp_path, table=table)[0] == 2


def test_lines_of_json_are_counted(tmp_path):
    text = '{"n": 1, "x": "a"}\n\n{"n": 2, "x": "b"}\n'
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(text.encode()))

    assert table_of(tmp_path) == (2, [("n", "int64"), ("x", "string")])


@pytest.mark.parametrize(
    "files",
    [{}, {"model__pkl": "x"}, {"a__csv": "n\n1\n", "model__pkl": "x"}, {"document__json": "{}"}],
)
def test_anything_else_is_no_table(tmp_path, files):
    assert describe(write(tmp_path, **files)) is None


def test_a_delta_table_says_itself_which_files_count(tmp_path):
    write(tmp_path, a__csv="n\n1\n")
    write(tmp_path / "_delta_log", first__json="{}")

    assert describe(tmp_path) is None


def test_what_is_no_such_table_is_said(tmp_path):
    found = describe(write(tmp_path, a__parquet="not at all"))

    assert "rows" not in found
    assert found["unknown"].startswith("not read: ")


def test_ragged_rows_are_not_counted(tmp_path):
    assert "not read" in describe(write(tmp_path, a__csv="Name,Age\nAnn\n"))["unknown"]


def test_large_texts_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(output_tables, "TEXT_BYTES", 3)

    found = describe(write(tmp_path, a__csv="Name,Age\nAnn,5\n"))

    assert found["unknown"] == "more than 0 MB of text"
    assert found["files"] == 1


def test_time_is_short(tmp_path):
    place = write(tmp_path, a__csv="Name,Age\nAnn,5\n") / "a.csv"

    found = describe(place, until=time.monotonic() - 1)

    assert found["unknown"] == "not counted within 2 s"


def test_a_thousand_footers_take_little_time(tmp_path):
    parquet.write_table(pa.table({"n": [1, 2]}), tmp_path / "0.parquet")
    for number in range(1, 1000):
        (tmp_path / f"{number}.parquet").hardlink_to(tmp_path / "0.parquet")

    assert table_of(tmp_path)[0] == 2000


def test_it_is_recorded_by_output(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_RECORDS", str(tmp_path / "records.jsonl"))
    place = write(tmp_path / "made", a__csv="Name,Age\nAnn,5\n")

    record_tables(json.dumps({"made": {"place": str(place)}, "none": {"place": "nowhere"}}))

    (record,) = map(json.loads, (tmp_path / "records.jsonl").read_text().splitlines())
    assert (record["output"], record["table"]["rows"]) == ("made", 1)


@pytest.mark.parametrize(
    ("script", "recorded"),
    [
        ("pass", True),
        ("import sys; sys.exit(0)", True),
        ("import sys; sys.exit(3)", False),
        ("1 / 0", False),
        ("import os; assert 'SYNAPSE_MAGICS_OUTPUTS' not in os.environ", True),
    ],
)
def test_only_a_script_that_ends_well_is_looked_after(tmp_path, script, recorded):
    place = write(tmp_path / "made", a__csv="Name,Age\nAnn,5\n")
    run_script(tmp_path, script, json.dumps({"made": {"place": str(place)}}))

    assert (tmp_path / "records.jsonl").exists() == recorded


@pytest.mark.parametrize("told", ["", "no JSON", '{"made": {"place": "nowhere"}}'])
def test_a_step_without_tables_imports_no_arrow_and_fails_at_nothing(tmp_path, told):
    script = "import atexit, sys\natexit.register(lambda: print('pyarrow' in sys.modules))"

    done = run_script(tmp_path, script, told)

    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr


def run_script(folder, text, told):
    (folder / "step.py").write_text(text)
    variables = {
        bootstrap.TOLD: told,
        "SYNAPSE_MAGICS_RECORDS": str(folder / "records.jsonl"),
        "PYTHONPATH": ":".join(sys.path),
    }
    return subprocess.run(
        [sys.executable, bootstrap.__file__, str(folder / "step.py")],
        capture_output=True,
        text=True,
        check=False,
        env=variables,
    )
