"""What a session is started with, and where what it shows goes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synapse_magics.store.spark_progress import SparkProgress


class View(Protocol):
    """Where what a statement prints and shows goes."""

    def text(self, stream: str, text: str) -> None:
        """Take text of ``stdout`` or ``stderr``."""
        ...

    def show(self, data: Mapping[str, str]) -> None:
        """Take a result by MIME types."""
        ...

    def spark(self, progress: SparkProgress, *, ended: bool) -> None:
        """Take how far the Spark jobs of the statement are; it may come again and again."""
        ...


@dataclass(frozen=True)
class SessionSettings:
    """What a session is started with.

    Parameters
    ----------
    state : pathlib.Path
        The state folder of the workspace.
    compute : mapping
        The definition of the compute target, pool included.
    spark_conf : mapping
        The Spark configuration.
    timeout_minutes : int
        After how long without a statement it ends.
    start_timeout_seconds : int, optional
    description : mapping
        What the metadata says beside.
    maps : mapping
        Local folders in the place of addresses.
    name : str
    """

    state: Path
    compute: Mapping[str, Any]
    spark_conf: Mapping[str, str]
    timeout_minutes: float = 30
    start_timeout_seconds: float | None = None
    description: Mapping[str, Any] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)
    name: str = field(
        default_factory=lambda: f"aml_notebook_{random.randint(1, 1_000_000)}"  # noqa: S311 - a name
    )
