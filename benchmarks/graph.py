"""Graphs of 1,000 and of 10,000 steps: build, validate and submit, time per step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Goal, Row, Unit, ratio
from benchmarks.rounds import check, in_turn, timed
from benchmarks.workspaces import chain, fresh_workspace
from synapse_magics.agent import client

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench
    from synapse_magics import PipelineRun

SMALL, LARGE = 1000, 10_000
GROWTH = f"{LARGE:,} steps / {SMALL:,} steps"


def build_and_submit(folder: Path, script: Path, count: int) -> float:
    """Return the seconds until a graph has been submitted; it is not run to its end.

    Parameters
    ----------
    folder : pathlib.Path
        Of the workspace; an empty one.
    script : pathlib.Path
    count : int
    """
    with fresh_workspace(folder) as workspace:
        client.wake(workspace.store.folder)  # the agent's start is measured elsewhere
        runs: list[PipelineRun] = []

        def work() -> None:
            pipeline = chain(workspace, script, count)
            check(pipeline.problems() == [], "a graph without problems")
            runs.append(pipeline.start("graph"))

        seconds = timed(work)
        client.stop(workspace.store.folder)
        found = len(workspace.store.runs.children(runs[0].id))
        check(found == count, f"{count} steps are stored: {found}")
        return seconds


def measure(bench: Bench) -> Row:
    """Measure both sizes.

    Parameters
    ----------
    bench : Bench
    """
    script = bench.new_folder("graph") / "step.py"
    script.write_text("print()\n", encoding="utf-8")
    small, large = f"{SMALL:,} steps", f"{LARGE:,} steps"
    build_and_submit(bench.new_folder("small"), script, SMALL)
    taken = in_turn(
        {
            small: lambda: build_and_submit(bench.new_folder("small"), script, SMALL),
            large: lambda: build_and_submit(bench.new_folder("large"), script, LARGE),
        },
        bench.rounds,
        warm_up=False,
    )
    each = {
        small: taken[small].scaled(1e3 / SMALL, Unit.MILLISECONDS),
        large: taken[large].scaled(1e3 / LARGE, Unit.MILLISECONDS),
    }
    growth = Figure(GROWTH, ratio(each[large], each[small]).values, Unit.TIMES)
    return Row(
        "Graphs of 1,000 and 10,000 steps: build, validate, submit",
        (
            *(Figure(f"{name}, per step", item.values, item.unit) for name, item in each.items()),
            *taken.values(),
        ),
        (
            Goal("growth of the time per step", growth, 1.2),
            Goal(f"per step, {small}", each[small], 1),
            Goal(f"per step, {large}", each[large], 1),
        ),
        ("A chain; workspaces are fresh, agents running. That all steps are stored is checked.",),
    )
