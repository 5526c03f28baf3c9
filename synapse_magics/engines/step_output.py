"""What a step prints, on its way into the run's logs.

Without secrets in its environment a step writes to the files itself. With some, it writes to pipes,
and the supervisor copies what comes without them.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import selectors
import time
from typing import TYPE_CHECKING

from synapse_magics.store.masking import Masker, spans
from synapse_magics.store.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

_PIPE_BYTES = 1 << 20
_PIECE_BYTES = 1 << 18
_SMALL_BYTES = 1 << 14
_REST_SECONDS = 0.005
_DRAIN_SECONDS = 1.0


class StepOutput:
    """The standard streams of a step: files, or pipes that end in files.

    Parameters
    ----------
    files : iterable of str
        Where each stream goes; made, for the owner only, if missing.
    secrets : tuple of bytes
        What must not get there; nothing is copied if there are none.
    alarm : int
        A descriptor; there is something else to do when it can be read.
    """

    def __init__(self, files: Iterable[str], secrets: tuple[bytes, ...], alarm: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._selector.register(alarm, selectors.EVENT_READ)
        self._pipes: list[_Pipe] = []
        self._ends: list[int] = []
        for file in files:
            end = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if secrets:
                pipe = _Pipe(end, Masker(secrets))
                self._pipes.append(pipe)
                self._selector.register(pipe.reader, selectors.EVENT_READ, pipe)
                end = pipe.writer
            self._ends.append(end)

    @property
    def ends(self) -> list[int]:
        """What the step gets, in the order of the files."""
        return self._ends

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def release(self) -> None:
        """Let go of what the step has got, so that its end is seen."""
        for end in self._ends:
            os.close(end)
        self._ends = []

    def wait(self, seconds: float | None) -> None:
        """Wait for the alarm, for something to copy, or for a time; copy what is there.

        Parameters
        ----------
        seconds : float or None
            For ever if None.
        """
        ready = self._selector.select(seconds)
        copied = [self._copy(key.data) for key, _ in ready if key.data is not None]
        if copied and sum(copied) < _SMALL_BYTES:
            # Who prints line by line would wake us for each; a moment later many lines are there.
            time.sleep(_REST_SECONDS)

    def close(self) -> None:
        """Copy what is still in the pipes, whoever may hold their other ends, and close all."""
        self.release()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while sum([self._copy(pipe) for pipe in list(self._pipes)]):
            if time.monotonic() > deadline:
                break  # somebody else goes on writing
        for pipe in list(self._pipes):
            self._end(pipe)
        self._selector.close()

    def _copy(self, pipe: _Pipe) -> int:
        size = pipe.copy()
        if size is None:
            self._end(pipe)
        return size or 0

    def _end(self, pipe: _Pipe) -> None:
        self._selector.unregister(pipe.reader)
        self._pipes.remove(pipe)
        pipe.close()


class _Pipe:
    """A pipe whose content goes into a file without secrets."""

    def __init__(self, file: int, masker: Masker) -> None:
        self._file, self._masker = file, masker
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        with contextlib.suppress(ImportError, AttributeError, OSError):
            import fcntl  # noqa: PLC0415 - Linux alone lets a pipe grow

            fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def copy(self) -> int | None:
        """Copy one piece; return its size, 0 if there is none now, None if none will come."""
        try:
            data = os.read(self.reader, _PIECE_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            return None
        self._write(self._masker.feed(data))
        return len(data)

    def close(self) -> None:
        self._write(self._masker.flush())
        os.close(self.reader)
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        # On a full disk the log ends, and the step goes on.
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[os.write(self._file, rest) :]


def mask_file(path: Path, secrets: tuple[bytes, ...]) -> None:
    """Write a file of a step's anew without secrets, if there is one.

    Parameters
    ----------
    path : pathlib.Path
    secrets : tuple of bytes
    """
    part, masker = path.with_suffix(".part"), Masker(secrets)
    try:
        reader = open_regular(path)
    except OSError:
        return  # none, or none that we had asked for
    with reader as source, part.open("wb") as target:
        part.chmod(0o600)
        while piece := source.read(_PIECE_BYTES):
            target.write(masker.feed(piece))
        target.write(masker.flush())
    part.replace(path)


def blank_file(path: Path, secrets: tuple[bytes, ...]) -> None:
    """Overwrite the secrets in a file with asterisks, so that everything else stays where it is.

    Parameters
    ----------
    path : pathlib.Path
    secrets : tuple of bytes
    """
    try:
        opened = open_regular(path, "r+b")
    except OSError:
        return
    with opened as file:
        if os.fstat(file.fileno()).st_size == 0:
            return
        with mmap.mmap(file.fileno(), 0) as content:
            for begin, end in spans(content, secrets):
                content[begin:end] = b"*" * (end - begin)
