"""Which version of its repository a folder of sources is, as properties of a run."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 5.0


def properties(folder: Path) -> dict[str, str]:
    """Return what git knows of a folder, by the names that Azure ML gives it.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        Empty if it is in no repository, or git is not there.
    """
    git = shutil.which("git")
    commit = _ask(git, folder, "rev-parse", "HEAD")
    if git is None or not commit:
        return {}
    found = {"commit": commit, "dirty": str(bool(_ask(git, folder, "status", "--porcelain", ".")))}
    branch = _ask(git, folder, "rev-parse", "--abbrev-ref", "HEAD")
    if branch:
        found["branch"] = branch
    address = _ask(git, folder, "config", "--get", "remote.origin.url")
    if address:
        # A password in the address is nobody's business.
        found["repository_uri"] = re.sub(r"(?<=//)[^/@]*@", "", address)
    names = {"repository_uri": "repoURL"}
    return {
        **{f"azureml.git.{key}": value for key, value in found.items()},
        **{
            f"mlflow.source.git.{names.get(key, key)}": value
            for key, value in found.items()
            if key != "dirty"
        },
    }


def _ask(git: str | None, folder: Path, *words: str) -> str:
    if git is None:
        return ""
    try:
        done = subprocess.run(
            [git, "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
