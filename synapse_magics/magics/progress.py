"""Tell a headless runner what goes on, through the file that it names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.core.pipeline_run import PipelineRun

HEADLESS = "SYNAPSE_MAGICS_HEADLESS"
PARAMETERS = "SYNAPSE_MAGICS_PARAMETERS"
PROGRESS = "SYNAPSE_MAGICS_PROGRESS"


def is_headless() -> bool:
    """Tell whether the notebook runs without anybody looking."""
    return os.environ.get(HEADLESS) == "1"


def given_parameters() -> dict[str, Any]:
    """Return the parameters that the runner was given for the notebook."""
    found: dict[str, Any] = json.loads(os.environ.get(PARAMETERS) or "{}")
    return found


class Progress:
    """The changes of one run, told as they come.

    Parameters
    ----------
    run : PipelineRun
    parameters : iterable of str
        Names of pipeline parameters that were set by the runner.
    """

    def __init__(self, run: PipelineRun, parameters: Iterable[str] = ()) -> None:
        self._run = run
        self._seen = 0
        self._created = run.record.created
        self._names = {step.id: step.name for step in run.state.steps}
        record = run.record
        _tell(
            {
                "type": "submitted",
                "run": run.id,
                "experiment": record.experiment,
                "number": record.number,
                "folder": str(run.workspace.store.folder),
            }
        )
        for name in parameters:
            _tell({"type": "parameter", "name": name})

    def report(self, *_: object) -> None:
        """Tell what is new."""
        for event in self._run.workspace.store.runs.events(self._run.id, self._seen):
            self._seen = event.id
            _tell(
                {
                    "type": "status",
                    "run": self._run.id,
                    "time": event.time,
                    "elapsed": event.time - self._created,
                    "step": self._names.get(event.run_id),
                    "before": event.before,
                    "after": event.after,
                    "message": event.message,
                }
            )


def _tell(line: dict[str, Any]) -> None:
    path = os.environ.get(PROGRESS)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
