"""The hashes of large inputs, taken beside the agent's loop.

Who submits from a kernel has read large files there. Where the agent submits by itself, or a file
has changed since, a thread reads them into the cache of hashes; the loop hears a cancel meanwhile,
and other steps go on. A thread that dies with its agent has lost nothing but time.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from synapse_magics.store.file_hashes import YOUNG_SECONDS, dataset_hashes, unhashed
from synapse_magics.store.remote_files import local_sources
from synapse_magics.store.step_fingerprints import definition_of, mapped_by
from synapse_magics.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import StepSpec

AT_ONCE = 64 << 20
"""How many bytes the loop may read itself."""

_ROUNDS = 3
"""After so many times it is not waited for any more that a file stays as it is."""

log = logging.getLogger(__name__)


class Hashing:
    """What is being read for steps that are ready.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads: dict[str, threading.Thread] = {}
        self._rounds: dict[str, int] = {}

    def is_done(self, store: Store, step: RunRecord) -> bool:
        """Tell whether a step's inputs can be looked at at once; begin to read them if not.

        Parameters
        ----------
        store : Store
        step : RunRecord

        Returns
        -------
        bool
        """
        thread = self._threads.get(step.id)
        if thread is not None and thread.is_alive():
            return False
        self._threads.pop(step.id, None)
        rounds = self._rounds.get(step.id, 0)
        if rounds >= _ROUNDS or is_quick(store, [step.step]):
            self._rounds.pop(step.id, None)
            return True
        self._rounds[step.id] = rounds + 1
        thread = threading.Thread(target=self._read, args=(step.step,), daemon=True)
        self._threads[step.id] = thread
        thread.start()
        return False

    def _read(self, spec: StepSpec) -> None:
        try:
            # A file that is younger may change unseen: what is found of it is not remembered.
            time.sleep(YOUNG_SECONDS)
            with Store(self._folder) as store:
                for definition in _definitions(store, spec):
                    dataset_hashes(store, definition)
        except Exception as error:  # the step will say so itself
            log.info("inputs of step %s", spec.name, exc_info=error)


def is_quick(store: Store, specs: Iterable[StepSpec]) -> bool:
    """Tell whether the inputs of steps are known, or are read in no time.

    Parameters
    ----------
    store : Store
    specs : iterable of StepSpec

    Returns
    -------
    bool
    """
    left = AT_ONCE
    for spec in specs:
        for definition in _definitions(store, spec):
            left -= unhashed(store, definition)
            if left < 0:
                return False
    return True


def _definitions(store: Store, spec: StepSpec) -> Iterator[Mapping[str, Any]]:
    for item in spec.inputs:
        found = definition_of(store, item) if item.node is None else None
        if found is not None:
            yield {**found, "sources": local_sources(store, found)}
    yield from mapped_by(store, spec, {}).values()
