"""A picture of a run at one moment: what every view of it is drawn from."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synapse_magics.store.runs import PIPELINE, STEP, short_id
from synapse_magics.store.spark_progress import SparkProgress, read_spark_progress
from synapse_magics.store.specs import StepKind, StepSpec
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.output_stats import OutputStats
    from synapse_magics.store.records import Metric
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_BEFORE_IT_RUNS = frozenset({RunStatus.NOT_STARTED, RunStatus.QUEUED, RunStatus.PREPARING})


@dataclass(frozen=True)
class StepState:
    """One step of a run at one moment.

    ``upstream`` holds the node ids that it waits for; times are seconds since the epoch.
    ``because`` says why it runs or what it reuses; ``reused`` whether it shows an earlier result;
    ``output_stats`` how much its outputs hold, once it has completed; ``spark`` how far the jobs of
    its Spark are, once there is something to say. ``engine`` is the name of what runs it.
    """

    id: str
    node: str
    name: str
    kind: StepKind
    compute: str
    status: RunStatus
    reason: str = ""
    started: float | None = None
    ended: float | None = None
    upstream: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    because: tuple[str, ...] = ()
    reused: bool = False
    attempt: int = 1
    output_stats: Mapping[str, OutputStats] = field(default_factory=dict)
    engine: str = ""
    spark: SparkProgress | None = None

    def elapsed(self, now: float) -> float | None:
        """Return the seconds that it has run, or ran; None before it starts."""
        if self.started is None:
            return None
        return max(0.0, (self.ended if self.ended is not None else now) - self.started)


@dataclass(frozen=True)
class RunState:
    """A pipeline's or a script's run and its steps at the moment ``taken``.

    ``pipeline`` is the id of the pipeline's run where this is the picture of one of its steps.
    """

    id: str
    experiment: str
    number: int
    status: RunStatus
    created: float
    taken: float
    started: float | None = None
    ended: float | None = None
    reason: str = ""
    steps: tuple[StepState, ...] = ()
    kind: str = PIPELINE
    pipeline: str = ""

    def of_step(self, step_id: str) -> RunState:
        """Return the picture of one step as a run of its own, which in Azure ML it is.

        Parameters
        ----------
        step_id : str

        Returns
        -------
        RunState
            This one itself if there is no such step.
        """
        step = next((step for step in self.steps if step.id == step_id), None)
        if step is None:
            return self
        return replace(
            self,
            id=step.id,
            status=step.status,
            created=self.taken if step.started is None else step.started,
            started=step.started,
            ended=step.ended,
            reason=step.reason,
            # What it waited for is not in this picture.
            steps=(replace(step, upstream=()),),
            kind=STEP,
            pipeline=self.id,
        )

    @property
    def title(self) -> str:
        """The experiment, and of one step's picture the step as well."""
        return f"{self.experiment} · {self.steps[0].name}" if self.kind == STEP else self.experiment

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that its steps run on, each once."""
        return tuple(dict.fromkeys(step.engine for step in self.steps if step.engine))

    @property
    def elapsed(self) -> float:
        """The seconds since it was submitted, or until it ended."""
        return max(0.0, (self.ended if self.ended is not None else self.taken) - self.created)

    @property
    def failed(self) -> StepState | None:
        """The first step that failed, if one did."""
        failed = [step for step in self.steps if step.status is RunStatus.FAILED]
        return min(failed, key=lambda step: step.ended or self.taken, default=None)

    @property
    def how_to_go_on(self) -> tuple[str, ...]:
        """Lines to type after a failure; none if nothing failed.

        A run is resumed when it has ended: other branches may go on.
        """
        if self.failed is None:
            return ()
        run, step = short_id(self.pipeline or self.id), magic_word(self.failed.name)
        load = f"%synapse_load {step} --run {run}  # brings its inputs to the notebook"
        if not self._can_be_resumed:
            return (load,)
        resume = f"%synapse_submit {self.experiment} --resume {run}  # goes on once it is mended"
        return (resume, load)

    @property
    def commands_to_go_on(self) -> tuple[str, ...]:
        """The same for a terminal; none if nothing failed."""
        if self.failed is None:
            return ()
        run, step = short_id(self.pipeline or self.id), shlex.quote(self.failed.name)
        logs = f"synapse-magics logs {step} --run {run} --stream stderr  # shows the whole log"
        if not self._can_be_resumed:
            return (logs,)
        return (f"synapse-magics resume {run}  # runs it once more, keeping what completed", logs)

    @property
    def _can_be_resumed(self) -> bool:
        # Of a script there is only the one step.
        return self.status.is_terminal and self.kind == PIPELINE

    @property
    def focus(self) -> StepState | None:
        """The step to look at first: failed, else running, else the last that ended."""
        if self.failed is not None:
            return self.failed
        running = [step for step in self.steps if step.status is RunStatus.RUNNING]
        ended = sorted((step for step in self.steps if step.ended), key=lambda s: s.ended or 0.0)
        return next(iter(running or ended[-1:] or self.steps), None)


def magic_word(name: str) -> str:
    """Return a name as one word of a magic's line.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    if not re.search(r"[\s'\"]", name):
        return name
    return f"'{name}'" if '"' in name else f'"{name}"'


