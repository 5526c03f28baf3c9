"""The run of a script that was started by hand: it prints what it is told."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.runtime.context import NO_LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self


class OfflineRun:
    """A run outside of any experiment.

    As in Azure ML it has no ``experiment``, ``input_datasets``, ``output_datasets`` and
    ``get_details``, and ``log`` takes no ``step``: scripts ask for that to know where they are.

    Parameters
    ----------
    run_id : str, optional
    """

    def __init__(self, run_id: str | None = None) -> None:
        self._id = run_id or f"OfflineRun_{uuid.uuid4()}"
        self._tags: dict[str, str | None] = {}
        self._properties: dict[str, str] = {}

    @property
    def id(self) -> str:
        """``OfflineRun_`` and something random."""
        return self._id

    def log(self, name: str, value: Any, description: str = "") -> None:
        """Print a value.

        Parameters
        ----------
        name : str
        value : int, float, bool or str
        description : str
            Ignored.
        """
        del description
        if isinstance(value, list):
            raise UserErrorException(NO_LISTS)
        _attempted("scalar", name, value)

    def log_list(self, name: str, value: Sequence[Any], description: str = "") -> None:
        """Print a list."""
        del description
        _attempted("list", name, value)

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Print a row."""
        del description
        _attempted("row", name, kwargs.items())

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """Print a table."""
        del description
        _attempted("table", name, value)

    def log_image(
        self, name: str, path: str | None = None, plot: Any = None, description: str = ""
    ) -> None:
        """Print where an image is."""
        del description
        _attempted("image", name, path if path is not None else plot)

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Print a confusion matrix."""
        del description
        _attempted("confusion matrix", name, value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Print an accuracy table."""
        del description
        _attempted("accuracy table", name, value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Print residuals."""
        del description
        _attempted("residuals", name, value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Print predictions."""
        del description
        _attempted("predictions", name, value)

    def upload_file(
        self, name: str, path_or_stream: Any, datastore_name: str | None = None
    ) -> None:
        """Print which file would be kept."""
        del datastore_name
        say(f"Attempted to track file {name} at {path_or_stream}")

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: int | None = None,
        datastore_name: str | None = None,
    ) -> None:
        """Print which files would be kept."""
        del return_artifacts, timeout_seconds
        for name, path in zip(names, paths, strict=True):
            self.upload_file(name, path, datastore_name)

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> None:
        """Print which folder would be kept."""
        del datastore_name
        say(f"Attempted to track folder {name} at {path}")

    def tag(self, key: str, value: str | None = None) -> None:
        """Print a tag, and keep it for :meth:`get_tags`."""
        self._tags[key] = value
        say(f"Attempted to add tag {key} with value {value}")

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Print tags, and keep them for :meth:`get_tags`."""
        for key, value in tags.items():
            self.tag(key, value)

    def get_tags(self) -> dict[str, str | None]:
        """Return the tags that were set."""
        return dict(self._tags)

    @property
    def tags(self) -> dict[str, str | None]:
        """The tags that were set."""
        return dict(self._tags)

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Print properties, and keep them for :meth:`get_properties`."""
        for key, value in properties.items():
            self._properties[key] = value
            say(f"Attempted to add property {key} with value {value}")

    def get_properties(self) -> dict[str, str]:
        """Return the properties that were set."""
        return dict(self._properties)

    @property
    def properties(self) -> dict[str, str]:
        """The properties that were set."""
        return dict(self._properties)

    @property
    def parent(self) -> None:
        """None: it is part of nothing."""
        return

    def get_status(self) -> str:
        """Return ``Running``."""
        return "Running"

    @property
    def status(self) -> str:
        """``Running``."""
        return "Running"

    def complete(self, _set_status: bool = True) -> None:
        """Do nothing."""
        del _set_status

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> None:
        """Do nothing."""
        del error_details, error_code, _set_status

    def cancel(self) -> None:
        """Do nothing."""

    def flush(self, timeout_seconds: float = 300) -> None:
        """Do nothing.

        Parameters
        ----------
        timeout_seconds : float
        """

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: str | None = None
    ) -> OfflineRun:
        """Return another run that prints, whose id begins with this one's."""
        del name, outputs
        return OfflineRun(run_id or f"{self.id}.{uuid.uuid4()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: an exception goes on."""

    def __repr__(self) -> str:
        return f"OfflineRun(Id: {self.id})"


def _attempted(kind: str, name: str, value: Any) -> None:
    say(f"Attempted to log {kind} metric {name}:\n{value}")
