"""Workspaces of this package to measure in; their agents end with them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rounds import check
from synapse_magics import AmlCompute, ComputeTarget, Pipeline, PythonScriptStep, Workspace
from synapse_magics.agent import client
from synapse_magics.core import open_stores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.store.run_state import RunState

COMPUTE = "cpucluster"
_PATIENCE = 1800.0


@contextlib.contextmanager
def fresh_workspace(folder: Path) -> Iterator[Workspace]:
    """Make a workspace with a compute for Python steps; work in its folder.

    Parameters
    ----------
    folder : pathlib.Path
        An empty one.
    """
    before = Path.cwd()
    os.chdir(folder)
    try:
        workspace = Workspace.create("bench", show_output=False)
        nodes = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=2)
        ComputeTarget.create(workspace, COMPUTE, nodes)
        try:
            yield workspace
        finally:
            client.stop(workspace.store.folder)
            open_stores.close_store(folder)
    finally:
        os.chdir(before)


def chain(workspace: Workspace, script: Path, count: int) -> Pipeline:
    """Return a pipeline of steps of which each waits for the one before; each gets its number.

    Parameters
    ----------
    workspace : Workspace
    script : pathlib.Path
        The only file of its folder.
    count : int
    """
    steps: list[PythonScriptStep] = []
    for number in range(count):
        step = PythonScriptStep(
            script.name,
            name=f"step{number}",
            arguments=[str(number)],
            compute_target=COMPUTE,
            source_directory=str(script.parent),
        )
        if steps:
            step.run_after(steps[-1])
        steps.append(step)
    return Pipeline(workspace, steps)


def completed(run: PipelineRun) -> None:
    """Wait until a run has ended.

    Parameters
    ----------
    run : PipelineRun

    Raises
    ------
    WrongResultError
        If it has not completed.
    """
    status = run.wait(timeout_seconds=_PATIENCE)
    check(status.value == "Completed", f"the run is {status.value}: {run.state.reason}")


def picture(run: PipelineRun, count: int, *, reused: bool) -> RunState:
    """Return the picture of a run whose steps have all completed in the way that was expected.

    Parameters
    ----------
    run : PipelineRun
    count : int
        How many steps there are.
    reused : bool
        Whether all of them show an earlier result; else none may.

    Raises
    ------
    WrongResultError
    """
    state = run.state
    found = [(step.status.value, step.reused) for step in state.steps]
    check(found == [("Completed", reused)] * count, f"{count} steps, reused {reused}: {found}")
    return state
