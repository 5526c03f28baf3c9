"""What ``%load_ext`` brings into a shell: names, whose modules are imported at their first use.

The magics stand on most of the package, which takes half a second to import. A notebook that was
opened to be read does not wait for that.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from IPython.core.completer import context_matcher

from synapse_magics.magics.running_cell import running_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext
    from IPython.core.interactiveshell import InteractiveShell

_PACKAGE = "synapse_magics"

GROUPS = {
    "datastore_magics.DatastoreMagics": ("%synapse_datastore",),
    "pipeline_magics.PipelineMagics": ("%synapse_pipeline", "%synapse_submit"),
    "run_magics.RunMagics": (
        *("%synapse_clean", "%synapse_load", "%synapse_logs", "%synapse_runs", "%synapse_status"),
    ),
    "session_magics.SessionMagics": ("%synapse", "%%synapse"),
    "step_magics.StepMagics": ("%%python_step", "%%spark_step", "%%step_module"),
    "studio_magics.StudioMagics": ("%synapse_studio",),
    "workspace_magics.WorkspaceMagics": (
        *("%synapse_attach", "%synapse_compute", "%synapse_dataset", "%synapse_link"),
        "%synapse_workspace",
    ),
}
"""The magics, by the module and the class that has them."""

_PAGE, _TEXT, _DISPLAY = "text/html", "text/plain", "ipython_display"

_ROWS = {_PAGE: "object_html", _TEXT: "object_text"}

_PRINTED_ANEW = (
    "core.data_config.HDFSOutputDatasetConfig",
    "core.data_config.OutputFileDatasetConfig",
    "core.link_output.LinkFileOutputDatasetConfig",
    "core.link_output.LinkTabularOutputDatasetConfig",
    "core.synapse_compute.SynapseCompute",
    "core.tabular_output.OutputTabularDatasetConfig",
    "pipeline.pipeline_data.OutputPortBinding",
)
"""IPython prefers what these classes say themselves to what is registered for those above them."""

_SHOWN = {
    **{name: {_TEXT: "object_text"} for name in _PRINTED_ANEW},
    "core.abstract_dataset.AbstractDataset": {_PAGE: "dataset_html", _TEXT: "dataset_text"},
    "core.compute_target.ComputeTarget": _ROWS,
    "core.data_config.DatasetConsumptionConfig": _ROWS,
    "core.data_config.OutputDatasetConfig": _ROWS,
    "core.data_reference.DataPath": _ROWS,
    "core.data_reference.DataReference": _ROWS,
    "core.datastore.AbstractDatastore": _ROWS,
    "core.environment.Environment": _ROWS,
    "core.experiment.Experiment": _ROWS,
    "core.keyvault.Keyvault": _ROWS,
    "core.linked_service.LinkedService": _ROWS,
    "core.model.Model": _ROWS,
    "core.run.Run": {_DISPLAY: "show_run"},
    "core.run_configuration.RunConfiguration": _ROWS,
    "core.synapse_pool.SynapsePool": _ROWS,
    "core.workspace.Workspace": _ROWS,
    "pipeline.module.Module": _ROWS,
    "pipeline.module.ModuleVersion": _ROWS,
    "pipeline.parallel_run_config.ParallelRunConfig": _ROWS,
    "pipeline.parameters.PipelineParameter": _ROWS,
    "pipeline.pipeline.Pipeline": {_PAGE: "pipeline_html", _TEXT: "pipeline_text"},
    "pipeline.pipeline_data.PipelineData": _ROWS,
    "pipeline.pipeline_draft.PipelineDraft": _ROWS,
    "pipeline.pipeline_endpoint.PipelineEndpoint": _ROWS,
    "pipeline.published_pipeline.PublishedPipeline": _ROWS,
    "pipeline.schedule.Schedule": _ROWS,
    "pipeline.script_run_config.ScriptRunConfig": _ROWS,
    "pipeline.step.PipelineStep": _ROWS,
}
"""What in ``display`` shows the objects of a class, by the form."""

_MATCHER = "synapse_magics"
_OURS = re.compile(
    r"^\s*(?:[\w, ]+=\s*)?%%?(?:synapse|spark_step|python_step|step_module)", re.MULTILINE
)


class LazyMagic:
    """A magic whose module is imported when it is used, or when somebody asks what it is.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    group : str
        One of :data:`GROUPS`.
    mark : str
        ``%`` or ``%%``, and the name.
    """

    def __init__(self, shell: InteractiveShell, group: str, mark: str) -> None:
        self._shell, self._group = shell, group
        self._kind, self._name = ("cell" if mark.startswith("%%") else "line"), mark.lstrip("%")

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Carry the magic out."""
        return self._loaded()(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded(), name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return str(self._loaded().__doc__)

    def _loaded(self) -> Callable[..., Any]:
        """Put the magics of the group in the places of those who stand for them; return ours."""
        known = self._shell.magics_manager.magics[self._kind]
        if known.get(self._name) is self:
            module, _, name = self._group.partition(".")
            found = import_module(f"{_PACKAGE}.magics.{module}")
            self._shell.register_magics(getattr(found, name))
        magic: Callable[..., Any] = known[self._name]
        return magic


def register_magics(shell: InteractiveShell) -> None:
    """Make the magics' names known.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    known = shell.magics_manager.magics
    for group, marks in GROUPS.items():
        for mark in marks:
            kind = "cell" if mark.startswith("%%") else "line"
            known[kind][mark.lstrip("%")] = LazyMagic(shell, group, mark)
    shell.events.register("pre_run_cell", running_cell.begin)


def register_formatters(shell: InteractiveShell) -> None:
    """Give the objects their representations in a shell.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    formatter = shell.display_formatter
    if formatter is None:
        return
    for home, forms in _SHOWN.items():
        module, _, name = home.rpartition(".")
        for form, function in forms.items():
            target = (
                formatter.ipython_display_formatter
                if form == _DISPLAY
                else formatter.formatters[form]
            )
            target.for_type_by_name(f"{_PACKAGE}.{module}", name, _shown_by(function))


def _shown_by(function: str) -> Callable[..., Any]:
    def show(*arguments: Any) -> Any:
        from synapse_magics.magics import display  # noqa: PLC0415 - when something is shown

        return getattr(display, function)(*arguments)

    return show


def register_matcher(shell: InteractiveShell) -> None:
    """Complete the lines of our magics, once.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != _MATCHER]

    @context_matcher(identifier=_MATCHER)  # type: ignore[untyped-decorator, unused-ignore]
    def match(context: CompletionContext) -> dict[str, Any]:
        if not _OURS.search(context.full_text):
            return {"completions": [], "suppress": False}
        from synapse_magics.magics.completion import Completion  # noqa: PLC0415 - ours to answer

        return Completion(shell).matches(context)

    matchers.append(match)
