"""The studio's pages as HTML and as text: pure functions of plain data."""

from dataclasses import replace

import pytest
from studio_support import SCRIPT
from widgets_support import make_run, make_step

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_studio import (
    render_head,
    render_listing,
    render_overview,
    render_overview_text,
    render_page,
    render_page_text,
    render_passages,
    render_plan,
    studio_style,
)
from synapse_magics.widgets.studio_model import (
    Listing,
    Mark,
    Page,
    Passage,
    Place,
    Row,
    Section,
    Tone,
    run_mark,
)

RUNS = Listing(
    ("Run", "Experiment", "Status"),
    (
        Row("3f2a91c2", ("titanic", run_mark(RunStatus.COMPLETED)), Place(Section.RUNS, "3f2a")),
        Row("81bc0d11", ("titanic", run_mark(RunStatus.FAILED)), Place(Section.RUNS, "81bc")),
    ),
    title="Runs",
)
PAGE = Page(
    Place(Section.POOLS, "local/spark01"),
    "spark01",
    trail=(("Pools", Place(Section.POOLS)),),
    mark=Mark("warm", Tone.GOOD),
    facts=(("runs on", "local[*]"), ("steps at once", "2")),
    listings=(RUNS,),
    passages=(Passage("Log · stdout", "hello", ".synapse/runs/a/stdout", is_open=True),),
)
WICKED = Page(
    Place(),
    SCRIPT,
    trail=((SCRIPT, Place()),),
    mark=Mark(SCRIPT),
    facts=((SCRIPT, SCRIPT),),
    listings=(
        Listing((SCRIPT, SCRIPT), (Row(SCRIPT, (SCRIPT,)),), SCRIPT, SCRIPT),
        Listing((), (), SCRIPT, SCRIPT),
    ),
    passages=(Passage(SCRIPT, SCRIPT, SCRIPT),),
    graph=make_run(make_step(SCRIPT)),
    trouble=SCRIPT,
)


def test_the_head_of_a_page():
    assert render_head(PAGE) == (
        '<div class="ss-head"><p class="ss-title"><strong>spark01</strong> '
        '<span class="ss-mark ss-good">warm</span></p>'
        '<table class="ss-facts"><tbody><tr><th scope="row">runs on</th><td>local[*]</td></tr>'
        '<tr><th scope="row">steps at once</th><td>2</td></tr></tbody></table></div>'
    )


def test_a_list_as_a_table():
    assert render_listing(RUNS) == (
        '<div class="ss-scroll"><table class="ss-table"><thead><tr><th scope="col">Run</th>'
        '<th scope="col">Experiment</th><th scope="col">Status</th></tr></thead><tbody>'
        '<tr><th scope="row">3f2a91c2</th><td>titanic</td>'
        '<td><span class="ss-mark ss-good">Completed</span></td></tr>'
        '<tr><th scope="row">81bc0d11</th><td>titanic</td>'
        '<td><span class="ss-mark ss-bad">Failed</span></td></tr></tbody></table></div>'
    )


def test_beside_controls_the_names_are_only_heard():
    found = render_listing(RUNS, named=False)
    assert '<th scope="row" class="ss-heard">3f2a91c2</th>' in found


def test_an_empty_list_says_so():
    assert render_listing(Listing(("Run",), (), empty="no runs yet")) == (
        '<p class="ss-muted">no runs yet</p>'
    )


def test_code_and_logs_stand_behind_their_titles():
    assert render_passages(PAGE) == (
        '<details class="ss-passage" open><summary>Log · stdout '
        '<code class="ss-path">.synapse/runs/a/stdout</code></summary>'
        "<pre>hello</pre></details>"
    )


def test_a_page_as_text():
    assert render_page_text(PAGE) == (
        "spark01: warm\n"
        "  runs on        local[*]\n"
        "  steps at once  2\n"
        "Runs\n"
        "Run       Experiment  Status\n"
        "--------  ----------  ---------\n"
        "3f2a91c2  titanic     Completed\n"
        "81bc0d11  titanic     Failed\n"
        "Log · stdout  .synapse/runs/a/stdout\n"
        "hello"
    )


def test_html_and_text_say_the_same_of_each_row():
    page, text = render_page(PAGE), render_page_text(PAGE)
    for row in RUNS.rows:
        for word in (row.name, *map(str, row.cells)):
            assert word in page
            assert word in text


def test_a_plan_says_what_a_step_is_and_not_how_it_goes():
    steps = make_step("prep"), make_step("train", "prep")
    plan = render_plan(replace(PAGE, graph=make_run(*steps)))
    assert ">spark</text>" in plan
    assert "Completed" not in plan
    assert "prep → train" in plan


def test_more_is_said_where_there_is_more():
    more = replace(PAGE, listings=(replace(RUNS, has_more=True),))
    assert "there are more" in render_page(more)
    assert "... there are more" in render_page_text(more)


def test_the_overview_has_every_section():
    pages = [Page(Place(section), section.heading) for section in Section]
    html, text = render_overview("Workspace ws", pages), render_overview_text("Workspace ws", pages)
    for section in Section:
        assert section.heading in html
        assert section.heading in text


@pytest.mark.parametrize(
    "html",
    [
        render_page(WICKED),
        render_overview(SCRIPT, [WICKED]),
        render_listing(WICKED.listings[0], named=False),
    ],
)
def test_whatever_comes_from_data_is_escaped(html):
    assert "<script" not in html
    assert "&quot;&gt;&lt;script&gt;" in html


def test_every_rule_stands_under_the_root_and_nothing_is_fetched():
    sheet = studio_style().split("<style>")[2].split("</style>")[0]
    rules = [line for line in sheet.splitlines() if line.rstrip().endswith("{") or "{" in line]
    selectors = [part for rule in rules for part in rule.split("{")[0].split(", ")]
    assert all(one.strip().startswith(".synapse-studio") for one in selectors)
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_columns_that_are_empty_in_every_row_are_left_out():
    rows = (Row("a", ("", "x", "")), Row("b", ("", "", "")))
    listing = Listing(("Name", "Tags", "Where", "Trouble"), rows)
    assert listing.filled.columns == ("Name", "Where")
    assert "Tags" not in render_listing(listing)


def test_beside_the_view_of_a_run_there_are_only_facts():
    assert render_head(replace(PAGE, run="3f2a", facts=PAGE.facts[:1])) == (
        '<p class="ss-beside"><span class="ss-fact"><span class="ss-muted">runs on</span>'
        " local[*]</span></p>"
    )
