"""Fixtures of sessions: a folder that nothing may go on working in, and a session that runs."""

from __future__ import annotations

import pytest
from sessions_support import make_session
from support import processes_of, wait_until


@pytest.fixture(scope="module")
def session_folder(tmp_path_factory):
    """Work in an empty folder; no process may be left that works there."""
    folder = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder
    wait_until(lambda: not processes_of(folder), 10, "the end of every process")


@pytest.fixture(scope="module")
def session(session_folder):
    """Start a session; all tests of a module use it."""
    made = make_session(session_folder)
    made.start(lambda: None)
    yield made
    made.stop()
