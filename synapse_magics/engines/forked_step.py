"""A step in a process that was forked: made equal to one that ``python -u bootstrap.py`` starts.

What cannot be made equal after the fact is found by :func:`obstacle` beforehand, and the step gets
a new process then. It stands on the standard library alone: each environment's Python runs it.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from synapse_magics.runtime import bootstrap, live_output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_READ_AT_START = (
    # By Python, and by where it looks for packages.
    *("PYTHON", "HOME", "USERPROFILE", "VIRTUAL_ENV", "CONDA_"),
    # By the dynamic linker, the C library and its allocator.
    *("LD_", "DYLD_", "GLIBC_", "MALLOC_", "LC_", "LANG", "NLSPATH", "LOCPATH"),
    # By NumPy, its linear algebra, pandas and Arrow when they are imported.
    *("OMP_", "KMP_", "GOMP_", "GOTO_", "OPENBLAS_", "MKL_", "BLIS_", "VECLIB_", "NUMEXPR_"),
    *("NPY_", "NUMPY_", "ARROW_", "PANDAS_", "JE_ARROW_", "MIMALLOC_", "ACERO_"),
)
_READ_LATE = frozenset({"PYTHONPATH"})

_TERMINATED = 128
_LONG = 100_000


@dataclass(frozen=True)
class Origin:
    """What a process that forks steps was when it had imported what it had to.

    Parameters
    ----------
    path : tuple of str
        Where its Python looks for modules that nobody has told it about.
    environment : mapping
        What it was started with.
    modules : frozenset of str
        What it has imported.
    """

    path: tuple[str, ...]
    environment: Mapping[str, str]
    modules: frozenset[str]

    def obstacle(
        self, arguments: Iterable[str], environment: Mapping[str, str], folders: Iterable[Path]
    ) -> str | None:
        """Return why a step cannot be what it would be in a new process, or None if it can.

        Parameters
        ----------
        arguments : iterable of str
            The script and what it is given.
        environment : mapping
            The step's.
        folders : iterable of pathlib.Path
            Where the step's own modules lie: they come before what is imported already.

        Returns
        -------
        str or None
        """
        for name in sorted(environment.keys() | self.environment.keys()):
            if (
                name.startswith(_READ_AT_START)
                and name not in _READ_LATE
                and environment.get(name) != self.environment.get(name)
            ):
                return f"{name} is read at the start of a process"
        if any("\0" in text or len(text) > _LONG for text in (*arguments, *environment.values())):
            return "an argument or a variable that the system may refuse"
        loaded = {name.partition(".")[0] for name in self.modules}
        for folder in folders:
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.partition(".")[0] in loaded:
                        return f"{entry.name} hides a module that is imported already"
        return None


def become(job: Mapping[str, Any], out: int, err: int, origin: Origin) -> NoReturn:
    """Run a step in this process, which was forked for it, and end it.

    Parameters
    ----------
    job : mapping
        ``cwd``, ``env`` and ``forked``: the script and its arguments.
    out, err : int
        Where the step prints to.
    origin : Origin
    """
    code = 1
    try:
        _take_over(job, out, err, origin)
        script, *arguments = job["forked"]
        code = _code(lambda: bootstrap.main(script, arguments))
    finally:
        _leave(code, origin)


def _take_over(job: Mapping[str, Any], out: int, err: int, origin: Origin) -> None:
    # A group of its own: a script that signals its group does not mean the supervisor.
    os.setpgrp()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    told = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [str(Path(bootstrap.__file__).parent), *told, *origin.path]
    # Finders notice by themselves that a folder has changed; what was no folder may be one now.
    for path, finder in list(sys.path_importer_cache.items()):
        if finder is None:
            del sys.path_importer_cache[path]
    _open_streams()
    _draw_seeds()
    tempfile.tempdir = None
    tempfile._name_sequence = None  # type: ignore[attr-defined]  # noqa: SLF001 - it is per process
    gc.enable()


def _open_streams() -> None:
    """Make the standard streams those of a process that has just started."""
    nothing: Any = io.FileIO(0, "rb", closefd=False)
    nothing.name = "<stdin>"
    like: Any = sys.__stdin__
    stdin = io.TextIOWrapper(
        io.BufferedReader(nothing),
        encoding=like.encoding,
        errors=like.errors,
        newline=None,
        write_through=True,
    )
    stdin.mode = "r"  # type: ignore[misc]  # as Python itself
    sys.stdin = sys.__stdin__ = stdin  # type: ignore[misc]
    live_output.install()


def _draw_seeds() -> None:
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:
        processes.current_process().authkey = os.urandom(32)


def _code(run: Any) -> int:
    """Do what Python does at the end of a script; return the exit code."""
    try:
        code: Any = run()
    except SystemExit as leave_:
        code = leave_.code
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return _TERMINATED + signal.SIGINT
    except BaseException:  # noqa: BLE001 - Python prints every one
        traceback.print_exc()
        return 1
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    with contextlib.suppress(Exception):
        sys.stderr.write(f"{code}\n")
    return 1


def _leave(code: int, origin: Origin) -> NoReturn:
    """End the process as Python does, without taking down what was there before the fork."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way
        _forget_modules(origin)
    except BaseException:  # noqa: BLE001 - as at the end of every process
        with contextlib.suppress(BaseException):
            traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()
    os._exit(code)


def _forget_modules(origin: Origin) -> None:
    """Take down the step's own modules: a file that nobody closed is written then."""
    for name in ["__main__", *(sys.modules.keys() - origin.modules)]:
        held = vars(sys.modules.pop(name))
        if name == "__main__":
            # In Python's own order: what is private goes first.
            for key in sorted(held, key=lambda key: not key.startswith("_")):
                if key != "__builtins__":
                    held[key] = None
    gc.collect()
