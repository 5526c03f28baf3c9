"""What a dataset shows of itself in a notebook: its first rows and its columns, or its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.core.dataset import FileDataset, TabularDataset
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    from synapse_magics.core.dataset import AbstractDataset

PREVIEW_ROWS = 5
_COLUMNS = 20
_LONGEST = 80


def dataset_view(dataset: AbstractDataset) -> Table:
    """Return what a dataset shows of itself.

    Parameters
    ----------
    dataset : AbstractDataset

    Returns
    -------
    Table
        As text and as HTML. If they cannot be read, it says why: to show a dataset is not to fail.
    """
    name = dataset.name or "dataset"
    title = f"{name}, version {dataset.version}" if dataset.version else name
    try:
        if isinstance(dataset, TabularDataset):
            return _rows(dataset, title)
        paths = dataset.to_path() if isinstance(dataset, FileDataset) else []
    except SynapseMagicsError as error:
        return table(("cannot be read",), [(str(error),)], title)
    files = f"{len(paths)} file{'' if len(paths) == 1 else 's'}"
    more = [("...",)] if len(paths) > PREVIEW_ROWS else []
    shown = [(_short(path),) for path in paths[:PREVIEW_ROWS]]
    keys = dataset.partition_keys
    by = f", by {', '.join(keys)}" if keys else ""
    return table(("file",), [*shown, *more], f"{title}: {files}{by}")


def _rows(dataset: TabularDataset, title: str) -> Table:
    frame = dataset.head(PREVIEW_ROWS)
    kinds = dataset.column_types()
    names = list(frame.columns)
    shown = names[:_COLUMNS]
    rows = [[_short(value) for value in row] for row in frame[shown].itertuples(index=False)]
    types = ", ".join(f"{_short(name)} {kinds.get(name) or frame[name].dtype}" for name in shown)
    if len(shown) < len(names):
        types = f"the first {len(shown)} of {len(names)} columns, {types}"
    none = "" if rows else " (no rows)"
    return table([_short(name) for name in shown], rows, f"{title}: {types}{none}")


def _short(value: Any) -> str:
    text = "" if value is None or str(value) in {"nan", "NaT", "<NA>"} else str(value)
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
