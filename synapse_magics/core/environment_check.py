"""Whether the packages that an environment asks for are in this interpreter, or can be had."""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.environment_requirements import (
    THIS_PYTHON,
    ignored_python,
    own_environment,
    unmet,
)
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.store.installers import find_conda, find_uv
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from synapse_magics.core.environment import Environment

_log = logging.getLogger(__name__)


def check_environment(environment: Environment, kind: StepKind = StepKind.PYTHON) -> None:
    """Refuse an environment that neither is here nor can be built.

    Parameters
    ----------
    environment : Environment
    kind : StepKind
        The kind of the step that asks for it.

    Raises
    ------
    UserErrorException
        If it lists what is no requirement.
    NotSupportedError
        If it names another interpreter or a conda environment, or has to be built and what builds
        it is not installed.
    """
    _check_interpreter(environment)
    if environment.python.user_managed_dependencies:
        return
    old = ignored_python(environment)
    if old is not None:
        _log.warning(
            "environment %s asks for Python %s; steps run in Python 3.10 or newer, this one in %s",
            environment.name,
            old,
            THIS_PYTHON,
        )
    wanted = own_environment(environment, kind)
    if wanted is None:
        return
    where, why = f"environment {environment.name}", unmet(wanted)
    if wanted.conda and find_conda() is None:
        raise NotSupportedError(
            f"the environment asks for {wanted.conda[0]}, which only conda has",
            where=where,
            hint="install micromamba, mamba or conda; or leave it out, if the step runs without it",
        )
    if find_uv() is None:
        raise NotSupportedError(
            f"the environment asks for {why}; to build environments takes uv",
            where=where,
            hint="pip install 'synapse-magics[environments]'",
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
        "workspace, or in an environment of their own",
        where=where,
        hint="start the notebook with that interpreter, and leave interpreter_path out",
    )


def _folder() -> Path:
    """Return where this interpreter lies; links lead out of a virtual environment."""
    return Path(sys.executable).absolute().parent
