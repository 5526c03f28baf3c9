"""The environments of a workspace: where they lie, which are ready, and which nobody needs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import uuid
from typing import TYPE_CHECKING

from synapse_magics.store import vault
from synapse_magics.store.requirements import KEY_LENGTH, OWN, VAULT, RequirementSet, references

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from typing import IO, Any

    from synapse_magics.store.store import Store

FOLDER = "environments"
WHEELS = "wheels"
"""Where private wheels are kept."""

_MARK = "synapse-magics.json"
"""Written last: an environment without it is what a killed builder has left."""

LOG, ERROR, _LOCK = ".log", ".error.json", ".lock"
_KEY = f'$.environment."{OWN}"'

_YOUNG_SECONDS = 3600.0
"""One may be built a while before the run that needs it is submitted."""


def place_of(state: Path, key: str) -> Path:
    """Return where an environment lies, whether it is there or not.

    Parameters
    ----------
    state : pathlib.Path
        The state folder of the workspace.
    key : str
        The hash of what it holds.

    Returns
    -------
    pathlib.Path
    """
    return state / FOLDER / key


def python_of(place: Path) -> Path:
    """Return the interpreter of an environment.

    Parameters
    ----------
    place : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    return place / "bin" / "python"


def is_ready(place: Path) -> bool:
    """Tell whether an environment was built to its end, and its interpreter is still there.

    Parameters
    ----------
    place : pathlib.Path

    Returns
    -------
    bool
    """
    # The interpreter is a link to the one that it was made of, which may be gone.
    return (place / _MARK).is_file() and python_of(place).exists()


def mark_ready(place: Path, requirements: RequirementSet) -> None:
    """Note that an environment is whole.

    Parameters
    ----------
    place : pathlib.Path
    requirements : RequirementSet
    """
    part = place / f"{_MARK}.part"
    part.write_text(json.dumps(requirements.to_dict(), indent=1), encoding="utf-8")
    part.replace(place / _MARK)


def building(store: Store, wanted: RequirementSet) -> dict[str, Any]:
    """Return the parameters of the task that builds an environment, apart from its name.

    Parameters
    ----------
    store : Store
    wanted : RequirementSet

    Returns
    -------
    dict
        JSON data that holds secrets, if the requirements refer to some of the keyvault.
    """
    used = {name for text in (*wanted.pip, *wanted.options) for name in references(text)}
    secrets = {
        name: vault.read(store, name.removeprefix(VAULT)) for name in used if name.startswith(VAULT)
    }
    return {
        "place": str(place_of(store.folder, wanted.key)),
        "requirements": wanted.to_dict(),
        "folder": str(store.folder.parent),
        "secrets": {name: value for name, value in secrets.items() if value is not None},
    }


@contextlib.contextmanager
def locked(place: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of an environment: one process at a time builds or removes it.

    Parameters
    ----------
    place : pathlib.Path
    wait : bool

    Raises
    ------
    BlockingIOError
        If another one holds it, and it is not waited for.
    """
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = place.with_name(f"{place.name}{_LOCK}")
    while True:
        with open(file, "ab", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if not _is(file, lock):
                continue  # whoever removed the environment took the file as well
            yield
            return


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is(file: Path, lock: IO[bytes]) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False


def unused(store: Store, keep: Collection[str] = (), without: Collection[str] = ()) -> list[Path]:
    """Return the environments that nobody needs: no run, no pipeline that is stored without one.

    Parameters
    ----------
    store : Store
    keep : collection of str
        The hashes of those that are needed for another reason.
    without : collection of str
        Pipeline runs that do not count, because they are going to be removed.

    Returns
    -------
    list of pathlib.Path
        What a killed builder or an unfinished removal has left is among them.
    """
    used = {key[:KEY_LENGTH] for key in keep}
    rows = store.database.rows(
        f"SELECT DISTINCT root_id, json_extract(spec, '{_KEY}') AS key FROM runs"  # noqa: S608 - a constant
        " WHERE parent_id IS NOT NULL AND key IS NOT NULL"
    )
    used.update(row["key"] for row in rows if row["root_id"] not in without)
    rows = store.database.rows(
        f"SELECT DISTINCT json_extract(step.value, '{_KEY}') AS key"  # noqa: S608 - a constant
        " FROM registry, json_each(registry.body, '$.steps') AS step"
        " WHERE registry.kind IN ('published_pipeline', 'pipeline_draft') AND key IS NOT NULL"
    )
    used.update(row["key"] for row in rows)
    folder, young = store.folder / FOLDER, time.time() - _YOUNG_SECONDS
    found = []
    for place in folder.iterdir() if folder.is_dir() else ():
        if not place.is_dir() or place.name[:KEY_LENGTH] in used:
            continue
        with contextlib.suppress(OSError):
            if place.name.startswith(".") or place.stat().st_mtime < young:
                found.append(place)
    return sorted(found)


def take_away(store: Store, keep: Collection[str] = ()) -> list[Path]:
    """Take the environments that nobody needs out of the way; return where they are now.

    Parameters
    ----------
    store : Store
    keep : collection of str
        The hashes of those that are needed for another reason.

    Returns
    -------
    list of pathlib.Path
    """
    found = []
    # Under the lock of the database: whoever submits a run that needs one comes before or after.
    with store.database.transaction():
        for place in unused(store, keep):
            if place.name.startswith("."):
                found.append(place)
                continue
            with contextlib.suppress(OSError), locked(place, wait=False):
                found.append(place.rename(place.with_name(f".{uuid.uuid4().hex}")))
                for ending in (LOG, ERROR, _LOCK):
                    place.with_name(f"{place.name}{ending}").unlink(missing_ok=True)
    return found
