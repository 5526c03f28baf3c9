"""Pictures of runs, and a source that plays them one after the other."""

from __future__ import annotations

from dataclasses import replace

from ipywidgets import Box

from synapse_magics.store.run_state import RunState, StepState
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

START = 1_700_000_000.0
NOW = START + 75.0

TRAIN_ERROR = {
    "code": "UserError",
    "message": "could not convert string to float: 'male'",
    "type": "ValueError",
    "where": "cell of step train, line 4",
    "line": 4,
    "source": "model.fit(df)",
    "traceback": "Traceback (most recent call last):\n  File 'cell'",
}


def make_step(name, *upstream, status=RunStatus.COMPLETED, **fields):
    times = {"started": START + 1.0, "ended": START + 13.3}
    if status in {RunStatus.NOT_STARTED, RunStatus.QUEUED}:
        times = {}
    elif status is RunStatus.RUNNING:
        times = {"started": START + 60.0}
    common = {"kind": StepKind.SPARK, "compute": "link1-spark01", "status": status}
    return StepState(
        id=f"id-{name}", node=name, name=name, upstream=upstream, **{**common, **times, **fields}
    )


def make_run(*steps, status=RunStatus.RUNNING, **fields):
    ended = NOW if status.is_terminal else None
    common = {"id": "7f3a91c2-0b1d", "experiment": "titanic", "number": 12, "created": START}
    times = {"taken": NOW, "started": START, "ended": ended}
    return RunState(status=status, steps=steps, **{**common, **times, **fields})


def make_failed_run(**error):
    return make_run(
        make_step("prep", metrics={"rows": 714}),
        make_step("train", "prep", status=RunStatus.FAILED, error={**TRAIN_ERROR, **error}),
        make_step("report", "train", status=RunStatus.CANCELED, started=None),
        status=RunStatus.FAILED,
    )


def make_story():
    """Tell a run of two steps in four pictures, the last of them final."""
    prep, train = make_step("prep"), make_step("train", "prep", metrics={"rows": 714})
    waiting = replace(train, status=RunStatus.NOT_STARTED, started=None, ended=None, metrics={})
    running = replace(train, status=RunStatus.RUNNING, ended=None, metrics={})
    return [
        make_run(replace(prep, status=RunStatus.RUNNING, ended=None), waiting),
        make_run(prep, running),
        make_run(prep, running, taken=NOW + 1),
        make_run(prep, train, status=RunStatus.COMPLETED),
    ]


class ScriptedSource:
    """Play states in order and stay at the last; an exception among them is raised."""

    def __init__(self, states, logs=None, code=None, previews=None):
        self.states = list(states)
        self.logs = logs or {}
        self.code_of, self.previews_of = code or {}, previews or {}
        self.asked = []
        self.canceled = 0

    def state(self):
        now = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(now, BaseException):
            raise now
        return now

    def log_tail(self, step_id, stream, lines):  # noqa: ARG002 - scripted logs are short
        return self.logs.get((step_id, stream), "")

    def log_path(self, step_id, stream):
        return f"/runs/{step_id}/{stream}"

    def code(self, step_id):
        self.asked.append(("code", step_id))
        return self.code_of.get(step_id, ())

    def previews(self, step_id):
        self.asked.append(("previews", step_id))
        return self.previews_of.get(step_id, ())

    def cancel(self):
        self.canceled += 1


class FileSource(ScriptedSource):
    """Play states; the logs of every step are two files."""

    def __init__(self, states, folder):
        super().__init__(states)
        self.folder = folder

    def log_file(self, step_id, stream):
        return self.folder / f"{step_id}-{stream}"

    def log_tail(self, step_id, stream, lines):
        file = self.log_file(step_id, stream)
        return "".join(file.read_text().splitlines(True)[-lines:]) if file.exists() else ""


def controls(view):
    """Return every control of a view, those in rows included."""
    found = []
    for child in view.children:
        found += controls(child) if isinstance(child, Box) else [child]
    return found


def control(view, kind):
    return next(one for one in controls(view) if isinstance(one, kind))


def choice(view, options):
    """Return the buttons that offer some options."""
    return next(one for one in controls(view) if getattr(one, "options", None) == options)
