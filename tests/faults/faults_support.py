"""What the tests of faults share: the table, agents that die, a look at what is left."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import psutil
from support import make_step, processes_of, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputSpec,
    OutputSpec,
    Registration,
    RetryOn,
)
from synapse_magics.store.store import Store

HERE = Path(__file__).parent
COLUMNS = ("fault", "times", "acknowledged", "lost", "outputs twice", "steps twice")


class FaultTable:
    """Rows of one fault each: how often it was injected, and what became of the runs."""

    def __init__(self):
        self.rows = {}
        self.figures = {}

    def add(self, fault, *, times=1, runs=0, lost=0, outputs_twice=0, steps_twice=0):
        row = self.rows.setdefault(fault, [0, 0, 0, 0, 0])
        for place, value in enumerate((times, runs, lost, outputs_twice, steps_twice)):
            row[place] += value

    def judge(self, fault, store, acknowledged, *, times=1, log=None):
        """Count what came of a fault, and insist that nothing was lost and nothing came twice."""
        lost = lost_runs(store, acknowledged)
        outputs, steps = outputs_registered_twice(store), steps_run_twice(store, log)
        self.add(
            fault,
            times=times,
            runs=len(acknowledged),
            lost=len(lost),
            outputs_twice=len(outputs),
            steps_twice=len(steps),
        )
        assert (lost, outputs, steps) == ([], [], [])

    def lines(self):
        rows = [COLUMNS, *((fault, *map(str, row)) for fault, row in self.rows.items())]
        widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
        rows.insert(1, tuple("-" * width for width in widths))
        text = [
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            + " |"
            for row in rows
        ]
        return [*text, *([""] if self.figures else []), *self._figures()]

    def _figures(self):
        return [f"- {what}: {figure}" for what, figure in self.figures.items()]


def lost_runs(store, acknowledged):
    """Return the acknowledged runs that are not there, have no steps, or have not ended."""

    def ended(run_id):
        run, steps = store.runs.get(run_id), store.runs.children(run_id)
        return run is not None and steps and all(one.status.is_terminal for one in (run, *steps))

    return [run_id for run_id in acknowledged if not ended(run_id)]


def outputs_registered_twice(store):
    """Return what has more than one dataset version from one and the same step run."""
    made = Counter(
        (entry.name, entry.body["run_id"])
        for entry in every_version(store)
        if "run_id" in entry.body
    )
    return [key for key, versions in made.items() if versions > 1]


def every_version(store):
    rows = store.database.rows("SELECT name, version FROM registry WHERE kind = 'dataset'")
    return [store.registry.get("dataset", row["name"], row["version"]) for row in rows]


def steps_run_twice(store, log):
    """Return the step runs that have noted more starts in a log than they had attempts."""
    if log is None or not log.exists():
        return []
    starts = Counter(line.split()[1] for line in log.read_text().splitlines())
    runs = {run_id: store.runs.get(run_id) for run_id in starts}
    return [run_id for run_id, run in runs.items() if run and starts[run_id] > run.attempt]


def is_whole(store):
    """Whether SQLite finds nothing wrong, and no run is there without its steps."""
    checked = [row[0] for row in store.database.rows("PRAGMA integrity_check")]
    half = store.database.rows(
        "SELECT id FROM runs AS run WHERE parent_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM runs WHERE parent_id = run.id)"
    )
    return checked == ["ok"] and half == []


# --- steps that leave a trace -------------------------------------------------------------------

NOTE = """
import os, sys, time
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(log, f"{name} {{os.environ['AZUREML_RUN_ID']}} {{os.getpid()}}\\n".encode())
"""


def new_store(folder):
    """Open a bare store with one datastore, ``main``."""
    store = Store(folder / ".synapse")
    store.registry.put("datastore", "main", {"root": "datastores/main", "default": True})
    (store.folder / "datastores" / "main").mkdir()
    return store


@contextlib.contextmanager
def workspace_in(folder):
    """Open a new workspace, and a log beside it; all its processes end with the block."""
    place = Path(tempfile.mkdtemp(dir=folder))
    store = new_store(place)
    try:
        yield store, place / "log"
    finally:
        store.close()
        kill_all(place)
        shutil.rmtree(place)


def kill_all(folder):
    """Kill every process that has to do with a folder."""

    def gone():
        found = processes_of(folder)
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return not found

    wait_until(gone)


def noting(store, log, name, body=""):
    """Store a script that notes each start in a log, and goes on with a body."""
    write_snapshot(store, name, NOTE.format(log=str(log), name=name) + body)


def two_steps(store, log, **fields):
    """Return two steps: one writes an output that gets registered, the other one reads it."""
    if not store.snapshot_folder("make").exists():
        noting(store, log, "make", "open(sys.argv[1] + '/f', 'w').write('hello')\n")
        noting(store, log, "take", "assert open(sys.argv[1] + '/f').read() == 'hello'\n")
    made = OutputSpec("out", "mount", "main", "o/{run-id}", Registration("made"))
    make = make_step(
        "make", outputs=(made,), arguments=(Argument(ArgumentKind.OUTPUT, "out"),), **fields
    )
    take = make_step(
        "take",
        inputs=(InputSpec("got", "mount", node="make", output="out"),),
        arguments=(Argument(ArgumentKind.INPUT, "got"),),
        **fields,
    )
    return make, take


def failing_once(store, log, name="flaky"):
    """Return a step whose first attempt fails, and whose second one does not."""
    again = f"sys.exit(open({str(log)!r}).read().count(os.environ['AZUREML_RUN_ID']) < 2)\n"
    noting(store, log, name, again)
    return make_step(name, retries=1, retry_on=RetryOn.ANY)


# --- agents -------------------------------------------------------------------------------------


def dying_agent(store, **rule):
    """Start an agent, as a child of ours, that kills itself as a rule says."""
    return subprocess.Popen(
        [sys.executable, str(HERE / "dying_agent.py"), str(store.folder), json.dumps(rule)],
        cwd=store.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def died(process, otherwise=lambda: False, seconds=30):
    """Wait for the death of an agent, or for something else; tell whether it died by a signal."""
    wait_until(lambda: process.poll() is not None or otherwise(), seconds, "the agent's death")
    return process.poll() is not None and process.returncode < 0


def end(store, *run_ids, seconds=40):
    """Wake an agent, as whoever waits for a run does, and wait for the end of runs."""

    def ended():
        return all(store.runs.get(run_id).status.is_terminal for run_id in run_ids)

    client.wake(store.folder)
    wait_until(ended, seconds, "the end of the runs")
    return [store.runs.get(run_id).status for run_id in run_ids]
