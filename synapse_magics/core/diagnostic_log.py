"""A file with all that is logged, to look at when something is not as it should be."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from typing_extensions import Self

_LINE = "%(asctime)s|%(name)s|%(levelname)s|%(message)s"


class diagnostic_log:  # noqa: N801 - Azure ML's name
    """Write what is logged into a file: ``with diagnostic_log("debug.log"):``.

    Parameters
    ----------
    log_path : str, optional
        The file; one in ``logs`` with the time in its name if missing.
    namespaces : iterable of str, optional
        The loggers; those of this package if missing.
    context_name : str, optional
        A name that is written at the beginning.
    """

    def __init__(
        self,
        log_path: str | None = None,
        namespaces: Iterable[str] | None = None,
        context_name: str | None = None,
    ) -> None:
        given = log_path or Path("logs") / time.strftime("debug-%Y%m%dT%H%M%S.log")
        self.log_path = Path(given)
        self.context_name = context_name
        self._loggers = [logging.getLogger(item) for item in namespaces or ("synapse_magics",)]
        self._levels: list[int] = []
        self._handler: logging.FileHandler | None = None

    def start_capture(self) -> None:
        """Begin; a second time does nothing."""
        if self._handler is not None:
            return
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.log_path, os.O_CREAT | os.O_APPEND, 0o600))
        self._handler = logging.FileHandler(self.log_path, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter(_LINE))
        self._levels = [item.level for item in self._loggers]
        for item in self._loggers:
            item.addHandler(self._handler)
            item.setLevel(logging.DEBUG)
        self._loggers[0].debug("begin %s", self.context_name or "")

    def stop_capture(self) -> None:
        """End; a second time does nothing."""
        if self._handler is None:
            return
        for item, level in zip(self._loggers, self._levels, strict=True):
            item.removeHandler(self._handler)
            item.setLevel(level)
        self._handler.close()
        self._handler = None

    def __enter__(self) -> Self:
        self.start_capture()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_capture()
