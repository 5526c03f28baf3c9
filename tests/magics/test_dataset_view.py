"""A dataset shows its first rows and its columns, whatever is in it; text and HTML are the same."""

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.magics.dataset_view import dataset_view


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def delimited(datastore):
    def delimited(text, name="t.csv", **options):
        path = datastore.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return Dataset.Tabular.from_delimited_files((datastore, name), **options)

    return delimited


def test_a_wide_table_is_cut(delimited):
    names = [f"c{n}" for n in range(100)]
    view = dataset_view(delimited(",".join(names) + "\n" + ",".join("3" * 100) + "\n"))

    assert view.title.startswith("dataset: the first 20 of 100 columns, c0 integer, c1 integer")
    assert len(view.columns) == 20
    assert len(repr(view).splitlines()[1]) < 200


def test_long_texts_are_cut_and_markup_is_text(delimited):
    view = dataset_view(delimited(f"a,<b>\n{'x' * 500},<i>\n,\n"))

    assert view.rows[0] == ("x" * 77 + "...", "<i>")
    assert view.rows[1] == ("", "")
    assert "&lt;b&gt; string" in view._repr_html_()
    assert '<td style="text-align: left">&lt;i&gt;</td>' in view._repr_html_()


def test_a_table_without_rows(delimited):
    view = dataset_view(delimited("a,b\nx,1\n").take(0))

    assert view.title == "dataset: a string, b boolean (no rows)"
    assert view.columns == ("a", "b")


def test_parquet_has_its_types(datastore):
    frame = pd.DataFrame({"n": [1], "list": [[1, 2]], "t": [None], "at": [pd.NaT]})
    frame.to_parquet(datastore.root / "t.parquet")
    view = dataset_view(Dataset.Tabular.from_parquet_files((datastore, "t.parquet")))

    assert view.title == "dataset: n integer, list object, t object, at datetime"
    assert view.rows == (("1", "[1 2]", "", ""),)


def test_a_partitioned_table_shows_its_keys(delimited, datastore):
    delimited("n\n1\n", "x/nl/t.csv")
    view = dataset_view(delimited("n\n5\n", "x/nl/t.csv", partition_format="/{country}/t.csv"))

    assert view.title == "dataset: country string, n integer"
    assert view.rows == (("nl", "5"),)
    files = Dataset.File.from_files((datastore, "x"), partition_format="/{country}/t.csv")
    assert dataset_view(files).title == "dataset: 1 file, by country"


def test_files_are_listed_up_to_five(datastore):
    for number in range(7):
        (datastore.root / f"{number}.bin").write_bytes(b"")
    view = dataset_view(Dataset.File.from_files((datastore, "*.bin")))

    assert view.title == "dataset: 7 files"
    assert [row[0] for row in view.rows] == [*(f"/{n}.bin" for n in range(5)), "..."]


def test_what_cannot_be_read_says_why(delimited, datastore):
    table = delimited("a,b\nx,1\n")
    (datastore.root / "t.csv").unlink()

    assert "'t.csv' is not on the datastore" in repr(dataset_view(table))
    assert "cannot be read" in dataset_view(table)._repr_html_()
