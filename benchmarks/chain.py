"""A chain of 50 no-op Python steps: what each further step costs; and all of them reused."""

from __future__ import annotations

import functools
import os
import re
import sys
from typing import TYPE_CHECKING

from benchmarks.bench import output_of
from benchmarks.environments import (
    KFP,
    METAFLOW,
    PAPERMILL,
    PROGRAMS,
    MissingPeerError,
    Peer,
    plain_environment,
)
from benchmarks.figures import Goal, Row, Unit, against, slope
from benchmarks.metaflow_flow import flow
from benchmarks.processes import rest_of
from benchmarks.rounds import check, in_turn, timed
from benchmarks.workspaces import chain, completed, fresh_workspace, picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.bench import Bench
    from synapse_magics import PipelineRun, Workspace

SHORT, LONG = 10, 50
OURS, LOOP = "synapse_magics", "plain process loop"
_STEP = "import sys\n\nprint('step', sys.argv[1])\n"


def _write_step(folder: Path) -> Path:
    script = folder / "step.py"
    script.write_text(_STEP, encoding="utf-8")
    return script


def _check_lines(text: str, count: int) -> None:
    found = [int(number) for number in re.findall(r"\bstep (\d+)$", text, re.MULTILINE)]
    check(found == list(range(count)), f"{count} steps that say their number: {found}")


def run_ours(workspace: Workspace, script: Path, count: int, *, reuse: bool = False) -> float:
    """Return the seconds from the building of the pipeline to its end.

    Parameters
    ----------
    workspace : Workspace
    script : pathlib.Path
    count : int
    reuse : bool
        Whether all steps are to show an earlier result, instead of none.
    """
    runs: list[PipelineRun] = []

    def work() -> None:
        pipeline = chain(workspace, script, count)
        runs.append(pipeline.start("chain", regenerate_outputs=not reuse))
        completed(runs[0])

    seconds = timed(work)
    picture(runs[0], count, reused=reuse)
    logs = [runs[0].find_step_run(f"step{number}")[0] for number in range(count)]
    _check_lines("".join(step.get_stdout_log() for step in logs), count)
    return seconds


def run_peer(command: list[str], folder: Path, count: int) -> float:
    """Return the seconds that a program takes which has a chain of so many steps.

    Parameters
    ----------
    command : list of str
    folder : pathlib.Path
        Where it works, and keeps what it keeps.
    count : int
    """
    kept = {"HOME": str(folder), "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder)}
    environment = plain_environment(METAFLOW_USER="bench", TERM="dumb", NO_COLOR="1", **kept)
    told: list[str] = []
    seconds = timed(lambda: told.append(output_of(command, folder, environment)))
    _check_lines(told[0], count)
    return seconds


def _command(peer: Peer, python: Path, folder: Path, count: int) -> list[str]:
    if peer is not METAFLOW:
        return [str(python), str(PROGRAMS / f"{peer.package}_chain.py"), str(count)]
    program = folder / f"chain{count}.py"
    program.write_text(flow(count), encoding="utf-8")
    return [str(python), str(program), "--quiet", "run"]


def _peers(bench: Bench, script: Path) -> tuple[dict[str, Callable[[int], float]], list[str]]:
    """Return how the peers run a chain, and which they are."""
    loop = ["sh", str(PROGRAMS / "chain.sh"), sys.executable, str(script)]

    def run_loop(count: int) -> float:
        return run_peer([*loop, str(count)], script.parent, count)

    def run_package(peer: Peer, python: Path, count: int) -> float:
        folder = bench.new_folder(peer.package)
        return run_peer(_command(peer, python, folder, count), folder, count)

    ways: dict[str, Callable[[int], float]] = {LOOP: run_loop}
    notes = []
    for peer in (KFP, METAFLOW, PAPERMILL):
        try:
            python = peer.python(bench.cache)
        except MissingPeerError as error:
            notes.append(f"**{peer.name} is missing:** {error}.")
            continue
        ways[peer.name] = functools.partial(run_package, peer, python)
        notes.append(f"{peer.name} {peer.version}.")
    return ways, notes


def measure_chain(bench: Bench) -> Row:
    """Measure what a further step costs, here and with the peers.

    Parameters
    ----------
    bench : Bench
    """
    script = _write_step(bench.new_folder("chain"))
    peers, notes = _peers(bench, script)
    with fresh_workspace(bench.new_folder("workspace")) as workspace:
        everybody: dict[str, Callable[[int], float]] = {
            OURS: lambda count: run_ours(workspace, script, count),
            **peers,
        }
        ways = {
            f"{name}, {count} steps": functools.partial(way, count)
            for name, way in everybody.items()
            for count in (SHORT, LONG)
        }
        slow = [name for name in ways if name.startswith((METAFLOW.name, PAPERMILL.name))]
        taken = in_turn(ways, bench.rounds, rest=rest_of(workspace.store.folder), slow=slow)
    each = {
        name: slope(
            name, taken[f"{name}, {SHORT} steps"], taken[f"{name}, {LONG} steps"], LONG - SHORT
        ).scaled(1000, Unit.MILLISECONDS)
        for name in (OURS, *peers)
    }
    mine = each[OURS]
    return Row(
        f"Chain of {LONG} no-op Python steps: cost of each further step",
        (*each.values(), *taken.values()),
        (
            Goal("marginal cost per step", mine, None),
            against(mine, each, LOOP, 2, 1),
            against(mine, each, KFP.name, 0.35),
            against(mine, each, METAFLOW.name, None),
            against(mine, each, PAPERMILL.name, None),
        ),
        (
            (
                f"Chains of {SHORT} and of {LONG} steps; what the longer one takes more is "
                f"divided by {LONG - SHORT}. Each step prints its number, which is checked. Ours: "
                "from building the pipeline to Completed, agent running, each step an isolated "
                "process with durable state. Metaflow and papermill have half the rounds."
            ),
            " ".join(notes),
        ),
    )


def measure_reuse(bench: Bench) -> Row:
    """Measure the same steps again, all of them reused.

    Parameters
    ----------
    bench : Bench
    """
    script = _write_step(bench.new_folder("chain"))
    # The files of a snapshot that are this young are read again, which nobody's are.
    os.utime(script, (script.stat().st_atime, script.stat().st_mtime - 60))
    with fresh_workspace(bench.new_folder("workspace")) as workspace:
        run_ours(workspace, script, LONG)
        ways = {OURS: lambda: run_ours(workspace, script, LONG, reuse=True)}
        taken = in_turn(ways, bench.rounds, rest=rest_of(workspace.store.folder))
    return Row(
        f"The same {LONG} steps again, all reused",
        tuple(taken.values()),
        (Goal("in all", taken[OURS], 0.3, 0.1),),
        ("From building the pipeline to Completed. That each step is reused is checked.",),
    )
