"""The programs that build environments: found, not brought along."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONDA = ("micromamba", "mamba", "conda")


def find_uv(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the program ``uv``: of the package that is installed here, else on the path.

    Parameters
    ----------
    environment : mapping

    Returns
    -------
    str or None
    """
    if find_spec("uv") is not None:
        from uv import find_uv_bin  # noqa: PLC0415 - an extra

        try:
            return str(find_uv_bin())
        except FileNotFoundError:
            pass
    return shutil.which("uv", path=environment.get("PATH"))


def find_conda(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return micromamba, mamba or conda: named by ``MAMBA_EXE`` or ``CONDA_EXE``, else on the path.

    Parameters
    ----------
    environment : mapping

    Returns
    -------
    str or None
    """
    for variable in ("MAMBA_EXE", "CONDA_EXE"):
        named = environment.get(variable)
        if named and Path(named).is_file():
            return named
    found = (shutil.which(name, path=environment.get("PATH")) for name in _CONDA)
    return next(filter(None, found), None)
