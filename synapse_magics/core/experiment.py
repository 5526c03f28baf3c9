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

    def get_runs(self) -> Iterator[Run]:
        """Yield the experiment's runs, newest first."""
        for record in self.workspace.store.runs.submitted(self.name):
            yield Run.get(self.workspace, record.id)

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"
