"""What tests of several rooms share: waiting, specs, and a search for processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from synapse_magics.store.specs import PipelineSpec, StepKind, StepSpec

PYTHON = {"engine": "python_process", "slots": 2}
SPARK = {"engine": "local_spark", "slots": 1, "master": "local[2]", "spark_conf": {}}


def wait_until(condition, seconds=15.0, what="the condition"):
    """Return what a condition gives as soon as that is true; fail after a while."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.01)


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_of(folder):
    """Return the processes that work in a folder or name it in their command line."""
    text, ours = str(folder), {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid in ours or process.status() == psutil.STATUS_ZOMBIE:
                continue
            line, place = process.cmdline(), process.cwd()
            if any(text in part for part in line) or f"{place}/".startswith(f"{text}/"):
                found.append(process)
    return found


def make_step(name, *upstream, **fields):
    """Return the spec of a step; ``upstream`` are nodes that it runs after."""
    common = {
        "node": name,
        "name": name,
        "kind": StepKind.PYTHON,
        "script": f"{name}.py",
        "snapshot": name,
        "compute": "cpucluster",
        "compute_definition": PYTHON,
        "after": upstream,
    }
    return StepSpec(**{**common, **fields})


def write_snapshot(store, name, text, script=None):
    """Store a snapshot of one script, under a plain name instead of a hash."""
    folder = store.snapshot_folder(name)
    folder.mkdir()
    (folder / (script or f"{name}.py")).write_text(text)


def submit(store, *steps, **options):
    """Submit steps and return the ids of the run and of each step."""
    token = options.pop("key", None)
    run_id = store.runs.submit("exp", PipelineSpec(**options), steps, client_token=token)
    return run_id, [child.id for child in store.runs.children(run_id)]


def carry_out(folder, tasks):
    """Carry out tasks in this process, as the supervisor's child does in the run's folder."""
    from synapse_magics.staging.task import Desk

    before = Path.cwd()
    os.chdir(folder)
    try:
        for task in tasks:
            Desk().carry_out(task)
    finally:
        os.chdir(before)


def printed_by(code, folder):
    """Return what some code prints in a new process that knows nothing of the user's settings."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={
            "IPYTHONDIR": str(folder),
            "PATH": "",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        },
    )
    return done.stdout
