"""The definitions of datasets that the outputs of steps become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def definition_of(
    datastore: str,
    path: str,
    place: Path,
    table: Mapping[str, Any] | None,
    layout: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the definition of the dataset that an output is.

    Parameters
    ----------
    datastore, path : str
        Where it lies.
    place : pathlib.Path
        The same as a local place.
    table : mapping or None
        How its files are read as a table, if they are. The columns are inferred when somebody reads
        it: the agent does not look into data.
    layout : mapping, optional
        What the paths of its files say.

    Returns
    -------
    dict
    """
    if table is None:
        sources = [{"datastore": datastore, "path": path}]
        return {"type": "file", **(layout or {}), "sources": sources}
    glob = table.get("glob")
    if glob and not place.is_file():
        path = f"{path}/{glob}" if path else str(glob)
    how = {key: value for key, value in table.items() if key != "glob"}
    return {
        "type": "tabular",
        "sources": [{"datastore": datastore, "path": path}],
        "table": how,
    }
