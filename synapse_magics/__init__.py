"""Write Spark and Python steps as notebook cells, submit them as a pipeline, and watch.

``%load_ext synapse_magics`` brings the magics. The same objects are here under Azure ML's names;
they are imported when they are first used, so ``import synapse_magics`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__version__ = "0.1.0.dev0"

_PUBLIC = {
    "AmlCompute": "core.compute",
    "ComputeTarget": "core.compute",
    "Dataset": "core.dataset",
    "Datastore": "core.datastore",
    "Environment": "core.environment",
    "Experiment": "core.experiment",
    "HDFSOutputDatasetConfig": "core.data_config",
    "LinkedService": "core.linked_service",
    "OutputFileDatasetConfig": "core.data_config",
    "Pipeline": "pipeline.pipeline",
    "PipelineParameter": "pipeline.parameters",
    "PipelineRun": "core.pipeline_run",
    "PythonScriptStep": "pipeline.steps",
    "Run": "core.run",
    "RunConfiguration": "core.run_configuration",
    "ScriptRun": "core.script_run",
    "ScriptRunConfig": "pipeline.script_run_config",
    "StepRun": "core.pipeline_run",
    "SynapseCompute": "core.compute",
    "SynapseMagicsError": "_errors",
    "SynapsePool": "core.synapse_pool",
    "SynapseSparkStep": "pipeline.steps",
    "SynapseWorkspaceLinkedServiceConfiguration": "core.linked_service",
    "Workspace": "core.workspace",
    "python_step": "pipeline.decorators",
    "spark_step": "pipeline.decorators",
}

__all__ = ["__version__", "load_ipython_extension", *_PUBLIC]  # noqa: PLE0604 - names all


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics, their completion and the representations of objects.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    from synapse_magics.magics import load  # noqa: PLC0415 - only in IPython

    load(shell)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
