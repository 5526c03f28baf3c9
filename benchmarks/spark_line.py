"""From submit to the first line of a Spark cell, against ``spark-submit`` to the same line."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from benchmarks.bench import output_of
from benchmarks.figures import Goal, Row, against
from benchmarks.kernel import WORKSPACE, Kernel
from benchmarks.processes import rest_of
from benchmarks.rounds import check, in_turn
from benchmarks.spark_submit import spark_environment, spark_submit

if TYPE_CHECKING:
    from benchmarks.bench import Bench

OURS, PEER = "synapse_magics", "spark-submit"
_LINE = "import time; print('line', time.time())\nprint('rows', spark.range(1000).count())\n"
CELL = f"%%spark_step line --compute link1-spark01 --driver-memory 1g\n{_LINE}"
_SCRIPT = f"""\
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
{_LINE}"""


def _moment(text: str) -> float:
    """Return when the line was run; check what Spark counted after it."""
    found = re.search(r"^line (\S+)\nrows 1000$", text, re.MULTILINE)
    check(found is not None, f"the line and 1000 rows: {text}")
    return float(found.group(1)) if found else 0.0


def measure(bench: Bench) -> Row:
    """Measure both.

    Parameters
    ----------
    bench : Bench
    """
    script = bench.new_folder("script") / "line.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    command, environment = spark_submit(script), spark_environment()
    with Kernel(bench.new_folder("workspace"), bench.cache_folder) as kernel:
        kernel.run([*WORKSPACE, CELL])

        def ours() -> float:
            done = kernel.submit()
            return _moment(done.stdout("line")) - done.began

        def peer() -> float:
            began = time.time()
            return _moment(output_of(command, script.parent, environment)) - began

        rest = rest_of(kernel.state_folder)
        taken = in_turn({OURS: ours, PEER: peer}, bench.rounds, rest=rest)
    mine = taken[OURS]
    return Row(
        "Submit to the first line of the Spark cell, warm",
        tuple(taken.values()),
        (Goal("in all", mine, 0.5, 0.25), against(mine, taken, PEER, 0.2)),
        (
            (
                "The first line tells the time; the next one has Spark count, which is checked. "
                "Both have the same Spark settings. Agent and what it keeps warm are at rest "
                "before."
            ),
        ),
    )
