"""Azure ML's small classes about outputs: how they are registered, uploaded, mounted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class RegistrationConfiguration:
    """The name under which a finished output becomes a dataset version."""

    name: str
    description: str | None
    tags: Mapping[str, str] | None


@dataclass(frozen=True)
class UploadOptions:
    """Which files of a local folder are copied to an output's destination, and over which."""

    overwrite: bool = False
    source_globs: Sequence[str] | None = None


@dataclass(frozen=True)
class MountOptions:
    """How an output is mounted; there is no cache whose metadata could be disabled."""

    disable_metadata_cache: bool = False
