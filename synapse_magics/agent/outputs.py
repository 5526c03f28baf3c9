"""What becomes of a step's outputs when it completes: known by content, registered, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synapse_magics.store import registry
from synapse_magics.store.file_hashes import manifest
from synapse_magics.store.locations import LocationError, locate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.specs import OutputSpec, Registration
    from synapse_magics.store.store import Store


def manifests(store: Store, run_id: str) -> dict[str, Mapping[str, Any] | None]:
    """Return what each output of a step run holds.

    Parameters
    ----------
    store : Store
    run_id : str

    Returns
    -------
    dict
        By name; None for one that cannot be read, which is never reused then.
    """
    found: dict[str, Mapping[str, Any] | None] = {}
    for output in store.records.outputs(run_id):
        try:
            found[output.name] = manifest(
                locate(store.datastore_root(output.datastore), output.path)
            )
        except (LocationError, OSError):
            found[output.name] = None
    return found


def complete(
    connection: sqlite3.Connection,
    run_id: str,
    output: OutputRecord,
    spec: OutputSpec,
    content: Mapping[str, Any] | None,
) -> None:
    """Save an output as a dataset and register it, inside the transaction that completes its step.

    Parameters
    ----------
    connection : sqlite3.Connection
    run_id : str
        The step run.
    output : OutputRecord
    spec : OutputSpec
    content : mapping or None
        Its manifest.
    """
    definition = {
        "type": "file",
        "sources": [{"datastore": output.datastore, "path": output.path}],
    }
    saved_id = registry.content_id(definition)
    known = connection.execute(
        "SELECT 1 FROM registry WHERE kind = 'saved_dataset' AND id = ?", (saved_id,)
    ).fetchone()
    if known is None:
        registry.write(connection, registry.saved_entry("saved_dataset", saved_id, definition))
    connection.execute(
        "UPDATE outputs SET dataset_id = ?, manifest = ? WHERE run_id = ? AND name = ?",
        (saved_id, None if content is None else json.dumps(content), run_id, output.name),
    )
    if spec.registration is not None:
        _register(connection, run_id, saved_id, spec.registration)


def take_over(
    connection: sqlite3.Connection, run_id: str, source_id: str, specs: Mapping[str, OutputSpec]
) -> None:
    """Give a reused step the outputs of an earlier one, inside the transaction that completes it.

    What is registered already under the wanted name gets no other version.

    Parameters
    ----------
    connection : sqlite3.Connection
    run_id, source_id : str
        The step run, and the one whose outputs stand for its own.
    specs : mapping
        The step's outputs by name.
    """
    connection.execute(
        "INSERT OR REPLACE INTO outputs (run_id, name, datastore, path, dataset_id, manifest)"
        " SELECT ?, name, datastore, path, dataset_id, manifest FROM outputs WHERE run_id = ?",
        (run_id, source_id),
    )
    rows = connection.execute(
        "SELECT name, dataset_id FROM outputs WHERE run_id = ? ORDER BY name", (run_id,)
    ).fetchall()
    for row in rows:
        spec = specs.get(row["name"])
        if spec is None or spec.registration is None or row["dataset_id"] is None:
            continue
        latest = connection.execute(
            "SELECT body FROM registry WHERE kind = 'dataset' AND name = ?"
            " ORDER BY version DESC LIMIT 1",
            (spec.registration.name,),
        ).fetchone()
        if latest is None or json.loads(latest["body"])["saved_id"] != row["dataset_id"]:
            _register(connection, run_id, row["dataset_id"], spec.registration)


def _register(
    connection: sqlite3.Connection, run_id: str, saved_id: str, registration: Registration
) -> None:
    body = {
        "saved_id": saved_id,
        "type": "file",
        "description": registration.description,
        "tags": dict(registration.tags),
        "run_id": run_id,
    }
    registry.add_version(connection, "dataset", registration.name, body)
