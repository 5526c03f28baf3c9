"""Models: files and folders that are kept under a name, in versions."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import model_details, model_filter
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import (
    ModelNotFoundException,
    ModelPathNotFoundException,
    NotSupportedError,
    UserErrorException,
    WebserviceException,
    unsupported,
)
from synapse_magics.runtime.context import RUN_ID
from synapse_magics.store import models

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_magics.core.abstract_dataset import AbstractDataset
    from synapse_magics.core.run import Run
    from synapse_magics.core.run_base import RunBase
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry


class Model:
    """A registered model; the call looks one up.

    Parameters
    ----------
    workspace : Workspace
    name : str, optional
        Its latest version, unless ``version`` is given.
    id : str, optional
        ``name:version``, instead of ``name`` and ``version``.
    tags, properties : list, optional
        Each a key, or a list of key and value, that it must have.
    version : int, optional
    run_id : str, optional
        The run that it was registered from.
    model_framework : str, optional
    expand : bool
        Ignored: what belongs to a model is read when it is asked for.

    Raises
    ------
    WebserviceException
        If there is none.
    """

    class Framework:
        """Names of frameworks."""

        CUSTOM = "Custom"
        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        PYTORCH = "PyTorch"
        MULTI = "Multi"

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Azure ML's name
        tags: Sequence[Any] | None = None,
        properties: Sequence[Any] | None = None,
        version: int | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
        expand: bool = True,
    ) -> None:
        del expand
        wanted = model_filter.ModelFilter(name, id, tags, properties, version, run_id)
        wanted.check()
        found = wanted.matching(workspace.store, framework=model_framework)
        if not found:
            raise WebserviceException(
                f"ModelNotFound: Model with {wanted.describe()} not found in provided workspace",
                hint=model_filter.known_names(workspace.store, name),
            )
        self.workspace = workspace
        self._entry = max(found, key=lambda entry: (entry.version, entry.created))

    @classmethod
    def _of(cls, workspace: Workspace, entry: Entry) -> Model:
        model = cls.__new__(cls)
        model.workspace, model._entry = workspace, entry  # noqa: SLF001 - a constructor
        return model

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str,
        model_name: str,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        datasets: Sequence[tuple[str, AbstractDataset]] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: Iterable[str] | None = None,
        sample_input_dataset: AbstractDataset | None = None,
        sample_output_dataset: AbstractDataset | None = None,
        resource_configuration: object = None,
    ) -> Model:
        """Register a file or a folder as the next version of a model.

        Parameters
        ----------
        workspace : Workspace
        model_path : str
            The local file or folder; it is copied.
        model_name : str
        tags, properties : mapping, optional
        description : str, optional
        datasets : list of tuple, optional
            What the dataset was for, and the dataset.
        model_framework, model_framework_version : str, optional
        child_paths : list of str, optional
            The only parts of the folder that belong to the model.
        sample_input_dataset, sample_output_dataset : AbstractDataset, optional
        resource_configuration : object, optional
            Refused: it describes a deployment, and nothing is deployed here.

        Returns
        -------
        Model

        Raises
        ------
        WebserviceException
            If nothing lies there, or the name is none for a model.
        """
        say(f"Registering model {model_name}")
        body = model_details.body_of(
            tags,
            properties,
            description,
            datasets,
            model_framework,
            model_framework_version,
            sample_input_dataset,
            sample_output_dataset,
            resource_configuration,
        )
        return _register(workspace, Path(model_path), model_name, body, child_paths)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._entry.name

    @property
    def version(self) -> int:
        """The version, from 1."""
        return self._entry.version

    @property
    def id(self) -> str:
        """``name:version``."""
        return f"{self.name}:{self.version}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags."""
        return dict(self._entry.body["tags"])

    @property
    def properties(self) -> dict[str, str]:
        """The properties, which never change once they are set."""
        return dict(self._entry.body["properties"])

    @property
    def description(self) -> str | None:
        """What it is."""
        found: str | None = self._entry.body["description"]
        return found

    @property
    def model_framework(self) -> str | None:
        """The framework that it was made with."""
        found: str | None = self._entry.body["model_framework"]
        return found

    @property
    def model_framework_version(self) -> str | None:
        """The version of that framework."""
        found: str | None = self._entry.body["model_framework_version"]
        return found

    @property
    def created_time(self) -> dt.datetime:
        """When it was registered."""
        return dt.datetime.fromtimestamp(self._entry.created, dt.timezone.utc)

    @property
    def created_by(self) -> dict[str, str] | None:
        """Who registered it; None where that was not noted yet."""
        found = self._entry.body.get("created_by")
        return None if found is None else {"userName": str(found)}

    @property
    def mime_type(self) -> str:
        """What kind of content it is, in Azure ML's words: that of any model."""
        return "application/x-python"

    @property
    def unpack(self) -> bool:
        """Whether it is an archive to be unpacked: never, files and folders are kept as such."""
        return False

    @property
    def url(self) -> str:
        """The asset's address, as Azure ML writes it."""
        return f"aml://asset/{self._entry.id}"

    @property
    def run_id(self) -> str | None:
        """The run that it was registered from; ``clean`` may have removed it."""
        found: str | None = self._entry.body["run_id"]
        return found

    @property
    def experiment_name(self) -> str | None:
        """The experiment of that run."""
        found: str | None = self._entry.body["experiment_name"]
        return found

    @property
    def run(self) -> Run | None:
        """The run that it was registered from, or None if there is none any more."""
        if self.run_id is None or self.workspace.store.runs.get(self.run_id) is None:
            return None
        return self.workspace.get_run(self.run_id)

    @property
    def datasets(self) -> dict[str, list[AbstractDataset]]:
        """The datasets that were named with it, by what they were for."""
        found: dict[str, list[AbstractDataset]] = {}
        for scenario, saved in self._entry.body["datasets"]:
            found.setdefault(scenario, []).append(self._dataset(saved))
        return found

    @property
    def sample_input_dataset(self) -> AbstractDataset | None:
        """A dataset of what it takes."""
        saved = self._entry.body["sample_input"]
        return None if saved is None else self._dataset(saved)

    @property
    def sample_output_dataset(self) -> AbstractDataset | None:
        """A dataset of what it gives."""
        saved = self._entry.body["sample_output"]
        return None if saved is None else self._dataset(saved)

    def _dataset(self, saved: str) -> AbstractDataset:
        from synapse_magics.core.dataset import Dataset  # noqa: PLC0415 - a cycle otherwise

        return Dataset.get_by_id(self.workspace, saved)

    @staticmethod
    def list(
        workspace: Workspace,
        name: str | None = None,
        tags: Sequence[Any] | None = None,
        properties: Sequence[Any] | None = None,
        run_id: str | None = None,
        latest: bool = False,
        dataset_id: str | None = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: str | None = None,
    ) -> builtins.list[Model]:
        """Return the models that fit, the newest first.

        Parameters
        ----------
        workspace : Workspace
        name : str, optional
        tags, properties : list, optional
            Each a key, or a list of key and value, that they must have.
        run_id : str, optional
        latest : bool
            Of each name only the latest version.
        dataset_id : str, optional
            The id of a dataset that was named with them.
        expand, page_count
            Ignored: there is no service to ask in pages.
        model_framework : str, optional

        Returns
        -------
        list of Model
        """
        del expand, page_count
        wanted = model_filter.ModelFilter(name, None, tags, properties, None, run_id)
        found = wanted.matching(workspace.store, dataset=dataset_id, framework=model_framework)
        if latest:
            newest: dict[str, Entry] = {}
            for entry in found:
                if entry.name not in newest or entry.version > newest[entry.name].version:
                    newest[entry.name] = entry
            found = [entry for entry in found if entry is newest[entry.name]]
        return [Model._of(workspace, entry) for entry in found]

    @staticmethod
    def get_model_path(
        model_name: str, version: int | None = None, _workspace: Workspace | None = None
    ) -> str:
        """Return a local path of a model.

        In a step, or with a workspace, it is copied to ``azureml-models/NAME/VERSION/`` below the
        working directory. Elsewhere it is looked for there, and in the working directory.

        Parameters
        ----------
        model_name : str
        version : int, optional
            The latest if missing.

        Returns
        -------
        str

        Raises
        ------
        ModelNotFoundException
            If it is nowhere.
        """
        if _workspace is None and RUN_ID in os.environ:
            from synapse_magics.core.workspace import Workspace  # noqa: PLC0415 - a cycle

            _workspace = Workspace.from_config()
        if _workspace is None:
            return model_details.cached(model_name, version)
        try:
            model = Model(_workspace, model_name, version=version)
        except WebserviceException as error:
            raise ModelNotFoundException(
                error.message, inner_exception=error, hint=error.hint
            ) from error
        target = Path(model_details.CACHE) / model.name / str(model.version)
        content = target / model._content.name
        if not content.exists():
            try:
                model.download(str(target))
            except (OSError, WebserviceException):
                # The workers of one step ask for the same model at once; another was faster.
                if not content.exists():
                    raise
        return str(content)

    @property
    def _content(self) -> Path:
        folder = models.content_folder(self.workspace.store, self.name, self.version)
        return folder / str(self._entry.body["content"])

    def download(
        self, target_dir: str = ".", exist_ok: bool = False, exists_ok: bool | None = None
    ) -> str:
        """Copy the model to a local folder.

        Parameters
        ----------
        target_dir : str
        exist_ok : bool
            Replace what is there.
        exists_ok : bool, optional
            The older name of it.

        Returns
        -------
        str
            The path of the file or folder.
        """
        source, target = self._content, Path(target_dir) / self._content.name
        if not source.exists():
            raise WebserviceException(f"the content of model {self.id} is gone", where=str(source))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not (exist_ok or exists_ok):
            raise WebserviceException(
                f"Error, unable to move downloaded model to {target}: a model (file or directory) "
                "already exists at this path.",
                hint="exist_ok=True replaces it",
            )
        # Several processes of one step may ask for the same model at once.
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            models.copy_content(source, part)
            if target.is_dir():
                target.rename(part.with_name(f"{part.name}.old"))
            part.replace(target)
        finally:
            for place in (part, part.with_name(f"{part.name}.old")):
                shutil.rmtree(place, ignore_errors=True)
            part.unlink(missing_ok=True)
        return str(target)

    def update(
        self,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        sample_input_dataset: AbstractDataset | None = None,
        sample_output_dataset: AbstractDataset | None = None,
        resource_configuration: object = None,
    ) -> None:
        """Replace what is given.

        Parameters
        ----------
        tags : mapping, optional
        description : str, optional
        sample_input_dataset, sample_output_dataset : AbstractDataset, optional
        resource_configuration : object, optional
            Refused: it describes a deployment.
        """
        unsupported(
            "Model.update", model_details.SERVE, resource_configuration=resource_configuration
        )
        given = {
            "tags": None if tags is None else model_details.texts(tags),
            "description": description,
            "sample_input": model_details.saved(sample_input_dataset),
            "sample_output": model_details.saved(sample_output_dataset),
        }
        self._change({key: value for key, value in given.items() if value is not None})

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Add tags; those of the same key are replaced."""
        self._merge("tags", model_details.texts(tags))

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove the tags of some keys."""
        self._merge("tags", {}, without=tags)

    def update_tags_properties(
        self,
        add_tags: Mapping[str, str] | None = None,
        remove_tags: Iterable[str] | None = None,
        add_properties: Mapping[str, str] | None = None,
    ) -> None:
        """Add and remove tags, and add properties.

        Parameters
        ----------
        add_tags : mapping, optional
        remove_tags : list of str, optional
        add_properties : mapping, optional
        """
        if add_properties:
            self.add_properties(add_properties)
        self._merge("tags", model_details.texts(add_tags or {}), without=remove_tags or ())

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Add properties; one that is set is never changed.

        Raises
        ------
        UserErrorException
            If one of them has another value already.
        """
        self._merge("properties", model_details.texts(properties), fixed=True)

    def add_dataset_references(self, datasets: Sequence[tuple[str, AbstractDataset]]) -> None:
        """Name datasets with the model.

        Parameters
        ----------
        datasets : list of tuple
            What the dataset was for, and the dataset.
        """
        saved = model_details.references(datasets)
        self._change(lambda body: {"datasets": [*body["datasets"], *saved]})

    def delete(self) -> None:
        """Remove this version with its content; its number is not given again."""
        models.remove(self.workspace.store, self._entry)

    def serialize(self) -> dict[str, Any]:
        """Return the model as a dict."""
        return {
            "createdBy": self.created_by,
            "createdTime": self.created_time.isoformat(),
            "description": self.description,
            "experimentName": self.experiment_name,
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "id": self.id,
            "mimeType": self.mime_type,
            "name": self.name,
            "properties": self.properties,
            "runId": self.run_id,
            "tags": self.tags,
            "unpack": self.unpack,
            "url": self.url,
            "version": self.version,
        }

    def get_sas_urls(self) -> dict[str, str]:
        """Refuse: there is no storage service that would hand out addresses."""
        raise NotSupportedError(
            "Model.get_sas_urls is not supported here", hint="model.download('folder')"
        )

    @staticmethod
    def deploy(*args: object, **kwargs: object) -> None:
        """Refuse: nothing is deployed here."""
        del args, kwargs
        raise NotSupportedError("Model.deploy is not supported here", hint=model_details.SERVE)

    @staticmethod
    def package(*args: object, **kwargs: object) -> None:
        """Refuse: no images are built here."""
        del args, kwargs
        raise NotSupportedError("Model.package is not supported here", hint=model_details.SERVE)

    @staticmethod
    def profile(*args: object, **kwargs: object) -> None:
        """Refuse: nothing is deployed here."""
        del args, kwargs
        raise NotSupportedError("Model.profile is not supported here", hint=model_details.SERVE)

    def _merge(
        self, what: str, new: dict[str, str], without: Iterable[str] = (), *, fixed: bool = False
    ) -> None:
        gone = {without} if isinstance(without, str) else set(without)

        def edit(body: dict[str, Any]) -> dict[str, Any]:
            now = body[what]
            other = [key for key in new if fixed and key in now and now[key] != new[key]]
            if other:
                raise UserErrorException(
                    f"the property {other[0]} of model {self.id} is set, and properties never "
                    "change",
                    hint="add_tags sets what may change",
                )
            kept = {key: value for key, value in now.items() if key not in gone}
            return {what: {**kept, **new}}

        self._change(edit)

    def _change(self, new: Any) -> None:
        def edit(body: dict[str, Any]) -> dict[str, Any]:
            return {**body, **(new(body) if callable(new) else new)}

        entry = models.change(self.workspace.store, self._entry, edit)
        if entry is None:
            raise WebserviceException(
                f"ModelNotFound: Model with id {self.id} not found in provided workspace"
            )
        self._entry = entry

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, "
            f"version={self.version}, tags={self.tags}, properties={self.properties})"
        )


def register_from_run(
    run: RunBase,
    model_name: str,
    model_path: str | None = None,
    tags: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
    model_framework: str | None = None,
    model_framework_version: str | None = None,
    description: str | None = None,
    datasets: Sequence[tuple[str, AbstractDataset]] | None = None,
    sample_input_dataset: AbstractDataset | None = None,
    sample_output_dataset: AbstractDataset | None = None,
    resource_configuration: object = None,
    **kwargs: object,
) -> Model:
    """Register a file or a folder of a run, as ``run.register_model`` does.

    Parameters
    ----------
    run : Run
    model_name : str
    model_path : str, optional
        Relative to the run, ``outputs/model.pkl`` as a rule; the model's name if missing.
    tags, properties, description, datasets, model_framework, model_framework_version,
    sample_input_dataset, sample_output_dataset, resource_configuration
        As for :meth:`Model.register`.
    **kwargs
        Refused.

    Returns
    -------
    Model

    Raises
    ------
    ModelPathNotFoundException
        If the run has no such file.
    """
    unsupported("run.register_model", "leave it out", **kwargs)
    workspace = run.experiment.workspace
    body = model_details.body_of(
        tags,
        properties,
        description,
        datasets,
        model_framework,
        model_framework_version,
        sample_input_dataset,
        sample_output_dataset,
        resource_configuration,
    )
    files = run.folder
    wanted = (model_path or model_name).removeprefix("./").strip("/")
    names = files.file_names()
    if not any(name == wanted or name.startswith(f"{wanted}/") for name in names):
        raise ModelPathNotFoundException(
            f"Could not locate the provided model_path {wanted} in the set of files uploaded to "
            f"the run: {names}",
            where=f"run {run.id}",
            hint="what a script writes to ./outputs belongs to its run",
        )
    body.update(run_id=run.id, experiment_name=run.experiment.name)
    return _register(workspace, files.place(wanted), model_name, body)


def _register(
    workspace: Workspace,
    source: Path,
    name: str,
    body: Mapping[str, Any],
    child_paths: Iterable[str] | None = None,
) -> Model:
    place, children = model_details.checked(workspace.store.folder, source, name, child_paths)
    try:
        entry = models.add(workspace.store, name, place, body, children)
    except OSError as error:  # a link that leads nowhere, a full disk: nothing is left of it
        raise WebserviceException(
            f"the model could not be copied: {error}", inner_exception=error, where=str(place)
        ) from error
    return Model._of(workspace, entry)  # noqa: SLF001 - a constructor
