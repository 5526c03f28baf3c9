"""A notebook's process, driven by lines of JSON: cells to run, pipelines to submit.

``python -m benchmarks.kernel_main`` works in the current folder. A line is ``{"cells": [...]}`` or
``{"submit": true}``; each is answered by a line. At the end of the input the agent is ended.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from benchmarks.rounds import leave_when_told

_PATIENCE = 1800.0


def _shell() -> InteractiveShell:
    settings = Config()
    settings.HistoryManager.enabled = False
    return InteractiveShell.instance(config=settings)


def run_cells(shell: InteractiveShell, cells: list[str]) -> dict[str, Any]:
    """Run cells, the first that fails ends it.

    Parameters
    ----------
    shell : InteractiveShell
    cells : list of str
    """
    for cell in cells:
        shell.run_cell(cell).raise_error()
    return {}


def submit() -> dict[str, Any]:
    """Submit the pipeline of the cells, every step to run, and wait for its end."""
    from synapse_magics.pipeline import chosen_workspace, collection  # noqa: PLC0415 - as magics do

    workspace = chosen_workspace.current_workspace()
    began, begin = time.time(), time.perf_counter()
    run = collection.current.pipeline(workspace).start("bench", regenerate_outputs=True)
    status = run.wait(timeout_seconds=_PATIENCE)
    seconds = time.perf_counter() - begin
    steps = {
        step.name: {"stdout": step.get_stdout_log(), "metrics": step.get_metrics()}
        for state in run.state.steps
        for step in run.find_step_run(state.name)
    }
    failed = run.state.failed
    reason = "" if failed is None else f"{failed.name}: {failed.reason} {failed.error}"
    return {
        "status": status.value,
        "reason": reason,
        "began": began,
        "seconds": seconds,
        "steps": steps,
    }


def end_agent() -> None:
    """End the agent of the workspace, if there is one."""
    from pathlib import Path  # noqa: PLC0415

    from synapse_magics.agent import client  # noqa: PLC0415

    client.stop(Path.cwd() / ".synapse")


def main() -> None:
    """Answer line by line; what cells print is nobody's business."""
    leave_when_told()
    answers = sys.stdout
    try:
        with contextlib.redirect_stdout(sys.stderr):
            shell = _shell()
            for line in sys.stdin:
                asked = json.loads(line)
                answer = run_cells(shell, asked["cells"]) if "cells" in asked else submit()
                answers.write(json.dumps(answer) + "\n")
                answers.flush()
    finally:
        end_agent()


if __name__ == "__main__":
    main()
