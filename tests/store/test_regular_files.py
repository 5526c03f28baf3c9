"""What a step leaves may be anything; nobody waits at it, and it can be removed."""

import os
import stat
import subprocess
import sys

import pytest

from synapse_magics.store.file_hashes import hash_file, manifest
from synapse_magics.store.regular_files import open_regular, remove
from synapse_magics.store.run_folder import read_json, tail


def test_a_file_is_opened(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")

    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"abc"
    with open_regular(tmp_path / "file", "r+b") as file:
        file.write(b"x")
    assert (tmp_path / "file").read_bytes() == b"xbc"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / "thing")
    with pytest.raises(OSError, match="not a regular file"):
        open_regular(tmp_path / "thing")


def test_a_link_is_followed_only_if_that_is_meant(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")

    with pytest.raises(OSError, match="link"):
        open_regular(tmp_path / "link")
    with open_regular(tmp_path / "link", follow=True) as file:
        assert file.read() == b"abc"


def test_nobody_waits_at_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert read_json(tmp_path / "pipe") is None
    assert tail(tmp_path / "pipe", 5) == ""
    assert manifest(tmp_path / "pipe") == {"there": True, "files": {}}
    with pytest.raises(OSError, match="not a regular file"):
        hash_file(tmp_path / "pipe")


def test_a_link_is_removed_and_what_it_leads_to_stays(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").touch()
    (tmp_path / "link").symlink_to("data")

    for name in ("link", "nothing"):
        remove(tmp_path / name)

    assert not (tmp_path / "link").exists()
    assert (tmp_path / "data" / "file").exists()
    remove(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


LOCKED = """
import os, pathlib, sys
os.chdir(sys.argv[1])
if os.geteuid() == 0:  # root may do everything
    os.setuid(65534)
from synapse_magics.store.regular_files import remove
os.makedirs("place/a/b")
pathlib.Path("place/a/b/file").touch()
os.chmod("place/a/b", 0o500)
os.chmod("place/a", 0)
remove(pathlib.Path("place"))
assert not os.path.exists("place")
"""


def test_a_folder_goes_whatever_the_permissions_in_it_are(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o755)
    tmp_path.chmod(0o777)
    code = [sys.executable, "-c", LOCKED, str(tmp_path)]
    try:
        subprocess.run(code, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        if "ModuleNotFoundError" in error.stderr:
            pytest.skip("nobody may read this installation")
        raise
    finally:
        for folder in tmp_path.parents[:2]:
            folder.chmod(0o700)
