"""What a task is, and the registry of their kinds."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: dict[str, str] = {
    "copy": "synapse_magics.staging.copying:Copy",
    "environment": "synapse_magics.staging.environment:BuildEnvironment",
    "fetch": "synapse_magics.staging.fetching:Fetch",
    "gather": "synapse_magics.staging.gathering:Gather",
    "mount": "synapse_magics.staging.mounting:Mount",
    "push": "synapse_magics.staging.pushing:Push",
    "restore": "synapse_magics.staging.fetching:Restore",
    "table": "synapse_magics.staging.gathering:TableFiles",
    "upload": "synapse_magics.staging.uploading:Upload",
}
"""Where the class of each kind is: a module, which is imported when there is such a task."""


@dataclass(frozen=True)
class Task:
    """Something that is to be done before or after a step's process.

    The parameters of a kind are plain JSON data. Paths are absolute, or relative to the folder of
    the step's run. A parameter ``where`` says for errors what of the step it belongs to.
    """

    kind: ClassVar[str]

    def plain(self) -> dict[str, Any]:
        """Return the task as JSON data."""
        return {"kind": self.kind, **asdict(self)}

    def carry_out(self, desk: Desk) -> None:
        """Do it, in the process of its own that tasks have.

        Parameters
        ----------
        desk : Desk

        Raises
        ------
        Exception
            Its words are those that the step fails with.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Desk:
    """What tasks find where they are carried out.

    Parameters
    ----------
    leash : int, optional
        A descriptor that whoever works for the step until its end inherits and watches: its end of
        file is the end of the step.
    """

    leash: int | None = None

    def say(self, text: str) -> None:
        """Write a line or more into the step's log.

        Parameters
        ----------
        text : str
        """
        data = f"{text}\n".encode("utf-8", "backslashreplace")
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()

    def carry_out(self, data: Mapping[str, Any]) -> None:
        """Carry out a task.

        Parameters
        ----------
        data : mapping
            What :meth:`Task.plain` returned.
        """
        fields = dict(data)
        module, name = KINDS[fields.pop("kind")].split(":")
        task: Task = getattr(import_module(module), name)(**fields)
        task.carry_out(self)


def read(text: bytes) -> dict[str, Any]:
    """Return the JSON object in a text.

    Parameters
    ----------
    text : bytes

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If it is none, or not whole.
    """
    found: dict[str, Any] = json.loads(text)
    return found
