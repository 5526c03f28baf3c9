"""The profile of a table says what is in its columns, and never holds all of its rows."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.runtime import readers, table_chunks
from synapse_magics.runtime.readers import read_pandas
from synapse_magics.runtime.table_chunks import pandas_chunks


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def table(datastore):
    def table(text):
        (datastore.root / "t.csv").write_text(text)
        return Dataset.Tabular.from_delimited_files((datastore, "t.csv"))

    return table


def test_the_figures_of_columns(table):
    profile = table(
        "n,x,ok,day,t\n1,0.5,t,2020-01-02,b\n3,,f,2021-01-02,a\n,2.5,t,,b\n8,1.5,,2020-05-05,\n"
    ).get_profile()

    assert profile.row_count == 4
    n = profile.columns["n"]
    assert (n.type, n.count, n.missing_count, n.not_missing_count) == ("integer", 4, 1, 3)
    assert (n.min, n.max, n.mean, n.median, n.unique_values) == (1, 8, 4, 3, 3)
    assert n.percent_missing == 0.25
    assert n.std == pytest.approx(np.std([1, 3, 8], ddof=1))
    assert profile.columns["ok"].value_counts == ((True, 2), (False, 1))
    day = profile.columns["day"]
    assert (day.min, day.max) == (datetime(2020, 1, 2), datetime(2021, 1, 2))  # noqa: DTZ001
    text = profile.columns["t"]
    assert (text.min, text.max, text.value_counts[0]) == ("a", "b", ("b", 2))
    assert text.mean is None


def test_figures_of_parts_are_those_of_the_whole(table, monkeypatch):
    values = np.random.default_rng(1).normal(1e6, 3, 5000).round(3)
    whole = table("a,b\n" + "".join(f"{value},{value:.0f}\n" for value in values))
    expected = whole.to_pandas_dataframe()["a"]
    monkeypatch.setattr(readers, "_CHUNK_ROWS", 700)

    found = whole.profile().columns["a"]

    assert found.mean == pytest.approx(expected.mean())
    assert found.std == pytest.approx(expected.std())
    assert found.upper_quartile == pytest.approx(expected.quantile(0.75))
    assert (found.min, found.max) == (expected.min(), expected.max())


def test_quartiles_of_many_rows_are_those_of_a_sample(datastore):
    pd.DataFrame({"n": np.arange(300_000)[::-1]}).to_parquet(datastore.root / "t.parquet")
    profile = Dataset.Tabular.from_parquet_files((datastore, "t.parquet")).profile()

    n = profile.columns["n"]
    assert n.unique_values is None
    assert n.median == pytest.approx(150_000, rel=0.02)
    assert (n.min, n.max, n.count) == (0, 299_999, 300_000)
    assert "sample of 100,000 values" in repr(profile)


def test_the_profile_is_a_table(table):
    profile = table('a,<b>\n1,"<i>"\n2,"<i>"\n').profile()

    for line in ("2 rows", "integer", "<i>: 2", "1.25"):
        assert line in repr(profile)
    assert '<td style="text-align: left">&lt;b&gt;</td>' in profile._repr_html_()
    assert "&lt;i&gt;: 2" in profile._repr_html_()


def test_the_profile_of_a_table_without_rows(table):
    profile = table("a,b\n1,x\n").take(0).profile()

    assert (profile.row_count, profile.columns["a"].min) == (0, None)
    assert "0 rows" in repr(profile)


@pytest.mark.parametrize("kind", ["delimited", "parquet", "json_lines"])
def test_a_table_in_parts_is_the_table(datastore, monkeypatch, kind):
    rows = pd.DataFrame({"a": range(1000), "b": [f"t{n % 7}" for n in range(1000)]})
    (datastore.root / "d").mkdir(parents=True)
    for number in range(2):
        half = rows.iloc[number * 500 :][:500]
        if kind == "parquet":
            half.to_parquet(datastore.root / f"d/{number}.parquet")
        elif kind == "delimited":
            half.to_csv(datastore.root / f"d/{number}.csv", index=False)
        else:
            half.to_json(datastore.root / f"d/{number}.jsonl", orient="records", lines=True)
    make = {
        "delimited": Dataset.Tabular.from_delimited_files,
        "parquet": Dataset.Tabular.from_parquet_files,
        "json_lines": Dataset.Tabular.from_json_lines_files,
    }[kind]
    table = make((datastore, "d"), include_path=True)
    monkeypatch.setattr(readers, "_CHUNK_ROWS", 70)
    monkeypatch.setattr(table_chunks, "CHUNK_ROWS", 70)
    first, rest = table.random_split(0.3, seed=5)

    for made in (
        table,
        first,
        rest,
        table.skip(140).take(333),
        table.take_sample(0.5, seed=1).filter(table["b"] == "t3").keep_columns(["Path", "a"]),
        table.filter(table["a"] > 90).skip(600),
    ):
        parts = list(pandas_chunks(made.source()))

        assert max(len(part) for part in parts) <= 70
        expected = read_pandas(made.source())
        pd.testing.assert_frame_equal(
            pd.concat(parts, ignore_index=True)[expected.columns], expected
        )
