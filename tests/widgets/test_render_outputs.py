"""The table of what outputs hold."""

from widgets_support import make_run, make_step

from synapse_magics.store.output_stats import OutputStats
from synapse_magics.widgets.render_outputs import render_outputs
from synapse_magics.widgets.render_run import render_run, render_text
from synapse_magics.widgets.run_data import run_data
from synapse_magics.widgets.run_source import LogTail

BEFORE = OutputStats(1, 900, 700, (("Age", "int64"),), 1)
PREPARED = OutputStats(2, 34_100, 714, (("Age", "int64"),), 1, since=3, previous=BEFORE)
RUN = make_run(make_step("prep", output_stats={"prepared": PREPARED}))
WORDS = "714 rows, 1 column, 2 files, 34.1 kB"


def test_a_row_for_each_output():
    table = render_outputs(RUN)

    assert "sr-outputs" in table
    for cell in ("prepared", "prep", WORDS, "+14 rows, since run 3"):
        assert f">{cell}</t" in table


def test_it_is_part_of_the_view_in_html_and_text():
    assert WORDS in render_run(RUN)
    assert f"\n\nprepared: {WORDS}; +14 rows, since run 3" in render_text(RUN)


def test_nothing_is_shown_before_a_step_has_completed():
    assert render_outputs(make_run(make_step("prep"))) == ""


def test_names_are_no_markup():
    step = make_step("<script>", output_stats={"<b>": OutputStats(1, 1, 1, (("<i>", "x"),), 1)})

    assert "<b>" not in render_outputs(make_run(step))
    assert "<script" not in render_outputs(make_run(step))


def test_as_data_it_is_numbers():
    data = run_data(RUN, LogTail("", "stdout", "", "", ""))["child_runs"][0]

    assert data["output_stats"]["prepared"]["rows"] == 714
    assert data["output_stats"]["prepared"]["previous"]["rows"] == 700
