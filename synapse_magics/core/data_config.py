"""How a step consumes data, and where it writes: inputs and outputs by configuration."""

from __future__ import annotations

import copy
import hashlib
import logging
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from synapse_magics.core import names
from synapse_magics.core.data_reference import DataPath, check_path_on_compute
from synapse_magics.core.dataset import AbstractDataset, TabularDataset
from synapse_magics.core.datastore import AbstractDatastore
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.output_origin import Origin
from synapse_magics.core.output_preview import ShowsOutput
from synapse_magics.core.workspace import Workspace
from synapse_magics.runtime.partition_formats import PartitionFormat
from synapse_magics.store.specs import Registration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from synapse_magics.core.tabular_output import OutputTabularDatasetConfig
    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.store import Store

log = logging.getLogger(__name__)

DEFAULT_DESTINATION = "dataset/{run-id}/{output-name}"
MODES = ("direct", "download", "mount", "hdfs")

# A variable of the input's name would replace the system's: Azure ML only warns, and so do we.
_SYSTEM = frozenset({"path", "ld_library_path", "user", "logname", "home", "pwd", "shell"})


class DatasetConsumptionConfig:
    """A named input of a step.

    Parameters
    ----------
    name : str
        The name the step knows it by.
    dataset : AbstractDataset, OutputDatasetConfig, PipelineParameter or tuple
        A dataset; the output of another step; a pipeline parameter whose default is a dataset;
        or ``(workspace, name)`` or ``(workspace, name, version)`` of a registered one, which is
        looked up at submission.
    mode : str
        ``direct``, ``download``, ``mount`` or ``hdfs``.
    path_on_compute : str, optional
        Where in the step's working directory a download or mount is to be found.
    """

    def __init__(
        self,
        name: str,
        dataset: Any,
        mode: str = "direct",
        path_on_compute: str | None = None,
    ) -> None:
        self.name = names.check_input(name)
        where = f"input {name}"
        if name.lower() in _SYSTEM:
            log.warning(
                "the input %s is called like a variable of the system; that variable is left alone",
                name,
            )
        _check_dataset(dataset, where)
        if mode not in MODES:
            raise UserErrorException(
                f"Invalid mode {mode}. It must be one of {', '.join(MODES)}.", where=where
            )
        table = getattr(dataset, "default_value", dataset)
        only_direct = isinstance(table, TabularDataset) or getattr(dataset, "table", None)
        if only_direct and mode != "direct":
            raise UserErrorException(
                f"{type(table).__name__} does not support {mode}. Only FileDataset supports {mode}",
                where=where,
            )
        if path_on_compute is not None and mode not in {"download", "mount"}:
            raise UserErrorException(
                f"mode {mode} has no path on the compute", where=where, hint=".as_download(path)"
            )
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = check_path_on_compute(path_on_compute, where, told=True)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """Return the input as a local copy."""
        return DatasetConsumptionConfig(self.name, self.dataset, "download", path_on_compute)

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """Return the input as a path in place."""
        return DatasetConsumptionConfig(self.name, self.dataset, "mount", path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        """Return the input as an address for Spark."""
        return DatasetConsumptionConfig(self.name, self.dataset, "hdfs")

    def __deepcopy__(self, memo: object) -> DatasetConsumptionConfig:
        # A run configuration copies its arguments; the data and the workspace stay the same.
        return copy.copy(self)

    def __repr__(self) -> str:
        return f"DatasetConsumptionConfig(name={self.name!r}, mode={self.mode!r})"


def _short_hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]


def _check_dataset(dataset: Any, where: str) -> None:
    if isinstance(dataset, (AbstractDataset, OutputDatasetConfig)):
        return
    # A PipelineParameter, which this room does not know.
    if isinstance(getattr(dataset, "default_value", None), AbstractDataset):
        return
    if (
        isinstance(dataset, tuple)
        and len(dataset) in {2, 3}
        and isinstance(dataset[0], Workspace)
        and isinstance(dataset[1], str)
    ):
        return
    raise UserErrorException(
        f"an input is a dataset or the output of a step, not {names.type_of(dataset)}",
        where=where,
        hint="a dataset, an output, (workspace, 'name'[, version]), or a PipelineParameter whose "
        "default is a dataset",
    )


