"""Whatever names, logs and data hold: none of it becomes markup, in any view."""

import pytest
from widgets_support import NOW, START, ScriptedSource, make_run, make_step

from synapse_magics.core.output_preview import Preview
from synapse_magics.core.step_source import SourceFile
from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_report import render_report
from synapse_magics.widgets.render_run import render_run
from synapse_magics.widgets.run_details import RunDetails
from synapse_magics.widgets.step_details import DetailReader
from synapse_magics.widgets.step_tabs import TABS, render_tab

WICKED = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\n</pre></style></title>"


def wicked_step(name, *upstream, **fields):
    stats = OutputStats(1, 9, 1, ((WICKED, WICKED),), 1, unknown=WICKED)
    error = dict.fromkeys(("code", "message", "type", "where", "source", "traceback"), WICKED)
    return make_step(
        f"{name}{WICKED}",
        *upstream,
        compute=WICKED,
        engine=WICKED,
        reason=WICKED,
        because=(WICKED, WICKED),
        attempt=2,
        inputs=(WICKED,),
        outputs=(WICKED,),
        output_stats={WICKED: stats},
        metrics={WICKED: WICKED, f"{WICKED}2": {WICKED: [1, 2, 3], "x": [WICKED, None]}},
        error={**error, "line": 1},
        **fields,
    )


def wicked_run(status=RunStatus.FAILED):
    first = wicked_step("a", status=RunStatus.COMPLETED, reused=True)
    second = wicked_step("b", first.node, status=RunStatus.FAILED)
    third = wicked_step("c", second.node, status=RunStatus.RUNNING, started=START, ended=None)
    return make_run(
        *(first, second, third),
        experiment=WICKED,
        reason=WICKED,
        id=WICKED,
        status=status,
        taken=NOW,
    )


def wicked_source(run):
    code = (SourceFile(f"{WICKED}.py", WICKED), SourceFile(WICKED, WICKED))
    rows = (Preview(f"{WICKED}: {WICKED}", (WICKED,), (WICKED,), ((WICKED,),)),)
    ids = [step.id for step in run.steps]
    return ScriptedSource(
        [run],
        {(step, stream): WICKED for step in ids for stream in ("stdout", "stderr")},
        dict.fromkeys(ids, code),
        dict.fromkeys(ids, rows),
    )


def assert_tame(page):
    for mark in ("<script", "<img", "onerror=alert(1)>\n", "'><", '"><script'):
        assert mark not in page
    assert "&lt;script" in page


def test_the_static_view():
    run = wicked_run()
    details = DetailReader(wicked_source(run)).everything(run)

    assert_tame(render_run(run, WICKED, WICKED, details))


def test_the_report():
    run = wicked_run()
    source = wicked_source(run)
    page = render_report(run, DetailReader(source).everything(run), source.logs)

    assert_tame(page)
    assert page.count("</style>") == 2


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "Log"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_tab(tab, place):
    run = wicked_run()
    page = render_tab(tab, run, run.steps[place], DetailReader(wicked_source(run)))

    assert_tame(page)


def test_the_live_view():
    run = wicked_run(RunStatus.RUNNING)
    bundle = RunDetails(wicked_source(run))._repr_mimebundle_()

    assert_tame(bundle["text/html"])
