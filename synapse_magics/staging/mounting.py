"""Mount what a step reads from a datastore that lies elsewhere, or bring it where that cannot be.

The mount is a process of the step's family (``mount_process``). It holds the leash: it unmounts and
leaves when the step ends, whatever has ended it. Where it was killed itself, the supervisor
unmounts what it left, or else the agent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.staging.fetching import Fetch, compare
from synapse_magics.staging.remote import Remote
from synapse_magics.staging.task import Desk, Task
from synapse_magics.storage.listings import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READY = b"ready"
DEVICE = Path("/dev/fuse")

_MODULE = "synapse_magics.staging.mount_process"


@dataclass(frozen=True)
class Mount(Task):
    """Let a path of a datastore appear at a place, without copying it.

    Parameters
    ----------
    source : mapping
        ``path``, and what :class:`~.remote.Remote` is told.
    point : str
        The folder in which it appears: a file under its own name, a folder as that folder itself.
    is_file : bool
    expected, note, where
        As of :class:`~.fetching.Fetch`.
    """

    kind: ClassVar[str] = "mount"

    source: Mapping[str, Any]
    point: str
    is_file: bool = False
    expected: Sequence[Sequence[str]] | None = None
    note: str = ""
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Mount; else say why not, and fetch."""
        remote, path = Remote(self.source), str(self.source["path"]).strip("/")
        obstacle = _obstacle(desk)
        if not obstacle:
            found = listing(remote.place, path, secrets=remote.secrets)
            compare(
                [(remote.datastore, file) for file in found],
                self.expected,
                self.note,
                self.where,
                desk,
            )
            obstacle = self._mount(desk)
        if not obstacle:
            return
        desk.say(f"{self.where}: downloaded, because it cannot be mounted: {obstacle}")
        Fetch((self.source,), self.expected, self.note, self.where).carry_out(desk)
        place, point = remote.mirror / path, Path(self.point)
        if self.is_file:
            point.mkdir(parents=True, exist_ok=True)
            point = point / place.name
        elif point.is_dir():
            point.rmdir()
        point.parent.mkdir(parents=True, exist_ok=True)
        point.symlink_to(place)

    def _mount(self, desk: Desk) -> str:
        """Start the process; return why it did not mount, or nothing."""
        Path(self.point).mkdir(parents=True, exist_ok=True)
        told = {
            "source": self.source,
            "point": str(Path(self.point).absolute()),
            "is_file": self.is_file,
            "leash": desk.leash,
        }
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=writer,
            pass_fds=(desk.leash,) if desk.leash is not None else (),
        )
        os.close(writer)
        with process.stdin as gate:  # type: ignore[union-attr]
            gate.write(json.dumps(told).encode())
        with os.fdopen(reader, "rb") as words:
            said = words.read()
        if said == READY:
            return ""
        process.wait()
        return said.decode("utf-8", "replace").strip() or "the process that mounts ended"


def _obstacle(desk: Desk) -> str:
    if desk.leash is None:
        return "nobody would unmount it"
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return f"there is no {DEVICE} here"
    if find_spec("fuse") is None:
        return "fusepy is not installed (pip install 'synapse-magics[fuse]')"
    return ""