class OutputDatasetConfig(ShowsOutput):
    """A named output of a step: a place on a datastore.

    Parameters
    ----------
    name : str, optional
        Random if missing, as in Azure ML.
    destination : AbstractDatastore, DataPath or tuple, optional
        A datastore, or one with a path, which may hold ``{run-id}`` and ``{output-name}``.
    """

    mode = "mount"
    _input_mode = "mount"

    def __init__(
        self,
        name: str | None = None,
        destination: AbstractDatastore | DataPath | tuple[AbstractDatastore, str] | None = None,
    ) -> None:
        # Copies made by register_on_complete are still the same output of the same step.
        self.origin = Origin()
        self.is_unnamed = not name
        self._name = names.check_output(name or f"output_{uuid.uuid4().hex[:8]}")
        self.datastore: AbstractDatastore | None = None
        self.path = DEFAULT_DESTINATION
        if destination is not None:
            self.datastore, self.path = _destination(destination)
        if ".." in self.path.split("/"):
            raise UserErrorException(
                f"the destination {self.path!r} leaves the datastore", where=f"output {self.name}"
            )
        self.registration: Registration | None = None
        self.overwrite = False
        self.source_globs: tuple[str, ...] = ()
        self.path_on_compute: str | None = None
        self.table: Mapping[str, Any] | None = None
        """How its files are read as a table, if they are."""
        self.layout: Mapping[str, Any] | None = None
        """What the paths of its files say, if somebody has said it."""

    @property
    def name(self) -> str:
        """The output's name; random until a step makes it if it was given none."""
        return self.origin.name or self._name

    def settle_name(self, step: str, position: int) -> None:
        """Give the output a name that is the same in every session, if it has none of its own.

        With a random one, as in Azure ML, no session could reuse what another one has made.

        Parameters
        ----------
        step : str
            The name of the step that makes it.
        position : int
            Among the outputs that have no names.
        """
        if self.is_unnamed and self.origin.name is None:
            self.origin.name = f"output_{_short_hash(step, str(position))}"

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
            ``input_`` and eight digits if missing, that come from the output's name.

        Returns
        -------
        DatasetConsumptionConfig
        """
        chosen = name or f"input_{_short_hash(self.name)}"
        return DatasetConsumptionConfig(chosen, self, self._input_mode)

    def __deepcopy__(self, memo: object) -> Self:
        return copy.copy(self)

    def _shown(self) -> tuple[Store, OutputRecord] | None:
        return self.origin.output_of_run(self.name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, path={self.path!r})"


class TableReading:
    """Outputs whose files can be read as a table by who takes them."""

    def read_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = True,
        partition_format: str | None = None,
        path_glob: str | None = None,
        set_column_types: Mapping[str, Any] | None = None,
    ) -> OutputTabularDatasetConfig:
        """Return the output as a table of delimited files.

        The types of the columns are inferred when the table is first used: only then is it sure
        that the files are there.

        Parameters
        ----------
        separator : str
        header : bool or PromoteHeadersBehavior
            All files have the same header, or none has one.
        path_glob : str, optional
            Only the files below the output that it matches.
        include_path, partition_format, set_column_types
            As of ``Dataset.Tabular.from_delimited_files``.

        Returns
        -------
        OutputTabularDatasetConfig
        """
        from synapse_magics.core import tabular_output  # noqa: PLC0415 - a cycle otherwise

        return tabular_output.read_delimited(
            self,
            include_path=include_path,
            separator=separator,
            header=header,
            partition_format=partition_format,
            path_glob=path_glob,
            set_column_types=set_column_types,
        )

    def read_parquet_files(
        self,
        include_path: bool = False,
        partition_format: str | None = None,
        path_glob: str | None = None,
        set_column_types: Mapping[str, Any] | None = None,
    ) -> OutputTabularDatasetConfig:
        """Return the output as a table of Parquet files.

        Parameters
        ----------
        path_glob : str, optional
            Only the files below the output that it matches.
        include_path, partition_format, set_column_types
            As of ``Dataset.Tabular.from_delimited_files``.

        Returns
        -------
        OutputTabularDatasetConfig
        """
        from synapse_magics.core import tabular_output  # noqa: PLC0415 - a cycle otherwise

        return tabular_output.read_parquet(
            self,
            include_path=include_path,
            partition_format=partition_format,
            path_glob=path_glob,
            set_column_types=set_column_types,
        )


class HDFSOutputDatasetConfig(OutputDatasetConfig, TableReading):
    """An output of a Spark step, written at an address that Spark understands."""

    mode = "hdfs"


class OutputFileDatasetConfig(OutputDatasetConfig, TableReading):
    """An output of a Python step: a folder that is there when the step starts.

    Parameters
    ----------
    name, destination
        As for :class:`OutputDatasetConfig`.
    source : str, optional
        Where in the step's working directory it writes.
    partition_format : str, optional
        What the paths of the files say, as of ``Dataset.File.from_files``: the dataset that the
        output becomes has these ``partition_keys``.
    """

    def __init__(
        self,
        name: str | None = None,
        destination: AbstractDatastore | DataPath | tuple[AbstractDatastore, str] | None = None,
        source: str | None = None,
        partition_format: str | None = None,
    ) -> None:
        super().__init__(name, destination)
        self.path_on_compute = check_path_on_compute(source, f"source of output {self.name}")
        if partition_format is not None:
            self.layout = PartitionFormat(partition_format).layout

    def as_upload(
        self, overwrite: bool = False, source_globs: Sequence[str] | str | None = None
    ) -> Self:
        """Return the output as a local folder that is copied to its destination after success.

        Parameters
        ----------
        overwrite : bool
            Without it, the step fails if one of the files is there already.
        source_globs : list of str, optional
            Only the files that one of them matches.

        Returns
        -------
        OutputFileDatasetConfig
        """
        return as_upload(self, overwrite, source_globs)

    def as_mount(self, disable_metadata_cache: bool = False) -> Self:
        """Return the output: what is written is there at once.

        Parameters
        ----------
        disable_metadata_cache : bool
            Ignored: there is no cache.
        """
        del disable_metadata_cache
        return as_mount(self)


_Output = TypeVar("_Output", bound=OutputDatasetConfig)


def as_upload(
    output: _Output, overwrite: bool, source_globs: Sequence[str] | str | None
) -> _Output:
    """Return a copy of an output in mode ``upload``."""
    twin = copy.copy(output)
    globs = [source_globs] if isinstance(source_globs, str) else source_globs or ()
    twin.mode, twin.overwrite, twin.source_globs = "upload", overwrite, tuple(globs)
    return twin


def as_mount(output: _Output) -> _Output:
    """Return a copy of an output in mode ``mount``."""
    twin = copy.copy(output)
    twin.mode, twin.overwrite, twin.source_globs = "mount", False, ()
    return twin


def _destination(destination: Any) -> tuple[AbstractDatastore, str]:
    if isinstance(destination, DataPath):
        destination = (destination.datastore, destination.path_on_datastore or "")
    pair = destination if isinstance(destination, tuple) else (destination, DEFAULT_DESTINATION)
    if len(pair) == 2 and isinstance(pair[0], AbstractDatastore) and isinstance(pair[1], str):
        _ = pair[0].root  # nothing can be written to a datastore that is only a reference
        return pair
    raise UserErrorException(
        "destination must be a datastore, a DataPath, or (datastore, 'path')",
        where=repr(destination),
    )
