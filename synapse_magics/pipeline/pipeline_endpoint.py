"""Pipeline endpoints: published pipelines by version, under one name and one address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import ServiceException, unsupported
from synapse_magics.core.experiment import Experiment
from synapse_magics.pipeline.endpoint_address import NOT_SERVED, served_address, serving_address
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.pipeline import Pipeline
from synapse_magics.pipeline.published_pipeline import PublishedPipeline
from synapse_magics.store import documents, published

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Mapping

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry
    from synapse_magics.store.store import Store


class PipelineEndpoint:
    """Versions of a pipeline under one name: :meth:`publish` makes one, :meth:`get` finds it.

    Parameters
    ----------
    workspace : Workspace
    id, name, description, status, default_version : str
    endpoint : str or None
        Ignored: the address is the one that the workspace's agent serves.
    pipeline_version_list : list
        Ignored, like the others: versions are read anew each time.
    """

    def __init__(
        self,
        workspace: Workspace,
        id: str,  # noqa: A002 - Azure ML's name
        name: str,
        description: str | None,
        status: str,
        default_version: str,
        endpoint: str | None,
        pipeline_version_list: object,
        _pipeline_endpoint_provider: object = None,
        _published_pipeline_provider: object = None,
        _swaggerurl: str | None = None,
    ) -> None:
        del endpoint, pipeline_version_list
        self.id = id
        self.name = name
        self.description = description
        self.status = status
        self.default_version = default_version
        self._workspace = workspace

    @classmethod
    def _of(cls, workspace: Workspace, entry: Entry) -> PipelineEndpoint:
        body = entry.body
        return cls(
            workspace,
            entry.id,
            body["name"],
            body["description"],
            body["status"],
            body["default_version"],
            None,
            None,
        )

    @staticmethod
    def publish(
        workspace: Workspace, name: str, description: str, pipeline: Pipeline | PublishedPipeline
    ) -> PipelineEndpoint:
        """Make an endpoint whose version ``"0"`` is a pipeline.

        Parameters
        ----------
        workspace : Workspace
        name : str
            No other endpoint of the workspace has it.
        description : str
        pipeline : Pipeline or PublishedPipeline

        Returns
        -------
        PipelineEndpoint

        Raises
        ------
        PipelineError
            A ``ValueError``, if there is one of that name.
        """
        store = workspace.store
        _check_free(store, name)  # before anything is published
        body = {
            "name": name,
            "description": description,
            "status": published.ACTIVE,
            "default_version": "0",
            "versions": {"0": _published(workspace, pipeline).id},
        }
        entry = documents.create(store, published.ENDPOINT, body, lambda: _check_free(store, name))
        return PipelineEndpoint._of(workspace, entry)

    @staticmethod
    def get(
        workspace: Workspace,
        id: str | None = None,  # noqa: A002 - Azure ML's name
        name: str | None = None,
    ) -> PipelineEndpoint:
        """Return an endpoint by its id or its name.

        Parameters
        ----------
        workspace : Workspace
        id, name : str, optional
            One of them.

        Returns
        -------
        PipelineEndpoint

        Raises
        ------
        ServiceException
            If there is none.
        """
        if id is None and name is None:
            raise PipelineError("either id or name must be provided", where="PipelineEndpoint.get")
        if id is not None:
            entry = documents.find(workspace.store, published.ENDPOINT, id)
        else:
            entry = _named(workspace.store, str(name))
        if entry is None:
            everything = documents.every(workspace.store, published.ENDPOINT)
            raise ServiceException(
                f"PipelineEndpoint {id or name} not found",
                hint=names.did_you_mean(
                    str(id or name), [item.body["name"] for item in everything], "endpoints"
                ),
            )
        return PipelineEndpoint._of(workspace, entry)

    @staticmethod
    def list(
        workspace: Workspace, active_only: bool = True, max_results: int = 100
    ) -> list[PipelineEndpoint]:
        """Return the endpoints of a workspace, the newest first.

        Parameters
        ----------
        workspace : Workspace
        active_only : bool
            Leave disabled and archived ones out.
        max_results : int

        Returns
        -------
        list of PipelineEndpoint
        """
        found = [
            PipelineEndpoint._of(workspace, entry)
            for entry in reversed(documents.every(workspace.store, published.ENDPOINT))
            if entry.body["status"] == published.ACTIVE or not active_only
        ]
        return found[:max_results]

    get_all = list  # noqa: A003 - Azure ML's names

    @property
    def endpoint(self) -> str:
        """The address that runs the default version on POST.

        ``?pipelineVersion=0`` behind it runs another one. The workspace's agent is started if it
        is not there.
        """
        return f"{serving_address(self._workspace.store)}{published.ENDPOINT_PATH}/{self.id}"

    # --- versions ---

    def add(self, pipeline: Pipeline | PublishedPipeline) -> None:
        """Add the next version.

        Parameters
        ----------
        pipeline : Pipeline or PublishedPipeline
        """
        self._add(pipeline, default=False)

    def add_default(self, pipeline: Pipeline | PublishedPipeline) -> None:
        """Add the next version, and make it the default.

        Parameters
        ----------
        pipeline : Pipeline or PublishedPipeline
        """
        self._add(pipeline, default=True)

    def _add(self, pipeline: Pipeline | PublishedPipeline, *, default: bool) -> None:
        made = _published(self._workspace, pipeline)

        def edit(body: dict[str, Any]) -> Mapping[str, Any]:
            if made.id in body["versions"].values():
                raise PipelineError(
                    f"the pipeline {made.id} is a version of {body['name']} already",
                    hint="set_default(pipeline) makes it the default",
                )
            version = str(1 + max(map(int, body["versions"])))
            body["versions"] = {**body["versions"], version: made.id}
            if default:
                body["default_version"] = version
            return body

        self._change(edit)

    def set_default(self, pipeline: PublishedPipeline) -> None:
        """Make the version that is a published pipeline the default.

        Parameters
        ----------
        pipeline : PublishedPipeline
        """
        versions = self._body["versions"]
        found = [version for version, identity in versions.items() if identity == pipeline.id]
        if not found:
            raise PipelineError(
                f"the pipeline {pipeline.id} is no version of {self.name}",
                hint="add_default(pipeline) adds it",
            )
        self.set_default_version(found[-1])

    def set_default_version(self, version: str) -> None:
        """Make a version the default.

        Parameters
        ----------
        version : str
        """
        wanted = self._known(version)
        self._change(lambda body: {**body, "default_version": wanted})

    def get_default_version(self) -> str:
        """Return the default version."""
        return str(self._body["default_version"])

    def get_pipeline(self, version: str | None = None) -> PublishedPipeline:
        """Return the published pipeline that is a version.

        Parameters
        ----------
        version : str, optional
            The default one if missing.

        Returns
        -------
        PublishedPipeline
        """
        body = self._body
        wanted = body["default_version"] if version is None else self._known(version)
        return PublishedPipeline.get(self._workspace, body["versions"][wanted])

    def list_versions(self) -> builtins.list[str]:
        """Return the versions, the oldest first."""
        return [*self._body["versions"]]

    def list_pipelines(self, active_only: bool = True) -> builtins.list[PublishedPipeline]:
        """Return the published pipelines, the oldest version first.

        Parameters
        ----------
        active_only : bool
            Leave disabled ones out.

        Returns
        -------
        list of PublishedPipeline
        """
        found = [
            PublishedPipeline.get(self._workspace, identity)
            for identity in self._body["versions"].values()
        ]
        return [item for item in found if item.status == published.ACTIVE or not active_only]

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Mapping[str, Any] | None = None,
        parent_run_id: str | None = None,
        pipeline_version: str | None = None,
    ) -> PipelineRun:
        """Submit a version and return at once.

        Parameters
        ----------
        experiment_name : str
        pipeline_parameters : mapping, optional
            Values in place of the defaults.
        parent_run_id : str, optional
            Not supported; refused if given.
        pipeline_version : str, optional
            The default one if missing.

        Returns
        -------
        PipelineRun
        """
        unsupported("PipelineEndpoint.submit", "leave it out", parent_run_id=parent_run_id)
        experiment = Experiment(self._workspace, names.check_experiment(experiment_name))
        return self._submit_to(
            experiment, pipeline_parameters=pipeline_parameters, pipeline_version=pipeline_version
        )

    def _submit_to(
        self,
        experiment: Experiment,
        tags: Mapping[str, str | None] | None = None,
        *,
        pipeline_version: str | None = None,
        **options: Any,
    ) -> PipelineRun:
        store = self._workspace.store
        identity = published.chosen_version(store, self.id, pipeline_version)
        pipeline = PublishedPipeline.get(self._workspace, identity)
        return pipeline._submit_to(experiment, tags, **options)  # noqa: SLF001 - of one family

    # --- what it is called, and whether it runs ---

    def enable(self) -> None:
        """Let it be run."""
        self._change(lambda body: {**body, "status": published.ACTIVE})

    def disable(self) -> None:
        """Let it not be run, and leave it out of :meth:`list`."""
        self._change(lambda body: {**body, "status": published.DISABLED})

    def archive(self) -> None:
        """Disable it and give its name free; :meth:`reactivate` brings it back."""
        self._change(
            lambda body: {
                **body,
                "status": published.DISABLED,
                "name": f"{body['name']}_archived_{self.id[:8]}",
            }
        )

    def reactivate(self, name: str) -> None:
        """Let it be run again, under a name.

        Parameters
        ----------
        name : str
        """
        self._rename(name, status=published.ACTIVE)

    def set_name(self, name: str) -> None:
        """Call it otherwise.

        Parameters
        ----------
        name : str
        """
        self._rename(name)

    def _rename(self, name: str, **others: str) -> None:
        def edit(body: dict[str, Any]) -> Mapping[str, Any]:
            _check_free(self._workspace.store, name, self.id)
            return {**body, "name": name, **others}

        self._change(edit)

    def set_description(self, description: str) -> None:
        """Say something else of it.

        Parameters
        ----------
        description : str
        """
        self._change(lambda body: {**body, "description": description})

    @property
    def _body(self) -> Mapping[str, Any]:
        entry = documents.find(self._workspace.store, published.ENDPOINT, self.id)
        if entry is None:
            raise ServiceException(f"PipelineEndpoint {self.id} not found")
        return entry.body

    def _known(self, version: str) -> str:
        versions = self._body["versions"]
        if str(version) not in versions:
            raise PipelineError(
                f"the pipeline endpoint {self.name} has no version {version}",
                hint=f"versions: {', '.join(versions)}",
            )
        return str(version)

    def _change(self, edit: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        entry = documents.change(self._workspace.store, published.ENDPOINT, self.id, edit)
        if entry is not None:
            self.name = entry.body["name"]
            self.description = entry.body["description"]
            self.status = entry.body["status"]
            self.default_version = entry.body["default_version"]

    def __repr__(self) -> str:
        address = served_address(self._workspace.store)
        where = f"{address}{published.ENDPOINT_PATH}/{self.id}" if address else NOT_SERVED
        return (
            f"PipelineEndpoint(Name: {self.name},\nId: {self.id},\nStatus: {self.status},\n"
            f"Default version: {self.default_version},\nEndpoint: {where})"
        )


def _named(store: Store, name: str) -> Entry | None:
    found = documents.every(store, published.ENDPOINT)
    return next((entry for entry in found if entry.body["name"] == name), None)


def _check_free(store: Store, name: str, own: str | None = None) -> None:
    found = _named(store, name)
    if found is not None and found.id != own:
        raise PipelineError(
            f"PipelineEndpoint already exists with the given name {name}",
            hint="PipelineEndpoint.get(workspace, name=...).add_default(pipeline) adds a version",
        )


def _published(workspace: Workspace, pipeline: Any) -> PublishedPipeline:
    if isinstance(pipeline, PublishedPipeline):
        return PublishedPipeline.get(workspace, pipeline.id)
    if isinstance(pipeline, Pipeline):
        return pipeline.publish()
    raise PipelineError(
        f"pipeline must be a Pipeline or a PublishedPipeline, not {names.type_of(pipeline)}"
    )
