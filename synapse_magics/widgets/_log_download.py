"""A whole log on its way to the browser, in compressed pieces."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets._budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_MOST = (4, 600_000)  # messages and bytes in a second: somebody asked for it, and waits
_GZIP = 31  # zlib's number for the largest window and a gzip header
_PIECE = 128 * 1024
_READ = 256 * 1024
_MOST_READ = 4 * 1024 * 1024  # in one turn: others wait meanwhile


class Download:
    """One download that a person asked for; its bytes are beside the budget of the view.

    Parameters
    ----------
    number : int
        The browser's number of the download.
    files : sequence of (str, pathlib.Path)
        As for ``gzip_pieces``.
    clock : callable, optional
        Seconds.
    """

    def __init__(
        self,
        number: int,
        files: Sequence[tuple[str, Path]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = number
        self._pieces = gzip_pieces(files)
        self._budget = Budget(*_MOST, clock=clock)

    @property
    def may_go_on(self) -> bool:
        """Whether another piece may be sent now."""
        return self._budget.allows(_MOST[1] // _MOST[0])

    def next_answer(self) -> tuple[dict[str, Any], list[bytes]] | None:
        """Return the next message and its piece; without a piece it is the last.

        None if there is none yet: that much was read that others should have their turn.
        """
        try:
            part, piece = next(self._pieces)
        except StopIteration:
            return {"kind": "downloaded", "id": self.id, "error": ""}, []
        except OSError:
            error = "the log could not be read"
            return {"kind": "downloaded", "id": self.id, "error": error}, []
        if not piece:
            return None
        self._budget.spend(len(piece))
        return {"kind": "piece", "id": self.id, "part": round(part, 3)}, [piece]


def gzip_pieces(files: Sequence[tuple[str, Path]]) -> Iterator[tuple[float, bytes]]:
    """Return files, one after the other, as one gzip stream.

    Parameters
    ----------
    files : sequence of (str, pathlib.Path)
        A heading and the file; what is appended meanwhile is left out.

    Yields
    ------
    float, bytes
        Which part was read, and the next bytes of the stream; none where much was read for few.
    """
    sizes = [path.stat().st_size if path.exists() else 0 for _, path in files]
    total, done = max(1, sum(sizes)), 0
    packer = zlib.compressobj(level=1, wbits=_GZIP)
    ready, read = bytearray(), 0
    for (heading, path), size in zip(files, sizes, strict=True):
        if heading:
            ready += packer.compress(f"==> {heading} <==\n".encode())
        if not size:
            continue
        with path.open("rb") as file:
            while size and (piece := file.read(min(_READ, size))):
                size -= len(piece)  # noqa: PLW2901 - what is left of it
                done += len(piece)
                read += len(piece)
                ready += packer.compress(piece)
                if len(ready) >= _PIECE:
                    yield done / total, bytes(ready)
                    ready.clear()
                    read = 0
                elif read >= _MOST_READ:
                    yield done / total, b""
                    read = 0
    yield 1.0, bytes(ready) + packer.flush()
