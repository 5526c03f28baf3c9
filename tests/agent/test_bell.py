"""The bell is heard from its owner only."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from synapse_magics.agent import bell
from synapse_magics.agent.bell import Bell, may_ring, user_of

RING = """
import os, socket, sys
from pathlib import Path
from synapse_magics.agent import client
if os.geteuid() == 0:
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
print(client.ring(Path(sys.argv[1])))
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A bell in the folder ``agent`` that is answered until the test ends."""
    (tmp_path / "agent").mkdir(mode=0o700)
    monkeypatch.chdir(tmp_path / "agent")
    hung, over = Bell(), threading.Event()

    def serve():
        while not over.is_set():
            hung.wait(0.05)

    thread = threading.Thread(target=serve)
    thread.start()
    yield tmp_path
    over.set()
    thread.join()
    hung.close()


def ring_as(user, folder):
    line = [sys.executable, "-c", RING, str(folder), str(user)]
    return subprocess.check_output(line, text=True, cwd="/").strip()


def test_the_owner_and_root_are_heard_and_nobody_else():
    assert may_ring(1000, 1000)
    assert may_ring(0, 1000)
    assert not may_ring(1001, 1000)
    assert may_ring(None, 1000)  # where the system does not tell, permissions have to do


def test_the_system_tells_who_is_there():
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert user_of(one) in {os.geteuid(), None}


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="Linux tells it in this way")
def test_on_linux_it_always_tells():
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert user_of(one) == os.geteuid()


def test_where_it_tells_nothing_nobody_is_known(monkeypatch):
    monkeypatch.delattr(socket, "SO_PEERCRED", raising=False)
    monkeypatch.setattr(bell, "_LOCAL", 12345)
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert user_of(one) is None


def test_the_owner_gets_an_answer(served):
    assert ring_as(os.geteuid(), served) == "True"


@needs_root
def test_another_user_cannot_even_reach_it(served):
    assert ring_as(65534, served) == "False"


@needs_root
def test_another_user_who_reaches_it_gets_no_answer(served):
    for item in (served / "agent", served, *served.parents):
        if len(item.parts) > 2:
            item.chmod(0o755)
    (served / "agent" / "socket").chmod(0o666)

    assert ring_as(65534, served) == "False"
    assert ring_as(0, served) == "True"  # and nobody else minds
