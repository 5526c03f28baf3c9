"""What the runs of a workspace hold, and what points to it.

A run is pointed to by a registered dataset that lies in one of its outputs, by a published pipeline
that reads one, by a result that can still be reused, by a run that shows its results, and by one
that reads or keeps them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.store.file_hashes import output_changes
from synapse_magics.store.locations import LocationError, fixed_parts
from synapse_magics.store.retention import Held
from synapse_magics.store.runs import STEP, short_id
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store

_RUN_ID = "{run-id}"

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What takes a look at files, so that it is found before the database is locked.

    Parameters
    ----------
    sizes : mapping
        Bytes by pipeline run.
    spoiled : frozenset of str
        Step runs whose outputs are not what they were: their results are not reused any more.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    spoiled: frozenset[str] = frozenset()


class Pointers:
    """The runs of a workspace and what points to what, as the database has it now.

    Parameters
    ----------
    store : Store
    facts : Facts
    results : bool
        Whether results that can be reused are worth to be kept.
    """

    def __init__(self, store: Store, facts: Facts | None = None, *, results: bool = True) -> None:
        self._store = store
        self._facts = facts or Facts()
        self._results = results
        self._roots: dict[str, Path] = {}
        self._sources: dict[str | None, list[Parts]] = {}
        self.runs = {run.id: run for run in store.runs.submitted()}
        self.steps = {step.id: step for run_id in self.runs for step in store.runs.children(run_id)}
        self.specs = {step.id: step.step for step in self.steps.values()}

    def held(self) -> list[Held]:
        """Return every pipeline run with what it points to and what it is kept by.

        Returns
        -------
        list of Held
        """
        points: dict[str, dict[str, str]] = defaultdict(dict)
        for source, target, why in self._between_runs():
            if source != target:
                points[source].setdefault(target, why)
        pins = dict(self._pins())
        return [
            Held(
                run_id=run.id,
                ended=run.ended if run.status.is_terminal else None,
                size=self._facts.sizes.get(run.id, 0),
                pin=pins.get(run.id, ""),
                points_to=points.get(run.id, {}),
            )
            for run in self.runs.values()
        ]

    def own_outputs(self, run_ids: Collection[str]) -> Iterator[tuple[str, str, str]]:
        """Yield the places that belong to runs alone: pipeline run, datastore and path of each.

        Parameters
        ----------
        run_ids : collection of str
            Pipeline runs.

        Yields
        ------
        tuple of str
        """
        for step_id, step in self.steps.items():
            if step.root_id in run_ids and step.source_id is None:
                own = {item.name for item in self.specs[step_id].outputs if _RUN_ID in item.path}
                for output in self._outputs[step_id]:
                    if output["name"] in own:
                        yield step.root_id, output["datastore"], output["path"]

    # --- what is kept whatever its age ---

    def _pins(self) -> Iterator[tuple[str, str]]:
        """Yield pipeline runs and why they are kept; of several reasons the last one counts."""
        if self._results:
            for step_id in self._results_to_reuse:
                step = self.steps[step_id]
                yield step.root_id, f"the result of step {step.name} can be reused"
        for name, version, run_id, places in self._registered():
            why = f"dataset {name}:{version} is its output"
            for maker in {run_id, *self._makers(places)}:
                if maker in self.steps:
                    yield self.steps[str(maker)].root_id, why
        for what, places in self._published():
            for maker in self._makers(places):
                yield self.steps[maker].root_id, f"{what} reads its output"
        for run in self.runs.values():
            if not run.status.is_terminal:
                yield run.id, f"it is {run.status}"

    def _published(self) -> Iterator[tuple[str, list[Parts]]]:
        """Yield the pipelines that are stored without a run, with a place that each reads."""
        rows = self._store.database.rows(
            "SELECT kind, body FROM registry"
            " WHERE kind IN ('published_pipeline', 'pipeline_draft') ORDER BY created"
        )
        for row in rows:
            body = json.loads(row["body"])
            what = f"the {row['kind'].replace('_', ' ')} {body['name']}"
            parts = [part for step in body["steps"] for part in step["inputs"]]
            values = [*body["pipeline"]["parameters"].values()]
            datasets = [part.get("dataset_id") for part in parts]
            datasets += [_named(value, "SavedDataSetReference", "Id") for value in values]
            for dataset in filter(None, datasets):
                yield what, self._dataset_places(dataset)
            places = [(part.get("datastore"), part.get("path")) for part in parts]
            places += [
                (_named(value, "DataStoreName"), _named(value, "RelativePath")) for value in values
            ]
            for datastore, path in places:
                if datastore is not None:
                    yield what, list(self._places(datastore, path or ""))

    def _registered(self) -> Iterator[tuple[str, int, str | None, list[Parts]]]:
        rows = self._store.database.rows(
            "SELECT name, version, body FROM registry WHERE kind = 'dataset'"
        )
        for row in rows:
            body = json.loads(row["body"])
            places = self._dataset_places(body.get("saved_id"))
            yield row["name"], row["version"], body.get("run_id"), places

    @cached_property
    def _results_to_reuse(self) -> list[str]:
        """The step runs whose results an agent would look at first: of equal ones the newest."""
        newest: dict[tuple[str, str], RunRecord] = {}
        for step_id, (content, sources) in self._fingerprints.items():
            step, key = self.steps[step_id], (content, json.dumps(sources, sort_keys=True))
            useless = step_id in self._facts.spoiled or not self.specs[step_id].allow_reuse
            if useless or step.status is not RunStatus.COMPLETED:
                continue
            if key not in newest or (step.ended or 0) > (newest[key].ended or 0):
                newest[key] = step
        return [step.id for step in newest.values()]

    @cached_property
    def _fingerprints(self) -> dict[str, tuple[str, dict[str, str | None]]]:
        rows = self._store.database.rows(
            "SELECT run_id, content, sources FROM fingerprints WHERE reusable"
        )
        return {
            row["run_id"]: (row["content"], json.loads(row["sources"]))
            for row in rows
            if row["run_id"] in self.steps
        }

    # --- what points from one run to another ---

    def _between_runs(self) -> Iterator[tuple[str, str, str]]:
        for step_id, step in self.steps.items():
            spec, short = self.specs[step_id], short_id(step.root_id)
            for other in (step.source_id, spec.keep):
                if other is not None:
                    yield from self._to(step, other, f"run {short} shows its step {step.name}")
            direct = [
                list(self._places(item.datastore, item.path or ""))
                for item in spec.inputs
                if item.datastore is not None
            ]
            for places in (*map(self._dataset_places, _datasets(spec)), *direct):
                for maker in self._makers(places):
                    yield from self._to(step, maker, f"step {step.name} of run {short} reads it")
        for step_id in self._results_to_reuse if self._results else ():
            step = self.steps[step_id]
            why = f"the result of step {step.name} of run {short_id(step.root_id)} was made of it"
            for other in self._fingerprints[step_id][1].values():
                yield from self._to(step, str(other), why)

    def _to(self, step: RunRecord, other: str, why: str) -> Iterator[tuple[str, str, str]]:
        if other in self.steps:
            yield step.root_id, self.steps[other].root_id, why

    # --- places ---

    @cached_property
    def _outputs(self) -> Mapping[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self._store.database.rows("SELECT run_id, name, datastore, path FROM outputs"):
            found[row["run_id"]].append(row)
        return found

    @cached_property
    def _owned(self) -> tuple[dict[Parts, str], dict[Parts, set[str]]]:
        """The step runs that own a place, and those that own one below a place."""
        own: dict[Parts, str] = {}
        below: dict[Parts, set[str]] = defaultdict(set)
        for step_id, step in self.steps.items():
            names = {item.name for item in self.specs[step_id].outputs if _RUN_ID in item.path}
            for output in self._outputs[step_id] if step.source_id is None else ():
                if output["name"] in names:
                    for place in self._places(output["datastore"], output["path"]):
                        own[place] = step_id
                        for size in range(1, len(place)):
                            below[place[:size]].add(step_id)
        return own, below

    def _makers(self, places: Iterable[Parts]) -> set[str]:
        """Return the step runs that own something at, above or below some places."""
        own, below = self._owned
        found: set[str] = set()
        for place in places:
            found |= below.get(place, set())
            found |= {own[place[:size]] for size in range(1, len(place) + 1) if place[:size] in own}
        return found

    def _dataset_places(self, saved_id: str | None) -> list[Parts]:
        if saved_id not in self._sources:
            entry = self._store.registry.by_id("saved_dataset", str(saved_id))
            sources = [] if entry is None else entry.body["sources"]
            self._sources[saved_id] = [
                place for item in sources for place in self._places(item["datastore"], item["path"])
            ]
        return self._sources[saved_id]

    def _places(self, datastore: str, path: str) -> set[Parts]:
        """Return where a place is on this machine, as it is written and where its links lead.

        Two datastores may lie in each other.
        """
        if datastore not in self._roots:
            try:
                root = self._store.datastore_root(datastore).resolve()
            except LocationError:
                root = Path("/gone") / datastore
            self._roots[datastore] = root
        place = self._roots[datastore].joinpath(*fixed_parts(path))
        return {place.parts, place.resolve().parts}


def _datasets(spec: StepSpec) -> list[str]:
    return [item.dataset_id for item in spec.inputs if item.dataset_id is not None]


def _named(value: Any, *keys: str) -> str | None:
    """Return what lies below some keys of a parameter's value, if it is data that has them."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def named_snapshots(connection: sqlite3.Connection) -> set[str]:
    """Return the snapshots that documents of the registry name, such as published pipelines.

    Parameters
    ----------
    connection : sqlite3.Connection

    Returns
    -------
    set of str
    """
    rows = connection.execute(
        "SELECT DISTINCT named.value AS snapshot"
        " FROM registry, json_each(registry.body, '$.snapshots') AS named"
    )
    return {row["snapshot"] for row in rows}


