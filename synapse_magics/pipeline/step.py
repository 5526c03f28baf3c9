"""What all steps have in common: sources, inputs, outputs, and who makes what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.environment_check import check_environment
from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.arguments import Place, Ports, mark
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.pipeline_data import InputPortBinding
from synapse_magics.pipeline.ports import (
    Input,
    Output,
    check_lists,
    port_name,
    settle_names,
    split_uploads,
    taken,
    to_input,
    to_output,
    without_collisions,
)
from synapse_magics.pipeline.reachable_data import check_reachable
from synapse_magics.store.specs import RetryOn, StepKind

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from synapse_magics.core.environment import Environment

    Sources = str | Path | Mapping[str, str]


class PipelineStep:
    """What all steps have in common.

    Parameters
    ----------
    name : str
    kind : StepKind
    script : str
        The file to run, relative to the sources; empty if the arguments are a whole command line.
    sources : str, pathlib.Path, mapping or None
        A folder, or the files themselves: text by relative path.
    compute_target : str or ComputeTarget
    arguments, inputs, outputs : iterable, optional
        Inputs and outputs that are only in ``arguments`` are added to the others. Lists are
        changed in place, as Azure ML does: what was added is in them, and in ``arguments`` the
        name of an input or output stands in its place.
    environment : Environment, optional
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    """

    timeout: float | None = None
    """Seconds that one attempt may take; as long as it likes if None."""
    retries: int = 0
    """How many attempts more it gets after a failure that its code is not to blame for."""
    retry_on: RetryOn = RetryOn.INFRASTRUCTURE
    """``RetryOn.ANY`` gives it another attempt whatever has failed."""

    def __init__(
        self,
        name: str,
        kind: StepKind,
        script: str,
        sources: Sources | None,
        compute_target: str | ComputeTarget,
        *,
        arguments: Iterable[Any] | None = None,
        inputs: Iterable[Any] | None = None,
        outputs: Iterable[Any] | None = None,
        environment: Environment | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        check_lists(f"step {name}", arguments=arguments, inputs=inputs, outputs=outputs)
        self.name = name
        self.kind = kind
        self.script = script
        self.sources = sources
        self.compute_target = (
            compute_target.name if isinstance(compute_target, ComputeTarget) else compute_target
        )
        self.node = uuid.uuid4().hex[:8]
        self.environment = environment
        self.allow_reuse = allow_reuse
        self.version = version
        self.cell: str | None = None
        self.note = ""
        """What a person is told where the step was defined: what it is, what it replaces."""
        self.spark_conf: dict[str, str] = {}
        self.environment_variables: dict[str, str] = {}
        """Variables beside those of its environment."""
        self.parameter_variables: dict[str, str] = {}
        """Variables whose values are those of pipeline parameters: their names by variable."""
        self.output_ports: dict[str, str] = {}
        """A module's names for the outputs, by the outputs' own names."""
        self._after: list[PipelineStep] = []
        taken_in, uploads = split_uploads([to_input(item, name) for item in inputs or ()])
        made = [*(to_output(item, name) for item in outputs or ()), *uploads]
        check_reachable(taken_in, made, name)
        settle_names(name, [*made, *(arguments if isinstance(arguments, (list, tuple)) else ())])
        ports = Ports(without_collisions(taken_in, made), made)
        before = len(ports.inputs), len(ports.outputs)
        self.arguments: list[Place] = ports.places(arguments or ())
        self.inputs: list[Input] = ports.inputs
        self.outputs: list[Output] = ports.outputs
        self.parameters: list[PipelineParameter] = [*ports.parameters, *_bound(ports.inputs)]
        self.parameter_names: list[str] = ports.names
        """Parameters that its arguments name by text alone, ``parameter:NAME``."""
        self._check_names()
        if environment is not None:
            check_environment(environment, kind)
        # Last of all: a step that was refused makes nothing, and changes nobody's lists.
        for output in self.outputs:
            other = output.origin.step
            if other is not None and other is not self and other.name != name:
                raise self._second_maker(output, other)
        for output in self.outputs:
            output.origin.step = self
        mark(arguments)
        for given, ours, known in (
            (inputs, self.inputs, before[0]),
            (outputs, self.outputs, before[1]),
        ):
            if isinstance(given, list):
                given.extend(ours[known:])

    def run_after(self, step: PipelineStep) -> None:
        """Run this step after another one though no data comes from it.

        Parameters
        ----------
        step : PipelineStep
        """
        if step not in self._after:
            self._after.append(step)

    def check_outputs(self, others: Container[PipelineStep]) -> None:
        """Refuse outputs that another one of the same pipeline makes as well.

        A step that is made again, as the cell that defines it is run again, takes its outputs over.
        Two steps of one name look the same until both are in a pipeline.

        Parameters
        ----------
        others : container of PipelineStep
            The steps of the pipeline.

        Raises
        ------
        PipelineError
        """
        for output in self.outputs:
            maker = output.origin.step
            if maker is not self and maker in others:
                raise self._second_maker(output, maker)

    def _second_maker(self, output: Output, maker: PipelineStep) -> PipelineError:
        return PipelineError(
            f"Step output {port_name(output)} can not be used as an output for step {self.name}, "
            f"as it is already an output of step {maker.name}.",
            where=f"step {self.name}",
            hint="an output of its own for each step",
        )

    def check_target(self, target: ComputeTarget) -> None:
        """Refuse a compute target of the right kind that the step does not fit.

        Parameters
        ----------
        target : ComputeTarget
        """

    @property
    def after(self) -> tuple[PipelineStep, ...]:
        """The steps that it waits for though no data comes from them."""
        return tuple(self._after)

    @property
    def producers(self) -> list[PipelineStep]:
        """The steps whose outputs it takes.

        Raises
        ------
        PipelineError
            If no step makes one of them.
        """
        found = []
        for item in self.inputs:
            output = taken(item)
            if output is None:
                continue
            step = output.origin.step
            if step is None:
                raise PipelineError(
                    f"Input {item.name} on step {self.name} is not connected to any previous step",
                    where=f"step {self.name}",
                    hint=f"{port_name(output)} belongs to the outputs of the step that writes it",
                )
            found.append(step)
        return found

    def check_files(self, default_folder: str | None = None) -> None:
        """Refuse sources that are not there.

        Parameters
        ----------
        default_folder : str, optional
            Where to look when the step names no folder.

        Raises
        ------
        PipelineError
            If the script is not among them, or there are none.
        """
        if isinstance(self.sources, Mapping):
            return
        folder = self._folder(default_folder)
        if not folder.is_dir():
            raise PipelineError(
                f"Step [{self.name}]: source directory not found at: {folder.absolute()}.",
                where=f"step {self.name}",
            )
        script = folder / self.script
        if self.script and not script.resolve().is_relative_to(folder.resolve()):
            self._refuse_script(script, "the script lies outside of the source directory")
        # Azure ML looks for a Spark step's script when it runs, and no sooner.
        if self.script and self.kind is not StepKind.SPARK and not script.is_file():
            self._refuse_script(script, None)

    def _refuse_script(self, script: Path, hint: str | None) -> None:
        raise PipelineError(
            f"Step [{self.name}]: script not found at: {script.absolute()}. Make sure to "
            "specify an appropriate source_directory on the Step or default_source_directory "
            "on the Pipeline.",
            where=f"step {self.name}",
            hint=hint,
        )

    def _folder(self, default_folder: str | None) -> Path:
        return Path(self.sources if isinstance(self.sources, (str, Path)) else default_folder or "")

    def files(self, default_folder: str | None = None) -> Mapping[str, bytes]:
        """Return the step's sources: content by relative path.

        Parameters
        ----------
        default_folder : str, optional
            Where to look when the step names no folder.

        Returns
        -------
        mapping

        Raises
        ------
        PipelineError
            If the script is not among them.
        """
        if isinstance(self.sources, Mapping):
            return {name: text.encode() for name, text in self.sources.items()}
        self.check_files(default_folder)
        return snapshot.read_folder(self._folder(default_folder))

    def files_among(
        self, known: dict[Path, Mapping[str, bytes]], default_folder: str | None = None
    ) -> Mapping[str, bytes]:
        """Return the step's sources; a folder that several steps have is read once.

        Parameters
        ----------
        known : dict
            What was read; added to.
        default_folder : str, optional

        Returns
        -------
        mapping
        """
        if type(self).files is not PipelineStep.files or isinstance(self.sources, Mapping):
            return self.files(default_folder)
        folder = self._folder(default_folder)
        self.check_files(default_folder)
        if folder not in known:
            known[folder] = snapshot.read_folder(folder)
        return known[folder]

    def _check_names(self) -> None:
        for what, ports in (
            ("Input", [item.name for item in self.inputs]),
            ("Output", [port_name(item) for item in self.outputs]),
        ):
            repeated = next((name for name in ports if ports.count(name) > 1), None)
            if repeated is not None:
                raise PipelineError(
                    f"[{repeated}] is repeated. {what} port names must be unique.",
                    where=f"step {self.name}",
                )

    def __repr__(self) -> str:
        if self.note:
            return self.note
        took = ", ".join(item.name for item in self.inputs) or "nothing"
        made = ", ".join(map(port_name, self.outputs)) or "nothing"
        what = f"{self.name}: reads {took}, writes {made}, on {self.compute_target}"
        return f"{type(self).__name__}({what})"


def producer_of(output: Output) -> PipelineStep:
    """Return the step that makes an output.

    Parameters
    ----------
    output : OutputDatasetConfig or PipelineData

    Returns
    -------
    PipelineStep

    Raises
    ------
    PipelineError
        If none does.
    """
    found: PipelineStep | None = output.origin.step
    if found is None:
        raise PipelineError(f"output {port_name(output)} is not connected to any previous step")
    return found


def _bound(inputs: Iterable[Input]) -> list[PipelineParameter]:
    """Return the parameters that stand for inputs."""
    bound = [
        item.bind_object if isinstance(item, InputPortBinding) else item.dataset for item in inputs
    ]
    return [item for item in bound if isinstance(item, PipelineParameter)]
