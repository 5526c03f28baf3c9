"""Fingerprints of steps: taken from what the store, the snapshot and the data are, and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store import fingerprint
from synapse_magics.store.database import StoreError
from synapse_magics.store.file_hashes import dataset_hashes, hash_file
from synapse_magics.store.fingerprint import DatasetFiles, Fingerprint, Upstream

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from synapse_magics.store.specs import InputSpec, StepSpec
    from synapse_magics.store.store import Store


# Spark settings that name files.
_FILES = frozenset(
    {"spark.archives", "spark.files", "spark.jars", "spark.submit.pyFiles", "spark.yarn.dist.jars"}
)


@dataclass(frozen=True)
class Producer:
    """A step whose output another one takes.

    ``source_id`` is the step run that made what is there; None if it is yet to be made.
    """

    name: str
    fingerprint: Fingerprint | None
    source_id: str | None


@dataclass(frozen=True)
class Stored:
    """The fingerprint that a step run was given.

    ``sources`` are the step runs that made its inputs, by input; ``reusable`` tells whether its
    inputs were still the same at its end.
    """

    fingerprint: Fingerprint
    sources: Mapping[str, str | None]
    reusable: bool


def snapshot_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a snapshot by their relative paths.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        Empty if it is gone.
    """
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def take(
    store: Store,
    spec: StepSpec,
    parameters: Mapping[str, Any],
    producers: Mapping[str, Producer],
    files: Mapping[str, bytes] | None = None,
) -> Fingerprint | tuple[str, ...]:
    """Return the fingerprint of a step as things are now.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    parameters : mapping
        The pipeline parameters in force.
    producers : mapping
        The steps that make its inputs, by node.
    files : mapping, optional
        The sources, if they are not in the store yet.

    Returns
    -------
    Fingerprint or tuple of str
        Why there is none, if there is none: a reason for each input whose data are not there.
    """
    inputs: dict[str, Upstream | DatasetFiles] = {}
    missing: list[str] = []
    for item in spec.inputs:
        found = _upstream(item, producers) if item.node is not None else _files(store, item)
        if isinstance(found, str):
            missing.append(found)
        else:
            inputs[item.name] = found
    if missing:
        return tuple(missing)
    # A script outside of a cell is known by its snapshot; its text tells of parameters only.
    if files is None and (spec.cell is not None or parameters):
        files = snapshot_files(store.snapshot_folder(spec.snapshot))
    return fingerprint.take(_without_places(spec), files or {}, parameters, inputs)


def _without_places(spec: StepSpec) -> StepSpec:
    """Put what lies in files outside of the sources, such as jars, in the place of their paths."""

    def known(conf: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: ",".join(_known_file(item.strip()) for item in str(value).split(","))
            if key in _FILES
            else value
            for key, value in conf.items()
        }

    pool = spec.compute_definition.get("spark_conf", {})
    compute = {**spec.compute_definition, "spark_conf": known(pool)}
    return replace(spec, spark_conf=known(spec.spark_conf), compute_definition=compute)


def _known_file(text: str) -> str:
    path = Path(text.removeprefix("file://"))
    if not path.is_absolute():
        return text  # it travels with the sources, or is an address
    try:
        return f"{path.name} {hash_file(path)[:16]}"
    except OSError:
        return path.name


def _upstream(item: InputSpec, producers: Mapping[str, Producer]) -> Upstream | str:
    producer = producers.get(str(item.node))
    if producer is None:
        return f"input {item.name} is made by no step of this run"
    made = producer.fingerprint
    if made is None:
        return f"input {item.name} is new: step {producer.name} runs"
    return Upstream(producer.name, str(item.output), made.content, made.definition)


def definition_of(store: Store, item: InputSpec) -> Mapping[str, Any] | None:
    """Return what an input that no step makes is: a saved dataset, or a place on a datastore.

    Parameters
    ----------
    store : Store
    item : InputSpec

    Returns
    -------
    mapping or None
        ``type`` and ``sources``; None if the dataset is gone.
    """
    if item.datastore is not None:
        return {"type": "file", "sources": [{"datastore": item.datastore, "path": item.path}]}
    entry = store.registry.by_id("saved_dataset", str(item.dataset_id))
    return None if entry is None else entry.body


def _files(store: Store, item: InputSpec) -> DatasetFiles | str:
    definition = definition_of(store, item)
    if definition is None:
        return f"input {item.name} is gone"
    try:
        return DatasetFiles(dataset_hashes(store, definition))
    except StoreError:
        raise
    except (SynapseMagicsError, OSError) as error:
        # The step says so, too, when it is bound.
        words = error.message if isinstance(error, SynapseMagicsError) else error.strerror
        return f"input {item.name} cannot be read: {words or error}"


def stored(store: Store, run_id: str) -> Stored | None:
    """Return the fingerprint that a step run was given, and what else is known of it.

    Parameters
    ----------
    store : Store
    run_id : str

    Returns
    -------
    Stored or None
    """
    row = store.database.row("SELECT * FROM fingerprints WHERE run_id = ?", (run_id,))
    if row is None:
        return None
    taken = Fingerprint(row["content"], row["definition"], json.loads(row["parts"]))
    return Stored(taken, json.loads(row["sources"]), bool(row["reusable"]))


def write(
    connection: sqlite3.Connection,
    run_id: str,
    taken: Fingerprint,
    sources: Mapping[str, str | None],
) -> None:
    """Store a fingerprint with a step run, inside a transaction that is already open.

    It is not reusable before its step has completed.

    Parameters
    ----------
    connection : sqlite3.Connection
    run_id : str
    taken : Fingerprint
    sources : mapping
        The step runs that made its inputs, by input.
    """
    connection.execute(
        "INSERT OR REPLACE INTO fingerprints (run_id, content, definition, parts, sources)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            run_id,
            taken.content,
            taken.definition,
            json.dumps(taken.parts),
            json.dumps(dict(sources)),
        ),
    )


def producers_of(store: Store, spec: StepSpec, root_id: str) -> dict[str, Producer]:
    """Return the steps of a run that make a step's inputs, all of them completed.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    root_id : str
        The pipeline run.

    Returns
    -------
    dict
        By node.
    """
    found = {}
    for node in {item.node for item in spec.inputs if item.node is not None}:
        row = store.database.row(
            "SELECT id, name, source_id FROM runs WHERE parent_id = ? AND node = ?",
            (root_id, node),
        )
        if row is not None:
            known = stored(store, row["id"])
            made = None if known is None else known.fingerprint
            found[node] = Producer(row["name"], made, row["source_id"] or row["id"])
    return found
