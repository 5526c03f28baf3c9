"""The jobs and stages of a step's Spark as bars, in HTML and in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core.quantities import render_size
from synapse_magics.runtime.spark_ui import spark_ui_link
from synapse_magics.store.spark_progress import PENDING, SKIPPED
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import escape
from synapse_magics.widgets._words import one_line, render_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.run_state import RunState, StepState
    from synapse_magics.store.spark_progress import SparkJob, SparkProgress, SparkStage

MOST_STAGES = 20
"""How many stages are shown; the rest are counted."""

_MOST_JOBS = 10
_TEXT_BAR = 20


def render_spark(
    progress: SparkProgress,
    now: float,
    *,
    title: str = "",
    link: str = "",
    collapsed: bool = False,
) -> str:
    """Return the jobs and stages of an application as bars, what runs first and then the newest.

    Parameters
    ----------
    progress : SparkProgress
    now : float
        Seconds since the epoch.
    title : str, optional
        Such as the name of the step.
    link : str, optional
        Where Spark's UI is.
    collapsed : bool
        Whether the bars are behind the line that sums them up, which opens them.

    Returns
    -------
    str
        HTML.
    """
    head = f"<strong>{escape(title)}</strong> " if title else ""
    words = escape(summary_words(progress))
    to_ui = (
        f' <a href="{escape(link)}" target="_blank" rel="noopener noreferrer">Spark UI</a>'
        if link
        else ""
    )
    jobs, stages = _shown(progress)
    parts = [_job(job, stages.get(job.id, ()), progress, now) for job in jobs]
    rest = _rest(progress, jobs, stages)
    parts += [f'<p class="sr-muted">{escape(rest)}</p>'] if rest else []
    first, bars = f'{head}<span class="sr-muted">{words}</span>{to_ui}', "".join(parts)
    if collapsed:
        return f'<details class="sr-spark"><summary>{first}</summary>{bars}</details>'
    return f'<div class="sr-spark"><p>{first}</p>{bars}</div>'


def render_spark_text(
    progress: SparkProgress, now: float, *, title: str = "", collapsed: bool = False
) -> str:
    """Return the same as plain text.

    Parameters
    ----------
    progress : SparkProgress
    now : float
    title : str, optional
    collapsed : bool
        Whether the line that sums it up is all.

    Returns
    -------
    str
    """
    lines = [": ".join(filter(None, [title, summary_words(progress)]))]
    if collapsed:
        return lines[0]
    jobs, stages = _shown(progress)
    for job in jobs:
        lines.append(f"  {' · '.join(_job_words(job, progress, now))}")
        for stage in stages.get(job.id, ()):
            full = _TEXT_BAR * min(stage.completed, stage.tasks) // max(stage.tasks, 1)
            bar = "#" * full + "." * (_TEXT_BAR - full)
            lines.append(f"    [{bar}] {' · '.join(_stage_words(stage, progress, now))}")
    rest = _rest(progress, jobs, stages)
    return "\n".join([*lines, f"  {rest}"] if rest else lines)


def summary_words(progress: SparkProgress) -> str:
    """Return an application in one line: ``Spark: 12 jobs, 3 running, 240 tasks, 1.2 GB read``.

    Parameters
    ----------
    progress : SparkProgress

    Returns
    -------
    str
    """
    totals = progress.totals
    running = sum(job.is_running for job in progress.jobs) if progress.ended is None else 0
    parts = [
        _many(totals.jobs, "job"),
        f"{running} running" if running else "",
        _many(totals.completed, "task") + " done",
        f"{_many(totals.failed, 'task')} failed" if totals.failed else "",
        *_volumes(totals.input_bytes, 0, totals.shuffle_read_bytes, totals.shuffle_write_bytes),
    ]
    return f"Spark: {', '.join(part for part in parts if part)}"


def spark_steps(state: RunState) -> tuple[StepState, ...]:
    """Return the steps whose Spark is worth a look: those that run, else the last that has ended.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    tuple of StepState
    """
    found = [step for step in state.steps if step.spark is not None]
    running = [step for step in found if not step.status.is_terminal]
    if running or not found or any(step.status is RunStatus.RUNNING for step in state.steps):
        return tuple(running)
    return (max(found, key=lambda step: step.ended or 0.0),)


def render_spark_steps(state: RunState, environment: Mapping[str, str] | None = None) -> str:
    """Return the bars of a run: of the Spark steps that run, else of the last one.

    Parameters
    ----------
    state : RunState
    environment : mapping, optional
        Of the process that shows them: how a browser reaches Spark's UI. There is no link without.

    Returns
    -------
    str
        HTML; empty if there is nothing to show.
    """
    return "".join(
        render_spark(
            application,
            state.taken,
            title=one_line(step.name),
            collapsed=step.status.is_terminal,
            link="" if environment is None else spark_ui_link(application.ui_url, environment),
        )
        for step in spark_steps(state)
        if step.spark is not None
        for application in (step.spark, *reversed(step.spark.earlier))
    )


def render_step_spark(step: StepState, now: float) -> str:
    """Return the bars of one step, all its applications, opened.

    Parameters
    ----------
    step : StepState
    now : float
        Seconds since the epoch.

    Returns
    -------
    str
        HTML; empty if there is nothing to show.
    """
    if step.spark is None:
        return ""
    return "".join(
        render_spark(application, now)
        for application in (step.spark, *reversed(step.spark.earlier))
    )


def render_spark_steps_text(state: RunState) -> str:
    """Return the same as plain text.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        Empty if there is nothing to show.
    """
    return "\n".join(
        render_spark_text(
            application,
            state.taken,
            title=one_line(step.name),
            collapsed=step.status.is_terminal,
        )
        for step in spark_steps(state)
        if step.spark is not None
        for application in (step.spark, *reversed(step.spark.earlier))
    )


def _shown(progress: SparkProgress) -> tuple[list[SparkJob], dict[int, tuple[SparkStage, ...]]]:
    """Return the jobs to show, and the stages below each; a stage stands below one job alone."""
    left = MOST_STAGES
    jobs: list[SparkJob] = []
    stages: dict[int, tuple[SparkStage, ...]] = {}
    known: set[tuple[int, int]] = set()
    for job in sorted(progress.jobs, key=lambda job: (not job.is_running, -job.id)):
        if len(jobs) == _MOST_JOBS or not left:
            break
        own = [
            stage
            for stage in progress.stages
            if stage.id in job.stages
            and stage.status != SKIPPED
            and (stage.id, stage.attempt) not in known
        ]
        shown = sorted(own, key=_order)[:left]
        left -= len(shown)
        known.update((stage.id, stage.attempt) for stage in shown)
        jobs.append(job)
        stages[job.id] = tuple(shown)
    return jobs, stages


def _order(stage: SparkStage) -> tuple[bool, bool, int, int]:
    return not stage.is_active, stage.status == PENDING, -stage.id, -stage.attempt


def _rest(
    progress: SparkProgress, jobs: list[SparkJob], stages: Mapping[int, Iterable[SparkStage]]
) -> str:
    more_jobs = progress.totals.jobs - len(jobs)
    listed = [stage for stage in progress.stages if stage.status != SKIPPED]
    more_stages = len(listed) - sum(len(tuple(below)) for below in stages.values())
    parts = [
        f"{_many(count, f'more {what}')}"
        for count, what in ((more_jobs, "job"), (more_stages, "stage"))
        if count > 0
    ]
    return " and ".join(parts)


def _job(job: SparkJob, stages: Iterable[SparkStage], progress: SparkProgress, now: float) -> str:
    tone, stages = _tone(job.status, progress), tuple(stages)
    name, *facts = _job_words(job, progress, now)
    if len(stages) == 1 and stages[0].tasks == job.tasks:
        # The others were skipped: one line says it all.
        return f'<div class="sr-job {tone}">{_stage(stages[0], progress, now, name)}</div>'
    bars = "".join(_stage(stage, progress, now) for stage in stages)
    return (
        f'<div class="sr-job {tone}"><p><strong>{escape(name)}</strong> '
        f'<span class="sr-muted">{escape(" · ".join(facts))}</span></p>{bars}</div>'
    )


def _stage(stage: SparkStage, progress: SparkProgress, now: float, job: str = "") -> str:
    label, *words = _stage_words(stage, progress, now)
    tasks = max(stage.tasks, 1)
    done = 100 * min(stage.completed, tasks) / tasks
    active = min(100 * stage.active / tasks, 100 - done) if progress.ended is None else 0.0
    label, value = escape(job or label), escape(" · ".join(words))
    return (
        f'<div class="sr-stage {_tone(stage.status, progress)}">'
        f'<span class="sr-stage-name">{label}</span>'
        f'<span class="sr-bar" role="progressbar" aria-label="{label}" aria-valuemin="0"'
        f' aria-valuemax="{stage.tasks}" aria-valuenow="{min(stage.completed, stage.tasks)}"'
        f' aria-valuetext="{value}">'
        f'<span class="sr-bar-done" style="width:{done:.1f}%"></span>'
        f'<span class="sr-bar-active" style="width:{active:.1f}%"></span></span>'
        f'<span class="sr-stage-words">{" · ".join(map(_fact, words))}</span></div>'
    )


def _fact(word: str) -> str:
    return f"<span>{escape(word)}</span>"


def _job_words(job: SparkJob, progress: SparkProgress, now: float) -> list[str]:
    return [
        f"Job {job.id}: {one_line(job.name)}",
        _status(job.status, progress),
        f"{job.completed} of {_many(job.tasks, 'task')} done",
        *([f"{job.failed} failed"] if job.failed else []),
        *_elapsed(job, progress, now),
    ]


def _stage_words(stage: SparkStage, progress: SparkProgress, now: float) -> list[str]:
    again = f", attempt {stage.attempt + 1}" if stage.attempt else ""
    live = stage.is_active and progress.ended is None
    return [
        f"Stage {stage.id}{again}: {one_line(stage.name)}",
        _status(stage.status, progress),
        f"{stage.completed} of {_many(stage.tasks, 'task')} done",
        *([f"{stage.active} active"] if live and stage.active else []),
        *([f"{stage.failed} failed"] if stage.failed else []),
        *_volumes(
            stage.input_bytes,
            stage.output_bytes,
            stage.shuffle_read_bytes,
            stage.shuffle_write_bytes,
        ),
        *_elapsed(stage, progress, now),
    ]


def _volumes(read: int, written: int, shuffle_read: int, shuffle_written: int) -> list[str]:
    found = (
        (read, "read"),
        (written, "written"),
        (shuffle_read, "shuffle read"),
        (shuffle_written, "shuffle written"),
    )
    return [f"{render_size(size)} {what}" for size, what in found if size]


_WORDS = {
    "RUNNING": "running",
    "ACTIVE": "running",
    "PENDING": "waiting",
    "SUCCEEDED": "done",
    "COMPLETE": "done",
    "FAILED": "failed",
    "SKIPPED": "skipped",
}
_TONES = {"running": "sr-running", "done": "sr-completed", "failed": "sr-failed"}


def _status(status: str, progress: SparkProgress) -> str:
    word = _WORDS.get(status, one_line(status).lower())
    return "stopped" if progress.ended is not None and word in {"running", "waiting"} else word


def _tone(status: str, progress: SparkProgress) -> str:
    return _TONES.get(_status(status, progress), "sr-queued")


def _elapsed(what: SparkJob | SparkStage, progress: SparkProgress, now: float) -> list[str]:
    if what.started is None:
        return []
    ends = (end for end in (what.ended, progress.ended, now) if end is not None)
    return [render_duration(max(0.0, next(ends) - what.started))]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
