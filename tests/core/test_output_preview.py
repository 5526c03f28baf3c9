"""What an output shows of itself: its first rows and its columns."""

import pyarrow as pa
import pytest
from pyarrow import parquet

from synapse_magics.core.output_preview import Preview, preview
from synapse_magics.store.file_hashes import manifest
from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.records import OutputRecord

PEOPLE = OutputStats(1, 900, 7, (("Name", "string"), ("Age", "int64")), 2)


@pytest.fixture
def place(store):
    made = store.datastore_root("main") / "made"
    made.mkdir()
    return made


def shown(store, place, stats, dataset_id=None):
    return preview(store, OutputRecord("made", "main", "made", dataset_id, manifest(place), stats))


def test_the_first_rows_of_parquet_files_under_names_and_types(store, place):
    ages = pa.table({"Name": [f"n{age}" for age in range(7)], "Age": list(range(7))})
    parquet.write_table(ages, place / "a.parquet")

    found = shown(store, place, PEOPLE)

    assert found.rows == tuple((f"n{age}", str(age)) for age in range(5))
    assert found.text().splitlines()[:4] == [
        "made: 7 rows, 2 columns, 1 file, 900 bytes",
        "Name    Age",
        "string  int64",
        "n0      0",
    ]
    assert "<th>Age<br><small>int64</small></th>" in found.html()
    assert "<td>n4</td>" in found.html()


def test_those_of_several_files_and_folders(store, place):
    stats = OutputStats(2, 900, 2, (("Age", "int64"), ("Sex", "partition")), 2)
    for sex in ("female", "male"):
        (place / f"Sex={sex}").mkdir()
        parquet.write_table(pa.table({"Age": [5]}), place / f"Sex={sex}" / "a.parquet")

    assert shown(store, place, stats).rows == (("5", "female"), ("5", "male"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Name,Age\nAnn,5\nBob,\n"),
        ("a.tsv", "Name\tAge\nAnn\t5\nBob\t\n"),
        ("a.jsonl", '{"Name": "Ann", "Age": 5}\n\n{"Name": "Bob", "Age": null}\n'),
    ],
)
def test_those_of_text(store, place, name, text):
    (place / name).write_text(text)

    assert shown(store, place, PEOPLE).rows == (("Ann", "5"), ("Bob", ""))


def test_those_of_a_table_that_was_declared(store, place):
    (place / "a.txt").write_text("Name;Age\nAnn;5\n")
    (place / "notes.md").write_text("no row")
    table = {"format": "delimited", "separator": ";", "header": True}
    source = {"datastore": "main", "path": "made/*.txt"}
    store.registry.save(
        "saved_dataset", "id-1", {"type": "tabular", "sources": [source], "table": table}
    )

    assert shown(store, place, PEOPLE, "id-1").rows == (("Ann", "5"),)


def test_what_is_no_table_shows_its_files(store, place):
    (place / "model.pkl").write_text("x" * 100)

    found = shown(store, place, OutputStats(1, 100))

    assert found.text().splitlines() == [
        "made: 1 file, 100 bytes",
        "file       size",
        "model.pkl  100 bytes",
    ]


def test_what_is_not_here_any_more_still_has_its_columns(store, place):
    place.rmdir()

    found = shown(store, place, PEOPLE)

    assert (found.columns, found.rows) == (("Name", "Age"), ())


def test_an_output_of_a_step_that_has_not_completed_shows_nothing(store, place):
    assert shown(store, place, None) is None


def test_text_of_a_table_is_no_markup():
    found = Preview("<b>", ("<i>",), ("<u>",), (("<script>",),)).html()

    assert not any(mark in found for mark in ("<b>", "<i>", "<u>", "<script>"))
    assert "&lt;script&gt;" in found
