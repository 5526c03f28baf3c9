"""What a submit would do, step by step, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.pipeline import graph
from synapse_magics.store.code_changes import code_diff
from synapse_magics.store.step_fingerprints import snapshot_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.reuse import Verdict
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store


@dataclass(frozen=True)
class Plan:
    """The steps that a submit would hand in, and what would become of each.

    Parameters
    ----------
    steps : tuple of StepSpec
        Each after those that it waits for.
    verdicts : mapping
        By node.
    files : mapping
        The sources by node.
    """

    steps: tuple[StepSpec, ...]
    verdicts: Mapping[str, Verdict]
    files: Mapping[str, Mapping[str, bytes]]

    def waves(self) -> list[list[StepSpec]]:
        """Return the steps in groups that may run at once, first group first.

        Returns
        -------
        list of list of StepSpec
        """
        by_node = {step.node: step for step in self.steps}
        upstream = {step.node: step.upstream & set(by_node) for step in self.steps}
        return [
            sorted((by_node[node] for node in wave), key=lambda step: step.name)
            for wave in graph.waves(upstream)
        ]

    def diff(self, store: Store, name: str) -> str:
        """Return how a step's code differs from the run that it was compared with.

        Parameters
        ----------
        store : Store
        name : str
            The step.

        Returns
        -------
        str
            A unified diff; empty if nothing differs or there is nothing to compare with.
        """
        step = next(step for step in self.steps if step.name == name)
        compared = self.verdicts[step.node].compared
        if compared is None:
            return ""
        before = snapshot_files(store.snapshot_folder(compared.step.snapshot))
        return code_diff(step, before, self.files[step.node])
