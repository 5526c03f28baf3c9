"""A notebook's process from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.machine import ROOT
from benchmarks.rounds import check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from typing_extensions import Self

_WORDS = 3000

WORKSPACE = (
    "%load_ext synapse_magics",
    "%synapse_workspace bench",
    "%synapse_link synapselink1 --synapse-workspace local",
    "%synapse_attach link1-spark01 --linked-service synapselink1 --pool spark01",
    "%synapse_compute cpucluster --max-nodes 2",
)
"""The cells that make what a pipeline stands on."""


@dataclass(frozen=True)
class Submitted:
    """A pipeline's run that has completed.

    Parameters
    ----------
    began : float
        When it was submitted, in seconds since the epoch.
    seconds : float
        From submit to Completed.
    steps : mapping
        What each step printed (``stdout``) and its ``metrics``.
    """

    began: float
    seconds: float
    steps: Mapping[str, Mapping[str, Any]]

    def stdout(self, step: str) -> str:
        """Return what a step printed."""
        return str(self.steps[step]["stdout"])


class Kernel:
    """A process that runs cells in a folder; its agent ends with it.

    Parameters
    ----------
    folder : pathlib.Path
    cache : pathlib.Path
        In place of the user's cache folder: what is kept from run to run.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self._log = folder / "kernel.log"
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        variables = {"PYTHONPATH": path, "XDG_CACHE_HOME": str(cache), "IPYTHONDIR": str(cache)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.kernel_main"],
                cwd=folder,
                env={**os.environ, **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._process.terminate()  # nobody waits for what it is doing; it ends its agent
        self._process.communicate()

    @property
    def state_folder(self) -> Path:
        """The workspace's ``.synapse``."""
        return self.folder / ".synapse"

    def _ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        pipe, answers = self._process.stdin, self._process.stdout
        assert pipe is not None and answers is not None  # noqa: S101, PT018 - they are pipes
        pipe.write(json.dumps(asked) + "\n")
        pipe.flush()
        line = answers.readline()
        words = self._log.read_text(encoding="utf-8", errors="replace")[-_WORDS:]
        check(bool(line), f"the notebook's process ended\n{words}")
        found: dict[str, Any] = json.loads(line)
        return found

    def run(self, cells: Sequence[str]) -> None:
        """Run cells.

        Parameters
        ----------
        cells : sequence of str
        """
        self._ask({"cells": list(cells)})

    def submit(self) -> Submitted:
        """Submit the pipeline of the cells and wait until it has completed.

        Raises
        ------
        WrongResultError
            If it has not.
        """
        found = self._ask({"submit": True})
        check(found["status"] == "Completed", f"the run is {found['status']}: {found['reason']}")
        return Submitted(found["began"], found["seconds"], found["steps"])
