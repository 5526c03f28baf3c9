"""Objects as tables of two columns, in HTML and as text: made of the same rows."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.magics.object_rows import ROWS
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    from IPython.lib.pretty import RepresentationPrinter

_PACKAGE = "synapse_magics."


def object_table(shown: object) -> Table | None:
    """Return what an object says of itself; rows that would be empty are left out.

    Parameters
    ----------
    shown : object

    Returns
    -------
    Table or None
        None of what we do not know, or what is not there any more: its ``repr`` has to do.
    """
    for kind in type(shown).__mro__:
        name = f"{kind.__module__}.{kind.__qualname__}".removeprefix(_PACKAGE)
        if name not in ROWS:
            continue
        title, read = ROWS[name]
        try:
            rows = read(shown)
        except SynapseMagicsError:
            return None
        texts = [(what, "" if value is None else one_line(value)) for what, value in rows]
        return table((title, ""), [(what, text) for what, text in texts if text])
    return None


def object_html(shown: Any) -> str | None:
    """Return an object as a table; an output that was written shows what it holds.

    Parameters
    ----------
    shown : object

    Returns
    -------
    str or None
    """
    preview: str | None = shown._repr_html_() if _has_preview(shown) else None
    if preview is not None:
        return preview
    found = object_table(shown)
    if found is None:
        return None
    note = getattr(shown, "note", "")
    if not note:
        return found._repr_html_()
    # What a cell that defines a step shows: the line that says what it has done, and the rest.
    lines = "<br>".join(html.escape(line) for line in note.splitlines())
    return f"<p>{lines}</p><details><summary>details</summary>{found._repr_html_()}</details>"


def object_text(shown: Any, printer: RepresentationPrinter, cycle: bool) -> None:
    """Print an object as a table; within a list or a dict, as its ``repr``.

    Parameters
    ----------
    shown : object
    printer : IPython.lib.pretty.RepresentationPrinter
    cycle : bool
    """
    is_part = len(printer.stack) > 1
    if not is_part and _has_preview(shown) and shown._repr_html_() is not None:
        shown._repr_pretty_(printer, cycle)
        return
    note: str = getattr(shown, "note", "")
    found = None if is_part or note else object_table(shown)
    printer.text(repr(shown) if found is None else repr(found))


def _has_preview(shown: object) -> bool:
    from synapse_magics.core.output_preview import ShowsOutput  # noqa: PLC0415 - on demand

    return isinstance(shown, ShowsOutput)
