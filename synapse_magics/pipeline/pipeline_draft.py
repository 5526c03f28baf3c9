"""Pipeline drafts: a pipeline with its values, kept to be changed, submitted and published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import ServiceException
from synapse_magics.core.experiment import Experiment
from synapse_magics.pipeline import publishing
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.published_pipeline import PublishedPipeline
from synapse_magics.pipeline.submission import hand_in
from synapse_magics.store import documents, published
from synapse_magics.store.published import Definition

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.pipeline import Pipeline

KIND = "pipeline_draft"


class PipelineDraft:
    """A draft; :meth:`create` makes one, :meth:`get` finds it.

    Parameters
    ----------
    workspace : Workspace
    id : str
    """

    def __init__(self, workspace: Workspace, id: str) -> None:  # noqa: A002 - Azure ML's name
        self._workspace = workspace
        self.id = id
        self._body: Mapping[str, Any] = {}
        self._reload()

    def _reload(self) -> None:
        entry = documents.find(self._workspace.store, KIND, self.id)
        if entry is None:
            raise ServiceException(
                f"PipelineDraft {self.id} not found",
                hint="PipelineDraft.list(workspace) lists them",
            )
        self._body = entry.body

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._body["name"])

    @property
    def description(self) -> str | None:
        """What a person says of it."""
        found = self._body["description"]
        return None if found is None else str(found)

    @property
    def experiment_name(self) -> str | None:
        """The experiment of its runs."""
        found = self._body["experiment_name"]
        return None if found is None else str(found)

    @property
    def pipeline_parameters(self) -> dict[str, Any]:
        """The values of its parameters."""
        return {
            **self._definition.pipeline.parameters,
            **self._body["pipeline_parameters"],
        }

    @property
    def continue_on_step_failure(self) -> bool:
        """Whether branches that do not depend on a failed step go on."""
        return self._definition.pipeline.continue_on_step_failure

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the draft, and of its runs."""
        return dict(self._body["tags"])

    @property
    def properties(self) -> dict[str, str]:
        """Properties of the draft, and of its runs."""
        return dict(self._body["properties"])

    @property
    def _definition(self) -> Definition:
        return Definition.of(self._body)

    @staticmethod
    def create(
        workspace: Workspace,
        pipeline: Pipeline,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> PipelineDraft:
        """Keep a pipeline as a draft.

        Parameters
        ----------
        workspace : Workspace
        pipeline : Pipeline
        name, description, experiment_name : str, optional
        pipeline_parameters : mapping, optional
            Values in place of the defaults.
        continue_on_step_failure : bool, optional
        tags, properties : mapping, optional

        Returns
        -------
        PipelineDraft
        """
        go_on = bool(continue_on_step_failure)
        return _create(
            workspace,
            publishing.define(pipeline, continue_on_step_failure=go_on),
            name=name,
            description=description,
            experiment_name=experiment_name,
            pipeline_parameters=pipeline_parameters,
            tags=tags,
            properties=properties,
        )

    @staticmethod
    def clone_from_pipeline_run(
        pipeline_run: PipelineRun, experiment_name: str | None = None
    ) -> PipelineDraft:
        """Keep what a run ran as a draft.

        Parameters
        ----------
        pipeline_run : PipelineRun
        experiment_name : str, optional
            The run's if missing.

        Returns
        -------
        PipelineDraft
        """
        return _create(
            pipeline_run.workspace,
            publishing.ran(pipeline_run),
            experiment_name=experiment_name or pipeline_run.experiment.name,
        )

    @staticmethod
    def clone_from_published_pipeline(
        published_pipeline: PublishedPipeline, experiment_name: str | None = None
    ) -> PipelineDraft:
        """Keep a published pipeline as a draft.

        Parameters
        ----------
        published_pipeline : PublishedPipeline
        experiment_name : str, optional

        Returns
        -------
        PipelineDraft
        """
        workspace = published_pipeline._workspace  # noqa: SLF001 - of one family
        return _create(
            workspace,
            Definition.of(published.active(workspace.store, published_pipeline.id)),
            name=published_pipeline.name,
            description=published_pipeline.description,
            experiment_name=experiment_name,
        )

    @staticmethod
    def get(workspace: Workspace, id: str) -> PipelineDraft:  # noqa: A002 - Azure ML's name
        """Return a draft by its id.

        Raises
        ------
        ServiceException
            If there is none.
        """
        return PipelineDraft(workspace, id)

    @staticmethod
    def list(workspace: Workspace, tags: Mapping[str, str] | None = None) -> list[PipelineDraft]:
        """Return the drafts of a workspace, the newest first.

        Parameters
        ----------
        workspace : Workspace
        tags : mapping, optional
            Only those that have all of these.

        Returns
        -------
        list of PipelineDraft
        """
        return [
            PipelineDraft(workspace, entry.id)
            for entry in reversed(documents.every(workspace.store, KIND))
            if (tags or {}).items() <= entry.body["tags"].items()
        ]

    def update(
        self,
        pipeline: Pipeline | None = None,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        *,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Change what is given, and leave the rest as it is.

        Parameters
        ----------
        pipeline : Pipeline, optional
        name, description, experiment_name : str, optional
        tags : mapping, optional
            In place of those that it has.
        pipeline_parameters : mapping, optional
        continue_on_step_failure : bool, optional
        properties : mapping, optional
            In place of those that it has; Azure ML changes none.
        """
        definition = self._definition
        go_on = definition.pipeline.continue_on_step_failure
        if continue_on_step_failure is not None:
            go_on = continue_on_step_failure
        if pipeline is not None:
            definition = publishing.define(pipeline, continue_on_step_failure=go_on)
        found = definition.body()
        found["pipeline"]["continue_on_step_failure"] = go_on
        values = self._body["pipeline_parameters"]
        if pipeline_parameters is not None:
            values = publishing.plain_values(pipeline_parameters)
        published.assign(definition.pipeline.parameters, values)
        changed = {
            "name": name,
            "description": description,
            "experiment_name": _checked(experiment_name),
            "pipeline_parameters": values,
            "tags": None if tags is None else dict(tags),
            "properties": None if properties is None else dict(properties),
            **found,
        }
        given = {key: value for key, value in changed.items() if value is not None}
        documents.change(self._workspace.store, KIND, self.id, lambda body: {**body, **given})
        self._reload()

    def submit_run(self) -> PipelineRun:
        """Submit it and return at once.

        Returns
        -------
        PipelineRun
        """
        if self.experiment_name is None:
            raise PipelineError(
                "experiment_name is required",
                where=f"draft {self.name}",
                hint="draft.update(experiment_name='...')",
            )
        definition = self._definition
        definition.check_sources(self._workspace.store)
        spec = published.in_force(definition, None, self.pipeline_parameters)
        experiment = Experiment(self._workspace, self.experiment_name)
        run = hand_in(experiment, spec, definition.steps, tags=self._body["tags"])
        if self.properties:
            self._workspace.store.records.add_properties(run.id, self.properties)
        say(f"Submitted PipelineRun {run.id}")
        return run

    def publish(self) -> PublishedPipeline:
        """Publish it; its values are the defaults.

        Returns
        -------
        PublishedPipeline
        """
        definition = self._definition
        spec = replace(definition.pipeline, parameters=self.pipeline_parameters)
        store = self._workspace.store
        entry = publishing.add(
            store, replace(definition, pipeline=spec), self.name, self.description, None
        )
        return PublishedPipeline.get(self._workspace, entry.id)

    def delete(self) -> None:
        """Remove the draft; its runs stay."""
        self._workspace.store.registry.delete(KIND, self.id)

    def get_step_names(self) -> builtins.list[str]:
        """Return the names of its steps, each after those that it waits for."""
        return [step.name for step in self._definition.steps]

    def __repr__(self) -> str:
        return (
            f"PipelineDraft(Name: {self.name},\nId: {self.id},\n"
            f"Experiment: {self.experiment_name},\nDescription: {self.description})"
        )


def _create(
    workspace: Workspace,
    definition: Definition,
    *,
    name: str | None = None,
    description: str | None = None,
    experiment_name: str | None = None,
    pipeline_parameters: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
) -> PipelineDraft:
    values = publishing.plain_values(pipeline_parameters)
    published.assign(definition.pipeline.parameters, values)
    body = {
        "name": name or "Pipeline draft",
        "description": description,
        "experiment_name": _checked(experiment_name),
        "pipeline_parameters": values,
        "tags": dict(tags or {}),
        "properties": dict(properties or {}),
        **definition.body(),
    }
    store = workspace.store
    entry = documents.create(store, KIND, body, lambda: definition.check_sources(store))
    return PipelineDraft(workspace, entry.id)


def _checked(experiment_name: str | None) -> str | None:
    return None if experiment_name is None else names.check_experiment(experiment_name)
