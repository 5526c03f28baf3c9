"""All rows in one run: ``python -m benchmarks``; some of them: ``--rows chain,load``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import chain, graph, lines, load, memory, spark_line, titanic
from benchmarks.bench import Bench
from benchmarks.machine import ROOT, describe
from benchmarks.machine import load as machine_load
from benchmarks.report import page
from benchmarks.rounds import leave_when_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.figures import Row

ROWS: dict[str, Callable[[Bench], Row]] = {
    "spark": spark_line.measure,
    "titanic": titanic.measure_warm,
    "first": titanic.measure_first,
    "chain": chain.measure_chain,
    "reuse": chain.measure_reuse,
    "load": load.measure,
    "graph": graph.measure,
    "lines": lines.measure,
    "memory": memory.measure,
}
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def chosen(text: str) -> list[str]:
    """Return the names of rows, all of them for an empty text.

    Parameters
    ----------
    text : str
        Names with commas between them.

    Raises
    ------
    argparse.ArgumentTypeError
        If there is no such row.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in ROWS:
            message = f"there is no row {name!r}: {', '.join(ROWS)}"
            raise argparse.ArgumentTypeError(message)
    return names or list(ROWS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=chosen, default="", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5, help="how many rounds count (5)")
    parser.add_argument(
        "--output",
        type=Path,
        help="where the page goes; RESULTS.md if all rows are measured, else into build/bench",
    )
    return parser.parse_args()


def measure(
    names: list[str], bench: Bench, tell: Callable[[list[Row], list[str]], None]
) -> list[str]:
    """Measure rows, each whatever becomes of the others.

    Parameters
    ----------
    names : list of str
    bench : Bench
    tell : callable
        Gets, after each row, those there are and what could not be measured. A run takes long:
        what there is survives its end.

    Returns
    -------
    list of str
        What went wrong.
    """
    rows: list[Row] = []
    troubles: list[str] = []
    for number, name in enumerate(names):
        sys.stderr.write(f"{name}\n")
        try:
            rows.append(ROWS[name](bench))
        except Exception as error:  # noqa: BLE001 - a row that fails is told, the others go on
            traceback.print_exc()
            troubles.append(f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
        left = [f"{later}: the run has not come to it" for later in names[number + 1 :]]
        tell(rows, troubles + left)
    return troubles


def main() -> int:
    """Measure, and write or print the page."""
    leave_when_told()
    asked = _arguments()
    cache = ROOT / "build" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    target = asked.output or (RESULTS if asked.rows == list(ROWS) else cache / "some-rows.md")
    machine, begin = describe(), time.monotonic()

    def tell(rows: list[Row], troubles: list[str]) -> None:
        machine["load after the run"] = machine_load()
        machine["rounds"] = f"{asked.rounds}, in {(time.monotonic() - begin) / 60:.0f} minutes"
        target.write_text(page(rows, machine, troubles), encoding="utf-8")

    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder).resolve(), cache / "peers", asked.rounds)
        troubles = measure(asked.rows, bench, tell)
    sys.stdout.write(target.read_text(encoding="utf-8"))
    sys.stderr.write(f"written to {target}\n")
    return 1 if troubles else 0


if __name__ == "__main__":
    raise SystemExit(main())
