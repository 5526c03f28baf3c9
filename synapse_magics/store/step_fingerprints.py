"""Fingerprints of steps: taken from what the store, the snapshot and the data are, and kept."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store import fingerprint, mapped_data, packages
from synapse_magics.store.address_maps import address_maps
from synapse_magics.store.database import StoreError
from synapse_magics.store.file_hashes import dataset_hashes, hash_file
from synapse_magics.store.fingerprint import DatasetFiles, Fingerprint, Upstream
from synapse_magics.store.locations import files_below
from synapse_magics.store.remote_files import local_sources, remote_sources
from synapse_magics.store.step_code import own_files

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from synapse_magics.store.specs import InputSpec, StepSpec
    from synapse_magics.store.store import Store


# Spark settings that name files, and what stands between two of them.
_FILES = {
    **dict.fromkeys(
        (
            *("spark.archives", "spark.files", "spark.jars", "spark.submit.pyFiles"),
            *("spark.yarn.dist.archives", "spark.yarn.dist.files", "spark.yarn.dist.jars"),
        ),
        ",",
    ),
    "spark.driver.extraClassPath": ":",
    "spark.executor.extraClassPath": ":",
}


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


def snapshot_files(folder: Path, only: str = "") -> dict[str, bytes]:
    """Return the files of a snapshot by their relative paths.

    Parameters
    ----------
    folder : pathlib.Path
    only : str
        How the names end.

    Returns
    -------
    dict
        Empty if it is gone.
    """
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob(f"*{only}"))
        if file.is_file()
    }


def take(
    store: Store,
    spec: StepSpec,
    parameters: Mapping[str, Any],
    producers: Mapping[str, Producer],
    files: Mapping[str, bytes] | None = None,
    *,
    look: bool = True,
    known: dict[str, DatasetFiles] | None = None,
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
    look : bool
        Whether the bytes of inputs are looked at.
    known : dict, optional
        What lies behind datasets, by id, as far as that was found already; added to.

    Returns
    -------
    Fingerprint or tuple of str
        Why there is none, if there is none: a reason for each input whose data are not there.
    """
    inputs: dict[str, Upstream | DatasetFiles] = {}
    missing: list[str] = []
    for item in spec.inputs:
        if item.node is not None:
            found: Upstream | DatasetFiles | str = _upstream(item, producers)
        elif not look:
            found = DatasetFiles({})
        else:
            found = _files(store, item, {} if known is None else known)
        if isinstance(found, str):
            missing.append(found)
        else:
            inputs[item.name] = found
    if missing:
        return tuple(missing)
    # A script outside of a cell is known by its snapshot.
    if files is None and spec.cell is not None:
        files = snapshot_files(store.snapshot_folder(spec.snapshot))
    mapped = mapped_by(store, spec, parameters, files)
    content = mapped_data.contents(store, mapped) if look else dict.fromkeys(mapped, "")
    return fingerprint.take(_without_places(spec), files or {}, parameters, inputs, content)


def mapped_by(
    store: Store,
    spec: StepSpec,
    parameters: Mapping[str, Any],
    files: Mapping[str, bytes] | None = None,
) -> dict[str, Mapping[str, Any]]:
    """Return the mapped addresses that a step may read, see :mod:`~.store.mapped_data`.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    parameters : mapping
        The pipeline parameters in force.
    files : mapping, optional
        The sources, if they are not in the store yet.

    Returns
    -------
    dict
        A definition by address.
    """
    if not address_maps(store):
        return {}
    if files is None:
        files = snapshot_files(store.snapshot_folder(spec.snapshot))
    return mapped_data.mapped_sources(store, spec, parameters, files)


def _without_places(spec: StepSpec) -> StepSpec:
    """Put what lies in files outside of the sources, such as jars, in the place of their paths."""

    def known(conf: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: _known_files(str(value), _FILES[key]) if key in _FILES else value
            for key, value in conf.items()
        }

    pool = spec.compute_definition.get("spark_conf", {})
    compute = {**spec.compute_definition, "spark_conf": known(pool)}
    return replace(spec, spark_conf=known(spec.spark_conf), compute_definition=compute)


def _known_files(text: str, separator: str) -> str:
    # A scheme has the colon that stands between the parts of a class path.
    items = re.split(r",\s*" if separator == "," else r"(?<!file)(?<!local):", text)
    return separator.join(_known_file(item.strip()) for item in items)


def _known_file(text: str) -> str:
    """Put the names and the content of files in the place of where they lie."""
    where, sign, alias = re.sub(r"^(?:file|local):/{1,3}", "/", text).partition("#")
    if not where.startswith("/"):
        return text  # it travels with the sources, or is an address
    found = [Path(item) for item in sorted(glob.glob(where))]  # noqa: PTH207 - of any place
    digest = hashlib.sha256()
    for file in files_below(found):
        with contextlib.suppress(OSError):
            digest.update(f"{file.name}\0{hash_file(file)}\0".encode("utf-8", "surrogateescape"))
    return f"{Path(where).name} {digest.hexdigest()[:16] if found else 'missing'}{sign}{alias}"


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


def _files(store: Store, item: InputSpec, known: dict[str, DatasetFiles]) -> DatasetFiles | str:
    key = str(item.dataset_id or (item.datastore, item.path))
    if key in known:
        return known[key]
    definition = definition_of(store, item)
    if definition is None:
        return f"input {item.name} is gone"
    remote = remote_sources(store, definition)
    if remote and item.listing is None:
        where = remote[0]["datastore"]
        return f"input {item.name} lies on {where}, where nobody looked when it was submitted"
    try:
        here = {**definition, "sources": local_sources(store, definition)} if remote else definition
        hashes = {**dataset_hashes(store, here), **dict(item.listing or ())}
        found = known[key] = DatasetFiles(hashes)
    except StoreError:
        raise
    except (SynapseMagicsError, OSError) as error:
        # The step says so, too, when it is bound.
        words = error.message if isinstance(error, SynapseMagicsError) else error.strerror
        return f"input {item.name} cannot be read: {words or error}"
    return found


def with_environment(store: Store, spec: StepSpec) -> StepSpec:
    """Return a step with the versions of what its code imports as they are here and now.

    The process that starts it knows; whoever submitted it may have had others, or at another time.

    Parameters
    ----------
    store : Store
    spec : StepSpec

    Returns
    -------
    StepSpec
        As it is if it tells no versions, or those of an environment of its own.
    """
    if not spec.environment or spec.requirements is not None:
        return spec  # an environment of its own does not change
    folder = store.snapshot_folder(spec.snapshot)
    files = snapshot_files(folder, only=".py")
    code = {name: files[name] for name in own_files(spec, files)}
    requirements = packages.required(spec.environment)
    return replace(spec, environment=packages.versions(spec.kind, code, requirements))


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
