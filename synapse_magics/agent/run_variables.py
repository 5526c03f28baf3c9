"""The variables by which a script knows which run it is, as Azure ML names them; no token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from synapse_magics.runtime.context import (
    EXPERIMENT,
    PARENT_RUN_ID,
    RUN_ID,
    WORKSPACE,
)
from synapse_magics.runtime.mapped_addresses import MAPS
from synapse_magics.store.address_maps import all_maps
from synapse_magics.store.runs import SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_WORKSPACE_KEYS = {
    "subscription_id": "AZUREML_ARM_SUBSCRIPTION",
    "resource_group": "AZUREML_ARM_RESOURCEGROUP",
    "workspace_name": "AZUREML_ARM_WORKSPACE_NAME",
}


def run_variables(store: Store, run: RunRecord) -> dict[str, str]:
    """Return the variables that tell a step which run, experiment and workspace it belongs to.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run.

    Returns
    -------
    dict
    """
    root = store.runs.get(run.root_id)
    # The step of a script run is that run, to its script.
    script = root is not None and root.kind == SCRIPT
    maps = {address: str(folder) for address, folder in all_maps(store).items()}
    return {
        **({MAPS: json.dumps(maps)} if maps else {}),
        **_workspace(store.folder.parent),
        WORKSPACE: str(store.folder.parent),
        RUN_ID: run.root_id if script else run.id,
        PARENT_RUN_ID: run.root_id,
        EXPERIMENT: run.experiment,
    }


def _workspace(folder: Path) -> dict[str, str]:
    for place in (folder / ".azureml", folder / "aml_config", folder):
        try:
            found = json.loads((place / "config.json").read_text(encoding="utf-8"))
            return {variable: str(found[key]) for key, variable in _WORKSPACE_KEYS.items()}
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a workspace without one is opened by its folder
    return {}
