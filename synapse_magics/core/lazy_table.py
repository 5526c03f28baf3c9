"""Tables whose files nobody has looked into yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset_sources import existing_files

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace


class LazyTable(Mapping[str, Any]):
    """The definition of a table whose columns are inferred when they are first asked for.

    When a step completes, nobody has looked into its output: the agent does not read data.

    Parameters
    ----------
    workspace : Workspace
    definition : mapping
        ``type``, ``sources`` and ``table``.
    """

    def __init__(self, workspace: Workspace, definition: Mapping[str, Any]) -> None:
        self._workspace = workspace
        self._known = definition
        self._whole: Mapping[str, Any] | None = None

    @property
    def known(self) -> Mapping[str, Any]:
        """What is stored of it: the definition without its columns."""
        return self._known

    @property
    def whole(self) -> Mapping[str, Any]:
        """The definition with its ``reader``.

        Raises
        ------
        DatasetValidationError
            If the files are no such table.
        """
        if self._whole is None:
            self._whole = _infer(self._workspace, self._known)
        return self._whole

    def __getitem__(self, key: str) -> Any:
        return self._known[key] if key in {"type", "sources"} else self.whole[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)


def _infer(workspace: Workspace, definition: Mapping[str, Any]) -> Mapping[str, Any]:
    from synapse_magics.core.dataset_factory import (  # noqa: PLC0415 - a cycle otherwise
        TabularDatasetFactory,
    )
    from synapse_magics.core.datastore import Datastore  # noqa: PLC0415 - a cycle otherwise

    table = definition["table"]
    path = [
        (Datastore(workspace, source["datastore"]), source["path"])
        for source in definition["sources"]
    ]
    if table["format"] == "parquet":
        made = TabularDatasetFactory.from_parquet_files(path, **table.get("options", {}))
    else:
        made = TabularDatasetFactory.from_delimited_files(
            path,
            separator=table["separator"],
            header=table["header"],
            support_multi_line=table.get("multi_line", False),
            **table.get("options", {}),
        )
    if isinstance(made.definition, LazyTable):  # its files are not there yet
        existing_files(workspace, [dict(source) for source in definition["sources"]])
    for operation, columns in table.get("operations", ()):
        made = getattr(made, operation)(columns)
    return made.definition
