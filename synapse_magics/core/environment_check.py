"""Whether the packages that an environment asks for are in this interpreter."""

from __future__ import annotations

import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.conda_dependencies import package_key
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from synapse_magics.core.environment import Environment


def check_installed(environment: Environment) -> None:
    """Refuse an environment that this interpreter does not meet.

    Parameters
    ----------
    environment : Environment

    Raises
    ------
    NotSupportedError
        If it names another interpreter or a conda environment, or a requirement is not met: it
        names the first.
    """
    from packaging.requirements import (  # noqa: PLC0415 - only for steps with an environment
        InvalidRequirement,
        Requirement,
    )

    _check_interpreter(environment)
    if environment.python.user_managed_dependencies:
        return  # who says so has installed what is needed
    dependencies = environment.python.packages
    where = f"environment {environment.name}"
    for text in [*dependencies.conda_packages, *dependencies.pip_packages]:
        if package_key(text).startswith("azureml") or package_key(text) in {"python", "pip"}:
            continue  # met by this package, and by the interpreter
        try:
            # conda writes pandas=2.3 where pip writes pandas==2.3.*
            wanted = Requirement(re.sub(r"(?<![=<>!~])=(\d[\w.]*)$", r"==\1.*", text))
        except InvalidRequirement as error:
            raise UserErrorException(f"Invalid package name {text}", error, where=where) from error
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            present = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            present = None
        if present is None or not wanted.specifier.contains(present, prereleases=True):
            found = f"{wanted.name} {present}" if present else "nothing"
            raise NotSupportedError(
                f"the environment asks for {text}; installed is {found}",
                where=where,
                hint=f"%pip install '{wanted}', then restart the kernel",
            )


def _check_interpreter(environment: Environment) -> None:
    where = f"environment {environment.name}"
    section = environment.python
    if section.base_conda_environment:
        raise NotSupportedError(
            f"base_conda_environment={section.base_conda_environment} is not supported here",
            where=where,
            hint="start the notebook in that conda environment, and leave it out",
        )
    path = section.interpreter_path or "python"
    found = shutil.which(path)
    if path == "python" or (found and Path(found).absolute().parent == _folder()):
        return
    raise NotSupportedError(
        f"interpreter_path={path} is not supported here: steps run in the interpreter of the "
        "workspace",
        where=where,
        hint="start the notebook with that interpreter, and leave interpreter_path out",
    )


def _folder() -> Path:
    """Return where this interpreter lies; links lead out of a virtual environment."""
    return Path(sys.executable).absolute().parent
