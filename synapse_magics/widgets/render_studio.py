"""The studio as HTML and as plain text: pure functions of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.widgets._style import ROOT as RUN_ROOT
from synapse_magics.widgets._style import escape, style_tag
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.graph_svg import render_graph, render_graph_text
from synapse_magics.widgets.render_log import clean_log
from synapse_magics.widgets.studio_model import Mark
from synapse_magics.widgets.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.widgets.studio_model import Cell, Listing, Page, Passage

ROOT = "synapse-studio"
"""The class that every rule of the studio's style sheet stands under."""

_SHEET = "studio.css"
_LONG = 32
"""Cells that are longer can be read whole by pointing at them."""


def studio_style() -> str:
    """Return the style sheets that the pages need as ``<style>`` elements.

    Returns
    -------
    str
    """
    return style_tag() + style_tag(_SHEET)


def render_head(page: Page) -> str:
    """Return the beginning of a page: what it is about, how that stands, and facts.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
        HTML.
    """
    if page.run and not page.trouble:
        return render_facts(page)  # its view says the rest
    mark = f" {_mark(page.mark)}" if page.mark is not None else ""
    trouble = f'<p class="ss-trouble">{escape(one_line(page.trouble))}</p>' if page.trouble else ""
    return (
        f'<div class="ss-head"><p class="ss-title"><strong>{escape(one_line(page.title))}</strong>'
        f"{mark}</p>{trouble}{render_facts(page)}</div>"
    )


def render_facts(page: Page) -> str:
    """Return the facts of a page.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
        HTML; empty if there are none.
    """
    if not page.facts:
        return ""
    facts = [(escape(one_line(name)), escape(one_line(text))) for name, text in page.facts]
    if page.run:
        # Beside the view of a run, in lines and not a row each.
        words = " ".join(
            f'<span class="ss-fact"><span class="ss-muted">{name}</span> {text}</span>'
            for name, text in facts
        )
        return f'<p class="ss-beside">{words}</p>'
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{text}</td></tr>' for name, text in facts)
    return f'<table class="ss-facts"><tbody>{rows}</tbody></table>'


