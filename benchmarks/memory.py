"""The memory of an agent that has nothing to do, without and with a warm driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Goal, Row, Unit
from benchmarks.kernel import WORKSPACE, Kernel
from benchmarks.processes import family, is_driver, megabytes, settle
from benchmarks.rounds import check
from benchmarks.spark_line import CELL
from synapse_magics.agent import client

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from benchmarks.bench import Bench

_PYTHON = "%%python_step plain --compute cpucluster\nprint('done')\n"


def _idle(folder: Path) -> list[psutil.Process]:
    """Return the agent that has come to rest, first, and its processes."""
    pid = client.running(folder)
    check(pid is not None, "an agent that is idle")
    settle(pid or 0)
    return family(pid or 0)


def _figure(name: str, values: list[float]) -> Figure | None:
    return Figure(name, tuple(values), Unit.MEGABYTES) if values else None


def measure(bench: Bench) -> Row:
    """Measure agents that have run a Python step, and a Spark step.

    Parameters
    ----------
    bench : Bench
    """
    alone: list[float] = []
    idle: list[float] = []
    warm: list[float] = []
    for _ in range(bench.rounds):
        with Kernel(bench.new_folder("python"), bench.cache_folder) as kernel:
            # No pool is attached: nothing asks for a driver.
            kernel.run([*(cell for cell in WORKSPACE if "link" not in cell), _PYTHON])
            kernel.submit()
            found = _idle(kernel.state_folder)
            alone.append(megabytes(found[:1]))
            idle.append(megabytes(found))
        with Kernel(bench.new_folder("spark"), bench.cache_folder) as kernel:
            kernel.run([*WORKSPACE, CELL])
            kernel.submit()
            found = _idle(kernel.state_folder)
            if sum(map(is_driver, found)) == 1:
                warm.append(megabytes(found))
    figures = (
        _figure("idle agent, all its processes", idle),
        _figure("the agent's own process", alone),
        _figure("idle agent with one warm driver, all its processes", warm),
    )
    none = "this version keeps no driver warm"
    return Row(
        "Memory of an idle agent",
        tuple(figure for figure in figures if figure is not None),
        (
            Goal("without a warm driver", figures[0], 60),
            Goal("the agent's own process", figures[1], None),
            Goal("with one warm driver", figures[2], 450, missing=none),
        ),
        (
            (
                "PSS: what processes share is counted once. After a Python step, the process that "
                "forks steps included; with a driver, after a Spark step."
            ),
        ),
    )
