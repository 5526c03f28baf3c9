"""Metrics as numbers, charts and tables."""

import math
import re

import pytest
from widgets_support import make_run, make_step

from synapse_magics.widgets.render_metrics import render_metrics
from synapse_magics.widgets.render_run import render_run, render_text


def shown(**metrics):
    return render_metrics(make_step("fit", metrics=metrics))


def points(page):
    path = re.search(r'class="sr-curve" d="([^"]*)"', page)[1]
    return re.findall(r"([ML])([\d.]+) ([\d.]+)", path)


def test_a_number_is_a_number():
    page = shown(accuracy=0.81234)

    assert '<p class="sr-muted">accuracy</p><p class="sr-value">0.8123</p>' in page
    assert "<svg" not in page


def test_a_list_is_a_chart_with_its_last_least_and_greatest():
    page = shown(loss=[4.0, 1.0, 2.0])

    assert '<span class="sr-value">2</span>' in page
    assert "last of 3 values, min 1, max 4" in page
    assert [float(y) for _, _, y in points(page)] == [3.0, 41.0, 28.3]


def test_a_chart_says_in_words_what_it_shows():
    assert 'aria-label="3 values, min 1, max 4"' in shown(loss=[4.0, 1.0, 2.0])


def test_a_very_long_list_is_thinned_and_keeps_its_ends_and_its_peak():
    values = [1.0] * 5000
    values[2500] = 9.0
    page = shown(loss=values)

    assert len(page) < 5000
    assert min(float(y) for _, _, y in points(page)) == 3.0
    assert (points(page)[0][1], points(page)[-1][1]) == ("3.0", "217.0")


@pytest.mark.parametrize("gap", [math.nan, math.inf])
def test_what_is_no_finite_number_is_a_gap(gap):
    page = shown(loss=[1.0, gap, 2.0, 3.0])

    assert [pen for pen, _, _ in points(page)] == ["M", "M", "L"]
    assert "min 1, max 3" in page


def test_nothing_but_gaps_is_no_line():
    page = shown(loss=[math.nan, math.nan])

    assert "sr-curve" not in page
    assert "last of 2 values, min nan, max nan" in page


def test_the_same_value_again_and_again_is_a_line_in_the_middle():
    assert {y for _, _, y in points(shown(loss=[5, 5, 5]))} == {"22.0"}


def test_texts_are_shown_as_texts():
    page = shown(word=["a", "b"], flag=True)

    assert "(&#x27;a&#x27;" not in page
    assert ">True</p>" in page
    assert "<svg" not in page


def test_numeric_columns_of_rows_are_charts_above_the_folded_table():
    page = shown(epochs={"epoch": [1, 2, 3], "loss": [0.5, 0.4, 0.3], "note": ["a", "b", "c"]})

    assert page.count("<svg") == 1  # the epochs only count
    assert "epochs · loss" in page
    assert "<details><summary><strong>epochs</strong>" in page
    assert "<td>b</td>" in page


def test_a_short_table_is_a_table():
    page = shown(best={"depth": 3, "score": 0.9})

    assert "<svg" not in page
    assert '<td class="sr-elapsed">3</td><td class="sr-elapsed">0.9</td>' in page


def test_a_large_table_is_cut_and_says_so():
    page = shown(grid={f"c{n}": list(range(100)) for n in range(30)})

    assert page.count("<tr>") == 21
    assert "80 more rows, 18 more columns" in page


def test_columns_of_different_lengths_are_filled_up():
    assert "<td></td>" in shown(best={"a": [1, 2], "b": [1]})


def test_a_confusion_matrix_has_a_row_for_each_class():
    data = {"class_labels": ["no", "yes"], "matrix": [[5, 1], [2, 7]]}
    page = shown(matrix={"schema_type": "confusion_matrix", "schema_version": "v1", "data": data})

    assert '<th scope="col">yes</th>' in page
    assert '<td>yes</td><td class="sr-elapsed">2</td><td class="sr-elapsed">7</td>' in page


@pytest.mark.parametrize("data", [None, {}, {"class_labels": 1, "matrix": 2}, {"matrix": [1]}])
def test_a_confusion_matrix_of_another_shape_is_shown_as_it_is(data):
    assert "confusion_matrix" in shown(matrix={"schema_type": "confusion_matrix", "data": data})


def test_very_many_metrics_are_counted():
    page = shown(**{f"m{n}": n for n in range(100)})

    assert page.count("sr-card ") + page.count('sr-card"') == 60
    assert "40 more metrics" in page


def test_a_whole_number_that_no_float_holds_is_shown():
    assert "last of 2 values" in shown(big=[1, 10**400])


def test_no_metrics_nothing():
    assert shown() == ""


def test_names_and_values_are_no_markup():
    wicked = "<script>"
    page = render_metrics(
        make_step("fit", metrics={wicked: wicked, f"{wicked}2": {wicked: [wicked, 1, 2, 3]}})
    )

    assert "<script" not in page


@pytest.mark.parametrize(
    "value", [{"a": [1], "b": []}, {"a": [], "b": []}, [10**400, 1.5, 2], [10**400, -(10**400)]]
)
def test_odd_metrics_are_drawn_everywhere(value):
    run = make_run(make_step("train", metrics={"odd": value}))

    assert "odd" in render_run(run)
    assert "odd" in render_text(run)
