"""The run that a script finds itself in."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset import Dataset
from synapse_magics.core.exceptions import RunEnvironmentException
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.link_output import output_datasets
from synapse_magics.core.run import Run
from synapse_magics.core.workspace import Workspace
from synapse_magics.runtime.context import (
    EXPERIMENT,
    INPUTS,
    PARENT_RUN_ID,
    RECORDS,
    RUN_ID,
    RunContext,
)
from synapse_magics.store.records import Metric

if TYPE_CHECKING:
    from synapse_magics.store.runs import RunRecord

log = logging.getLogger(__name__)


class SubmittedRun(Run):
    """The run of this process, with the workspace that it belongs to.

    What it logs goes through the file that every step's ``run`` writes to, so that it is taken over
    once, without secrets, whichever way the process ends. The workspace is found when it is asked
    for, from the working directory upwards.
    """

    def __init__(self) -> None:
        self._id = os.environ[RUN_ID]
        self._context = RunContext()
        self._found: Experiment | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment; its ``workspace`` is the one that the run was submitted to."""
        if self._found is None:
            if EXPERIMENT not in os.environ:
                raise RunEnvironmentException
            self._found = Experiment(Workspace.from_config(), os.environ[EXPERIMENT])
        return self._found

    @property
    def parent_id(self) -> str:
        """The id of the pipeline run; its own if it is part of none."""
        return os.environ.get(PARENT_RUN_ID, self.id)

    @property
    def input_datasets(self) -> dict[str, Any]:
        """The inputs by name: a dataset for mode ``direct``, else the path or address."""
        found: dict[str, Any] = {}
        for item in filter(None, os.environ.get(INPUTS, "").split(",")):
            name, mode = item.split(":")
            value = os.environ[name]
            direct = mode == "direct"
            found[name] = Dataset.get_by_id(self.experiment.workspace, value) if direct else value
        return found

    @property
    def output_datasets(self) -> dict[str, Any]:
        """The outputs by name: a path or address, or what links one to a dataset."""
        return output_datasets()

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag of the run.

        Parameters
        ----------
        key : str
        value : str, optional
        """
        self._context.tag(key, None if value is None else str(value))

    @property
    def tags(self) -> dict[str, str | None]:
        """The run's tags, those that were not taken over yet included."""
        new = {item["tag"]: item["value"] for item in self._pending() if "tag" in item}
        return {**super().tags, **new}

    def complete(self, _set_status: bool = True) -> None:
        """Do nothing: how the process ends is how the run ends."""
        del _set_status

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> None:
        """Note what went wrong; how the process ends is how the run ends."""
        del _set_status
        if error_details is not None:
            log.warning("run.fail: %s %s", error_code or "", error_details)

    def cancel(self) -> None:
        """Only warn, as in Azure ML: a run does not cancel itself."""
        log.warning("A run cannot be canceled from inside; end the process, or cancel it outside.")

    def __exit__(self, *_: object) -> None:
        """Do nothing: an exception goes on."""

    def _log(self, metrics: list[Metric]) -> None:
        for item in metrics:
            self._context.record_metric(item.name, item.value, item.step)

    def _metrics(self) -> list[Metric]:
        new = [
            Metric(item["metric"], item["value"], item["step"])
            for item in self._pending()
            if "metric" in item
        ]
        return [*super()._metrics(), *new]

    def _pending(self) -> list[dict[str, Any]]:
        """Return what was recorded and not taken over yet."""
        work: RunRecord = self._work
        job = self._store.records.job(work.id)
        text = self._context.recorded(0 if job is None else job[2])
        return [json.loads(line) for line in text.splitlines()]


_current: tuple[tuple[str | None, ...], SubmittedRun] | None = None


def current_run() -> SubmittedRun:
    """Return the run of this process, the same object each time.

    Returns
    -------
    SubmittedRun
    """
    global _current  # noqa: PLW0603 - one per process, as in Azure ML
    key = tuple(os.environ.get(name) for name in (RUN_ID, RECORDS))
    if _current is None or _current[0] != key:
        _current = (key, SubmittedRun())
    return _current[1]
