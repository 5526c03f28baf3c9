"""A step that prints 1,000,000 lines, against ``python step.py > file``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.environments import plain_environment
from benchmarks.figures import Row, against
from benchmarks.processes import rest_of
from benchmarks.rounds import check, in_turn, timed
from benchmarks.workspaces import chain, completed, fresh_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench
    from synapse_magics import PipelineRun, Workspace

LINES, LENGTH = 1_000_000, 100
OURS, PEER = "synapse_magics", "python step.py > file"
_TIMES = 4
"""How many times as many rounds as others have: it is short, and what else goes on counts much."""
_STEP = f"line = 'x' * {LENGTH}\nfor _ in range({LINES}):\n    print(line)\n"


def _check_size(file: Path) -> None:
    size = file.stat().st_size
    check(size == LINES * (LENGTH + 1), f"{LINES} lines of {LENGTH} characters: {size} bytes")


def _ours(workspace: Workspace, script: Path) -> float:
    runs: list[PipelineRun] = []

    def work() -> None:
        runs.append(chain(workspace, script, 1).start("lines", regenerate_outputs=True))
        completed(runs[0])

    seconds = timed(work)
    folder = workspace.store.run_folder(runs[0].find_step_run("step0")[0].id)
    _check_size(folder.stdout)
    shutil.rmtree(folder.path)
    return seconds


def _plain(script: Path, file: Path) -> float:
    def work() -> None:
        with file.open("wb") as output:
            command = [sys.executable, str(script)]
            subprocess.run(command, stdout=output, check=True, env=plain_environment())

    seconds = timed(work)
    _check_size(file)
    file.unlink()
    return seconds


def measure(bench: Bench) -> Row:
    """Measure both.

    Parameters
    ----------
    bench : Bench
    """
    script = bench.new_folder("lines") / "step.py"
    script.write_text(_STEP, encoding="utf-8")
    file = bench.new_folder("file") / "stdout"
    with fresh_workspace(bench.new_folder("workspace")) as workspace:
        taken = in_turn(
            {OURS: lambda: _ours(workspace, script), PEER: lambda: _plain(script, file)},
            bench.rounds * _TIMES,
            rest=rest_of(workspace.store.folder),
        )
    mine = taken[OURS]
    return Row(
        f"{LINES:,} lines of {LENGTH} characters from a step",
        tuple(taken.values()),
        (against(mine, taken, PEER, 1.2),),
        ("Ours: submit to Completed. The size of the log is checked.",),
    )
