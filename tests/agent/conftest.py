"""An agent without a process of its own."""

import pytest

from synapse_magics.agent.main import Agent


@pytest.fixture
def agent(store, monkeypatch):
    """An agent in this process, whose loop the test turns by hand."""
    monkeypatch.chdir(store.folder / "agent")
    agent = Agent(store.folder)
    yield agent
    agent._stopping = True
    agent._leave()
