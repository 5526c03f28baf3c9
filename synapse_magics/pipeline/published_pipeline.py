"""Published pipelines: a pipeline that runs without the notebook, or the sources, it came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import ServiceException, unsupported
from synapse_magics.core.experiment import Experiment
from synapse_magics.pipeline.endpoint_address import NOT_SERVED, served_address, serving_address
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.publishing import add, define, outline, plain_values, ran
from synapse_magics.pipeline.submission import hand_in
from synapse_magics.pipeline.yaml_text import yaml_text
from synapse_magics.store import documents, published
from synapse_magics.store.published import Definition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.pipeline import Pipeline
    from synapse_magics.store.registry import Entry


class PublishedPipeline:
    """A pipeline that was published: ``Pipeline.publish`` makes one, :meth:`get` finds it.

    Parameters
    ----------
    name, graph_id, description, version, published_pipeline_id, status : str
    endpoint : str or None
        Ignored: the address is the one that the workspace's agent serves.
    total_run_steps : int
    workspace : Workspace
    continue_on_step_failure : bool, optional
    _pipeline_provider, **kwargs
        Ignored.
    """

    def __init__(
        self,
        name: str | None,
        graph_id: str,
        description: str | None,
        version: str | None,
        published_pipeline_id: str,
        status: str,
        endpoint: str | None,
        total_run_steps: int,
        workspace: Workspace,
        continue_on_step_failure: bool | None = None,
        _pipeline_provider: object = None,
        **kwargs: object,
    ) -> None:
        del endpoint, kwargs
        self.name = name
        self.description = description
        self.version = version
        self.id = published_pipeline_id
        self.status = status
        self.total_run_steps = total_run_steps
        self.continue_on_step_failure = continue_on_step_failure
        self._graph_id = graph_id
        self._workspace = workspace

    @classmethod
    def _of(cls, workspace: Workspace, entry: Entry) -> PublishedPipeline:
        body = entry.body
        return cls(
            body["name"],
            entry.id,
            body["description"],
            body["version"],
            entry.id,
            body["status"],
            None,
            len(body["steps"]),
            workspace,
            body["pipeline"]["continue_on_step_failure"],
        )

    @staticmethod
    def get(workspace: Workspace, id: str) -> PublishedPipeline:  # noqa: A002 - Azure ML's name
        """Return a published pipeline by its id.

        Parameters
        ----------
        workspace : Workspace
        id : str

        Returns
        -------
        PublishedPipeline

        Raises
        ------
        ServiceException
            If there is none.
        """
        return PublishedPipeline._of(workspace, _entry(workspace, id))

    @staticmethod
    def list(workspace: Workspace, active_only: bool = True) -> list[PublishedPipeline]:
        """Return the published pipelines of a workspace, the newest first.

        Parameters
        ----------
        workspace : Workspace
        active_only : bool
            Leave disabled ones out.

        Returns
        -------
        list of PublishedPipeline
        """
        return [
            PublishedPipeline._of(workspace, entry)
            for entry in reversed(documents.every(workspace.store, published.PIPELINE))
            if entry.body["status"] == published.ACTIVE or not active_only
        ]

    get_all = list  # noqa: A003 - Azure ML's names

    @property
    def endpoint(self) -> str:
        """The address that runs it on POST; the workspace's agent is started if it is not there.

        Raises
        ------
        AgentError
            If it cannot be started.
        """
        return f"{serving_address(self._workspace.store)}{published.PIPELINE_PATH}/{self.id}"

    def submit(
        self,
        workspace: Workspace,
        experiment_name: str,
        pipeline_parameters: Mapping[str, Any] | None = None,
        _workflow_provider: object = None,
        _service_endpoint: object = None,
        parent_run_id: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> PipelineRun:
        """Submit it and return at once; neither its notebook nor its sources need be there.

        Parameters
        ----------
        workspace : Workspace
            The one that it was published in.
        experiment_name : str
        pipeline_parameters : mapping, optional
            Values in place of the defaults.
        parent_run_id : str, optional
            Not supported; refused if given.
        continue_on_step_failure : bool, optional
            As it was published if missing.

        Returns
        -------
        PipelineRun
        """
        return self._submit_to(
            Experiment(workspace, names.check_experiment(experiment_name)),
            None,
            pipeline_parameters=pipeline_parameters,
            parent_run_id=parent_run_id,
            continue_on_step_failure=continue_on_step_failure,
        )

    def _submit_to(
        self,
        experiment: Experiment,
        tags: Mapping[str, str | None] | None = None,
        *,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
    ) -> PipelineRun:
        if experiment.workspace != self._workspace:
            raise PipelineError(
                f"the pipeline {self.name} was published in another workspace",
                where=str(self._workspace.folder),
                hint="publish it in this one, or submit it there",
            )
        unsupported("PublishedPipeline.submit", "leave it out", parent_run_id=parent_run_id)
        definition = Definition.of(published.active(self._workspace.store, self.id))
        spec = published.in_force(
            definition,
            self.id,
            published.assign(definition.pipeline.parameters, plain_values(pipeline_parameters)),
            continue_on_step_failure=continue_on_step_failure,
            regenerate_outputs=regenerate_outputs,
        )
        run = hand_in(experiment, spec, definition.steps, tags=tags)
        say(f"Submitted PipelineRun {run.id}")
        return run

    def enable(self) -> None:
        """Let it be run."""
        self._set_status(published.ACTIVE)

    def disable(self) -> None:
        """Let it not be run, and leave it out of :meth:`list`."""
        self._set_status(published.DISABLED)

    def _set_status(self, status: str) -> None:
        edit = {"status": status}
        documents.change(
            self._workspace.store, published.PIPELINE, self.id, lambda body: {**body, **edit}
        )
        self.status = status

    def get_step_names(self) -> list[str]:  # type: ignore[valid-type]
        """Return the names of its steps, each after those that it waits for."""
        return [step.name for step in self._definition.steps]

    def save(self, path: str | None = None) -> str:
        """Write it as YAML, for people and for version control.

        Parameters
        ----------
        path : str, optional
            A file, or a folder for ``pipeline.yml``; the working directory if missing.

        Returns
        -------
        str
            The file.
        """
        place = Path(path or ".")
        file = place / "pipeline.yml" if place.is_dir() else place
        about = {"name": self.name, "description": self.description, "version": self.version}
        file.write_text(yaml_text({"pipeline": {**about, **outline(self._definition)}}))
        return str(file)

    @property
    def _definition(self) -> Definition:
        return Definition.of(_entry(self._workspace, self.id).body)

    def __repr__(self) -> str:
        address = served_address(self._workspace.store)
        # To look at it starts nothing.
        where = f"{address}{published.PIPELINE_PATH}/{self.id}" if address else NOT_SERVED
        return (
            f"Pipeline(Name: {self.name},\nId: {self.id},\nStatus: {self.status},\n"
            f"Endpoint: {where})"
        )


def publish(
    pipeline: Pipeline,
    name: str | None,
    description: str | None,
    version: str | None,
    *,
    continue_on_step_failure: bool | None,
) -> PublishedPipeline:
    """Store a pipeline so that it can be run without what it was made from.

    Parameters
    ----------
    pipeline : Pipeline
    name, description, version : str or None
    continue_on_step_failure : bool or None

    Returns
    -------
    PublishedPipeline
    """
    definition = define(pipeline, continue_on_step_failure=bool(continue_on_step_failure))
    entry = add(pipeline.workspace.store, definition, name, description, version)
    return PublishedPipeline._of(pipeline.workspace, entry)  # noqa: SLF001 - a constructor


def publish_run(
    run: PipelineRun,
    name: str,
    description: str | None,
    version: str | None,
    *,
    continue_on_step_failure: bool | None = None,
) -> PublishedPipeline:
    """Publish what a run ran.

    Parameters
    ----------
    run : PipelineRun
    name : str
    description, version : str or None
    continue_on_step_failure : bool, optional
        As the run had it if missing.

    Returns
    -------
    PublishedPipeline
    """
    definition = ran(run, continue_on_step_failure)
    entry = add(run.workspace.store, definition, name, description, version)
    return PublishedPipeline._of(run.workspace, entry)  # noqa: SLF001 - a constructor


def _entry(workspace: Workspace, identity: str) -> Entry:
    entry = documents.find(workspace.store, published.PIPELINE, identity)
    if entry is None:
        raise ServiceException(
            f"PublishedPipeline {identity} not found",
            hint="PublishedPipeline.list(workspace, active_only=False) lists them",
        )
    return entry
