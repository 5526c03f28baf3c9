"""What becomes of a step's outputs when it completes: known by content, registered, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synapse_magics.store import registry
from synapse_magics.store.file_hashes import manifest
from synapse_magics.store.locations import LocationError, locate
from synapse_magics.store.tables import definition_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

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
    place: Path,
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
    place : pathlib.Path
        Where it lies.
    """
    definition = definition_of(output.datastore, output.path, place, spec.table, spec.layout)
    saved_id = registry.content_id(definition)
    known = connection.execute(
        "SELECT 1 FROM registry WHERE kind = 'saved_dataset' AND id = ?", (saved_id,)
    ).fetchone()
    if known is None:
        registry.write(connection, registry.saved_entry("saved_dataset", saved_id, definition))
    connection.execute(
        "UPDATE outputs SET dataset_id = ?, manifest = ?, stats = ? WHERE run_id = ? AND name = ?",
        (
            saved_id,
            None if content is None else json.dumps(content),
            None if output.stats is None else output.stats.to_text(),
            run_id,
            output.name,
        ),
    )
    if spec.registration is not None:
        _register(connection, run_id, saved_id, spec.registration, definition["type"])


def complete_link(
    connection: sqlite3.Connection, run_id: str, spec: OutputSpec, dataset_id: str
) -> None:
    """Make the dataset that a step's script has named its output, likewise.

    Parameters
    ----------
    connection : sqlite3.Connection
    run_id : str
        The step run.
    spec : OutputSpec
    dataset_id : str
        A saved dataset.
    """
    body = _saved(connection, dataset_id)
    source = body["sources"][0]
    connection.execute(
        "INSERT OR REPLACE INTO outputs (run_id, name, datastore, path, dataset_id)"
        " VALUES (?, ?, ?, ?, ?)",
        (run_id, spec.name, source["datastore"], source["path"], dataset_id),
    )
    if spec.registration is not None:
        _register(connection, run_id, dataset_id, spec.registration, body["type"])


def _saved(connection: sqlite3.Connection, dataset_id: str) -> dict[str, Any]:
    row = connection.execute(
        "SELECT body FROM registry WHERE kind = 'saved_dataset' AND id = ?", (dataset_id,)
    ).fetchone()
    body: dict[str, Any] = json.loads(row["body"])
    return body


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
        "INSERT OR REPLACE INTO outputs"
        " (run_id, name, datastore, path, dataset_id, manifest, stats)"
        # What has changed has changed in the run that made it.
        " SELECT ?, name, datastore, path, dataset_id, manifest,"
        " json_remove(stats, '$.since', '$.previous') FROM outputs WHERE run_id = ?",
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
            kind = _saved(connection, row["dataset_id"])["type"]
            _register(connection, run_id, row["dataset_id"], spec.registration, kind)


def _register(
    connection: sqlite3.Connection,
    run_id: str,
    saved_id: str,
    registration: Registration,
    kind: str,
) -> None:
    body = {
        "saved_id": saved_id,
        "type": kind,
        "description": registration.description,
        "tags": dict(registration.tags),
        "run_id": run_id,
    }
    registry.add_version(connection, "dataset", registration.name, body)
