"""What an output shows of itself: its first rows and its columns, as HTML and as text."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from synapse_magics.core.output_words import describe_change, describe_output
from synapse_magics.core.quantities import render_size
from synapse_magics.runtime.first_rows import first_rows
from synapse_magics.store.locations import locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.store import Store

ROWS = 5
_COLUMNS = 20
_LONGEST = 60


@dataclass(frozen=True)
class Preview:
    """The beginning of an output: a title, and a table of its first rows, or of its files."""

    title: str
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def text(self) -> str:
        """Return it as plain text."""
        if not self.columns:
            return self.title
        lines = [self.columns, *([self.types] if any(self.types) else []), *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        padded = (
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        return "\n".join([self.title, *padded])

    def html(self) -> str:
        """Return it as HTML."""
        title = f"<p>{escape(self.title)}</p>"
        if not self.columns:
            return title
        head = "".join(
            f"<th>{escape(name)}{f'<br><small>{escape(kind)}</small>' if kind else ''}</th>"
            for name, kind in zip(self.columns, self.types, strict=True)
        )
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self.rows
        )
        return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class ShowsOutput:
    """What shows the beginning of an output in a notebook, once the step that makes it completed.

    ``str`` and ``repr`` stay what they are in Azure ML: they may stand in a command line.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # IPython prefers the __repr__ of a class to what the classes above it have.
        cls._repr_pretty_ = ShowsOutput._repr_pretty_  # type: ignore[method-assign]

    def _shown(self) -> tuple[Store, OutputRecord] | None:
        """Return the output; None if there is none yet."""
        raise NotImplementedError

    def _preview(self) -> Preview | None:
        try:
            found = self._shown()
            return None if found is None else preview(*found)
        except Exception:  # noqa: BLE001 - what shows an object must not fail
            return None

    def _repr_html_(self) -> str | None:
        found = self._preview()
        return None if found is None else found.html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        del cycle
        found = self._preview()
        printer.text(repr(self) if found is None else found.text())


def preview(store: Store, output: OutputRecord) -> Preview | None:
    """Return the beginning of an output, as far as it is on this machine.

    Parameters
    ----------
    store : Store
    output : OutputRecord

    Returns
    -------
    Preview or None
        None before the step has completed, and of a run of old.
    """
    stats = output.stats
    if stats is None:
        return None
    words = [describe_output(stats), describe_change(stats)]
    title = f"{output.name}: {'; '.join(part for part in words if part)}"
    place = locate(store.datastore_root(output.datastore), output.path)
    rows = None
    if stats.rows is not None and place.exists():
        rows = first_rows(place, _table(store, output), ROWS)
    if stats.rows is not None:
        names = [name for name, _ in stats.columns[:_COLUMNS]]
        types = tuple(kind for _, kind in stats.columns[:_COLUMNS])
        cells = tuple(tuple(_cell(row.get(name)) for name in names) for row in rows or ())
        return Preview(title, tuple(_cell(name) for name in names), types, cells)
    return Preview(title, ("file", "size"), ("", ""), _files(output))


def _table(store: Store, output: OutputRecord) -> dict[str, Any] | None:
    """Return how the output was declared to be read as a table."""
    entry = store.registry.by_id("saved_dataset", str(output.dataset_id))
    table = None if entry is None else entry.body.get("table")
    if table is None or entry is None:
        return None
    # What the path of the dataset has more than that of the output is the glob.
    path: str = entry.body["sources"][0]["path"]
    return {**table, "glob": path.removeprefix(output.path).lstrip("/") or None}


def _files(output: OutputRecord) -> tuple[tuple[str, str], ...]:
    files = (output.manifest or {}).get("files", {})
    shown: Sequence[str] = sorted(files)[:ROWS]
    name = output.path.rpartition("/")[2]
    return tuple((_cell(file or name), render_size(files[file][0])) for file in shown)


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
