"""Spark's jobs and stages as bars."""

import re
from dataclasses import replace

import pytest
from spark_support import (
    BEGAN,
    application,
    job,
    progress_of,
    running_job,
    running_stage,
    stage,
)
from widgets_support import ScriptedSource, make_run, make_step

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_run import render_run, render_text
from synapse_magics.widgets.render_spark import (
    render_spark,
    render_spark_steps,
    render_spark_text,
    spark_steps,
)
from synapse_magics.widgets.run_details import RunDetails
from synapse_magics.widgets.spark_bars import SparkBars

SCRIPT = "<script>alert('1')</script>"
NOW = BEGAN + 21
UI = "http://127.0.0.1:4040"


@pytest.fixture
def told(tmp_path):
    """Return an application from what its step's process has written."""
    return lambda *arguments, **fields: progress_of(tmp_path, application(*arguments, **fields))


@pytest.fixture
def busy(told):
    """Return an application with a job that runs and one that has ended."""
    return told(
        [running_job(11, 21, 20, name="fit at step.py:7", failed=1), job(10, 19, name="count")],
        [
            running_stage(21, failed=1, shuffle_read_bytes=4_200_000, started=BEGAN + 20),
            stage(20, input_bytes=1_200_000_000, shuffle_write_bytes=4_200_000),
            stage(19, status="SKIPPED", completed=0),
        ],
        ui_url=UI,
    )


def test_a_job_and_its_stages_in_words(busy):
    assert render_spark_text(busy, NOW, title="prep").splitlines() == [
        (
            "prep: Spark: 2 jobs, 1 running, 11 tasks done, 1 task failed, 1.2 GB read, "
            "4.2 MB shuffle read, 4.2 MB shuffle written"
        ),
        "  Job 11: fit at step.py:7 · running · 3 of 8 tasks done · 1 failed · 10.0 s",
        (
            "    [#######.............] Stage 21: count · running · 3 of 8 tasks done · 2 active · "
            "1 failed · 4.2 MB shuffle read · 1.0 s"
        ),
        (
            "    [####################] Stage 20: count · done · 8 of 8 tasks done · 1.2 GB read · "
            "4.2 MB shuffle written · 4.0 s"
        ),
        "  Job 10: count · done · 8 of 8 tasks done · 4.0 s",
    ]


def test_the_bars_as_html(busy):
    assert re.findall(r'<div class="sr-stage.*?</div>', render_spark(busy, NOW))[0] == (
        '<div class="sr-stage sr-running"><span class="sr-stage-name">Stage 21: count</span>'
        '<span class="sr-bar" role="progressbar" aria-label="Stage 21: count" aria-valuemin="0"'
        ' aria-valuemax="8" aria-valuenow="3" aria-valuetext="running · 3 of 8 tasks done · '
        '2 active · 1 failed · 4.2 MB shuffle read · 1.0 s">'
        '<span class="sr-bar-done" style="width:37.5%"></span>'
        '<span class="sr-bar-active" style="width:25.0%"></span></span>'
        '<span class="sr-stage-words"><span>running</span> · <span>3 of 8 tasks done</span> · '
        "<span>2 active</span> · <span>1 failed</span> · <span>4.2 MB shuffle read</span> · "
        "<span>1.0 s</span></span></div>"
    )


def test_a_job_of_one_stage_is_one_line(told):
    page = render_spark(told([job(7, 3)], [stage(3)]), NOW)

    assert page.count("Job 7") == 2  # for who sees it, and for who hears it
    assert "Stage" not in page


def test_what_html_says_text_says_too(busy):
    words = re.sub(r"<[^>]*>", "", render_spark(busy, NOW))

    for line in render_spark_text(busy, NOW).splitlines():
        assert line.partition("] ")[2] or line.strip().partition(" · ")[0] in words


def test_names_that_are_markup_are_shown_as_text(told):
    progress = told(
        [running_job(1, 1, name=SCRIPT, status=SCRIPT)],
        [running_stage(1, name=SCRIPT, status=SCRIPT)],
        ui_url=f"http://x{SCRIPT}:1/",
    )
    run = make_run(make_step(SCRIPT, status=RunStatus.RUNNING, spark=progress))

    for page in (
        render_spark(progress, NOW, title=SCRIPT, link=f'"{SCRIPT}'),
        render_spark_steps(run, {"SYNAPSE_MAGICS_SPARK_UI": f"/{SCRIPT}{{port}}"}),
        render_run(run),
        SparkBars(progress, NOW, {})._repr_mimebundle_()["text/html"],
    ):
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_names_of_many_lines_are_one(told):
    progress = told([job(1, 1, name="a\nb\x1b[31m")], [stage(1, name="a\n\nb")])

    assert len(render_spark_text(progress, NOW).splitlines()) == 3
    assert "\n" not in render_spark(progress, NOW)


