"""Outputs that a step writes locally: where, and the tasks that bring them to their datastores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.agent.places import from_run
from synapse_magics.staging.uploading import Upload
from synapse_magics.store.locations import locate

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.staging.task import Task
    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import OutputSpec
    from synapse_magics.store.store import Store

_FOLDER = "uploads"


def local_place(folder: RunFolder, output: OutputSpec) -> Path:
    """Return where a step writes an output that is uploaded.

    Parameters
    ----------
    folder : RunFolder
    output : OutputSpec

    Returns
    -------
    pathlib.Path
    """
    if output.path_on_compute is not None:
        return folder.work / output.path_on_compute
    return folder.path / _FOLDER / output.name


def uploads(store: Store, run: RunRecord) -> list[Task]:
    """Return the tasks that copy what a step has written locally to the datastores.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run, whose outputs have their places.

    Returns
    -------
    list of Task
    """
    folder = store.run_folder(run.id)
    records = {item.name: item for item in store.records.outputs(run.id)}
    found: list[Task] = []
    for output in run.step.outputs:
        if output.mode != "upload":
            continue
        record = records[output.name]
        place = locate(store.datastore_root(record.datastore), record.path)
        found.append(
            Upload(
                source=from_run(store, run.id, local_place(folder, output)),
                target=from_run(store, run.id, place),
                datastore=record.datastore,
                note=f"{output.name}.upload",
                globs=output.globs,
                overwrite=output.overwrite,
                empty=output.reference is None,
                where=f"output {output.name} of step {run.name}",
            )
        )
    return found
