"""Experiments: the names under which runs are kept together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synapse_magics.core.workspace import Workspace

_KIND = "experiment"


class Experiment:
    """An experiment; it is made when it is first named.

    Parameters
    ----------
    workspace : Workspace
    name : str
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self.name = names.check_experiment(name)
        workspace.store.registry.save(_KIND, name, {})

    @staticmethod
    def list(workspace: Workspace) -> list[Experiment]:
        """Return the experiments of a workspace, by name."""
        return [
            Experiment(workspace, entry.name) for entry in workspace.store.registry.entries(_KIND)
        ]

    def submit(self, config: Any, tags: Mapping[str, str] | None = None, **kwargs: Any) -> Run:
        """Submit a pipeline under this experiment.

        Parameters
        ----------
        config : Pipeline
        tags : mapping, optional
            Tags of the run.
        **kwargs
            As for :meth:`Pipeline.submit`.

        Returns
        -------
        PipelineRun
        """
        if not hasattr(config, "submit"):
            raise NotSupportedError(f"an experiment runs a Pipeline, not a {type(config).__name__}")
        run: Run = config.submit(self.name, **kwargs)
        for key, value in (tags or {}).items():
            run.tag(key, value)
        return run

    def get_runs(
        self,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        tags: str | Mapping[str, str | None] | None = None,
        properties: str | Mapping[str, str | None] | None = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """Yield the experiment's runs, newest first.

        Parameters
        ----------
        type : str, optional
            Only runs of this type, such as ``azureml.PipelineRun``.
        tags, properties : str or mapping, optional
            Only runs that have the tag, or all of these tags with these values; likewise for
            properties.
        include_children : bool
            The runs of steps as well, after the run that they belong to.

        Yields
        ------
        Run
        """
        for record in self.workspace.store.runs.submitted(self.name):
            run = Run.get(self.workspace, record.id)
            for found in (run, *(run.get_children() if include_children else ())):
                wanted = type is None or found.type == type
                if wanted and _has(found.tags, tags) and _has(found.properties, properties):
                    yield found

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"


def _has(found: Mapping[str, str | None], wanted: str | Mapping[str, str | None] | None) -> bool:
    if wanted is None or isinstance(wanted, str):
        return wanted is None or wanted in found
    return all(key in found and found[key] == value for key, value in wanted.items())
