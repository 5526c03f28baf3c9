"""Data that only a pipeline knows: what one of its steps writes and others read."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_reference import VARIABLE, check_path_on_compute
from synapse_magics.core.exceptions import NotSupportedError, unsupported
from synapse_magics.core.output_origin import Origin
from synapse_magics.core.output_preview import ShowsOutput
from synapse_magics.core.tabular_output import check_operation, delimited_table, table_options
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.store.specs import Registration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.store import Store

DESTINATION = "azureml/{run-id}/{output-name}"


class InputPortBinding:
    """Something that is not a dataset as a named input of a step.

    Parameters
    ----------
    name : str, optional
        What it binds has one.
    bind_object : PipelineData, PipelineOutputDataset, DataReference, DataPath or PipelineParameter
    bind_mode : str
        ``mount``, ``download``, ``direct`` or ``upload``.
    path_on_compute : str, optional
        Where in the step's working directory it is to be found.
    overwrite : bool, optional
        Whether an upload may replace what is there; a download never meets anything.
    is_resource, additional_transformations
        Not supported; refused if given.
    """

    def __init__(
        self,
        name: str | None = None,
        bind_object: Any = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
        is_resource: bool = False,
        additional_transformations: Any = None,
    ) -> None:
        chosen = name or getattr(bind_object, "data_reference_name", None)
        self.name = check_port(chosen or getattr(bind_object, "name", ""), "input")
        unsupported(
            f"input {self.name}",
            "leave it out",
            is_resource=is_resource,
            additional_transformations=additional_transformations,
        )
        if bind_mode not in {"mount", "download", "direct", "upload"}:
            raise PipelineError(f"Invalid mode {bind_mode}", where=f"input {self.name}")
        self.bind_object = bind_object
        self.mode = bind_mode
        self.path_on_compute = check_path_on_compute(
            path_on_compute, f"input {self.name}", told=True
        )
        self.overwrite = overwrite

    @property
    def bind_mode(self) -> str:
        """How the step gets at it."""
        return self.mode

    @property
    def data(self) -> PipelineData | None:
        """What a step of the pipeline makes, if it is that."""
        bound = self.bind_object
        if isinstance(bound, PipelineOutputDataset):
            return bound.pipeline_data
        return bound if isinstance(bound, PipelineData) else None

    def renamed(self, name: str) -> InputPortBinding:
        """Return the same input under another name."""
        twin = copy.copy(self)
        twin.name = name
        return twin

    def __repr__(self) -> str:
        return f"${VARIABLE}{self.name}"


class PipelineData(ShowsOutput):
    """What a step writes for other steps of the pipeline.

    Its place is ``azureml/<step run id>/<output name>`` on the datastore. The step is told where by
    ``AZUREML_DATAREFERENCE_<name>``, and finds nothing there, not even a folder.

    Parameters
    ----------
    name : str
    datastore : AbstractDatastore, optional
        The pipeline's default one if missing.
    output_name : str, optional
        The name of the output; ``name`` if missing.
    output_mode : str
        ``mount``: written in place; ``upload``: written locally, and copied after success.
    output_path_on_compute : str, optional
        Where in the step's working directory it writes.
    output_overwrite : bool, optional
        Whether an upload may replace what is there.
    data_type : str, optional
        What a person says that it is; nothing follows from it, as in Azure ML.
    is_directory : bool, optional
        Ignored: it is what the step makes of it.
    pipeline_output_name : str, optional
        The name by which ``PipelineRun.get_pipeline_output`` finds it.
    training_output
        Not supported; refused if given.
    """

    def __init__(
        self,
        name: str,
        datastore: AbstractDatastore | None = None,
        output_name: str | None = None,
        output_mode: str = "mount",
        output_path_on_compute: str | None = None,
        output_overwrite: bool | None = None,
        data_type: str | None = None,
        is_directory: bool | None = None,
        pipeline_output_name: str | None = None,
        training_output: Any = None,
    ) -> None:
        self.name = check_port(name, "output")
        self.port_name = check_port(output_name or name, "output")
        where = f"PipelineData {name}"
        if output_mode not in {"mount", "upload"}:
            raise PipelineError(
                f"Invalid output mode {output_mode}", where=where, hint="mount or upload"
            )
        unsupported(
            where, "run.register_model in the script, or a file", training_output=training_output
        )
        self.datastore = datastore
        self.mode = output_mode
        self.path = DESTINATION
        self.path_on_compute = check_path_on_compute(output_path_on_compute, where)
        self.overwrite = bool(output_overwrite)
        self.data_type = data_type
        self.is_directory = is_directory
        self.pipeline_output_name = pipeline_output_name
        self.registration: Registration | None = None
        self.table: Mapping[str, Any] | None = None
        self.layout: Mapping[str, Any] | None = None
        self.origin = Origin()

    def as_download(
        self,
        input_name: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
    ) -> InputPortBinding:
        """Return it as an input that is a local copy."""
        return InputPortBinding(
            input_name or self.name, self, "download", path_on_compute, overwrite
        )

    def as_mount(self, input_name: str | None = None) -> InputPortBinding:
        """Return it as an input in place."""
        return InputPortBinding(input_name or self.name, self)

    def as_input(self, input_name: str) -> InputPortBinding:
        """Return it as an input of another name."""
        return InputPortBinding(input_name, self)

    def as_dataset(self) -> PipelineOutputFileDataset:
        """Return it as a dataset, which the steps that read it are handed."""
        return PipelineOutputFileDataset(self)

    def get_env_variable_name(self) -> str:
        """Return the name of the variable that tells a step where it is."""
        return f"{VARIABLE}{self.name}"

    def __deepcopy__(self, memo: object) -> Self:
        return copy.copy(self)

    def _shown(self) -> tuple[Store, OutputRecord] | None:
        return self.origin.output_of_run(self.name)

    def __repr__(self) -> str:
        return f"${self.get_env_variable_name()}"


class PipelineOutputDataset:
    """What a step writes, as a dataset.

    Parameters
    ----------
    pipeline_data : PipelineData
    """

    mode = "mount"
    table: Mapping[str, Any] | None = None

    def __init__(self, pipeline_data: PipelineData) -> None:
        self.pipeline_data = pipeline_data
        self.input_name: str | None = None
        self.path_on_compute: str | None = None

    @property
    def name(self) -> str:
        """The name of the output, and of the input if it has no other."""
        return self.pipeline_data.name

    def as_named_input(self, name: str) -> Self:
        """Return it as an input of a name."""
        return self._with(input_name=check_port(name, "input"))

    def register(self, name: str, create_new_version: bool = True) -> Self:
        """Make the output a new dataset version when its step completes.

        Parameters
        ----------
        name : str
        create_new_version : bool
            Each finished run adds one; False is refused.

        Returns
        -------
        PipelineOutputDataset
            Itself.
        """
        if not create_new_version:
            raise NotSupportedError(
                "create_new_version=False is not supported here",
                where=f"register output {self.name}",
                hint="another name: each finished run adds a version",
            )
        self.pipeline_data.registration = Registration(name)
        self.pipeline_data.table = self.table
        return self

    def _with(self, **changes: Any) -> Self:
        twin = copy.copy(self)
        vars(twin).update(changes)
        return twin

    def binding(self) -> InputPortBinding:
        """Return it as an input of a step."""
        name = self.input_name or self.name
        return InputPortBinding(name, self, self.mode, self.path_on_compute)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class PipelineOutputFileDataset(PipelineOutputDataset):
    """What a step writes, as a dataset of files."""

    def as_mount(self, path_on_compute: str | None = None) -> Self:
        """Return it as an input in place."""
        return self._with(mode="mount", path_on_compute=path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> Self:
        """Return it as an input that is a local copy."""
        return self._with(mode="download", path_on_compute=path_on_compute)

    def as_direct(self) -> Self:
        """Return it as an input that is a dataset, not a path."""
        return self._with(mode="direct", path_on_compute=None)

    def parse_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = True,
        partition_format: str | None = None,
        file_extension: str | None = "",
        set_column_types: Mapping[str, Any] | None = None,
        quoted_line_breaks: bool = False,
    ) -> PipelineOutputTabularDataset:
        """Return it as a table of delimited files.

        Parameters
        ----------
        separator : str
        header : bool or PromoteHeadersBehavior
        file_extension : str
            Only files whose names end with it; all of them if empty.
        quoted_line_breaks : bool
        include_path, partition_format, set_column_types
            As of ``Dataset.Tabular.from_delimited_files``.

        Returns
        -------
        PipelineOutputTabularDataset
        """
        options = table_options(
            include_path=include_path,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )
        glob = _glob(file_extension)
        table = delimited_table(separator, header, glob, multi_line=quoted_line_breaks)
        return self._as_table({**table, **options})

    def parse_parquet_files(
        self,
        include_path: bool = False,
        partition_format: str | None = None,
        file_extension: str | None = ".parquet",
        set_column_types: Mapping[str, Any] | None = None,
    ) -> PipelineOutputTabularDataset:
        """Return it as a table of Parquet files.

        Parameters
        ----------
        file_extension : str
            Only files whose names end with it; all of them if empty.
        include_path, partition_format, set_column_types
            As of ``Dataset.Tabular.from_delimited_files``.

        Returns
        -------
        PipelineOutputTabularDataset
        """
        options = table_options(
            include_path=include_path,
            partition_format=partition_format,
            set_column_types=set_column_types,
        )
        return self._as_table({"format": "parquet", "glob": _glob(file_extension), **options})

    def _as_table(self, table: Mapping[str, Any]) -> PipelineOutputTabularDataset:
        made = PipelineOutputTabularDataset(self.pipeline_data)
        made.input_name, made.table = self.input_name, table
        return made


class PipelineOutputTabularDataset(PipelineOutputDataset):
    """What a step writes, as a table."""

    mode = "direct"

    def keep_columns(self, columns: str | Sequence[str]) -> Self:
        """Return the table with some of its columns only."""
        return self._operated("keep_columns", columns)

    def drop_columns(self, columns: str | Sequence[str]) -> Self:
        """Return the table without some of its columns."""
        return self._operated("drop_columns", columns)

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Self, Self]:
        """Refuse to split the table before it is there."""
        del percentage, seed
        raise NotSupportedError(
            "random_split of an output is not supported here",
            where=f"output {self.name}",
            hint="split the table in the step that takes it: TabularDataset.random_split, or "
            "DataFrame.sample",
        )

    def _operated(self, operation: str, columns: str | Sequence[str]) -> Self:
        check_operation(operation, f"output {self.name}")
        names = [columns] if isinstance(columns, str) else list(columns)
        table = self.table or {}
        operations = [*table.get("operations", ()), [operation, names]]
        return self._with(table={**table, "operations": operations})


def check_port(name: Any, what: str) -> str:
    """Return the name of an input or output, or refuse it with the rule.

    Parameters
    ----------
    name : str
    what : str
        ``input`` or ``output``.

    Returns
    -------
    str

    Raises
    ------
    PipelineError
    """
    if not isinstance(name, str) or not re.fullmatch(r"\w+", name, re.ASCII):
        raise PipelineError(
            f"[{name}] is not a valid {what} name as it may contain only letters, digits, and "
            "underscores."
        )
    return name


def _glob(extension: str | None) -> str | None:
    return f"**/*{extension}" if extension else None


class OutputPortBinding(PipelineData):
    """What a step writes, under the name that Azure ML's graph gives it.

    Parameters
    ----------
    name, datastore, output_name, is_directory, data_type, pipeline_output_name, training_output
        As for :class:`PipelineData`.
    bind_mode, path_on_compute, overwrite
        Its ``output_mode``, ``output_path_on_compute`` and ``output_overwrite``.
    dataset_registration, dataset_output
        Not supported; refused if given.
    """

    def __init__(
        self,
        name: str,
        datastore: AbstractDatastore | None = None,
        output_name: str | None = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        is_directory: bool | None = None,
        overwrite: bool | None = None,
        data_type: str | None = None,
        pipeline_output_name: str | None = None,
        training_output: Any = None,
        dataset_registration: Any = None,
        dataset_output: Any = None,
    ) -> None:
        unsupported(
            f"OutputPortBinding {name}",
            "OutputFileDatasetConfig(...).register_on_complete(name)",
            dataset_registration=dataset_registration,
            dataset_output=dataset_output,
        )
        super().__init__(
            name,
            datastore,
            output_name,
            bind_mode,
            path_on_compute,
            overwrite,
            data_type,
            is_directory,
            pipeline_output_name,
            training_output,
        )


class PipelineDataset:
    """Azure ML's first way to bind a dataset to a step, which an input by name has replaced.

    Parameters
    ----------
    **kwargs
        Azure ML's own; refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        del kwargs
        raise NotSupportedError(
            "PipelineDataset is not supported here",
            where="PipelineDataset",
            hint="dataset.as_named_input(name), and .as_mount() or .as_download() on it",
        )


class TrainingOutput:
    """What AutoML and HyperDrive write; neither runs here.

    Parameters
    ----------
    type : str
    iteration : int, optional
    metric : str, optional
    model_file : str, optional
    """

    def __init__(
        self,
        type: str,  # noqa: A002 - Azure ML's name
        iteration: int | None = None,
        metric: str | None = None,
        model_file: str | None = None,
    ) -> None:
        del iteration, metric, model_file
        raise NotSupportedError(
            "AutoML and HyperDrive are not supported here",
            where=f"TrainingOutput {type}",
            hint="write the model to an output of the step that trains it",
        )
