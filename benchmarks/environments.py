"""The peers' virtual environments: pinned, of their own, made once."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from synapse_magics.store.installers import find_uv

PROGRAMS = Path(__file__).parent / "peers"
"""What the peers are given to run, and their requirements."""


class MissingPeerError(RuntimeError):
    """A peer cannot be had on this machine now."""


@dataclass(frozen=True)
class Peer:
    """A peer that is a package.

    Parameters
    ----------
    name : str
    package : str
        Its requirements are in ``peers/<package>.txt``.
    """

    name: str
    package: str

    @property
    def requirements(self) -> Path:
        """The file of its pinned requirements."""
        return PROGRAMS / f"{self.package}.txt"

    @property
    def version(self) -> str:
        """The version that is pinned."""
        text = self.requirements.read_text(encoding="utf-8")
        found = re.search(rf"^{self.package}==(\S+)", text, re.MULTILINE)
        return found.group(1) if found else "?"

    def python(self, cache: Path) -> Path:
        """Return the interpreter of its environment, which is made if it is not there.

        Parameters
        ----------
        cache : pathlib.Path
            Where environments are kept.

        Raises
        ------
        MissingPeerError
            If it cannot be installed: without network, say.
        """
        key = platform.python_version().encode() + self.requirements.read_bytes()
        folder = cache / f"{self.package}-{hashlib.sha256(key).hexdigest()[:12]}"
        python, ready = folder / "bin" / "python", folder / "ready"
        if ready.exists():
            return python
        shutil.rmtree(folder, ignore_errors=True)
        uv = find_uv()
        if uv is None:
            raise MissingPeerError("uv, which makes its environment, is not installed")
        sys.stderr.write(f"making the environment of {self.name} {self.version}\n")
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        _run([*install, "--requirement", str(self.requirements)])
        ready.touch()
        return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=plain_environment()
        )
    except OSError as error:
        raise MissingPeerError(str(error)) from error
    if done.returncode:
        raise MissingPeerError(" ".join(done.stderr.split()) or f"{command[0]} failed")


def plain_environment(**variables: str) -> dict[str, str]:
    """Return an environment in which nothing of this one's Python and Spark is set.

    Parameters
    ----------
    **variables
        Set in it.
    """
    left_out = ("PYTHON", "PYSPARK_", "SPARK_", "VIRTUAL_ENV", "METAFLOW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, **variables}


KFP = Peer("kfp.local", "kfp")
METAFLOW = Peer("Metaflow", "metaflow")
PAPERMILL = Peer("papermill", "papermill")
