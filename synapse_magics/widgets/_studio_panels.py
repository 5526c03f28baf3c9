"""The controls of the studio: buttons that lead somewhere, and HTML beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipywidgets import HTML, Button, ButtonStyle, HBox, Layout, VBox, Widget

from synapse_magics.widgets._style import escape
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_studio import (
    render_head,
    render_listing,
    render_passages,
    render_plan,
    render_title,
    studio_style,
)
from synapse_magics.widgets.studio_model import Listing, Page, Place, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Go = Callable[[Place], None]


class Links:
    """Buttons that lead to places; they are used again and again, as pages come and go.

    Parameters
    ----------
    go : callable
        Called with the place that somebody chose.
    """

    def __init__(self, go: _Go) -> None:
        self._go = go
        self._buttons: list[Button] = []
        self._places: list[Place | None] = []
        # One of each for all: the browser is told of them once.
        self._layout, self._style = Layout(width="auto"), ButtonStyle()

    def show(self, named: Sequence[tuple[str, Place | None]]) -> tuple[Button, ...]:
        """Return a button for each name.

        Parameters
        ----------
        named : sequence of tuple
            A text, and where it leads; one that leads nowhere cannot be clicked.

        Returns
        -------
        tuple of ipywidgets.Button
        """
        while len(self._buttons) < len(named):
            self._buttons.append(self._made(len(self._buttons)))
            self._places.append(None)
        for number, (name, place) in enumerate(named):
            button = self._buttons[number]
            self._places[number] = place
            with button.hold_sync():
                button.description = button.tooltip = one_line(name)
                button.disabled = place is None
        return tuple(self._buttons[: len(named)])

    def widgets(self) -> list[Widget]:
        """Return all that was made, shown or not."""
        return [*self._buttons, self._layout, self._style]

    def _made(self, number: int) -> Button:
        button = Button(layout=self._layout, style=self._style, _dom_classes=("ss-link",))
        button.on_click(lambda _: self._clicked(number))
        return button

    def _clicked(self, number: int) -> None:
        place = self._places[number]
        if place is not None:
            self._go(place)


class ListPanel:
    """A list: names that lead somewhere, and a table of the rest beside them.

    Parameters
    ----------
    go : callable
    """

    def __init__(self, go: _Go) -> None:
        self.links = Links(go)
        self._title, self._head, self._table = HTML(), HTML(), HTML()
        self._names = VBox()
        self._names.add_class("ss-names")
        self._rows = HBox([self._table])
        self._rows.add_class("ss-rows")
        self.box = VBox([self._title, self._rows])

    def widgets(self) -> list[Widget]:
        """Return all that was made, shown or not."""
        return [self.box, self._head, self._names, *self.links.widgets()]

    def draw(self, listing: Listing) -> None:
        """Bring it up to date.

        Parameters
        ----------
        listing : Listing
        """
        self._title.value = render_title(listing)
        named = [(row.name, row.place) for row in listing.rows]
        if not listing.leads_on:
            self._rows.children = (self._table,)
        else:
            self._head.value = (
                f'<div class="ss-names-head"><span>{escape(listing.columns[0])}</span></div>'
            )
            self._names.children = (self._head, *self.links.show(named))
            self._rows.children = (self._names, self._table)
        self._table.value = render_listing(listing, named=not listing.leads_on)


class StudioPanels:
    """The children of the studio.

    Parameters
    ----------
    workspace : str
        Its name.
    on_place : callable
        Called with the place that somebody chose.
    on_back, on_refresh, on_more : callable
        Called when these buttons are clicked.
    """

    def __init__(
        self,
        workspace: str,
        *,
        on_place: _Go,
        on_back: Callable[[], None],
        on_refresh: Callable[[], object],
        on_more: Callable[[], None],
    ) -> None:
        self._workspace, self._on_place = workspace, on_place
        self.back = _action("Back", "Back to the page before", on_back)
        self.refresh = _action("Refresh", "Read this page again", on_refresh)
        self.more = _action("More", "Show more rows", on_more)
        self.trail, self.chips = Links(on_place), Links(on_place)
        self._crumbs, self._chips = HBox(), HBox()
        self._crumbs.add_class("ss-crumbs")
        self._chips.add_class("ss-chips")
        self._chips_title = HTML('<span class="ss-muted">Open a step</span>')
        self.sections = {section: self._section(section) for section in Section}
        self.lists: list[ListPanel] = []
        self._head, self._plan, self._passages = HTML(), HTML(), HTML()
        self._main, side = VBox(), VBox(tuple(self.sections.values()))
        bar = HBox([self.back, self._crumbs, self.refresh])
        for box, name in ((self._main, "ss-main"), (side, "ss-side"), (bar, "ss-bar")):
            box.add_class(name)
        self.children = (
            HTML(studio_style(), layout=Layout(display="none")),
            bar,
            HBox([side, self._main]),
        )

    def _section(self, section: Section) -> Button:
        button = Button(description=section.heading, tooltip=section.heading)
        button.on_click(lambda _: self._on_place(Place(section)))
        return button

    def draw(self, page: Page, view: Widget | None, *, can_go_back: bool) -> None:
        """Bring every control up to date; what has not changed is not sent.

        Parameters
        ----------
        page : Page
        view : ipywidgets.Widget or None
            The view of the run that the page is about.
        can_go_back : bool
        """
        self.back.disabled = not can_go_back
        here = (one_line(page.title), None)
        first = [(self._workspace, Place())]
        self._crumbs.children = self.trail.show([*first, *page.trail, here])
        for section, button in self.sections.items():
            (button.add_class if section is page.place.section else button.remove_class)("ss-here")
        self._head.value = render_head(page)
        self._plan.value = render_plan(page)
        self._passages.value = render_passages(page)
        main = [self._head, *([self._plan] if self._plan.value else [])]
        if view is not None:
            main += [*self._steps(page), view]
        else:
            main += self._lists(page.listings)
        main += [self.more] if any(listing.has_more for listing in page.listings) else []
        main += [self._passages] if page.passages else []
        self._main.children = tuple(main)

    def close(self) -> None:
        """Close all that was made, also what no page shows now."""
        shown = [*self.children, self._head, self._plan, self._passages, self.more]
        kept = [self._chips_title, self._chips, *self.trail.widgets(), *self.chips.widgets()]
        for widget in [*shown, *kept, *(one for panel in self.lists for one in panel.widgets())]:
            forget(widget)

    def focus(self, page: Page) -> None:
        """Keep the keyboard here where the button that it was on has gone with its page.

        Parameters
        ----------
        page : Page
        """
        if page.run or not any(listing.leads_on for listing in page.listings):
            (self.sections[page.place.section] if self.back.disabled else self.back).focus()

    def _steps(self, page: Page) -> list[Widget]:
        """Return the way to a run's steps; what there is to say of them is in its view."""
        rows = [row for listing in page.listings for row in listing.rows]
        buttons = self.chips.show([(row.name, row.place) for row in rows])
        self._chips.children = (self._chips_title, *buttons)
        return [self._chips] if rows else []

    def _lists(self, listings: Sequence[Listing]) -> list[Widget]:
        while len(self.lists) < len(listings):
            self.lists.append(ListPanel(self._on_place))
        for panel, listing in zip(self.lists, listings, strict=False):
            panel.draw(listing)
        return [panel.box for panel in self.lists[: len(listings)]]


def forget(widget: Widget) -> None:
    """Close a widget and all within it, so that neither side keeps it.

    Parameters
    ----------
    widget : ipywidgets.Widget
    """
    for child in getattr(widget, "children", ()):
        forget(child)
    for trait in ("layout", "style"):
        part = getattr(widget, trait, None)
        if isinstance(part, Widget):
            part.close()
    # As every widget is closed: a view's own way to close leaves what it displays.
    Widget.close(widget)


def _action(text: str, tooltip: str, act: Callable[[], object]) -> Button:
    button = Button(description=text, tooltip=tooltip, layout=Layout(width="auto", flex="none"))
    button.add_class("ss-action")
    button.on_click(lambda _: act())
    return button
