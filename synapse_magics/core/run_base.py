"""What everything that a run can do stands on: which run it is, and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import ServiceException
from synapse_magics.store.runs import SCRIPT

if TYPE_CHECKING:
    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store


class RunBase:
    """A run by its id.

    Parameters
    ----------
    experiment : Experiment
    run_id : str
    """

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        self._experiment = experiment
        self._id = run_id

    @property
    def id(self) -> str:
        """The run's id."""
        return self._id

    @property
    def experiment(self) -> Experiment:
        """The experiment that it belongs to."""
        return self._experiment

    @property
    def workspace(self) -> Workspace:
        """The workspace that it belongs to."""
        return self.experiment.workspace

    @property
    def record(self) -> RunRecord:
        """The run as the store has it now."""
        record = self._store.runs.get(self.id)
        if record is None:
            raise ServiceException(f"Run {self.id} not found")
        return record

    @property
    def _store(self) -> Store:
        return self.workspace.store

    @property
    def _work(self) -> RunRecord:
        """The record that files and metrics are kept under: of a script, that of its one step."""
        record = self.record
        return self._store.runs.children(record.id)[0] if record.kind == SCRIPT else record

    @property
    def folder(self) -> RunFolder:
        """Where the run's files lie; a reused step shows those of the earlier one."""
        return self._store.run_folder(self._work.content_id)
