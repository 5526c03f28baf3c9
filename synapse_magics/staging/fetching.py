"""Bring what a step reads from datastores that lie elsewhere to their mirrors."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.staging.copying import copy_tree
from synapse_magics.staging.remote import LogProgress, Remote
from synapse_magics.staging.task import Desk, Task
from synapse_magics.storage.errors import NothingThereError
from synapse_magics.storage.mirrors import fetch
from synapse_magics.store.remote_files import identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.storage.listings import RemoteFile


@dataclass(frozen=True)
class Fetch(Task):
    """Bring what lies behind paths to mirrors.

    Parameters
    ----------
    sources : sequence of mapping
        ``path``, and what :class:`~.remote.Remote` is told, each.
    expected : sequence of pairs, optional
        The listing that the run was submitted with. What has changed since is brought all the same.
    note : str
        The file that is made if something has changed: the step's result is that of neither.
    where : str
    """

    kind: ClassVar[str] = "fetch"

    sources: Sequence[Mapping[str, Any]]
    expected: Sequence[Sequence[str]] | None = None
    note: str = ""
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Fetch, and compare."""
        found = []
        for source in self.sources:
            remote = Remote(source)
            progress = LogProgress(desk, self.where, "brought")
            brought = fetch(
                remote.place,
                str(source["path"]),
                remote.mirror,
                secrets=remote.secrets,
                progress=progress,
            )
            found += [(remote.datastore, file) for file in brought.files]
        compare(found, self.expected, self.note, self.where, desk)


def compare(
    found: list[tuple[str, RemoteFile]],
    expected: Sequence[Sequence[str]] | None,
    note: str,
    where: str,
    desk: Desk,
) -> None:
    """Take note of an input that is not what it was when the run was submitted.

    Parameters
    ----------
    found : list of tuple
        The datastore's name and a file each.
    expected, note, where
        As of :class:`Fetch`.
    desk : Desk
    """
    if expected is not None and identity(found) != tuple((one, two) for one, two in expected):
        desk.say(f"{where}: changed since the run was submitted")
        Path(note).touch(mode=0o600)


@dataclass(frozen=True)
class Restore(Task):
    """Put what is at an output's destination to where the step writes, as if that were there.

    Parameters
    ----------
    source : mapping
        As of :class:`Fetch`.
    target : str
    where : str
    """

    kind: ClassVar[str] = "restore"

    source: Mapping[str, Any]
    target: str
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Fetch what is there, if anything is, and copy it: the mirror is others', too."""
        path = str(self.source["path"])
        with contextlib.suppress(NothingThereError):
            Fetch((self.source,), where=self.where).carry_out(desk)
            mirrored = Remote(self.source).mirror / path
            copy_tree([(str(mirrored), self.target)], desk, self.where)
