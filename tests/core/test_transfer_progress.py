"""Azure ML's lines of each file, and a bar only where somebody watches and it takes long."""

from __future__ import annotations

import io
import sys

from synapse_magics.core import transfer_progress
from synapse_magics.core.transfer_progress import TransferBar, TransferLines


class Terminal(io.StringIO):
    def isatty(self):
        return True


def in_terminal(monkeypatch):
    """Let a test write to a terminal: within it, because pytest changes streams before it."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    return made


def test_a_long_transfer_has_a_bar_in_a_terminal(monkeypatch):
    terminal = in_terminal(monkeypatch)
    monkeypatch.setattr(transfer_progress, "_LONG_SECONDS", 0)
    bar = TransferBar("Reading lake")
    bar.begin(2, 2048)
    bar.advanced(2048)
    bar.end()

    assert "Reading lake:" in terminal.getvalue()


def test_a_short_one_has_none(monkeypatch):
    terminal = in_terminal(monkeypatch)
    bar = TransferBar("Reading lake")
    bar.begin(2, 2048)
    bar.advanced(2048)
    bar.end()

    assert terminal.getvalue().strip() == ""


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
