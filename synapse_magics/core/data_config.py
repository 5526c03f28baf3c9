"""How a step consumes data, and where it writes: inputs and outputs by configuration."""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.dataset import AbstractDataset, TabularDataset
from synapse_magics.core.datastore import AbstractDatastore
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.store.specs import Registration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

DEFAULT_DESTINATION = "dataset/{run-id}/{output-name}"
MODES = ("direct", "download", "mount", "hdfs")


class DatasetConsumptionConfig:
    """A named input of a step.

    Parameters
    ----------
    name : str
        The name the step knows it by.
    dataset : AbstractDataset or OutputDatasetConfig
    mode : str
        ``direct``, ``download``, ``mount`` or ``hdfs``.
    path_on_compute : str, optional
        Not supported: the path is what the step is told.
    """

    def __init__(
        self,
        name: str,
        dataset: AbstractDataset | OutputDatasetConfig,
        mode: str = "direct",
        path_on_compute: str | None = None,
    ) -> None:
        self.name = names.check_input(name)
        if not isinstance(dataset, (AbstractDataset, OutputDatasetConfig)):
            raise UserErrorException(
                f"an input is a dataset or the output of a step, not a {type(dataset).__name__}",
                where=f"input {name}",
            )
        if mode not in MODES:
            raise UserErrorException(
                f"Invalid mode {mode}. It must be one of {', '.join(MODES)}.", where=f"input {name}"
            )
        if path_on_compute is not None:
            raise NotSupportedError(
                "path_on_compute is not supported here",
                where=f"input {name}",
                hint="the step is told the path: as an argument and as an environment variable",
            )
        if isinstance(dataset, TabularDataset) and mode != "direct":
            raise UserErrorException(
                f"{type(dataset).__name__} does not support {mode}. Only FileDataset supports "
                f"{mode}",
                where=f"input {name}",
            )
        self.dataset = dataset
        self.mode = mode

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """Return the input as a local copy."""
        return DatasetConsumptionConfig(self.name, self.dataset, "download", path_on_compute)

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """Return the input as a path in place."""
        return DatasetConsumptionConfig(self.name, self.dataset, "mount", path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        """Return the input as an address for Spark."""
        return DatasetConsumptionConfig(self.name, self.dataset, "hdfs")

    def __repr__(self) -> str:
        return f"DatasetConsumptionConfig(name={self.name!r}, mode={self.mode!r})"


class OutputDatasetConfig:
    """A named output of a step: a place on a datastore.

    Parameters
    ----------
    name : str, optional
        Random if missing, as in Azure ML.
    destination : AbstractDatastore or tuple, optional
        A datastore, or one with a path, which may hold ``{run-id}`` and ``{output-name}``.
    """

    mode = "mount"
    _input_mode = "mount"

    def __init__(
        self,
        name: str | None = None,
        destination: AbstractDatastore | tuple[AbstractDatastore, str] | None = None,
    ) -> None:
        self.name = names.check_output(name or f"output_{uuid.uuid4().hex[:8]}")
        self.datastore: AbstractDatastore | None = None
        self.path = DEFAULT_DESTINATION
        if destination is not None:
            self.datastore, self.path = _destination(destination)
        if ".." in self.path.split("/"):
            raise UserErrorException(
                f"the destination {self.path!r} leaves the datastore", where=f"output {self.name}"
            )
        self.registration: Registration | None = None
        # Copies made by register_on_complete are still the same output of the same step.
        self.origin = uuid.uuid4().hex

    def register_on_complete(
        self,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a copy that becomes a new dataset version when its step completes.

        Parameters
        ----------
        name : str
        description : str, optional
        tags : mapping, optional

        Returns
        -------
        OutputDatasetConfig
        """
        if not name:
            raise ValueError("name must be provided to register an output")
        twin = copy.copy(self)
        twin.registration = Registration(names.check_dataset(name), description, dict(tags or {}))
        return twin

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """Return the output as an input of another step.

        Parameters
        ----------
        name : str, optional
            Random if missing, as in Azure ML.

        Returns
        -------
        DatasetConsumptionConfig
        """
        chosen = name or f"input_{uuid.uuid4().hex[:8]}"
        return DatasetConsumptionConfig(chosen, self, self._input_mode)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, path={self.path!r})"


class HDFSOutputDatasetConfig(OutputDatasetConfig):
    """An output of a Spark step, written at an address that Spark understands."""

    mode = "hdfs"


class OutputFileDatasetConfig(OutputDatasetConfig):
    """An output of a Python step: a folder that is there when the step starts.

    Parameters
    ----------
    name, destination
        As for :class:`OutputDatasetConfig`.
    source, partition_format
        Not supported yet; refused if given.
    """

    def __init__(
        self,
        name: str | None = None,
        destination: AbstractDatastore | tuple[AbstractDatastore, str] | None = None,
        source: str | None = None,
        partition_format: str | None = None,
    ) -> None:
        for parameter, value in (("source", source), ("partition_format", partition_format)):
            if value is not None:
                raise NotSupportedError(
                    f"{parameter} is not supported here",
                    where="OutputFileDatasetConfig",
                    hint="write to the path that the step is told",
                )
        super().__init__(name, destination)

    def as_mount(self, disable_metadata_cache: bool = False) -> OutputFileDatasetConfig:
        """Return the output: what is written is there at once.

        Parameters
        ----------
        disable_metadata_cache : bool
            Ignored: there is no cache.
        """
        del disable_metadata_cache
        return self


def _destination(destination: Any) -> tuple[AbstractDatastore, str]:
    pair = destination if isinstance(destination, tuple) else (destination, DEFAULT_DESTINATION)
    if len(pair) == 2 and isinstance(pair[0], AbstractDatastore) and isinstance(pair[1], str):
        _ = pair[0].root  # nothing can be written to a datastore that is only a reference
        return pair
    raise UserErrorException(
        "destination must be a datastore, or (datastore, 'path')", where=repr(destination)
    )
