"""The pipeline of ``notebooks/01_titanic.ipynb`` against a shell script that does the same."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.bench import output_of
from benchmarks.environments import PROGRAMS
from benchmarks.figures import Figure, Goal, Row, against, ratio
from benchmarks.kernel import Kernel
from benchmarks.machine import ROOT
from benchmarks.processes import rest_of
from benchmarks.rounds import check, in_turn, timed
from benchmarks.spark_submit import spark_environment, write_settings
from synapse_magics.engines.class_archives import MADE_FOR

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

OURS, PEER, AGAIN = "synapse_magics", "shell script", "synapse_magics, archive there"
_PEOPLE = 2201
_ARCHIVE_SECONDS = 240.0
_PREP = """\
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
titanic = spark.read.csv(sys.argv[1], header=True)
prepared = sys.argv[2]
"""
_TRAIN = """\
import sys
from pathlib import Path


class run:
    log = staticmethod(print)


prepared, model = sys.argv[1:]
test_share = 0.25
Path(model).mkdir(exist_ok=True)
"""


def notebook_cells() -> list[str]:
    """Return the notebook's cells up to the last step: those that define the pipeline."""
    text = (ROOT / "notebooks" / "01_titanic.ipynb").read_text(encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if _is_code(cell)]
    last = max(number for number, cell in enumerate(cells) if cell.startswith("%%python_step"))
    return cells[: last + 1]


def _is_code(cell: dict[str, Any]) -> bool:
    return bool(cell["cell_type"] == "code")


def write_scripts(folder: Path, cells: list[str]) -> None:
    """Write the steps' cells as scripts: the same lines, after what a script needs before them.

    Parameters
    ----------
    folder : pathlib.Path
    cells : list of str
    """
    for name, magic, head in (("prep", "%%spark_step", _PREP), ("train", "%%python_step", _TRAIN)):
        cell = next(cell for cell in cells if cell.startswith(magic))
        body = cell.partition("\n")[2]
        (folder / f"{name}.py").write_text(head + body + "\n", encoding="utf-8")


def _accuracy(text: str) -> float:
    found = re.search(rf"^rows {_PEOPLE}\naccuracy (\S+)$", text, re.MULTILINE)
    check(found is not None, f"{_PEOPLE} rows and an accuracy: {text}")
    return float(found.group(1)) if found else 0.0


class Titanic:
    """Both ways of the same work; their accuracies have to be the same.

    Parameters
    ----------
    bench : Bench
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.cells = notebook_cells()
        self._folder = bench.new_folder("script")
        write_scripts(self._folder, self.cells)
        self._settings = write_settings(self._folder)
        self._accuracy: float | None = None

    def _check(self, accuracy: float) -> None:
        self._accuracy = accuracy if self._accuracy is None else self._accuracy
        same = abs(accuracy - self._accuracy) < 1e-9
        check(same, f"the same accuracy both ways: {accuracy}, {self._accuracy}")

    def submit(self, kernel: Kernel) -> float:
        """Return the seconds from submit to Completed.

        Parameters
        ----------
        kernel : Kernel
            Has run the cells.
        """
        done = kernel.submit()
        metrics = done.steps["train"]["metrics"]
        check(metrics.get("rows") == _PEOPLE, f"{_PEOPLE} rows: {metrics}")
        self._check(metrics["accuracy"])
        if not (self._folder / "Titanic.csv").exists():
            shutil.copy(kernel.folder / "Titanic.csv", self._folder)
        return done.seconds

    def script(self) -> float:
        """Return the seconds that the shell script takes."""
        for name in ("prepared", "model"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
        program = str(PROGRAMS / "titanic.sh")
        command = ["sh", program, sys.executable, str(self._settings)]
        told: list[str] = []
        environment = spark_environment()
        seconds = timed(lambda: told.append(output_of(command, self._folder, environment)))
        self._check(_accuracy(told[0]))
        check((self._folder / "model" / "titanic.joblib").exists(), "a model")
        return seconds

    def first(self, cache: Path, *, archive: bool = False) -> float:
        """Return the seconds of the first run in a fresh workspace, no agent running.

        Parameters
        ----------
        cache : pathlib.Path
            What is kept from run to run.
        archive : bool
            Whether to wait until there is an archive of classes.
        """
        with Kernel(self._bench.new_folder("first"), cache) as kernel:
            kernel.run(self.cells)
            seconds = self.submit(kernel)
            rest_of(kernel.state_folder)()  # what is prepared for the next run is not cut short
            until = time.monotonic() + _ARCHIVE_SECONDS
            while archive and not any(cache.rglob(MADE_FOR)) and time.monotonic() < until:
                time.sleep(0.5)
            return seconds


def measure_warm(bench: Bench) -> Row:
    """Measure the pipeline with everything warm.

    Parameters
    ----------
    bench : Bench
    """
    titanic = Titanic(bench)
    with Kernel(bench.new_folder("workspace"), bench.cache_folder) as kernel:
        kernel.run(titanic.cells)
        taken = in_turn(
            {OURS: lambda: titanic.submit(kernel), PEER: titanic.script},
            bench.rounds,
            rest=rest_of(kernel.state_folder),
        )
    mine = taken[OURS]
    return Row(
        "Titanic pipeline (Spark step and Python step), warm, submit to Completed",
        tuple(taken.values()),
        (Goal("in all", mine, None), against(mine, taken, PEER, 0.35, 0.2)),
        (
            (
                "The cells of notebooks/01_titanic.ipynb; the shell script (`spark-submit`, then "
                "`python`) has the same lines and Spark settings. Rows, accuracy and the model are "
                "checked."
            ),
        ),
    )


def measure_first(bench: Bench) -> Row:
    """Measure the pipeline in a fresh workspace without an agent.

    Parameters
    ----------
    bench : Bench
    """
    titanic = Titanic(bench)
    kept = bench.new_folder("kept")
    taken = in_turn(
        {OURS: lambda: titanic.first(bench.new_folder("cache")), PEER: titanic.script},
        bench.rounds,
        warm_up=False,
    )
    titanic.first(kept, archive=True)
    figures, missing = list(taken.values()), "there is no archive of classes"
    later: Figure | None = None
    if any(kept.rglob(MADE_FOR)):
        ways = {AGAIN: lambda: titanic.first(kept), PEER: titanic.script}
        both = in_turn(ways, bench.rounds, warm_up=False)
        figures.append(both[AGAIN])
        later = ratio(both[AGAIN], both[PEER])
    mine = taken[OURS]
    return Row(
        "The same, the very first run",
        tuple(figures),
        (
            Goal("in all", mine, None),
            against(mine, taken, PEER, 1.15),
            Goal(f"times {PEER}, archive there", later, 1.15, 0.7, missing),
        ),
        (
            (
                "Each round is a fresh notebook process, workspace and cache folder, no agent; "
                "submitted as soon as the cells have run. Submit to Completed, the agent's start "
                "included."
            ),
        ),
    )
