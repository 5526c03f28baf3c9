"""``as_download`` of 2 GB in 2,000 files against ``cp -r``: ``python -m benchmarks.staging``."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.staging.copying import Copy

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = 2000
BYTES = 1 << 20
ROUNDS = 5


def copy_with_cp(source: Path, target: Path) -> None:
    """Copy as a person does."""
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)  # noqa: S607


def copy_with_task(source: Path, target: Path) -> None:
    """Copy as a step's supervisor has it done, the start of the process included."""
    tasks = [Copy(((str(source), str(target)),)).plain()]
    told = {"tasks": tasks, "error": os.devnull, "reserve": "none", "leash": None}
    subprocess.run(
        [sys.executable, "-m", "synapse_magics.staging"],
        input=json.dumps(told).encode(),
        stderr=subprocess.DEVNULL,
        check=True,
    )


def main() -> None:
    """Measure both in turn, each beginning with a disk that has nothing left to write."""
    taken: dict[str, list[float]] = {}
    ways: dict[str, Callable[[Path, Path], None]] = {
        "cp -r": copy_with_cp,
        "as_download": copy_with_task,
    }
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_FOLDER")) as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        source.mkdir()
        content = os.urandom(BYTES)
        for number in range(FILES):
            (source / f"{number:05}.bin").write_bytes(content)
        for _ in range(ROUNDS):
            for name, copy in ways.items():
                os.sync()
                begin = time.perf_counter()
                copy(source, target)
                taken.setdefault(name, []).append(time.perf_counter() - begin)
                shutil.rmtree(target)
    for name, times in taken.items():
        print(f"{name:12} median {statistics.median(times):.2f} s, best {min(times):.2f} s")  # noqa: T201
    speed = statistics.median(taken["cp -r"]) / statistics.median(taken["as_download"])
    print(f"as_download has {speed:.2f}x the speed of cp -r")  # noqa: T201


if __name__ == "__main__":
    main()
