"""Run a program in place of a script: ``command_main.py PROGRAM [ARGUMENT ...]``.

It travels with the sources, and ends as the program ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FILE = "synapse_magics_command.py"
"""Its name among the sources."""


def main(argv: list[str]) -> int:
    """Run a program.

    Parameters
    ----------
    argv : list of str
        The program and its arguments, which may name variables of the environment.

    Returns
    -------
    int
        Its exit code.
    """
    line = [os.path.expandvars(item) for item in argv]
    if line[0] in {"python", "python3"}:
        line = [sys.executable, "-u", *_first(line[1:]), *line[1:]]
    # A program that starts python itself gets the same one.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    code = subprocess.call(line, env={**os.environ, "PATH": path})
    # Who was killed by a signal has a negative code.
    return code if code >= 0 else 128 - code


def _first(arguments: list[str]) -> list[str]:
    """Return what runs a Python script, so that it finds what every step's script finds."""
    if not arguments or not arguments[0].endswith(".py"):
        return []
    try:
        from synapse_magics.runtime import bootstrap  # noqa: PLC0415 - not there on every cluster
    except ImportError:
        return []
    return [str(bootstrap.__file__)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
