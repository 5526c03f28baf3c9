"""Who is told how a transfer goes, and several transfers at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_AT_ONCE = 8


class Progress:
    """Told of each file and its bytes, one call at a time; this one keeps it to itself."""

    def begin(self, files: int, size: int) -> None:
        """Hear how many files and bytes are to be copied."""

    def started(self, path: str) -> None:
        """Hear that a file is being copied."""

    def advanced(self, size: int) -> None:
        """Hear that some bytes were copied."""

    def finished(self, path: str) -> None:
        """Hear that a file is there."""

    def skipped(self, path: str) -> None:
        """Hear that a file is not copied, because one is there."""

    def end(self) -> None:
        """Hear that it is over, well or not."""


class Teller:
    """Tell of several files from several threads, one word at a time.

    Parameters
    ----------
    progress : Progress
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.lock = threading.Lock()
        self.stopped = threading.Event()

    def file(self, path: str, size: int) -> _FileTeller:
        """Return what tells of one file, a context manager that gives fsspec's callback."""
        return _FileTeller(self, path, size)


class _FileTeller:
    def __init__(self, teller: Teller, path: str, size: int) -> None:
        self._teller, self._path, self._size, self._done = teller, path, size, 0

    def __enter__(self) -> Any:
        with self._teller.lock:
            self._teller.progress.started(self._path)
        return _callback(self)

    def advance(self, size: int) -> None:
        if self._teller.stopped.is_set():
            raise InterruptedError("another transfer has failed, or somebody has ended this one")
        size = min(size, self._size - self._done)
        if size > 0:
            with self._teller.lock:
                self._done += size
                self._teller.progress.advanced(size)

    def advance_to(self, done: int) -> None:
        self.advance(done - self._done)

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self.advance(self._size - self._done)
            with self._teller.lock:
                self._teller.progress.finished(self._path)


def _callback(teller: _FileTeller) -> Any:
    from fsspec.callbacks import Callback  # noqa: PLC0415 - not needed by who has local data alone

    class Told(Callback):  # type: ignore[misc]
        """Pass on what fsspec tells."""

        def relative_update(self, inc: int = 1) -> None:
            """Hear of some more bytes."""
            teller.advance(inc)

        def absolute_update(self, value: int) -> None:
            """Hear how many bytes there are by now."""
            teller.advance_to(value)

    return Told()


def in_parallel(
    work: Callable[[Any], Any], items: Sequence[Any], teller: Teller | None = None
) -> list[Any]:
    """Do the same with each of some items; the first error ends it.

    Parameters
    ----------
    work : callable
    items : sequence
    teller : Teller, optional
        What the work tells its progress: it ends with the first error.

    Returns
    -------
    list
    """
    if len(items) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(_AT_ONCE, len(items)), "transfer") as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            # An interrupt as well: what has not begun does not begin.
            if teller is not None:
                teller.stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
