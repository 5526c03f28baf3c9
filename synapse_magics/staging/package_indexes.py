"""Where packages come from: what an environment says, and what pip's configuration says here.

uv does not read pip's configuration. Whoever has a mirror has told pip of it, so it is asked, each
time, and what it says is stored nowhere. All of it reaches uv through variables, because addresses
may hold credentials, and anybody can see a command line.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# How pip names a setting, the variable of uv, and what stands between several values there.
_LISTS = {
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")

# Where this process's own interpreter finds its packages is nothing to the new one, and a package
# that is built may import what lies beside its setup.py.
_NOT_PASSED_ON = ("PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "VIRTUAL_ENV", "CONDA_PREFIX")

_SECONDS = 30.0


def variables(
    options: Iterable[str], pip: Mapping[str, str], inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the variables that uv is started with.

    Parameters
    ----------
    options : iterable of str
        Those of the environment: ``--index-url https://host/simple``.
    pip : mapping
        pip's configuration, by the names of its options.
    inherited : mapping

    Returns
    -------
    dict
    """
    found = {name: value for name, value in inherited.items() if name not in _NOT_PASSED_ON}
    given: dict[str, list[str]] = defaultdict(list)
    for option in options:
        word, _, value = option.partition(" ")
        given[word.removeprefix("--")].append(value)
    if "index-url" in given:
        found.pop("UV_INDEX_URL", None)
        found["UV_DEFAULT_INDEX"] = given["index-url"][-1]
    elif "index-url" in pip and not any(found.get(name) for name in _INDEX):
        found["UV_DEFAULT_INDEX"] = pip["index-url"]
    for name, (variable, sign) in _LISTS.items():
        # Who configures uv does not mean pip's configuration.
        here = re.split(rf"[{sign}\s]+", found[variable]) if found.get(variable) else None
        values = [*given[name], *(pip.get(name, "").split() if here is None else here)]
        if values:
            found[variable] = sign.join(dict.fromkeys(values))
    if pip.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        found.setdefault("UV_NO_INDEX", "1")
    for name, variable in (("cert", "SSL_CERT_FILE"), ("proxy", "ALL_PROXY")):
        if name in pip:
            found.setdefault(variable, pip[name])
    found.setdefault("UV_PYTHON_DOWNLOADS", "never")
    found["PATH"] = path_of_pythons(found.get("PATH", os.defpath))
    return found


def arguments(options: Iterable[str]) -> list[str]:
    """Return the options of pip that are arguments of uv, as those.

    Parameters
    ----------
    options : iterable of str

    Returns
    -------
    list of str
    """
    found: list[str] = []
    for option in options:
        word, _, value = option.partition(" ")
        if word == "--no-index":
            found.append(word)
        elif word == "--pre":
            found += ["--prerelease", "allow"]
        elif word in {"--no-binary", "--only-binary"}:
            for name in re.split(r"[,\s]+", value):
                found += [word, name]
    return found


def pip_configuration() -> dict[str, str]:
    """Return what pip's files and variables say here, by the names of its options.

    Returns
    -------
    dict
        The variables alone where there is no pip.
    """
    if find_spec("pip") is None:
        return {
            name.removeprefix("PIP_").lower().replace("_", "-"): value
            for name, value in os.environ.items()
            if name.startswith("PIP_")
        }
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parse_configuration(asked.stdout)


def parse_configuration(text: str) -> dict[str, str]:
    """Return the settings in what ``pip config list`` has printed.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict
        What holds for ``pip install``: its own section, and the variables, come before the rest.
    """
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in text.splitlines():
            name, sign, value = line.partition("=")
            if sign and name.startswith(f"{section}."):
                found[name[len(section) + 1 :].replace("_", "-")] = str(ast.literal_eval(value))
    return found


def path_of_pythons(path: str) -> str:
    """Return a search path on which pyenv's interpreters lie themselves.

    pyenv's own entry holds programs that only start the version that is chosen, and fail for any
    other.

    Parameters
    ----------
    path : str

    Returns
    -------
    str
    """
    found: list[str] = []
    for entry in path.split(os.pathsep):
        folder = Path(entry)
        if folder.name == "shims" and (folder.parent / "versions").is_dir():
            found += [
                str(item) for item in sorted(folder.parent.glob("versions/3.[1-9][0-9]*/bin"))[::-1]
            ]
        else:
            found.append(entry)
    return os.pathsep.join(found)
