"""Azure ML's lines of each file, and a bar only where somebody watches and it takes long."""

from __future__ import annotations

import sys

import pytest

from synapse_magics.core import transfer_progress
from synapse_magics.core.transfer_progress import TransferBar, TransferLines


@pytest.fixture
def watched(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def test_a_long_transfer_has_a_bar_in_a_terminal(watched, monkeypatch, capsys):
    monkeypatch.setattr(transfer_progress, "_LONG_SECONDS", 0)
    bar = TransferBar("Reading lake")
    bar.begin(2, 2048)
    bar.advanced(2048)
    bar.end()

    assert "Reading lake:" in capsys.readouterr().err


def test_a_short_one_has_none(watched, capsys):
    bar = TransferBar("Reading lake")
    bar.begin(2, 2048)
    bar.advanced(2048)
    bar.end()

    assert capsys.readouterr().err == ""


def test_nobody_watches_a_file(monkeypatch, capsys):
    monkeypatch.setattr(transfer_progress, "_LONG_SECONDS", 0)
    told = TransferLines("Upload")
    told.total = 1
    told.begin(1, 10)
    told.started("a.csv")
    told.advanced(10)
    told.finished("a.csv")
    told.end()

    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        "Uploading a.csv",
        "Uploaded a.csv, 1 files out of an estimated total of 1",
    ]
