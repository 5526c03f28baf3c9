"""The folder of one run: where its logs, files and results lie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from synapse_magics.store.regular_files import open_regular

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_JSON = 64 << 20

STDOUT = "logs/azureml/driver/stdout"
STDERR = "logs/azureml/driver/stderr"

_PARTS = ("logs", "outputs")
_OTHER = "files"


@dataclass(frozen=True)
class RunFolder:
    """The layout of ``runs/<run id>/``.

    Parameters
    ----------
    path : pathlib.Path
    """

    path: Path

    @property
    def stdout(self) -> Path:
        """What the driver printed."""
        return self.path / STDOUT

    @property
    def stderr(self) -> Path:
        """What the driver printed to its error stream, Spark's log included."""
        return self.path / STDERR

    @property
    def outputs(self) -> Path:
        """Files that belong to the run itself, such as a model."""
        return self.path / "outputs"

    @property
    def work(self) -> Path:
        """The step's working directory: a copy of its snapshot."""
        return self.path / "work"

    @property
    def records(self) -> Path:
        """Metrics and tags that the step recorded, a JSON object per line."""
        return self.path / "records.jsonl"

    @property
    def error(self) -> Path:
        """The exception that ended the step, as JSON."""
        return self.path / "error.json"

    @property
    def result(self) -> Path:
        """How the step's process ended, as JSON; written once, whole."""
        return self.path / "result.json"

    @property
    def spark(self) -> Path:
        """How far the jobs and stages of the step's Spark are, as JSON; it may be missing."""
        return self.path / "spark.json"

    @property
    def started(self) -> Path:
        """Made just before the step's process starts: from then on it may have had an effect."""
        return self.path / "started"

    @property
    def reserve(self) -> Path:
        """Room for the last words of a step that fills the disk; gone when they are written."""
        return self.path / "reserve"

    def create(self) -> None:
        """Make the folder and its parts, for the owner only."""
        driver = self.stdout.parent
        for folder in (self.path, self.outputs, self.path / "logs", driver.parent, driver):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.stdout.touch(mode=0o600)
        self.stderr.touch(mode=0o600)

    def place(self, name: str) -> Path:
        """Return where a file of the run lies: those of other names than its parts' apart.

        Parameters
        ----------
        name : str
            Such as ``outputs/model.pkl``.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ValueError
            If the name leaves the folder.
        """
        part = PurePosixPath(name).parts[:1]
        root = self.path if part and part[0] in _PARTS else self.path / _OTHER
        place = root / name
        if not place.resolve().is_relative_to(root.resolve()) or place == root:
            raise ValueError(f"{name!r} leaves the run's folder")
        return place

    def file_names(self) -> list[str]:
        """Return the names of the run's files (``logs/...``, ``outputs/...``), sorted.

        Returns
        -------
        list of str
            Relative, with ``/``.
        """
        roots = [*((part, self.path) for part in _PARTS), ("", self.path / _OTHER)]
        return sorted(
            file.relative_to(root).as_posix()
            for part, root in roots
            for file in (root / part).rglob("*")
            if file.is_file()
        )

    def read_error(self) -> dict[str, Any] | None:
        """Return the exception that ended the step, or None."""
        return read_json(self.error)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a JSON object from a file, or None if it is missing or not one.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict or None
    """
    try:
        with open_regular(path) as file:
            text = file.read(_LARGEST_JSON + 1)
        found = json.loads(text) if len(text) <= _LARGEST_JSON else None
    except (OSError, ValueError, RecursionError):  # a step may write what it likes
        return None
    return found if isinstance(found, dict) else None


def tail(path: Path, lines: int, limit: int = 64 * 1024) -> str:
    """Return the last lines of a text file without reading all of it.

    Parameters
    ----------
    path : pathlib.Path
    lines : int
        How many at the most.
    limit : int
        How many bytes to read at the most.

    Returns
    -------
    str
        Empty if the file is missing.
    """
    try:
        with open_regular(path, follow=True) as file:
            size = file.seek(0, 2)
            start = max(0, size - limit)
            file.seek(start)
            text = file.read(limit).decode("utf-8", errors="replace")
    except OSError:
        return ""
    found = text.splitlines()
    if start and len(found) > 1:
        del found[0]  # most likely cut
    return "\n".join(found[max(0, len(found) - lines) :])
