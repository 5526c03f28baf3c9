"""Fork supervisors, and in them steps, from a process that has imported what takes long.

It is started by path, ``python -u fork_server.py MODULE ...``, its socket being the standard input,
with what it is to import. To fork costs what it has in memory: steps that import none of that have
one that was told of nothing. It has one thread and one client, the agent, and ends when that does;
what it has forked goes on. Threads of native libraries, which OpenBLAS and jemalloc have, end
before a fork and begin anew after it: those libraries see to that themselves.

Each request is one message with one descriptor, the gate through which the supervisor is told its
job. The answer is the process id.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.engines.forked_step import Origin

READY, FORK = b"ready", b"fork"

_LIGHT = (
    *("ctypes", "decimal", "json", "random", "selectors", "subprocess", "traceback"),
    *("synapse_magics.engines.forked_step", "synapse_magics.engines.mounts"),
    *("synapse_magics.azureml", "synapse_magics.engines.stages"),
    *("synapse_magics.engines.step_output", "synapse_magics.engines.supervisor"),
    *("synapse_magics.runtime.cell_main", "synapse_magics.runtime.context"),
)


def serve(agent: socket.socket, origin: Origin) -> int:
    """Answer until the agent is gone.

    Parameters
    ----------
    agent : socket.socket
    origin : Origin

    Returns
    -------
    int
    """
    agent.send(READY)
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(agent, 16, 1)
        except InterruptedError:
            continue
        if message != FORK or not descriptors:
            return 0
        (gate,) = descriptors
        pid = os.fork()
        if pid == 0:
            agent.close()
            _supervise(gate, origin)
        os.close(gate)
        try:
            agent.send(str(pid).encode())
        except OSError:
            return 0  # the gate is closed as well: what was forked ends by itself


def _supervise(gate: int, origin: Origin) -> NoReturn:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.close(nothing)
        with os.fdopen(gate, "rb") as told:
            description = told.read()
        from synapse_magics.engines import supervisor  # noqa: PLC0415 - already there

        code = supervisor.main(description, origin)
    finally:
        os._exit(code)


def _preload(names: Iterable[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - a step that needs it says better what is wrong
            continue


def main(heavy: Iterable[str]) -> int:
    """Import what steps need, then serve.

    Parameters
    ----------
    heavy : iterable of str
        What takes long; an environment need not have it.

    Returns
    -------
    int
    """
    # Who ends is nobody's zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    agent = socket.socket(fileno=os.dup(0))
    told = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    path = tuple(entry for entry in sys.path[1:] if entry not in told)
    # Neither this folder nor what follows is where a step of another environment looks.
    del sys.path[0]
    package = str(Path(__file__).parents[2])
    sys.path.append(package)
    finders = list(sys.meta_path)
    _preload(_LIGHT)
    # Each step finds out for itself whether Azure ML's own SDK is there.
    sys.meta_path[:] = finders
    _preload(heavy)
    sys.path.remove(package)
    from synapse_magics.engines.forked_step import Origin  # noqa: PLC0415 - found only now

    origin = Origin(path, dict(os.environ), frozenset(sys.modules))
    gc.collect()
    gc.freeze()
    return serve(agent, origin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
