"""Copies of files: as many at once as help, whole, by the system's fastest way."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from synapse_magics.staging.failure import StagingError
from synapse_magics.staging.task import Desk, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PIECE_BYTES = 16 << 20
_SAY_SECONDS = 2.0
_NOT_THIS_WAY = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})
"""What the system says if it cannot copy by itself, between two file systems say."""


@dataclass(frozen=True)
class Copy(Task):
    """Copy files and folders; links are followed, so a copy is the step's own.

    Parameters
    ----------
    pairs : sequence of pairs of str
        What, and where to. What lies in a folder is put into the other one.
    where : str
    """

    kind: ClassVar[str] = "copy"

    pairs: tuple[tuple[str, str], ...]
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Copy everything, and say how far it is from time to time."""
        copy_tree(self.pairs, desk, self.where)


def copy_tree(pairs: Iterable[tuple[str, str]], desk: Desk, what: str) -> None:
    """Copy files and folders.

    Parameters
    ----------
    pairs : iterable of pairs of str
        As of :class:`Copy`.
    desk : Desk
    what : str
        The name of it all in the log.
    """
    copy_all(_files(pairs), desk, what or "files")


def _files(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Go through the files of places; the folders that they go to are made."""
    for source, target in pairs:
        if os.path.isdir(source):  # noqa: PTH112 - thousands of paths, and texts are enough
            yield from _tree(source, target, frozenset())
        else:
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)  # noqa: PTH103, PTH120
            yield source, target


def _tree(source: str, target: str, above: frozenset[str]) -> Iterator[tuple[str, str]]:
    real = os.path.realpath(source)
    if real in above:
        return  # a link that leads in a circle
    os.makedirs(target, exist_ok=True)  # noqa: PTH103
    with os.scandir(source) as items:
        for item in sorted(items, key=lambda item: item.name):
            if item.is_dir():
                place = os.path.join(target, item.name)  # noqa: PTH118
                yield from _tree(item.path, place, above | {real})
            else:
                yield item.path, os.path.join(target, item.name)  # noqa: PTH118


def copy_all(
    pairs: Iterable[tuple[str, str]],
    desk: Desk,
    what: str,
    copy: Callable[[str, str, threading.Event], int] | None = None,
) -> None:
    """Copy files, several at once.

    Parameters
    ----------
    pairs : iterable of pairs of str
    desk : Desk
    what : str
        The name of it all in the log.
    copy : callable, optional
        Copies one file and returns its size; the default is :func:`copy_file`.
    """
    copy = copy or copy_file
    stop, begin = threading.Event(), time.monotonic()
    done = size = 0
    said = False
    queue = iter(pairs)
    lock = threading.Lock()

    def work() -> None:
        nonlocal done, size
        while not stop.is_set():
            with lock:
                pair = next(queue, None)
            if pair is None:
                return
            copied = copy(*pair, stop)
            with lock:
                done, size = done + 1, size + copied

    with ThreadPoolExecutor(_workers()) as pool:
        futures = [pool.submit(work) for _ in range(_workers())]
        try:
            while True:
                ended = wait(futures, timeout=_SAY_SECONDS, return_when=FIRST_EXCEPTION)
                failed = any(future.exception() is not None for future in ended.done)
                if failed or not ended.not_done:
                    break
                said = True
                desk.say(f"{what}: {done:,} files, {in_bytes(size)} copied so far")
        finally:
            stop.set()
    for future in futures:
        future.result()
    if said:
        took = time.monotonic() - begin
        desk.say(f"{what}: {done:,} files, {in_bytes(size)} copied in {took:.1f} s")


def _workers() -> int:
    return max(2, min(4, os.cpu_count() or 2))


def in_bytes(size: float) -> str:
    """Return a size in words.

    Parameters
    ----------
    size : float

    Returns
    -------
    str
    """
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def copy_file(source: str, target: str, stop: threading.Event) -> int:
    """Copy one file with its permissions and its time of change.

    Parameters
    ----------
    source, target : str
    stop : threading.Event
        Whoever sets it does not want the rest of the file any more.

    Returns
    -------
    int
        How many bytes.

    Raises
    ------
    StagingError
        If it is no file.
    OSError
        If it cannot be read or written.
    """
    reader = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        about = os.fstat(reader)
        if not stat.S_ISREG(about.st_mode):
            raise StagingError(f"{source} is not a regular file")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        # The owner may always write to its copy.
        writer = os.open(target, flags, stat.S_IMODE(about.st_mode) | stat.S_IWUSR)
        try:
            with contextlib.suppress(OSError):  # not every drive knows permissions
                os.fchmod(writer, stat.S_IMODE(about.st_mode) | stat.S_IWUSR)
            copied = _content(reader, writer, stop)
            os.utime(writer, ns=(about.st_atime_ns, about.st_mtime_ns))
        except OSError as error:
            if error.filename is None:
                error.filename = target
            raise
        finally:
            os.close(writer)
    finally:
        os.close(reader)
    return copied


def _content(reader: int, writer: int, stop: threading.Event) -> int:
    copied = 0
    try:
        while not stop.is_set():
            # Within a file system that can, the copy shares the blocks until one is changed.
            count = os.copy_file_range(reader, writer, _PIECE_BYTES)
            if not count:
                break
            copied += count
    except (OSError, AttributeError) as error:
        if copied or (isinstance(error, OSError) and error.errno not in _NOT_THIS_WAY):
            raise
    if copied or stop.is_set():
        return copied
    with os.fdopen(os.dup(reader), "rb", 0) as source, os.fdopen(os.dup(writer), "wb", 0) as target:
        # Files of the system's own (/proc) tell no size, and are not copied by it.
        while not stop.is_set():
            piece = source.read(_PIECE_BYTES >> 4)
            if not piece:
                break
            view = memoryview(piece)
            while view:
                view = view[target.write(view) :]
            copied += len(piece)
    return copied
