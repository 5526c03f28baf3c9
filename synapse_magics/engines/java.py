"""The Java runtime of local drivers; an engine's error where there is none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from synapse_magics.engines.base import EngineError
from synapse_magics.runtime import java
from synapse_magics.runtime.java import java_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["find_java_home", "java_version"]


def find_java_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the home of the Java runtime to use.

    Parameters
    ----------
    environment : mapping

    Returns
    -------
    pathlib.Path

    Raises
    ------
    EngineError
        If there is none; it says what was found instead.
    """
    try:
        return java.find_java_home(environment)
    except java.JavaNotFoundError as error:
        raise EngineError(str(error), hint=java.INSTALL) from error
