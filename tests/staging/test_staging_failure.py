"""What goes wrong with a task is told in the form of a step's own error."""

import errno
import json

import pytest

from synapse_magics.staging import failure
from synapse_magics.staging.failure import StagingError, TransientError
from synapse_magics.storage.errors import (
    MissingExtraError,
    NoPermissionError,
    NothingThereError,
    TransferError,
    UnreachableError,
)

TASK = {"kind": "copy", "where": "input data of step prep"}


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/a"),
        PermissionError(errno.EACCES, "Permission denied", "/a"),
        FileNotFoundError("s3 says so"),
        NotADirectoryError(errno.ENOTDIR, "Not a directory", "/a"),
        StagingError("no"),
        NothingThereError("no"),
        NoPermissionError("no"),
        MissingExtraError("no"),
    ],
)
def test_what_no_other_attempt_changes_is_the_users(error):
    assert failure.describe(error, TASK)["code"] == "UserError"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "/a"),
        OSError(errno.EIO, "Input/output error", "/a"),
        ConnectionResetError(),
        TimeoutError(),
        TransientError("no"),
        UnreachableError("no"),
        TransferError("no"),
        RuntimeError("of a library"),
    ],
)
def test_what_may_pass_is_worth_another_attempt(error):
    assert failure.describe(error, TASK)["code"] == "SystemError"


def test_an_error_of_the_systems_names_the_path_and_the_input():
    error = PermissionError(errno.EACCES, "Permission denied", "/data/x.csv")

    assert failure.describe(error, TASK) == {
        "code": "UserError",
        "type": "PermissionError",
        "message": "Permission denied: /data/x.csv",
        "where": "input data of step prep",
        "hint": "a place that this user may read and write",
    }


def test_an_error_of_ours_keeps_its_words():
    described = failure.describe(StagingError("no", where="/there", hint="do it"), TASK)

    assert (described["message"], described["where"], described["hint"]) == (
        "no",
        "/there",
        "do it",
    )
    assert failure.in_words(described) == "StagingError: no\nwhere: /there\nhint:  do it"


def test_the_reserve_gives_way_to_the_error(tmp_path):
    (tmp_path / "reserve").write_text("room")
    failure.write({"message": "no"}, str(tmp_path / "error"), str(tmp_path / "reserve"))

    assert not (tmp_path / "reserve").exists()
    assert json.loads((tmp_path / "error").read_text()) == {"message": "no"}
    assert (tmp_path / "error").stat().st_mode & 0o077 == 0
