"""``%load_ext synapse_magics`` over a bare start of IPython."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from benchmarks.bench import output_of
from benchmarks.environments import plain_environment
from benchmarks.figures import Figure, Goal, Row, Unit
from benchmarks.machine import ROOT
from benchmarks.rounds import check, in_turn, timed

if TYPE_CHECKING:
    from benchmarks.bench import Bench

BARE, LOADED = "IPython", "IPython and %load_ext synapse_magics"
_TIMES = 4
_TELL = "import sys; print('synapse_magics.magics' in sys.modules)"


def measure(bench: Bench) -> Row:
    """Measure IPython with and without the extension.

    Parameters
    ----------
    bench : Bench
    """
    folder = bench.new_folder("load")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = plain_environment(IPYTHONDIR=str(folder), PYTHONPATH=path)
    start = [sys.executable, "-m", "IPython", "--quick", "--no-banner", "--colors=NoColor"]
    start += ["--HistoryManager.enabled=False", "-c"]

    def way(code: str, is_loaded: bool) -> float:
        told: list[str] = []
        command = [*start, f"{code}{_TELL}"]
        seconds = timed(lambda: told.append(output_of(command, folder, environment)))
        check(told[0].strip().endswith(str(is_loaded)), f"loaded is {is_loaded}: {told[0]}")
        return seconds

    taken = in_turn(
        {
            LOADED: lambda: way("%load_ext synapse_magics\n", is_loaded=True),
            BARE: lambda: way("", is_loaded=False),
        },
        bench.rounds * _TIMES,
    )
    pairs = zip(taken[LOADED].values, taken[BARE].values, strict=True)
    cost = Figure("%load_ext synapse_magics", tuple(more - less for more, less in pairs))
    mine = cost.scaled(1000, Unit.MILLISECONDS)
    return Row(
        "%load_ext synapse_magics over a bare IPython start",
        (mine, *taken.values()),
        (Goal("in all", mine, 60, 25),),
        ("The difference of two processes that lie side by side.",),
    )
