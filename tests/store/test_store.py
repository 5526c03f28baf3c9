"""The state folder is its owner's only, whatever it was before."""

import os
import stat
import subprocess
import sys

import pytest

from synapse_magics.store.database import StoreError
from synapse_magics.store.store import Store

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
OPEN = """
import os, sys
from pathlib import Path
from synapse_magics.store.store import Store
os.setgid(65534)
os.setuid(65534)
try:
    Store(Path(sys.argv[1])).close()
except Exception as error:
    print(type(error).__name__, error)
else:
    print("opened")
"""


def modes(folder):
    made = [folder, *folder.rglob("*")]
    return {
        item.relative_to(folder).as_posix(): stat.S_IMODE(item.lstat().st_mode) for item in made
    }


def open_as_nobody(folder):
    line = [sys.executable, "-c", OPEN, str(folder)]
    return subprocess.check_output(line, text=True, cwd="/")


def test_a_new_state_folder_is_its_owners(tmp_path):
    before = os.umask(0)
    try:
        with Store(tmp_path / ".synapse") as store:
            found = modes(store.folder)
    finally:
        os.umask(before)

    assert {found[name] for name in (".", "agent", "datastores", "runs", "snapshots")} == {0o700}
    assert {mode for name, mode in found.items() if name.startswith("state.db")} == {0o600}


def test_an_open_one_becomes_its_owners(tmp_path):
    folder = tmp_path / ".synapse"
    Store(folder).close()
    (folder / "agent" / "agent.log").touch()
    for item in (folder, *folder.rglob("*")):
        item.chmod(0o777 if item.is_dir() else 0o666)

    Store(folder).close()

    assert set(modes(folder).values()) == {0o700, 0o600}


def test_what_the_owner_took_from_himself_stays_taken(tmp_path):
    folder = tmp_path / ".synapse"
    Store(folder).close()
    (folder / "agent" / "lock").touch()
    (folder / "agent" / "lock").chmod(0o444)

    Store(folder).close()

    assert modes(folder)["agent/lock"] == 0o400


@needs_root
def test_somebody_elses_is_refused_with_a_way_out(tmp_path):
    folder = tmp_path / ".synapse"
    Store(folder).close()
    for item in (tmp_path, *tmp_path.parents):
        if item.stat().st_uid == os.geteuid() and len(item.parts) > 2:
            item.chmod(0o755)

    said = open_as_nobody(folder)

    assert said.startswith("StoreError the workspace's state belongs to another user\n")
    assert f"where: {folder} (user 0, this is {NOBODY})" in said
    assert "chown" in said


@needs_root
def test_root_opens_everybodys(tmp_path):
    folder = tmp_path / ".synapse"
    Store(folder).close()
    os.chown(folder, NOBODY, NOBODY)
    folder.chmod(0o755)

    Store(folder).close()

    assert (folder.stat().st_uid, modes(folder)["."]) == (NOBODY, 0o700)


def test_a_drive_without_permissions_is_no_error(tmp_path, monkeypatch):
    folder = tmp_path / ".synapse"
    Store(folder).close()
    folder.chmod(0o755)
    monkeypatch.setattr(type(folder), "chmod", _refuse)

    Store(folder).close()


def test_the_users_are_compared_by_number(tmp_path, monkeypatch):
    folder = tmp_path / ".synapse"
    Store(folder).close()
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)

    with pytest.raises(StoreError, match="another user"):
        Store(folder)


def _refuse(*_):
    raise PermissionError
