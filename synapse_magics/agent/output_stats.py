"""How much the outputs of a step hold: files by the agent, rows and columns by the step itself.

The agent does not look into data. The step's own process does, when it ends well, and records
what it found; that is believed if it has seen the files that are there.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.agent.failure import clean, secrets_of
from synapse_magics.agent.uploads import is_uploaded, local_place
from synapse_magics.runtime.bootstrap import TOLD
from synapse_magics.store.locations import locate
from synapse_magics.store.output_stats import OutputStats, previous_stats
from synapse_magics.store.regular_files import open_regular
from synapse_magics.store.secrets import mask_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeGuard

    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_LAST = 4 << 20
"""How many bytes of the records are looked at: it is the last that the process writes."""

_LARGEST = 2**63
_LONGEST = 400
_MOST = 500


def told(store: Store, run: RunRecord) -> dict[str, str]:
    """Return the variable that tells a step's process where its outputs are.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run, whose outputs have their places.

    Returns
    -------
    dict
        Empty if it has none.
    """
    specs = {spec.name: spec for spec in run.step.outputs}
    found: dict[str, dict[str, Any]] = {}
    for output in store.records.outputs(run.id):
        spec = specs.get(output.name)
        if spec is None or spec.mode == "link":
            continue
        if is_uploaded(store, spec):
            place = local_place(store.run_folder(run.id), spec)
        else:
            place = locate(store.datastore_root(output.datastore), output.path)
        found[spec.name] = {"place": str(place.absolute())}
        if spec.table is not None:
            found[spec.name]["table"] = dict(spec.table)
    return {TOLD: json.dumps(found)} if found else {}


def with_stats(
    store: Store,
    run: RunRecord,
    outputs: Sequence[OutputRecord],
    contents: Mapping[str, Mapping[str, Any] | None],
) -> list[OutputRecord]:
    """Return the outputs of a step that has ended well with how much they hold.

    Parameters
    ----------
    store : Store
    run : RunRecord
    outputs : sequence of OutputRecord
    contents : mapping
        Their manifests.

    Returns
    -------
    list of OutputRecord
    """
    if not outputs:
        return []
    tables = _recorded(store, run)
    number, before = previous_stats(store, run)
    found = []
    for output in outputs:
        content = contents[output.name]
        stats = None if content is None else OutputStats.of_manifest(content)
        if stats is not None:
            stats = _with_table(stats, tables.get(output.name))
            if output.name in before:
                stats = replace(stats, since=number, previous=before[output.name])
        found.append(replace(output, stats=stats))
    return found


def _with_table(stats: OutputStats, table: Any) -> OutputStats:
    """Return stats with what a step has recorded, which may be anything."""
    if not isinstance(table, dict):
        return stats
    if (table.get("files"), table.get("size")) != (stats.files, stats.size):
        return replace(stats, unknown="the step has not seen all of its files")
    rows, columns, count = (table.get(key) for key in ("rows", "columns", "column_count"))
    if not _is_count(rows) or not _is_count(count) or not isinstance(columns, list):
        return replace(stats, unknown=str(table.get("unknown") or "")[:_LONGEST])
    pairs = [item for item in columns[:_MOST] if isinstance(item, list) and len(item) == 2]
    names = tuple((str(name)[:_LONGEST], str(kind)[:_LONGEST]) for name, kind in pairs)
    return replace(stats, rows=rows, columns=names, column_count=count)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST


def _recorded(store: Store, run: RunRecord) -> dict[str, Any]:
    try:
        with open_regular(store.run_folder(run.id).records) as file:
            file.seek(max(file.seek(0, 2) - _LAST, 0))
            lines = file.read(_LAST).splitlines()
    except OSError:  # missing, or made something else by the step
        return {}
    found = {}
    for line in lines:
        try:
            record = clean(json.loads(line)) if b'"output"' in line else None
        except (ValueError, RecursionError):
            continue  # a step may write what it likes
        if isinstance(record, dict) and "output" in record:
            found[str(record["output"])] = record.get("table")
    secrets = secrets_of(store, run)
    return {name: _masked(table, secrets) for name, table in found.items()}


def _masked(table: Any, secrets: tuple[str, ...]) -> Any:
    # Our own words are left as they are.
    if not isinstance(table, dict):
        return None
    return {key: mask_all(value, secrets) for key, value in table.items()}
