"""Why a step runs though something like it has run before: what differs from its last result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.store import code_changes as code
from synapse_magics.store import comparison
from synapse_magics.store.step_fingerprints import snapshot_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.fingerprint import Fingerprint
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.step_fingerprints import Producer, Stored
    from synapse_magics.store.store import Store


@dataclass(frozen=True)
class Asked:
    """The step in question, as it is now."""

    store: Store
    spec: StepSpec
    producers: Mapping[str, Producer]
    root_id: str | None
    files: Mapping[str, bytes] | None

    @property
    def sources(self) -> dict[str, str | None]:
        """The step runs that made its inputs, by input; None for one yet to be made."""
        return {name: producer.source_id for name, producer in self.by_input.items()}

    @property
    def by_input(self) -> dict[str, Producer]:
        """The steps that make its inputs, by input."""
        return {
            item.name: self.producers[item.node]
            for item in self.spec.inputs
            if item.node is not None and item.node in self.producers
        }


def latest(asked: Asked, experiment: str) -> RunRecord | None:
    """Return the newest completed run of a step of this name, which may have been reused.

    Parameters
    ----------
    asked : Asked
    experiment : str
        Its own runs come first.

    Returns
    -------
    RunRecord or None
    """
    row = asked.store.database.row(
        "SELECT id FROM runs JOIN fingerprints ON id = run_id WHERE name = ?"
        " AND kind = 'azureml.StepRun' AND status = 'Completed'"
        " AND root_id IS NOT ? ORDER BY experiment = ? DESC, ended DESC LIMIT 1",
        (asked.spec.name, asked.root_id, experiment),
    )
    found = None if row is None else asked.store.runs.get(row["id"])
    if found is not None and found.step.keep is not None:
        return asked.store.runs.get(found.content_id)  # what was kept was made by other code
    return found


def lineage(asked: Asked, then: Mapping[str, str | None], run: RunRecord | None) -> list[str]:
    """Return in words which inputs were made by other step runs than those of an earlier run.

    Parameters
    ----------
    asked : Asked
    then : mapping
        The step runs that made the inputs of the earlier run.
    run : RunRecord or None
        The earlier run; without one only inputs that are yet to be made are told.

    Returns
    -------
    list of str
    """
    found = []
    for name, producer in asked.by_input.items():
        source = producer.source_id
        if source is None:
            found.append(f"input {name} is new: step {producer.name} runs")
        elif run is not None and then.get(name) != source:
            found.append(_other_source(asked, name, producer, run))
    return found


def _other_source(asked: Asked, name: str, producer: Producer, run: RunRecord) -> str:
    made = asked.store.runs.get(str(producer.source_id))
    earlier = run.root_id[:8]
    if made is not None and made.root_id != asked.root_id:
        return (
            f"input {name} is not that of run {earlier}: the result of step {producer.name} is"
            f" from run {made.root_id[:8]}"
        )
    return f"input {name} is new: step {producer.name} ran again since run {earlier}"


def changes(
    asked: Asked, run: RunRecord, before: Fingerprint, now: Fingerprint, *, content: bool = True
) -> list[str]:
    """Return in words what differs between the fingerprints of an earlier run and of the step.

    Outputs of other steps are no part of it; see :func:`lineage`.

    Parameters
    ----------
    asked : Asked
    run : RunRecord
        The earlier step run.
    before, now : Fingerprint
    content : bool
        Whether the bytes of inputs count.

    Returns
    -------
    list of str
    """
    found: list[str] = []
    if before.parts["code"] != now.parts["code"]:
        found += code_changes(asked, run)
    return found + comparison.differences(
        before.parts,
        now.parts,
        lambda saved: registered_as(asked.store, saved),
        content=content,
    )


def code_changes(asked: Asked, run: RunRecord) -> list[str]:
    """Return in words what differs between the code of an earlier run and that of the step.

    Parameters
    ----------
    asked : Asked
    run : RunRecord
        The earlier step run.

    Returns
    -------
    list of str
        Never empty: it is known that something does.
    """
    store, spec = asked.store, asked.spec
    before = snapshot_files(store.snapshot_folder(run.step.snapshot))
    after = asked.files
    if after is None:
        after = snapshot_files(store.snapshot_folder(spec.snapshot))
    found = code.code_differences(spec, before, after) if before else []
    return found or ["the code changed"]


def not_reusable(known: Stored, run: RunRecord) -> list[str]:
    """Say why a run that did just the same is no earlier result.

    Parameters
    ----------
    known : Stored
    run : RunRecord

    Returns
    -------
    list of str
    """
    return [] if known.reusable else [f"an input changed while run {run.root_id[:8]} read it"]


def registered_as(store: Store, saved_id: str) -> str | None:
    """Return the name and version that a saved dataset is registered as, the newest of several.

    Parameters
    ----------
    store : Store
    saved_id : str

    Returns
    -------
    str or None
        Such as ``titanic:2``.
    """
    row = store.database.row(
        "SELECT name, version FROM registry WHERE kind = 'dataset'"
        " AND json_extract(body, '$.saved_id') = ? ORDER BY created DESC LIMIT 1",
        (saved_id,),
    )
    return None if row is None else f"{row['name']}:{row['version']}"
