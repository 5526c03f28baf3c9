"""The table of steps."""

import re

import pytest
from widgets_support import NOW, make_run, make_step

from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_steps import render_steps


def heads(page):
    return re.findall(r"<th scope=\"col\"[^>]*>([^<]+)</th>", page)


def test_rows_that_were_written_are_a_column():
    stats = {"a": OutputStats(1, 9, 714), "b": OutputStats(1, 9, 1200), "m": OutputStats(1, 9)}
    page = render_steps(make_run(make_step("prep", output_stats=stats), make_step("fit")))

    assert "Rows out" in heads(page)
    assert ">714, 1,200</td>" in page


def test_without_a_table_there_is_no_such_column():
    assert "Rows out" not in heads(render_steps(make_run(make_step("prep"))))


def test_attempts_are_a_column_once_there_is_a_second():
    page = render_steps(make_run(make_step("prep", attempt=2), make_step("fit")))

    assert "Attempt" in heads(page)
    assert '<td class="sr-elapsed">2</td>' in page
    assert "attempt 2" not in page
    assert "Attempt" not in heads(render_steps(make_run(make_step("fit"))))


def test_a_reused_step_says_so_beside_its_status():
    assert '<span class="sr-tag">reused</span>' in render_steps(
        make_run(make_step("prep", reused=True))
    )


def test_a_table_that_does_not_tick_says_since_when_a_step_runs():
    running = make_step("fit", status=RunStatus.RUNNING, started=NOW - 42.0)
    first, second = (
        render_steps(make_run(running, taken=NOW + later), ticking=False) for later in (0, 1)
    )

    assert first == second
    assert re.search(r">since \d\d:\d\d:\d\d</td>", first)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"epoch": [1, 2, 3], "loss": [3, 2, 1]}, "m = table of 3 rows"),
        ({"depth": 3, "word": "gini"}, "m = depth 3, word gini"),
        ({"schema_type": "confusion_matrix", "data": {}}, "m = confusion matrix"),
    ],
)
def test_a_table_is_told_in_words(value, words):
    assert words in render_steps(make_run(make_step("fit", metrics={"m": value})))


def test_many_metrics_are_counted():
    metrics = {f"m{n}": n for n in range(20)}
    page = render_steps(make_run(make_step("fit", metrics=metrics)))

    assert "m3 = 3" in page
    assert "m4 = 4" not in page
    assert "16 more metrics" in page


def test_of_very_many_steps_those_that_failed_or_run_are_shown_first():
    steps = [make_step(f"s{n}") for n in range(50)]
    steps[30] = make_step("s30", status=RunStatus.FAILED)
    steps[40] = make_step("s40", status=RunStatus.RUNNING)
    page = render_steps(make_run(*steps), limit=4)

    assert re.findall(r'<th scope="row">(\w+)', page) == ["s0", "s1", "s30", "s40"]
    assert "46 more steps" in page
