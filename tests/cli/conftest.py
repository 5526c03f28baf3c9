"""Commands as a terminal gives them, in the folder of a workspace."""

from __future__ import annotations

import types

import pytest
from reuse_support import execute
from support import make_step, write_snapshot

from synapse_magics import cli
from synapse_magics.store.specs import PipelineSpec


@pytest.fixture
def command(workspace, capsys):
    """Run a command; return its exit code, what it printed, and its errors."""

    def command(*arguments):
        code = cli.main([str(item) for item in arguments])
        shown = capsys.readouterr()
        return types.SimpleNamespace(code=code, out=shown.out, err=shown.err)

    return command


@pytest.fixture
def submit(workspace):
    """Submit steps by name and script; nobody runs them unless somebody wakes the agent."""

    def submit(scripts, *, tags=None, after=None, regenerate=False, **fields):
        steps = []
        for name, text in scripts.items():
            snapshot = f"{name}-{abs(hash(text))}"
            if not workspace.store.snapshot_folder(snapshot).exists():
                write_snapshot(workspace.store, snapshot, text, f"{name}.py")
            upstream = (after or {}).get(name, ())
            steps.append(make_step(name, *upstream, snapshot=snapshot, **fields))
        spec = PipelineSpec(regenerate_outputs=regenerate)
        return workspace.store.runs.submit("exp", spec, steps, tags=tags)

    return submit


@pytest.fixture
def done(workspace, submit):
    """Submit steps that complete, or fail, at once."""

    def done(scripts, *, fails=(), **options):
        run_id = submit(scripts, **options)
        execute(workspace.store, run_id, fails=fails)
        return run_id

    return done
