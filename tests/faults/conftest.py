"""What the tests of faults add up: a table, printed at the end and kept in build/faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults_support import FaultTable

TABLE = FaultTable()
PLACE = Path(__file__).parents[2] / "build" / "faults" / "table.md"


@pytest.fixture(scope="session")
def table():
    """The table of faults: `add` counts what was injected and what came of it."""
    return TABLE


def pytest_terminal_summary(terminalreporter, config):
    if not TABLE.rows:
        return
    terminalreporter.section("faults")
    for line in TABLE.lines():
        terminalreporter.write_line(line)
    if not config.option.markexpr:  # all of them ran, not only the quick ones
        PLACE.parent.mkdir(parents=True, exist_ok=True)
        PLACE.write_text("\n".join([*TABLE.lines(), ""]), encoding="utf-8")
