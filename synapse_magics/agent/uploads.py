"""Outputs that a step writes locally: where, and the tasks that bring them to their datastores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.agent.places import from_run
from synapse_magics.staging.fetching import Restore
from synapse_magics.staging.pushing import Push
from synapse_magics.staging.uploading import Upload
from synapse_magics.store.locations import locate
from synapse_magics.store.places import place_of

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.agent.remote_data import RemoteData
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


def is_uploaded(store: Store, output: OutputSpec) -> bool:
    """Tell whether a step writes an output locally, from where it goes to its datastore.

    Parameters
    ----------
    store : Store
    output : OutputSpec

    Returns
    -------
    bool
        True of everything that lies elsewhere: what a step that fails has written is not there.
    """
    return output.mode == "upload" or (
        output.mode != "link" and place_of(store, output.datastore) is not None
    )


def _is_replaced(output: OutputSpec) -> bool:
    """Tell whether a place that lies elsewhere holds what the step wrote and nothing else."""
    return output.mode != "upload" or "{run-id}" in output.path


def restores(store: Store, run: RunRecord, remote: RemoteData) -> list[Task]:
    """Return the tasks that show a step what is at places that all runs share.

    Parameters
    ----------
    store : Store
    run : RunRecord
    remote : RemoteData

    Returns
    -------
    list of Task
        None for a place of this machine, where the step writes itself.
    """
    folder, found = store.run_folder(run.id), []
    for output in run.step.outputs:
        told = remote.told(output.datastore) if output.mode not in {"link", "upload"} else None
        if told is not None and "{run-id}" not in output.path:
            found.append(
                Restore(
                    source={**told, "path": _record_path(store, run, output)},
                    target=from_run(store, run.id, local_place(folder, output)),
                    where=f"output {output.name} of step {run.name}",
                )
            )
    return list(found)


def _record_path(store: Store, run: RunRecord, output: OutputSpec) -> str:
    return next(item.path for item in store.records.outputs(run.id) if item.name == output.name)


def uploads(store: Store, run: RunRecord, remote: RemoteData) -> list[Task]:
    """Return the tasks that copy what a step has written locally to the datastores.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run, whose outputs have their places.
    remote : RemoteData

    Returns
    -------
    list of Task
    """
    folder = store.run_folder(run.id)
    records = {item.name: item for item in store.records.outputs(run.id)}
    found: list[Task] = []
    for output in run.step.outputs:
        if not is_uploaded(store, output):
            continue
        record = records[output.name]
        told = remote.told(record.datastore)
        if told is not None:
            found.append(
                Push(
                    source=from_run(store, run.id, local_place(folder, output)),
                    target={**told, "path": record.path},
                    note=f"{output.name}.upload",
                    globs=output.globs,
                    overwrite=output.overwrite,
                    replace=_is_replaced(output),
                    where=f"output {output.name} of step {run.name}",
                )
            )
            continue
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
