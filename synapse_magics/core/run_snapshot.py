"""What a run was made of: its sources, its environment."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.environment import Environment
from synapse_magics.core.exceptions import ServiceException, UserErrorException
from synapse_magics.core.run_base import RunBase
from synapse_magics.core.run_details import has_step
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

ENVIRONMENT = "environment"
"""The label that names the environment of a run: its name and version, a line each."""

_SNAPSHOT = "snapshot"
_LEFT_OUT = shutil.ignore_patterns(STATE_FOLDER, ".git", "__pycache__", ".ipynb_checkpoints")
_LARGEST = 300 * 2**20


class RunSnapshot(RunBase):
    """Sources and environment of a run."""

    def get_snapshot_id(self) -> str:
        """Return the id of the run's sources.

        Raises
        ------
        ServiceException
            If none were stored.
        """
        work = self._work
        if has_step(work):
            return work.step.snapshot
        found = self._store.records.labels(self.id).get(_SNAPSHOT)
        if found is None:
            raise ServiceException(
                f"Run {self.id} has no snapshot",
                hint="run.take_snapshot('.') stores a folder with the run",
            )
        return found

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Store a file or a folder as the run's sources.

        Parameters
        ----------
        file_or_folder_path : str

        Returns
        -------
        str
            The snapshot's id.

        Raises
        ------
        UserErrorException
            If the run has sources already, or these are too large.
        """
        source, place = Path(file_or_folder_path), self._snapshot_folder
        if has_step(self._work) or place.exists():
            raise UserErrorException("the run has a snapshot already", where=f"run {self.id}")
        if not source.exists():
            raise UserErrorException(f"{source} does not exist", where=f"run {self.id}")
        size = sum(item.stat().st_size for item in _sources(source))
        if size > _LARGEST:
            raise UserErrorException(
                f"Your total snapshot size exceeds the limit of {_LARGEST / 2**20} MB.",
                where=str(source.absolute()),
                hint="name a folder that holds the code only",
            )
        if source.is_dir():
            shutil.copytree(source, place, ignore=_LEFT_OUT, symlinks=True)
        else:
            place.mkdir(mode=0o700, parents=True)
            shutil.copyfile(source, place / source.name)
        digest = hashlib.sha256()
        for file in sorted(item for item in place.rglob("*") if item.is_file()):
            digest.update(file.relative_to(place).as_posix().encode() + b"\0" + file.read_bytes())
        self._store.records.set_label(self.id, _SNAPSHOT, digest.hexdigest())
        return digest.hexdigest()

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | None = None) -> str:
        """Write the run's sources to a ZIP file.

        Parameters
        ----------
        snapshot_id : str, optional
            The run's own if missing.
        path : str, optional
            A folder; the working directory if missing.

        Returns
        -------
        str
            The file.
        """
        chosen = snapshot_id or self.get_snapshot_id()
        folder = self._store.snapshot_folder(chosen)
        if not folder.is_dir() and snapshot_id in {None, self.get_snapshot_id()}:
            folder = self._snapshot_folder
        if not folder.is_dir() or folder.parent.name not in {"snapshots", self.id}:
            raise ServiceException(f"Snapshot {chosen} not found")
        target = Path(path or ".") / f"{chosen}"
        target.parent.mkdir(parents=True, exist_ok=True)
        return shutil.make_archive(str(target.absolute()), "zip", folder)

    def get_environment(self) -> Environment:
        """Return the environment that the run was submitted with, or else the default one."""
        found = self._store.records.labels(self.id).get(ENVIRONMENT)
        if found is None:
            return Environment(f"Experiment {self.experiment.name} Environment")
        name, version = found.splitlines()
        return Environment.get(self.workspace, name, version)

    @property
    def _snapshot_folder(self) -> Path:
        return self._store.run_folder(self.id).path / _SNAPSHOT


def _sources(source: Path) -> Iterable[Path]:
    if source.is_file():
        yield source
        return
    names = [item.name for item in source.iterdir()]
    ignored = _LEFT_OUT(str(source), names)
    for item in source.iterdir():
        if item.is_dir() and not item.is_symlink() and item.name not in ignored:
            yield from _sources(item)
        elif item.is_file() and item.name not in ignored:
            yield item
