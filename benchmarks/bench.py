"""What all rows are given: where to work, how often, which peers there are."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rounds import check

_PATIENCE = 1800.0


@dataclass(frozen=True)
class Bench:
    """One run of the benchmarks.

    Parameters
    ----------
    folder : pathlib.Path
        Emptied afterwards.
    cache : pathlib.Path
        Where the peers' environments are kept.
    rounds : int
        How many rounds of each measurement count.
    """

    folder: Path
    cache: Path
    rounds: int = 5

    @property
    def cache_folder(self) -> Path:
        """In place of the user's cache folder: what is kept within this run."""
        folder = self.folder / "cache"
        folder.mkdir(exist_ok=True)
        return folder

    def new_folder(self, name: str) -> Path:
        """Return an empty folder.

        Parameters
        ----------
        name : str
            What it is for.
        """
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))


def output_of(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Return what a program prints.

    Parameters
    ----------
    command : list of str
    folder : pathlib.Path
        Where it works.
    environment : dict

    Raises
    ------
    WrongResultError
        If it fails.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    check(done.returncode == 0, f"{command[0]} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
