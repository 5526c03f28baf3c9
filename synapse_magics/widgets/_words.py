"""What HTML and plain text say alike: durations, counts, metrics and errors in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_log import clean_log

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState, StepState

_LONGEST_METRIC = 60

_LOCAL_ENGINES = {"local_spark": "Spark", "python_process": "Python"}


def render_duration(seconds: float | None) -> str:
    """Return a duration as people say it: ``0.8 s``, ``2 m 05 s``, ``1 h 02 m``.

    Parameters
    ----------
    seconds : float or None

    Returns
    -------
    str
        Empty for None.
    """
    if seconds is None:
        return ""
    # What would round up to a minute is one: never "60.0 s".
    if seconds < 59.95:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} m"


def render_counts(state: RunState) -> str:
    """Return how many steps stand where: ``2 of 4 completed, 1 running, 1 failed``.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        Empty if the run has no steps.
    """
    if not state.steps:
        return ""
    statuses = [step.status for step in state.steps]
    parts = [f"{statuses.count(RunStatus.COMPLETED)} of {len(statuses)} completed"]
    reused = sum(step.reused for step in state.steps)
    if reused:
        ran = sum(not step.reused and step.status is RunStatus.COMPLETED for step in state.steps)
        parts += [f"{reused} reused", *([f"{ran} ran"] if ran else [])]
    parts.extend(
        f"{statuses.count(status)} {status.value.lower()}"
        for status in (RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELED)
        if status in statuses
    )
    return ", ".join(parts)


def render_engines(state: RunState) -> str:
    """Return what the steps of a run are run by: ``Spark and Python on this machine``.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        Empty if that is not known.
    """
    local = [_LOCAL_ENGINES[one] for one in state.engines if one in _LOCAL_ENGINES]
    others = [one_line(one).replace("_", " ") for one in state.engines if one not in _LOCAL_ENGINES]
    return ", ".join([*([f"{' and '.join(local)} on this machine"] if local else []), *others])


def render_metric(value: Any) -> str:
    """Return the value of a metric in a few characters.

    Parameters
    ----------
    value : Any
        One value, or a list of all that were logged under one name.

    Returns
    -------
    str
        For a list its last value, and how many there are; for a table how many rows it has.
    """
    if isinstance(value, Mapping):
        return _table_words(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, list, tuple)):
        text = one_line(value)
        return text if len(text) <= _LONGEST_METRIC else text[: _LONGEST_METRIC - 1] + "…"
    if isinstance(value, Sequence):
        if not value:
            return "none"
        return f"{render_metric(value[-1])} (last of {len(value)})"
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,}"


def _table_words(value: Mapping[str, Any]) -> str:
    kind = value.get("schema_type")
    if isinstance(kind, str):
        return one_line(kind).replace("_", " ")
    rows = max((len(one) if isinstance(one, list) else 1 for one in value.values()), default=0)
    if rows != 1:
        return f"table of {rows:,} rows"
    cells = ", ".join(f"{name} {_only(cell)}" for name, cell in value.items())
    text = one_line(cells)
    return text if len(text) <= _LONGEST_METRIC else f"{text[: _LONGEST_METRIC - 1]}…"


def _only(cell: Any) -> Any:
    if isinstance(cell, list):
        # Columns need not be of one length.
        return render_metric(cell[0]) if cell else "none"
    return render_metric(cell)


def render_metrics(step: StepState) -> list[str]:
    """Return the metrics of a step, ``name = value`` each.

    Parameters
    ----------
    step : StepState

    Returns
    -------
    list of str
    """
    return [f"{one_line(name)} = {render_metric(value)}" for name, value in step.metrics.items()]


def render_reasons(step: StepState) -> list[str]:
    """Return why a step stands where it stands, why it ran, and which attempt it is.

    Parameters
    ----------
    step : StepState

    Returns
    -------
    list of str
    """
    because = "; ".join(one_line(reason) for reason in step.because)
    found = [one_line(step.reason)] if step.reason and step.reason not in step.because else []
    if step.status is RunStatus.CANCELED:
        return found  # it did not run, or not to its end
    if because:
        known = step.reused or because.startswith(("reused ", "kept "))
        verb = "ran" if step.status.is_terminal else "runs"
        found.append(because if known else f"{verb}, because: {because}")
    if step.attempt > 1:
        found.append(f"attempt {step.attempt}")
    return found


def one_line(value: object) -> str:
    """Return a value as one line of text without control characters.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return " ".join(clean_log(str(value)).split())


@dataclass(frozen=True)
class ErrorWords:
    """What there is to say of a step's failure; everything but the headline may be empty."""

    headline: str
    where: str = ""
    line: str = ""
    """The cell's line at fault, after its number."""
    traceback: str = ""

    @classmethod
    def of(cls, step: StepState) -> ErrorWords:
        """Read the error of a failed step.

        Parameters
        ----------
        step : StepState

        Returns
        -------
        ErrorWords
        """
        error: Mapping[str, Any] = step.error or {}
        message = clean_log(str(error.get("message") or step.reason)).strip()
        kind = one_line(error.get("type") or "")
        if kind and not message.startswith(kind):
            message = f"{kind}: {message}" if message else kind
        source = clean_log(str(error.get("source") or "")).strip()
        number = error.get("line")
        line = f"{number} | {source}" if source and number is not None else source
        where = one_line(error.get("where") or "")
        if not where and number is not None:
            where = f"line {number}"
        return cls(
            headline=message or "no message was recorded",
            where=where,
            line=line,
            traceback=clean_log(str(error.get("traceback") or "")).strip("\n"),
        )
