"""What all steps have in common: sources, inputs, outputs, and who makes what."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.environment import check_installed
from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.arguments import Place, to_places
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.store.specs import RetryOn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.core.environment import Environment
    from synapse_magics.pipeline.parameters import PipelineParameter
    from synapse_magics.store.specs import StepKind

    Sources = str | Path | Mapping[str, str]

# Which step makes an output: an output's copies know its origin, not its step.
_producers: weakref.WeakValueDictionary[str, PipelineStep] = weakref.WeakValueDictionary()


class PipelineStep:
    """What all steps have in common.

    Parameters
    ----------
    name : str
    kind : StepKind
    script : str
        The file to run, relative to the sources.
    sources : str, pathlib.Path, mapping or None
        A folder, or the files themselves: text by relative path.
    compute_target : str or ComputeTarget
    arguments, inputs, outputs : iterable, optional
        Inputs and outputs that are only in ``arguments`` are added to the others.
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
        self.parameters: list[PipelineParameter] = []
        self._after: list[PipelineStep] = []
        self.inputs = [_input(item, name) for item in inputs or ()]
        self.outputs = [_output(item, name) for item in outputs or ()]
        self.arguments: list[Place] = to_places(
            arguments or (), self.inputs, self.outputs, self.parameters
        )
        self._check_names()
        if environment is not None:
            check_installed(environment)
        # Last of all: a step that was refused makes nothing.
        for output in self.outputs:
            other = _producers.get(output.origin)
            if other is not None and other is not self and other.name != name:
                raise PipelineError(
                    f"Step output {output.name} can not be used as an output for step {name}, as "
                    f"it is already an output of step {other.name}."
                )
        for output in self.outputs:
            _producers[output.origin] = self

    def run_after(self, step: PipelineStep) -> None:
        """Run this step after another one though no data comes from it.

        Parameters
        ----------
        step : PipelineStep
        """
        self._after.append(step)

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
        """The steps whose outputs it takes."""
        return [
            producer_of(item.dataset)
            for item in self.inputs
            if isinstance(item.dataset, OutputDatasetConfig)
        ]

    def files(self, default_folder: str | None = None) -> dict[str, bytes]:
        """Return the step's sources: content by relative path.

        Parameters
        ----------
        default_folder : str, optional
            Where to look when the step names no folder.

        Returns
        -------
        dict

        Raises
        ------
        PipelineError
            If the script is not among them.
        """
        if isinstance(self.sources, Mapping):
            return {name: text.encode() for name, text in self.sources.items()}
        folder = Path(self.sources or default_folder or ".")
        script = folder / self.script
        inside = script.resolve().is_relative_to(folder.resolve())
        if not (script.is_file() and inside):
            raise PipelineError(
                f"Step [{self.name}]: script not found at: {script.absolute()}. Make sure to "
                "specify an appropriate source_directory on the Step or default_source_directory "
                "on the Pipeline.",
                where=f"step {self.name}",
                hint=None if inside else "the script lies outside of the source directory",
            )
        return snapshot.read_folder(folder)

    def _check_names(self) -> None:
        for what, ports in (
            ("Input", [item.name for item in self.inputs]),
            ("Output", [item.name for item in self.outputs]),
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
        made = ", ".join(item.name for item in self.outputs) or "nothing"
        what = f"{self.name}: reads {took}, writes {made}, on {self.compute_target}"
        return f"{type(self).__name__}({what})"


def producer_of(output: OutputDatasetConfig) -> PipelineStep:
    """Return the step that makes an output.

    Parameters
    ----------
    output : OutputDatasetConfig

    Returns
    -------
    PipelineStep

    Raises
    ------
    PipelineError
        If none does.
    """
    found = _producers.get(output.origin)
    if found is None:
        raise PipelineError(f"output {output.name} is not connected to any previous step")
    return found


def _input(item: Any, step: str) -> DatasetConsumptionConfig:
    if isinstance(item, DatasetConsumptionConfig):
        return item
    if isinstance(item, OutputDatasetConfig):
        return item.as_input()
    if isinstance(item, AbstractDataset):
        raise PipelineError(
            "Datasets cannot be directly used as a step's input. Please call the as_named_input "
            "method of the dataset.",
            where=f"step {step}",
        )
    raise PipelineError(f"Unexpected input type: {type(item)}", where=f"step {step}")


def _output(item: Any, step: str) -> OutputDatasetConfig:
    if isinstance(item, OutputDatasetConfig):
        return item
    raise PipelineError(f"Unexpected output type: {type(item)}", where=f"step {step}")
