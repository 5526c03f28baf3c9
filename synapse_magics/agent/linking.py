"""The datasets that a step's script has named as its outputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from synapse_magics.store.regular_files import open_regular

if TYPE_CHECKING:
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_MOST = 64 << 20
"""How many bytes of records are looked at; nobody waits for a step that writes without end."""


def links(store: Store, run: RunRecord) -> dict[str, str]:
    """Return the saved datasets that a step has linked its outputs to.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run, whose job is over.

    Returns
    -------
    dict
        Ids by output; what a step wrote that is no link of its own is passed over.
    """
    wanted = {item.name for item in run.step.outputs if item.mode == "link"}
    found: dict[str, str] = {}
    if not wanted:
        return found
    try:
        with open_regular(store.run_folder(run.id).records) as file:
            lines = file.read(_MOST).splitlines()
    except OSError:  # missing, or made something else by the step
        return found
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a step may write what it likes
        if not isinstance(record, dict) or str(record.get("link")) not in wanted:
            continue
        identity = str(record.get("dataset"))
        if store.registry.by_id("saved_dataset", identity) is not None:
            found[str(record["link"])] = identity
    return found
