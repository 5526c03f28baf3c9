"""What a person sees of a transfer: Azure ML's lines, and a bar where it takes long."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.storage.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONG_SECONDS = 1.0


class TransferBar(Progress):
    """A bar of bytes, after a second, in a terminal or a notebook; nothing elsewhere.

    Parameters
    ----------
    text : str
        What stands before it.
    show : bool
    """

    def __init__(self, text: str, *, show: bool = True) -> None:
        self._text = text
        self._show = show
        self._bar: Any = None

    def begin(self, files: int, size: int) -> None:
        """Prepare the bar; it is drawn if the transfer is not over within a second."""
        del files
        if self._show and size and _is_watched():
            from tqdm.auto import tqdm  # noqa: PLC0415 - a notebook's bar takes a while to import

            self._bar = tqdm(
                total=size,
                desc=self._text,
                unit="B",
                unit_scale=True,
                unit_divisor=1024,
                delay=_LONG_SECONDS,
                leave=False,
            )

    def advanced(self, size: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(size)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def tell(self, text: str) -> None:
        """Print a line above the bar.

        Parameters
        ----------
        text : str
        """
        if self._show:
            if self._bar is not None and hasattr(self._bar, "clear"):
                self._bar.clear()
            say(text)


class TransferLines(TransferBar):
    """Azure ML's lines of each file, and the bar.

    Parameters
    ----------
    verb : str
        ``Upload`` or ``Download``.
    show : bool
    names : mapping, optional
        What a file is called in the lines, by its path, if it is not the path.
    """

    def __init__(
        self, verb: str, *, show: bool = True, names: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{verb}ing", show=show)
        self._verb = verb
        self._names = names or {}
        self.total = 0
        self.done = 0

    def started(self, path: str) -> None:
        """Say that a file is being copied."""
        self.tell(f"{self._verb}ing {self._names.get(path, path)}")

    def finished(self, path: str) -> None:
        """Say that a file is there, and how many are."""
        self.done += 1
        self.tell(
            f"{self._verb}ed {self._names.get(path, path)}, {self.done} files out of an estimated "
            f"total of {self.total}"
        )

    def skipped(self, path: str) -> None:
        """Say that a file is left as it is."""
        if self._verb == "Upload":
            self.tell(f"Target already exists. Skipping upload for {path}")
        else:
            self.tell(f"Path already exists. Skipping download for {path}")


def _is_watched() -> bool:
    # In a kernel, the standard output is ipykernel's.
    return sys.stderr.isatty() or type(sys.stdout).__module__.startswith("ipykernel")
