"""Where a run stands: its parent, its children, and what finds it among others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synapse_magics.core.run_tags import RunTags
from synapse_magics.store.runs import INTERACTIVE, SCRIPT, STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from synapse_magics.core.run import Run
    from synapse_magics.store.runs import RunRecord

PARENT = "parent"
"""The label of a run that was submitted by another one, whose child it is."""

Wanted = str | Mapping[str, str | None] | None
"""A key, or keys with their values; None for anything."""


class RunTree(RunTags):
    """The runs above and below a run."""

    @property
    def type(self) -> str | None:
        """``azureml.PipelineRun``, ``azureml.StepRun`` or ``azureml.scriptrun``.

        None for a run of ``start_logging``, as in Azure ML.
        """
        kind = self.record.kind
        return None if kind == INTERACTIVE else kind

    @property
    def parent(self) -> Run | None:
        """The run that it is a part of, or None."""
        parent = self.record.parent_id or self._store.records.labels(self.id).get(PARENT)
        return None if parent is None else self._typed(self._record_of(parent))

    def get_children(
        self,
        recursive: bool = False,
        tags: Wanted = None,
        properties: Wanted = None,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        status: str | None = None,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """Yield the runs below this one, newest first.

        Parameters
        ----------
        recursive : bool
            The children's children as well, after their parent.
        tags, properties : str or mapping, optional
            Only runs that have the key, or all of these keys with these values.
        type, status : str, optional
            Only runs of this type, or with this status.

        Yields
        ------
        Run
        """
        del _rehydrate_runs
        for record in self._below():
            child = self._typed(record)
            if is_wanted(child, tags, properties, type, status):
                yield child
            if recursive:
                yield from child.get_children(True, tags, properties, type, status)

    def _below(self) -> Iterable[RunRecord]:
        runs, record = self._store.runs, self.record
        found = runs.below(record.id)
        if record.kind == SCRIPT:
            # The step that does the work is the script run itself, to its user.
            found = [item for item in found if item.kind != STEP]
        linked = (runs.get(run_id) for run_id in self._store.records.labelled(PARENT, record.id))
        found += [item for item in linked if item is not None]
        return sorted(found, key=lambda item: (item.created, item.number), reverse=True)

    def _record_of(self, run_id: str) -> RunRecord:
        from synapse_magics.core.run import Run  # noqa: PLC0415 - a cycle otherwise

        return Run(self.experiment, run_id).record

    def _typed(self, record: RunRecord) -> Run:
        from synapse_magics.core.run import typed_run  # noqa: PLC0415 - a cycle otherwise

        return typed_run(self.workspace, record)


def is_wanted(
    run: RunTree, tags: Wanted, properties: Wanted, kind: str | None, status: str | None
) -> bool:
    """Tell whether a run is one of those that are looked for.

    Parameters
    ----------
    run : Run
    tags, properties : str or mapping, optional
    kind, status : str, optional

    Returns
    -------
    bool
    """
    if kind is not None and run.type != kind:
        return False
    if status is not None and run.record.status.value != status:
        return False
    return (tags is None or has_all(run.tags, tags)) and (
        properties is None or has_all(run.properties, properties)
    )


def has_all(found: Mapping[str, Any], wanted: str | Mapping[str, Any]) -> bool:
    """Tell whether something has a key, or all of some keys with their values.

    Parameters
    ----------
    found : mapping
    wanted : str or mapping

    Returns
    -------
    bool
    """
    if isinstance(wanted, str):
        return wanted in found
    return all(key in found and found[key] == value for key, value in wanted.items())
