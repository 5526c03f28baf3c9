"""A run as one page."""

import re
from dataclasses import replace

from widgets_support import TRAIN_ERROR, make_failed_run, make_run, make_step

from synapse_magics.core.output_preview import Preview
from synapse_magics.core.step_source import SourceFile
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_report import log_bytes, render_report
from synapse_magics.widgets.step_details import StepDetails

CODE = (SourceFile("train.py", "a\nb\nc\nmodel.fit(df)\n"),)
ROWS = (Preview("prepared: 1 row", ("Age",), ("int64",), (("22",),)),)


def report(run=None, logs=None, **details):
    found = {f"id-{name}": detail for name, detail in details.items()}
    return render_report(run or make_failed_run(), found, logs or {})


def sections(page):
    """Return the part of each step by its name."""
    parts = page.split('<details class="sr-step"')[1:]
    return {re.search("<strong>([^<]+)", part)[1]: part for part in parts}


def test_it_is_a_whole_page_in_utf_8():
    page = report()

    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta charset="utf-8">' in page
    assert "<title>titanic, run 12</title>" in page


def test_it_needs_no_script_and_no_network():
    assert not re.search(r"url\(|@import|https?:|\bsrc=|<link|<script", report())


def test_it_has_the_parts_of_the_view():
    page = report()

    for part in ("sr-header", "sr-error", "<svg", "sr-graph-text", "sr-steps", "sr-timeline"):
        assert part in page


def test_the_step_that_failed_is_open_and_no_other():
    found = sections(report(train=StepDetails(code=CODE)))

    assert list(found) == ["prep", "train", "report"]
    assert [part.startswith(" open") for part in found.values()] == [False, True, False]
    assert "sr-fault" in found["train"]


def test_a_step_has_its_code_its_metrics_its_outputs_and_both_logs():
    logs = {("id-prep", "stdout"): "891 rows read", ("id-prep", "stderr"): "a warning"}
    page = report(logs=logs, prep=StepDetails(CODE, ROWS))

    part = sections(page)["prep"]
    for words in ("model.fit", "<td>22</td>", ">714<", "891 rows read", "a warning"):
        assert words in part


def test_of_a_long_log_there_are_the_last_lines():
    log = "\n".join(f"line {n}" for n in range(2000))
    part = sections(report(logs={("id-prep", "stdout"): log}))["prep"]

    assert "stdout, the last lines" in part
    assert "line 1500\n" in part
    assert "line 1999<" in part
    assert "line 1499\n" not in part


def test_it_stays_a_file_that_can_be_opened():
    logs = {(f"id-s{n}", "stdout"): "x" * 200_000 for n in range(100)}
    run = make_run(*(make_step(f"s{n}") for n in range(100)), status=RunStatus.COMPLETED)

    assert len(report(run, logs)) < 10_000_000
    assert [log_bytes(steps) >> 10 for steps in (0, 2, 100, 100_000)] == [128, 128, 81, 4]


def test_every_step_that_failed_says_why():
    run = make_failed_run()
    other = make_step("other", status=RunStatus.FAILED, error={**TRAIN_ERROR, "message": "no disk"})
    page = report(replace(run, steps=(*run.steps, other)))

    assert page.count("Step other failed") == 1
    assert page.count("Step train failed") == 1


def test_a_run_without_steps_has_a_report():
    assert "Failed" in report(make_run(status=RunStatus.FAILED))
