"""What a step wrote for a datastore that lies elsewhere: sent, then known here as well."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.staging.copying import copy_all
from synapse_magics.staging.remote import LogProgress, Remote
from synapse_magics.staging.task import Desk, Task
from synapse_magics.staging.uploading import UploadError, chosen, publish
from synapse_magics.storage.errors import NothingThereError
from synapse_magics.storage.listings import RemoteFile, listing, opened
from synapse_magics.storage.transfers import push
from synapse_magics.store import regular_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Push(Task):
    """Send an output to its datastore, and keep it in the mirror: who reads it next is here.

    Parameters
    ----------
    source : str
        A file or a folder.
    target : mapping
        ``path``, and what :class:`~.remote.Remote` is told.
    note, globs, overwrite, where
        As of :class:`~.uploading.Upload`.
    replace : bool
        Whether what is there and was not written is taken away: the place is the step's alone, or
        it was given what was there.
    """

    kind: ClassVar[str] = "push"

    source: str
    target: Mapping[str, Any]
    note: str
    globs: Sequence[str] = ()
    overwrite: bool = False
    replace: bool = False
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Look for what is in the way, then send."""
        remote, path = Remote(self.target), str(self.target["path"]).strip("/")
        names = {
            "/".join(part for part in (path, name) if part): file
            for file, name in chosen(Path(self.source), self.globs)
        }
        there = {file.path: file for file in _listing(remote, path)}
        note = Path(self.note)
        if not (self.overwrite or self.replace or note.exists()):
            self._refuse(remote, sorted(names.keys() & there.keys()))
        note.touch(mode=0o600)
        mirror = remote.mirror
        if self.replace:
            regular_files.remove(mirror / path)
        elif Path(self.source).is_dir():
            (mirror / path).mkdir(parents=True, exist_ok=True)
        pairs = [(str(file), str(mirror / name)) for name, file in names.items()]
        copy_all(pairs, desk, self.where, publish)
        push(
            [(mirror / name, name) for name in names],
            remote.place,
            secrets=remote.secrets,
            progress=LogProgress(desk, self.where, f"sent to {remote.place}"),
            mirror=mirror,
        )
        if self.replace:
            _remove(remote, [file for name, file in there.items() if name not in names])

    def _refuse(self, remote: Remote, present: list[str]) -> None:
        if present:
            raise UploadError(
                f"{Path(present[0]).name} is on datastore {remote.datastore} already, and overwrite"
                " is False",
                where=f"{self.where}: {remote.place.address.join(present[0])}",
                hint="as_upload(overwrite=True), or a destination with {run-id} in it",
            )


def _listing(remote: Remote, path: str) -> list[RemoteFile]:
    try:
        return listing(remote.place, path, secrets=remote.secrets)
    except NothingThereError:
        return []


def _remove(remote: Remote, files: list[RemoteFile]) -> None:
    for file in files:
        with (
            opened(remote.place, file.path, remote.secrets) as system,
            contextlib.suppress(FileNotFoundError),
        ):
            system.fs.rm_file(system.path(file.path))
