"""Run a program in place of a script: ``command_main.py PROGRAM [ARGUMENT ...]``.

It travels with the sources, and ends as the program ends.
"""

from __future__ import annotations

import os
import subprocess
import sys


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
        line[0] = sys.executable
    code = subprocess.call(line)
    # Who was killed by a signal has a negative code.
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
