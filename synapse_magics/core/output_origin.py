"""Where an output comes from: the step that makes it, and the run that made it last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.store import Store


class Origin:
    """What all copies of one output share: the step that makes it, once there is one."""

    def __init__(self) -> None:
        self.step: Any = None
        self.name: str | None = None
        """What an output that nobody has named is called from the time that a step makes it."""
        self.run: PipelineRun | None = None
        """The run that was submitted last."""

    def __deepcopy__(self, memo: object) -> Origin:
        return self

    def output_of_run(self, name: str) -> tuple[Store, OutputRecord] | None:
        """Return what the run that was submitted last has made of an output of this origin.

        Parameters
        ----------
        name : str

        Returns
        -------
        tuple or None
            None if nothing was submitted, or the step was left out.
        """
        if self.run is None or self.step is None:
            return None
        store = self.run.workspace.store
        return next(
            (
                (store, item)
                for step in store.runs.children(self.run.id)
                if step.node == self.step.node
                for item in store.records.outputs(step.id)
                if item.name == name
            ),
            None,
        )
