"""A picture of a run as plain data: what a view shows, for code that draws its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.widgets.render_log import clean_log

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState, StepState
    from synapse_magics.widgets.run_source import LogTail

IGNORED_SETTINGS = frozenset({"debug", "send_telemetry"})
"""Settings of Azure ML's view that change nothing that is shown; nothing is sent from here."""


def check_settings(widget_settings: Mapping[str, Any] | None) -> None:
    """Refuse settings of Azure ML's view that this one has not.

    Parameters
    ----------
    widget_settings : mapping, optional

    Raises
    ------
    NotSupportedError
        If there is one besides ``debug`` and ``send_telemetry``.
    """
    unknown = sorted(set(widget_settings or {}) - IGNORED_SETTINGS)
    if unknown:
        raise NotSupportedError(
            f"{' and '.join(unknown)} is no setting of the view here",
            where="widget_settings",
            hint="leave it out: steps and logs are picked in the view",
        )


def run_data(state: RunState, log: LogTail) -> dict[str, Any]:
    """Return a picture of a run and the log beside it as JSON data.

    Parameters
    ----------
    state : RunState
    log : LogTail

    Returns
    -------
    dict
        Times are ISO 8601 in UTC, durations are in seconds; None is what there is not yet.
    """
    return {
        "run_id": state.id,
        "run_type": state.kind,
        "run_number": state.number,
        "experiment": state.experiment,
        "status": str(state.status.value),
        "reason": state.reason,
        "created_time": _time(state.created),
        "start_time": _time(state.started),
        "end_time": _time(state.ended),
        "duration": state.elapsed,
        "child_runs": [_step_data(step, state.taken) for step in state.steps],
        "run_logs": {
            "step": log.step,
            "stream": log.stream,
            "path": log.path,
            "text": clean_log(log.text),
        },
    }


def _step_data(step: StepState, now: float) -> dict[str, Any]:
    return {
        "run_id": step.id,
        "node_id": step.node,
        "name": step.name,
        "run_type": str(step.kind.value),
        "compute_target": step.compute,
        "status": str(step.status.value),
        "reason": step.reason,
        "is_reused": step.reused,
        "because": list(step.because),
        "attempt": step.attempt,
        "start_time": _time(step.started),
        "end_time": _time(step.ended),
        "duration": step.elapsed(now),
        "upstream": list(step.upstream),
        "inputs": list(step.inputs),
        "outputs": list(step.outputs),
        "output_stats": {name: stats.to_json() for name, stats in step.output_stats.items()},
        "metrics": _plain(step.metrics),
        "error": _plain(step.error),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