def metric_values(metrics: list[Metric]) -> dict[str, Any]:
    """Return metrics by name: one value, or the list of all where one was logged repeatedly.

    Rows and tables that were logged repeatedly are one table, column by column.

    Parameters
    ----------
    metrics : list of Metric

    Returns
    -------
    dict
    """
    return _by_name((metric.name, metric.value) for metric in metrics)


def _by_name(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: _together(found) for name, found in values.items()}


def _together(values: list[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    if not all(isinstance(value, dict) for value in values):
        return values
    columns: dict[str, list[Any]] = {name: [] for value in values for name in value}
    for row in values:
        for name, column in columns.items():
            value = row.get(name)
            column.extend(value if isinstance(value, list) else [value])
    return columns


def read_run_state(store: Store, run_id: str) -> RunState | None:
    """Read the picture of a pipeline run, or of the pipeline that a step run belongs to.

    Parameters
    ----------
    store : Store
    run_id : str

    Returns
    -------
    RunState or None
    """
    run = store.runs.get(run_id)
    if run is not None and run.root_id != run.id:
        run = store.runs.get(run.root_id)
    if run is None:
        return None
    # A view reads this every second: everything is asked for at once, not step by step.
    metrics = store.records.metrics_below(run.id)
    stats = store.records.output_stats_below(run.id)
    steps = tuple(
        _step_state(store, child, metrics.get(child.content_id, ()), stats.get(child.id, {}))
        for child in store.runs.children(run.id)
    )
    return RunState(
        id=run.id,
        experiment=run.experiment,
        number=run.number,
        status=run.status,
        created=run.created,
        taken=time.time(),
        started=run.started,
        ended=run.ended,
        reason=run.reason,
        steps=steps,
        kind=run.kind,
    )


@lru_cache(maxsize=1024)
def _spec(text: str) -> StepSpec:
    return StepSpec.from_json(text)


def _step_state(
    store: Store,
    run: RunRecord,
    metrics: Iterable[tuple[str, Any]],
    stats: Mapping[str, OutputStats],
) -> StepState:
    spec = _spec(run.spec)
    return StepState(
        id=run.id,
        node=spec.node,
        name=spec.name,
        kind=spec.kind,
        compute=spec.compute,
        status=run.status,
        reason=run.reason,
        started=run.started,
        ended=run.ended,
        upstream=tuple(sorted(spec.upstream)),
        inputs=tuple(item.name for item in spec.inputs),
        outputs=tuple(item.name for item in spec.outputs),
        error=run.error,
        metrics=_by_name(metrics),
        because=tuple(run.because.splitlines()),
        reused=run.source_id is not None,
        attempt=run.attempt,
        output_stats=stats,
        engine=str(spec.compute_definition.get("engine", "")),
        spark=_spark(store, run) if spec.kind is StepKind.SPARK else None,
    )


def _spark(store: Store, run: RunRecord) -> SparkProgress | None:
    if run.started is None or run.status in _BEFORE_IT_RUNS:
        return None  # what lies there is an earlier attempt's
    progress = read_spark_progress(store.run_folder(run.id).spark)
    if progress is None or not run.status.is_terminal:
        return progress
    return progress.stopped(run.ended)


def read_step_state(store: Store, run: RunRecord) -> StepState:
    """Read the picture of one step run.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step's.

    Returns
    -------
    StepState
    """
    metrics = [(metric.name, metric.value) for metric in store.records.metrics(run.content_id)]
    return _step_state(store, run, metrics, store.records.output_stats(run.id))