def test_what_runs_comes_first_and_the_rest_is_counted(told):
    jobs = [job(number, number) for number in range(40, 0, -1)]
    stages = [stage(number) for number in range(40, 0, -1)]
    progress = told([*jobs, running_job(0, 0)], [*stages, running_stage(0)])

    page = render_spark(progress, NOW)

    assert re.findall(r"Job (\d+)[^<]*</span>", page)[:3] == ["0", "40", "39"]
    assert page.count('role="progressbar"') == 10
    assert page.endswith('<p class="sr-muted">31 more jobs and 31 more stages</p></div>')


def test_a_job_of_many_stages_shows_twenty(told):
    stages = [stage(number) for number in range(300, 0, -1)]
    progress = told([job(5, *range(1, 301))], stages)

    page = render_spark(progress, NOW)

    assert page.count('role="progressbar"') == 20
    assert "280 more stages" in page


def test_when_the_step_was_ended_nothing_runs_any_more(busy):
    text = render_spark_text(busy.stopped(BEGAN + 15), BEGAN + 900)

    assert "running" not in text
    assert "active" not in text
    assert "Job 11: fit at step.py:7 · stopped · 3 of 8 tasks done · 1 failed · 4.0 s" in text


def test_numbers_that_cannot_be_do_no_harm(told):
    progress = told([], [stage(1, tasks=0, completed=9)])
    progress = replace(progress, jobs=told([job(1, 1)], []).jobs)

    page = render_spark(progress, 0.0)

    assert 'style="width:100.0%"' in page


def test_a_running_step_has_a_link_and_one_that_has_ended_has_none(busy):
    running = make_run(make_step("prep", status=RunStatus.RUNNING, spark=busy))
    ended = make_run(make_step("prep", spark=busy.stopped(NOW)), status=RunStatus.COMPLETED)

    assert 'href="http://127.0.0.1:4040/jobs/"' in render_spark_steps(running, {})
    assert "href" not in render_spark_steps(ended, {})
    assert "href" not in render_spark_steps(running)


def test_the_steps_that_run_are_shown_or_else_the_last_one(busy):
    first = make_step("first", spark=busy)
    last = make_step("last", spark=busy, ended=NOW)
    now = make_step("now", status=RunStatus.RUNNING, spark=busy)
    silent = make_step("silent", status=RunStatus.RUNNING)

    def shown(*steps):
        return [step.name for step in spark_steps(make_run(*steps))]

    assert shown(first, last) == ["last"]
    assert shown(first, now) == ["now"]
    assert shown(first, silent) == []
    assert shown(silent) == []


def test_every_application_of_a_step_is_shown(tmp_path):
    jobs, stages = [job(1, 1, name="one")], [stage(1)]
    progress = progress_of(
        tmp_path, application(jobs, stages), application([job(1, 1, name="two")], stages)
    )

    page = render_spark_steps(make_run(make_step("prep", spark=progress)))

    assert page.index("Job 1: two") < page.index("Job 1: one")


def test_a_step_that_has_ended_leaves_one_line_that_opens(busy):
    run = make_run(make_step("prep", spark=busy.stopped(NOW)), status=RunStatus.COMPLETED)

    assert '<details class="sr-spark"><summary><strong>prep</strong>' in render_run(run)
    assert "prep: Spark: 2 jobs" in render_text(run)
    assert "Job 11" not in render_text(run)


def test_the_live_view_has_the_bars_below_the_steps(busy):
    run = make_run(make_step("prep", status=RunStatus.RUNNING, spark=busy))
    view = RunDetails(ScriptedSource([run]))

    assert 'role="progressbar"' in view._panels.spark.value
    places = [view.children.index(one) for one in (view._panels.steps, view._panels.spark)]
    assert places[1] == places[0] + 1


def test_a_run_without_spark_has_no_bars():
    view = RunDetails(ScriptedSource([make_run(make_step("prep"))]))

    assert view._panels.spark.value == ""


def test_below_a_cell_there_is_a_line_when_it_has_ended(busy):
    live, ended = (SparkBars(busy, NOW, {}, ended=ended) for ended in (False, True))

    assert 'href="http://127.0.0.1:4040/jobs/"' in live._repr_mimebundle_()["text/html"]
    assert "Stage 21" in repr(live)
    assert "<details" in ended._repr_mimebundle_()["text/html"]
    assert "href" not in ended._repr_mimebundle_()["text/html"]
    assert repr(ended).count("\n") == 0