def look(store: Store) -> Facts:
    """Look at the files of a workspace's runs.

    Parameters
    ----------
    store : Store

    Returns
    -------
    Facts
    """
    pointers = Pointers(store)
    sizes: dict[str, int] = defaultdict(int)
    for step_id, step in pointers.steps.items():
        sizes[step.root_id] += size_of(store.run_folder(step_id).path)
    for run_id in pointers.runs:
        sizes[run_id] += size_of(store.run_folder(run_id).path)
    for run_id, datastore, path in pointers.own_outputs(pointers.runs.keys()):
        try:
            sizes[run_id] += size_of(store.datastore_root(datastore) / path)
        except LocationError:
            continue  # its datastore is not registered any more
    rows = store.database.rows(
        "SELECT run_id FROM fingerprints JOIN runs ON id = run_id WHERE reusable AND kind = ?",
        (STEP,),
    )
    spoiled = frozenset(
        row["run_id"]
        for row in rows
        if any(output_changes(store, item) for item in store.records.outputs(row["run_id"]))
    )
    return Facts(dict(sizes), spoiled)


def size_of(place: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; links count for themselves.

    Parameters
    ----------
    place : pathlib.Path

    Returns
    -------
    int
        0 if nothing is there.
    """
    try:
        if place.is_symlink() or not place.is_dir():
            return place.lstat().st_size
        return sum(size_of(item) for item in place.iterdir())
    except OSError:
        return 0  # gone by now, or somebody else's
