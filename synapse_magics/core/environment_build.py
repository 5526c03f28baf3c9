"""The building of an environment before a step asks for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.environment_check import check_environment
from synapse_magics.core.environment_requirements import own_environment
from synapse_magics.core.exceptions import SynapseMagicsError, UserErrorException
from synapse_magics.core.index_credentials import into_keyvault
from synapse_magics.store import environments
from synapse_magics.store.requirements import RequirementSet
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.core.environment import Environment
    from synapse_magics.core.workspace import Workspace

_SUCCEEDED, _FAILED, _RUNNING = "Succeeded", "Failed", "Running"
_LOOK_SECONDS = 0.1


class ImageBuildDetails:
    """The building of an environment.

    Parameters
    ----------
    name : str
        The environment's.
    log, error : pathlib.Path, optional
        What the builder says, and what it fails with; without them there was nothing to build.
    process : subprocess.Popen, optional
        The builder.
    """

    def __init__(
        self,
        name: str,
        log: Path | None = None,
        error: Path | None = None,
        process: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self._name, self._log, self._error, self._process = name, log, error, process

    @property
    def status(self) -> str:
        """``Running``, ``Succeeded`` or ``Failed``."""
        if self._process is None:
            return _SUCCEEDED
        code = self._process.poll()
        return _RUNNING if code is None else _FAILED if code else _SUCCEEDED

    def get_log(self) -> str:
        """Return what the builder has said so far.

        Returns
        -------
        str
        """
        if self._log is None:
            return "Nothing to build: the packages are there.\n"
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for_completion(self, show_output: bool = True) -> None:
        """Wait until it is over.

        Parameters
        ----------
        show_output : bool
            Print the status, and what the builder says, as it comes.

        Raises
        ------
        UserErrorException
            If it failed: in the words of the builder.
        """
        shown, last = 0, ""
        while True:
            status = self.status  # before the log: what comes after it is all
            text = self.get_log()
            if show_output and status == _RUNNING != last:
                say(f"Image Build Status: {status}\n")
            if show_output and len(text) > shown:
                say(text[shown:], end="")
            if show_output and status != _RUNNING:
                say(f"Image Build Status: {status}\n")
            shown, last = len(text), status
            if status != _RUNNING:
                break
            time.sleep(_LOOK_SECONDS)
        if status == _FAILED:
            self._fail()

    def _fail(self) -> None:
        found: dict[str, Any] = {}
        if self._error is not None and self._error.is_file():
            found = json.loads(self._error.read_text(encoding="utf-8"))
        raise UserErrorException(
            f"{found.get('message') or 'the builder ended without a word'}",
            where=f"environment {self._name}",
            hint=found.get("hint"),
        )


def begin_build(workspace: Workspace, environment: Environment) -> ImageBuildDetails:
    """Begin to build an environment in a process of its own, if that is needed.

    Parameters
    ----------
    workspace : Workspace
    environment : Environment

    Returns
    -------
    ImageBuildDetails
    """
    check_environment(environment)
    wanted = _own(workspace, environment)
    state = workspace.store.folder
    if wanted is None or environments.is_ready(environments.place_of(state, wanted.key)):
        return ImageBuildDetails(environment.name)
    place = environments.place_of(state, wanted.key)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = place.with_name(f"{place.name}{environments.LOG}")
    error = place.with_name(f"{place.name}{environments.ERROR}")
    error.unlink(missing_ok=True)
    told = {
        "tasks": [
            {
                "kind": "environment",
                **environments.building(workspace.store, wanted),
                "where": f"environment {environment.name}",
            }
        ],
        "error": str(error),
        "reserve": str(place.with_name(f"{place.name}.reserve")),
        "leash": None,
    }
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "synapse_magics.staging"],
            # Not in the project's folder, whose random.py nobody means (Python 3.10 looks there).
            cwd=place.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"},
            stdin=subprocess.PIPE,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    assert process.stdin is not None  # noqa: S101 - for the type checker
    with process.stdin as gate:
        gate.write(json.dumps(told).encode())
    return ImageBuildDetails(environment.name, log, error, process)


def image_details(workspace: Workspace, environment: Environment) -> dict[str, Any]:
    """Return where an environment lies.

    Parameters
    ----------
    workspace : Workspace
    environment : Environment

    Returns
    -------
    dict
    """
    check_environment(environment)
    wanted = _own(workspace, environment)
    if wanted is None:
        return {
            "folder": sys.prefix,
            "python": sys.executable,
            "built": True,
            "packages": environment.python.packages.pip_packages,
        }
    place = environments.place_of(workspace.store.folder, wanted.key)
    return {
        "folder": str(place),
        "python": str(environments.python_of(place)),
        "built": environments.is_ready(place),
        "packages": [*wanted.conda, *wanted.pip],
    }


def needed(workspace: Workspace) -> set[str]:
    """Return the hashes of the environments that registered ones stand for.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    set of str
    """
    from synapse_magics.core.environment import Environment  # noqa: PLC0415 - it imports this module

    found = set()
    for row in workspace.store.database.rows(
        "SELECT name, body FROM registry WHERE kind = 'environment'"
    ):
        environment = Environment.from_body(row["name"], json.loads(row["body"]))
        for kind in StepKind:
            try:
                wanted = own_environment(environment, kind)
            except SynapseMagicsError:
                continue  # nothing was ever built of it
            if wanted is not None:
                found.add(wanted.key)
    return found


def _own(workspace: Workspace, environment: Environment) -> RequirementSet | None:
    wanted = own_environment(environment)
    if wanted is None:
        return None
    return RequirementSet.from_dict(into_keyvault(workspace.store, wanted.to_dict()))
