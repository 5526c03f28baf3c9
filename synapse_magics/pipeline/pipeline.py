"""The pipeline: steps that were collected, their graph, and its submission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.exceptions import ComputeTargetException, NotSupportedError, unsupported
from synapse_magics.core.experiment import Experiment
from synapse_magics.pipeline import compute_kinds, graph, resumption
from synapse_magics.pipeline.errors import PipelineError, TargetError
from synapse_magics.pipeline.input_listings import with_listings
from synapse_magics.pipeline.parameters import PipelineParameter, values
from synapse_magics.pipeline.pipeline_graph import Graph
from synapse_magics.pipeline.plan import Plan
from synapse_magics.pipeline.references import references
from synapse_magics.pipeline.selection import EVERYTHING, Selection
from synapse_magics.pipeline.step_sequence import flatten
from synapse_magics.pipeline.step_specs import Shared, step_spec
from synapse_magics.pipeline.submission import hand_in
from synapse_magics.store import reuse
from synapse_magics.store.specs import InputIdentity, PipelineSpec, StepSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.published_pipeline import PublishedPipeline
    from synapse_magics.pipeline.steps import PipelineStep

_ELIGIBLE = "is eligible to reuse a previous run's output"
_RUNS = "will run and generate new outputs"


class Pipeline:
    """Steps and the graph that they make.

    Parameters
    ----------
    workspace : Workspace
    steps : list of PipelineStep
        May be nested, and hold a :class:`StepSequence` or the data that a step makes; steps run in
        parallel unless data, ``run_after`` or a sequence link them.
    description : str, optional
    default_datastore : AbstractDatastore, optional
        Where outputs without a destination go.
    default_source_directory : str, optional
        Where scripts lie whose step names no folder.
    resolve_closure : bool
        Add the steps that make the inputs of the given ones.
    **kwargs
        ``enable_email_notification`` is ignored: nothing sends mail.

    Raises
    ------
    PipelineError
        If there are no steps, or a script is missing, or an input that nobody makes.
    TargetError
        If a compute target is missing or of the wrong kind.
    """

    def __init__(
        self,
        workspace: Workspace,
        steps: Any,
        description: str | None = None,
        default_datastore: AbstractDatastore | None = None,
        default_source_directory: str | None = None,
        resolve_closure: bool = True,
        _workflow_provider: object = None,
        _service_endpoint: object = None,
        **kwargs: Any,
    ) -> None:
        del _workflow_provider, _service_endpoint  # of Azure ML's own use
        for name in kwargs:
            if name != "enable_email_notification":
                raise PipelineError(f"parameter {name} is not recognized for Pipeline")
        self.workspace = workspace
        self.description = description
        self._datastore = default_datastore or workspace.get_default_datastore()
        self._folder = default_source_directory
        chosen = list(dict.fromkeys(flatten(steps)))
        self.steps = _closure(chosen) if resolve_closure else chosen
        if not self.steps:
            raise PipelineError("the pipeline has no steps")
        self._targets = {step.node: self._target(step) for step in self.steps}
        for step in self.steps:
            step.check_files(self._folder)
            step.check_outputs(self.steps)
        self._check_parameters()
        self._announced = False
        self._files: dict[str, Mapping[str, bytes]] | None = None

    @property
    def upstream(self) -> dict[str, frozenset[str]]:
        """The nodes that each node waits for."""
        return {
            step.node: frozenset(other.node for other in (*step.producers, *step.after))
            for step in self.steps
        }

    @property
    def graph(self) -> Graph:
        """The steps, and what leads from one to another."""
        return Graph(self.steps)

    @property
    def parameters(self) -> list[PipelineParameter]:
        """The pipeline parameters that the steps use."""
        return [parameter for step in self.steps for parameter in step.parameters]

    def validate(self) -> list[str]:
        """Return what is wrong with the graph; if nothing is, say what a submit would make.

        Returns
        -------
        list of str
        """
        problems = self.problems()
        if not problems:
            for step in self.steps:
                say(f"Step {step.name} is ready to be created [{step.node}]")
            for reference in references(self.steps):
                say(
                    f"Data reference {reference.name} is ready to be created [{reference.node}], "
                    "(Consumers of this data will generate new runs.)"
                )
        return problems

    def problems(self) -> list[str]:
        """Return what is wrong with the graph, and say nothing.

        Returns
        -------
        list of str
        """
        labels = {step.node: f"{step.name}({step.node})" for step in self.steps}
        missing = {
            f"Step {step.name} takes an output of step {other.name}, which is not in the pipeline"
            for step in self.steps
            for other in (*step.producers, *step.after)
            if other.node not in labels
        }
        if missing:
            return sorted(missing)
        cycle = graph.find_cycle(self.upstream)
        if cycle:
            return [f"Cycle detected including node {' -> '.join(labels[n] for n in cycle)}"]
        return []

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Mapping[str, Any] | None = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        credential_passthrough: bool | None = None,
        **kwargs: Any,
    ) -> PipelineRun:
        """Submit the pipeline and return at once.

        The steps are printed the first time, as in Azure ML.

        Parameters
        ----------
        experiment_name : str
        pipeline_parameters : mapping, optional
            Values in place of the defaults.
        continue_on_step_failure : bool
            Let branches that do not depend on a failed step go on.
        regenerate_outputs : bool
            Run every step, whatever earlier results there are.
        parent_run_id, credential_passthrough
            Not supported; refused if given.
        **kwargs
            None is known; refused if given.

        Returns
        -------
        PipelineRun

        Raises
        ------
        PipelineError
            If steps wait for each other, or a parameter is unknown or of another type.
        """
        for name in kwargs:
            raise PipelineError(f"parameter {name} is not recognized for Pipeline.submit")
        unsupported(
            "Pipeline.submit",
            "leave it out",
            parent_run_id=parent_run_id,
            credential_passthrough=credential_passthrough,
        )
        run = self.start(
            experiment_name,
            pipeline_parameters,
            continue_on_step_failure=continue_on_step_failure,
            regenerate_outputs=regenerate_outputs,
        )
        if regenerate_outputs or not self._announced:
            self._announced = True
            for child in self.workspace.store.runs.children(run.id):
                eligible = child.step.allow_reuse and not regenerate_outputs
                say(
                    f"Created step {child.name} [{child.node}][{child.id}], "
                    f"(This step {_ELIGIBLE if eligible else _RUNS})"
                )
            for reference in references(self.steps):
                reference.announce(self.workspace.store)
        say(f"Submitted PipelineRun {run.id}")
        return run

    def start(
        self,
        experiment_name: str,
        pipeline_parameters: Mapping[str, Any] | None = None,
        *,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        selection: Selection = EVERYTHING,
        input_identity: InputIdentity | str = InputIdentity.CONTENT,
        client_token: str | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> PipelineRun:
        """Submit the pipeline, printing nothing.

        Parameters
        ----------
        experiment_name, pipeline_parameters, continue_on_step_failure, regenerate_outputs
            As for :meth:`submit`.
        selection : Selection
            Which part of it runs; all of it if missing.
        input_identity : InputIdentity or str
            ``content``: an input whose files have changed is another input. ``definition``: only
            where it lies counts, as in Azure ML, which never looks at the files.
        client_token : str, optional
            The same token gives the same run, however often it is sent.
        tags : mapping, optional
            Of the run.

        Returns
        -------
        PipelineRun

        Raises
        ------
        AgentError
            If nobody is there who would run it; it is recorded all the same.
        """
        problems = self.problems()
        if problems:
            raise PipelineError("\n".join(problems))
        experiment = Experiment(self.workspace, names.check_experiment(experiment_name))
        if regenerate_outputs:
            self._files = None  # the sources of now
        spec = PipelineSpec(
            description=self.description,
            parameters=self._values(pipeline_parameters, selection),
            continue_on_step_failure=continue_on_step_failure
            or resumption.goes_on(self.workspace.store, selection),
            regenerate_outputs=regenerate_outputs,
            input_identity=InputIdentity(input_identity),
            resumes=selection.resume,
        )
        known = with_listings(
            self.workspace.store, [item.with_parameters(spec.parameters) for item in self.specs()]
        )
        steps = self._chosen(known, spec, selection, experiment.name, self._sources())
        run = hand_in(experiment, spec, steps, client_token=client_token, tags=tags)
        for output in (item for step in self.steps for item in step.outputs):
            output.origin.run = run
        return run

    def specs(self, *, save: bool = True) -> list[StepSpec]:
        """Return the steps as they are stored, each after those that it waits for.

        Parameters
        ----------
        save : bool
            Store their sources as snapshots, which a run needs and a look at the plan does not.
            Later runs of this pipeline have these sources, too, whatever becomes of the files.

        Returns
        -------
        list of StepSpec
        """
        files = self._sources()
        if save:
            self._files = files
        return self._specs(files, save=save)

    def _sources(self) -> dict[str, Mapping[str, bytes]]:
        if self._files is not None:
            return self._files
        known: dict[Path, Mapping[str, bytes]] = {}
        return {step.node: step.files_among(known, self._folder) for step in self.steps}

    def _specs(self, files: Mapping[str, Mapping[str, bytes]], *, save: bool) -> list[StepSpec]:
        by_node, shared = {step.node: step for step in self.steps}, Shared(save=save)
        return [
            step_spec(
                self.workspace,
                by_node[node],
                self._targets[node],
                files[node],
                self._datastore,
                shared,
            )
            for node in graph.order(self.upstream)
        ]

    def publish(
        self,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> PublishedPipeline:
        """Store the pipeline so that it runs without this notebook and its sources.

        Parameters
        ----------
        name, description, version : str, optional
        continue_on_step_failure : bool, optional
            Let branches that do not depend on a failed step go on.

        Returns
        -------
        PublishedPipeline
        """
        from synapse_magics.pipeline import (  # noqa: PLC0415 - a cycle otherwise
            published_pipeline,
            publishing,
        )

        made = published_pipeline.publish(
            self,
            name,
            description,
            version,
            continue_on_step_failure=continue_on_step_failure,
        )
        if not self._announced:
            self._announced = True
            publishing.announce_steps(self.specs(save=False))
        return made

    def plan(
        self,
        experiment_name: str,
        pipeline_parameters: Mapping[str, Any] | None = None,
        *,
        selection: Selection = EVERYTHING,
        regenerate_outputs: bool = False,
        input_identity: InputIdentity | str = InputIdentity.CONTENT,
    ) -> Plan:
        """Say what a submit would run, what it would reuse, and why; submit nothing.

        Parameters
        ----------
        experiment_name, pipeline_parameters, selection, regenerate_outputs, input_identity
            As for :meth:`start`.

        Returns
        -------
        Plan
        """
        store = self.workspace.store
        experiment = names.check_experiment(experiment_name)
        files = self._sources()
        spec = PipelineSpec(
            parameters=self._values(pipeline_parameters, selection),
            regenerate_outputs=regenerate_outputs,
            input_identity=InputIdentity(input_identity),
        )
        known = with_listings(
            store,
            [item.with_parameters(spec.parameters) for item in self._specs(files, save=False)],
        )
        steps = self._chosen(known, spec, selection, experiment, files)
        verdicts = reuse.plan(store, steps, spec, experiment=experiment, files=files)
        return Plan(tuple(steps), verdicts, files)

    def service_endpoint(self) -> str:
        """Refuse to tell an endpoint: a pipeline has one when it is published."""
        raise NotSupportedError(
            "a pipeline that is not published has no endpoint here",
            where="Pipeline.service_endpoint",
            hint="pipeline.publish(...).endpoint",
        )

    @staticmethod
    def load_yaml(
        workspace: Workspace,
        filename: str,
        _workflow_provider: object = None,
        _service_endpoint: object = None,
    ) -> Pipeline:
        """Refuse to read a pipeline from a YAML file."""
        del workspace, _workflow_provider, _service_endpoint
        raise NotSupportedError(
            "pipelines are not read from YAML files here",
            where=f"Pipeline.load_yaml {filename}",
            hint="make the steps in Python: Pipeline(workspace, [PythonScriptStep(...), ...])",
        )

    def _check_parameters(self) -> None:
        known = values(self.parameters)  # two of one name that differ are refused
        for step in self.steps:
            for name in step.parameter_names:
                if name not in known:
                    raise PipelineError(
                        f"Pipeline parameter with name {name} does not exist",
                        where=f"argument parameter:{name} of step {step.name}",
                        hint=names.did_you_mean(name, known, "parameters"),
                    )

    def _chosen(
        self,
        steps: list[StepSpec],
        spec: PipelineSpec,
        selection: Selection,
        experiment: str,
        files: Mapping[str, Mapping[str, bytes]],
    ) -> list[StepSpec]:
        store = self.workspace.store
        return resumption.apply(
            store,
            steps,
            selection,
            experiment,
            lambda: reuse.plan(store, steps, spec, experiment=experiment, files=files),
        )

    def _values(self, given: Mapping[str, Any] | None, selection: Selection) -> dict[str, Any]:
        known = {parameter.name for parameter in self.parameters}
        resumed = resumption.parameters(self.workspace.store, selection)
        kept = {name: value for name, value in resumed.items() if name in known}
        return values(self.parameters, {**kept, **(given or {})})

    def _target(self, step: PipelineStep) -> ComputeTarget:
        if step.compute_target == "local":
            raise TargetError(
                "Please specify a remote compute_target. (Local execution is not supported for "
                "pipelines.)",
                where=f"step {step.name}",
                hint="an AmlCompute here is processes of this machine",
            )
        try:
            target = ComputeTarget(self.workspace, step.compute_target)
        except ComputeTargetException as error:
            raise TargetError(
                f"Target {step.compute_target} does not exist in the workspace.",
                error,
                where=f"step {step.name}",
                hint=error.hint,
            ) from error
        compute_kinds.check_kind(target, step.kind, f"step {step.name}")
        step.check_target(target)
        if target.slots < 1:
            raise TargetError(
                f"{target.name} has no nodes, so nothing would ever run on it",
                where=f"step {step.name}",
                hint=f"%synapse_compute {target.name} --max-nodes 1",
            )
        return target

    def __repr__(self) -> str:
        return f"Pipeline({', '.join(step.name for step in self.steps)})"


def _closure(steps: list[PipelineStep]) -> list[PipelineStep]:
    found = dict.fromkeys(steps)
    todo = list(steps)
    while todo:
        step = todo.pop()
        for other in (*step.producers, *step.after):
            if other not in found:
                found[other] = None
                todo.append(other)
    return list(found)