def render_listing(listing: Listing, *, named: bool = True) -> str:
    """Return a list as a table.

    Parameters
    ----------
    listing : Listing
    named : bool
        Without it, the names stand beside the table as controls; in it they are for who listens
        to the page and does not see it.

    Returns
    -------
    str
        HTML.
    """
    if not listing.rows:
        return f'<p class="ss-muted">{escape(one_line(listing.empty))}</p>'
    beside = "" if named else ' class="ss-heard"'
    listing = listing.filled
    first, *columns = listing.columns
    head = f'<th scope="col"{beside}>{escape(first)}</th>' + "".join(
        f'<th scope="col">{escape(name)}</th>' for name in columns
    )
    body = "".join(
        f'<tr><th scope="row"{beside}>{escape(one_line(row.name))}</th>'
        + "".join(_cell(cell) for cell in row.cells)
        + "</tr>"
        for row in listing.rows
    )
    return (
        f'<div class="ss-scroll"><table class="ss-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    if isinstance(cell, Mark):
        return f"<td>{_mark(cell)}</td>"
    text = escape(one_line(cell))
    title = f' title="{text}"' if len(cell) > _LONG else ""
    return f"<td{title}>{text}</td>"


def _mark(mark: Mark) -> str:
    return f'<span class="ss-mark ss-{mark.tone.value}">{escape(mark.word)}</span>'


def render_title(listing: Listing) -> str:
    """Return the title of a list.

    Parameters
    ----------
    listing : Listing

    Returns
    -------
    str
        HTML; empty if it has none.
    """
    return f'<p class="ss-subtitle">{escape(listing.title)}</p>' if listing.title else ""


def render_passages(page: Page) -> str:
    """Return code, errors and logs, each behind its title.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
        HTML.
    """
    return "".join(_passage(passage) for passage in page.passages)


def _passage(passage: Passage) -> str:
    path = f' <code class="ss-path">{escape(passage.path)}</code>' if passage.path else ""
    text = clean_log(passage.text) or "nothing yet"
    return (
        f'<details class="ss-passage"{" open" if passage.is_open else ""}>'
        f"<summary>{escape(one_line(passage.title))}{path}</summary>"
        f"<pre>{escape(text)}</pre></details>"
    )


def render_plan(page: Page) -> str:
    """Return the graph of a pipeline that nobody runs.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
        HTML; empty if the page is not about one.
    """
    if page.graph is None or not page.graph.steps:
        return ""
    words = render_graph_text(page.graph).replace("->", "→")
    lines = "<br>".join(escape(line) for line in words.splitlines())
    return (
        f'<div class="{RUN_ROOT}">{render_graph(page.graph, planned=True)}'
        f'<p class="sr-graph-text">{lines}</p></div>'
    )


def render_page(page: Page, view: str = "") -> str:
    """Return a page as one piece of static HTML.

    Parameters
    ----------
    page : Page
    view : str
        The view of the run that the page is about, as HTML.

    Returns
    -------
    str
    """
    trail = " / ".join(escape(one_line(name)) for name, _ in page.trail)
    above = f'<p class="ss-muted">{trail}</p>' if trail else ""
    return f'<div class="{ROOT} ss-static">{studio_style()}\n{above}{_body(page)}{view}\n</div>'


def _body(page: Page) -> str:
    listings = "".join(
        render_title(listing) + render_listing(listing) + _more(listing)
        for listing in page.listings
    )
    return f"{render_head(page)}{render_plan(page)}{listings}{render_passages(page)}"


def _more(listing: Listing) -> str:
    return '<p class="ss-muted">there are more</p>' if listing.has_more else ""


def render_overview(title: str, pages: Sequence[Page]) -> str:
    """Return all sections as one piece of static HTML, for where nothing can be clicked.

    Parameters
    ----------
    title : str
        The workspace.
    pages : sequence of Page
        The first page of each section.

    Returns
    -------
    str
    """
    parts = "\n".join(f'<div class="ss-section">{_body(page)}</div>' for page in pages)
    return (
        f'<div class="{ROOT} ss-static">{studio_style()}\n'
        f'<p class="ss-workspace">{escape(one_line(title))}</p>\n{parts}\n</div>'
    )


def render_page_text(page: Page) -> str:
    """Return a page as plain text.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
    """
    mark = f": {page.mark}" if page.mark is not None else ""
    blocks = [f"{one_line(page.title)}{mark}"]
    blocks += [f"  {one_line(page.trouble)}"] if page.trouble else []
    width = max((len(name) for name, _ in page.facts), default=0)
    blocks += [f"  {one_line(name).ljust(width)}  {one_line(text)}" for name, text in page.facts]
    if page.graph is not None:
        blocks += [render_graph_text(page.graph)]
    for listing in page.listings:
        blocks.append(_listing_text(listing))
    for passage in page.passages:
        blocks.append(f"{one_line(passage.title)}  {passage.path}".rstrip())
        blocks += [clean_log(passage.text)] if passage.is_open else []
    return "\n".join(blocks)


def _listing_text(listing: Listing) -> str:
    if not listing.rows:
        return f"  {one_line(listing.empty)}"
    listing = listing.filled
    rows = [[one_line(row.name), *(one_line(cell) for cell in row.cells)] for row in listing.rows]
    more = "\n... there are more" if listing.has_more else ""
    return f"{table(listing.columns, rows, listing.title)!r}{more}"


def render_overview_text(title: str, pages: Sequence[Page]) -> str:
    """Return all sections as plain text.

    Parameters
    ----------
    title : str
    pages : sequence of Page

    Returns
    -------
    str
    """
    return "\n\n".join([one_line(title), *(render_page_text(page) for page in pages)])
