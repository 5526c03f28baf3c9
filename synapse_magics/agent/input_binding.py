"""The inputs of a step that is ready: where it finds each, and what brings it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.agent.handover import copies, free_place, hand_over, link_into
from synapse_magics.agent.places import address, from_run
from synapse_magics.agent.remote_data import RemoteData
from synapse_magics.runtime.partition_formats import path_values
from synapse_magics.runtime.table_errors import TableError
from synapse_magics.staging.copying import Copy
from synapse_magics.staging.fetching import Fetch
from synapse_magics.staging.gathering import Gather, TableFiles
from synapse_magics.staging.mounting import Mount
from synapse_magics.store.dataset_files import is_choice, named_paths, places
from synapse_magics.store.file_hashes import missing
from synapse_magics.store.locations import LocationError, data_files, files_below, locate
from synapse_magics.store.registry import content_id
from synapse_magics.store.remote_files import remote_sources
from synapse_magics.store.specs import StepKind
from synapse_magics.store.tables import definition_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from synapse_magics.agent.handover import Pairs
    from synapse_magics.staging.task import Task
    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.registry import Entry
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import InputSpec
    from synapse_magics.store.store import Store


CHANGED = "changed-inputs"
"""A file of the run's folder: an input is not what it was when the run was submitted."""

_WILDCARDS = frozenset("*?[")


class BindingError(SynapseMagicsError):
    """Something that a step needs is not there any more."""


@dataclass(frozen=True)
class BoundInput:
    """An input as the step gets it.

    ``argument`` is what Azure ML puts into the command line, ``binding`` what a cell's main file
    builds the variable from.
    """

    argument: str
    binding: Mapping[str, Any]
    file: str | None = None
    """The file beside the main file that will hold the binding, if a task writes it."""


class Inputs:
    """The inputs of a step.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run; its working directory is there already.
    """

    def __init__(self, store: Store, run: RunRecord) -> None:
        self.tasks: list[Task] = []
        """What brings the inputs to where they were said to be."""
        self._store, self._run, self._spec = store, run, run.step
        self._folder = store.run_folder(run.id)
        self.remote = RemoteData(store, run.id)

    def bind(self, item: InputSpec) -> BoundInput:
        """Return an input as the step gets it, and note the tasks that this takes.

        Parameters
        ----------
        item : InputSpec

        Returns
        -------
        BoundInput

        Raises
        ------
        SynapseMagicsError
            If it is gone.
        """
        if self._spec.kind is StepKind.SPARK and item.mode not in {"direct", "hdfs"}:
            raise BindingError(
                f"a Spark step has no input in mode {item.mode}",
                where=self._where(item),
                hint=".as_hdfs() on the input",
            )
        dataset_id = item.dataset_id
        if item.node is not None:
            producer, output = self._producer(item)
            specs = {output.name: output for output in producer.step.outputs}
            if specs[output.name].mode != "link":
                return self._made(item, producer, output)
            dataset_id = output.dataset_id
        elif item.datastore is not None:
            if self.remote.told(item.datastore) is not None:
                source = {"datastore": item.datastore, "path": item.path or ""}
                return self._as_path(self._brought(item, {"type": "file", "sources": [source]}))
            place = locate(self._store.datastore_root(item.datastore), item.path or "")
            return self._as_path(self._given(item, place))
        return self._dataset(item, str(dataset_id))

    def _dataset(self, item: InputSpec, dataset_id: str) -> BoundInput:
        entry = self._store.registry.by_id("saved_dataset", dataset_id)
        if entry is None:
            raise BindingError(
                f"the dataset of input {item.name} is gone", where=f"step {self._spec.name}"
            )
        if remote_sources(self._store, entry.body):
            if entry.body["type"] == "tabular":
                return self._brought_table(item, entry)
            bound = self._as_path(self._brought(item, entry.body))
            return BoundInput(entry.id, bound.binding) if item.mode == "direct" else bound
        if entry.body["type"] == "tabular":
            return BoundInput(entry.id, self._table(entry.body))
        folder = self._folder.path / "inputs" / item.name
        if item.path_on_compute is not None and item.mode == "download":
            folder = free_place(self._folder.work, item.path_on_compute)
        place, pairs = hand_over(self._store, entry.body, folder, download=item.mode == "download")
        self._copy(item, pairs)
        if item.path_on_compute is not None and item.mode == "mount":
            place = link_into(self._folder.work, item.path_on_compute, place)
        bound = self._as_path(place)
        return BoundInput(entry.id, bound.binding) if item.mode == "direct" else bound

    def _producer(self, item: InputSpec) -> tuple[RunRecord, OutputRecord]:
        producer = next(
            other
            for other in self._store.runs.children(self._run.root_id)
            if other.node == item.node
        )
        made = {output.name: output for output in self._store.records.outputs(producer.id)}
        return producer, made[str(item.output)]

    def _made(self, item: InputSpec, producer: RunRecord, output: OutputRecord) -> BoundInput:
        """Return the output of another step."""
        place = locate(self._store.datastore_root(output.datastore), output.path)
        if not place.exists() and self.remote.told(output.datastore) is not None:
            # It was sent, and the mirror is gone: somebody has made room.
            source = {"datastore": output.datastore, "path": output.path}
            if item.mode != "direct":
                brought = self._brought(item, {"type": "file", "sources": [source]})
                return self._as_path(brought)
            self._fetch(item, [source])
        elif not place.exists():
            raise BindingError(
                f"step {producer.name} completed without writing its output {item.output!r}",
                where=self._where(item),
                hint=f"write to the variable {item.output} in the cell of step {producer.name}",
            )
        declared = next(out for out in producer.step.outputs if out.name == item.output)
        # At a fixed path others write, too.
        look = "{run-id}" in declared.path and place.exists()
        lost = missing(place, output.manifest or {}) if look else ""
        if lost:
            raise BindingError(
                f"output {item.output} of step {producer.name} {lost}; it was whole when the step"
                " completed",
                where=self._where(item),
                hint=f"%synapse_submit --from {producer.name} makes it anew",
            )
        if item.mode == "direct":
            definition = definition_of(
                output.datastore, output.path, place, item.table, declared.layout
            )
            identity = content_id(definition)
            self._store.registry.save("saved_dataset", identity, definition)
            return BoundInput(identity, self._as_path(place).binding)
        return self._as_path(self._given(item, place))

    def _given(self, item: InputSpec, place: Path) -> Path:
        """Return where the step finds a place: there, or at the path that it asked for."""
        if item.mode == "download":
            if item.path_on_compute is not None:
                folder = free_place(self._folder.work, item.path_on_compute)
            else:
                folder = self._folder.path / "inputs" / item.name
            copy, pairs = copies(place, folder)
            self._copy(item, pairs)
            return copy
        if item.path_on_compute is not None:
            return link_into(self._folder.work, item.path_on_compute, place)
        return place

    # --- what lies elsewhere ---

    def _brought_table(self, item: InputSpec, entry: Entry) -> BoundInput:
        """Return a table whose files are known when they are here."""
        self._fetch(item, entry.body["sources"])
        file = f"{item.name}.input.json"
        binding = {**_reader(entry.body), "paths": []}
        self.tasks.append(
            TableFiles(
                roots=self._roots(entry.body),
                sources=tuple(entry.body["sources"]),
                binding=binding,
                file=f"work/{file}",
                prefix="file://" if self._spec.kind is StepKind.SPARK else "",
                where=self._where(item),
            )
        )
        return BoundInput(entry.id, binding, file)

    def _brought(self, item: InputSpec, definition: Mapping[str, Any]) -> Path:
        """Return where files that are brought first will be."""
        sources = definition["sources"]
        folder = self._folder.path / "inputs" / item.name
        if item.path_on_compute is not None and item.mode in {"download", "mount"}:
            folder = free_place(self._folder.work, item.path_on_compute)
        path = str(sources[0]["path"]).strip("/")
        if len(sources) > 1 or is_choice(definition) or _WILDCARDS & set(path):
            self._fetch(item, sources)
            self.tasks.append(
                Gather(
                    roots=self._roots(definition),
                    definition=dict(definition),
                    folder=self._from_run(folder),
                    download=item.mode == "download",
                    where=self._where(item),
                )
            )
            return folder
        datastore = str(sources[0]["datastore"])
        mirrored = locate(self._store.datastore_root(datastore), path)
        is_file = _is_file(item, f"{datastore}/{path}", mirrored)
        target = folder / mirrored.name if is_file else folder
        if item.mode == "mount":
            (source,) = self._told(sources)
            self.tasks.append(
                Mount(
                    source=source,
                    point=self._from_run(folder),
                    is_file=is_file,
                    expected=item.listing,
                    note=CHANGED,
                    where=self._where(item),
                )
            )
            return target
        self._fetch(item, sources)
        if item.mode != "download":
            return mirrored
        self._copy(item, [(mirrored, target)])
        return target

    def _fetch(self, item: InputSpec, sources: Sequence[Mapping[str, Any]]) -> None:
        self.tasks.append(Fetch(self._told(sources), item.listing, CHANGED, self._where(item)))

    def _told(self, sources: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
        """Return the sources that lie elsewhere, with all that it takes to get there."""
        found = ((source, self.remote.told(str(source["datastore"]))) for source in sources)
        return tuple(
            {**told, "path": str(source["path"]).strip("/")}
            for source, told in found
            if told is not None
        )

    def _roots(self, definition: Mapping[str, Any]) -> dict[str, str]:
        names = {str(source["datastore"]) for source in definition["sources"]}
        return {name: self.remote.root(name) for name in sorted(names)}

    # --- tasks ---

    def _copy(self, item: InputSpec, pairs: Pairs) -> None:
        if not pairs:
            return
        named = tuple((self._from_run(source), self._from_run(target)) for source, target in pairs)
        self.tasks.append(Copy(named, self._where(item)))

    def _table(self, body: Mapping[str, Any]) -> dict[str, Any]:
        files = data_files(files_below(places(self._store, body["sources"])))
        binding = _reader(body)
        if binding.get("path"):
            named = named_paths(self._store, body["sources"], files)
            try:
                binding |= path_values(binding, named)
            except TableError as error:
                raise LocationError(
                    str(error), hint="a glob in the dataset's path leaves other files out"
                ) from error
        return {**binding, "paths": [address(file, self._spec) for file in files]}

    def _as_path(self, place: Path) -> BoundInput:
        found = address(place, self._spec)
        return BoundInput(found, {"kind": "path", "path": found})

    def _from_run(self, place: Path) -> str:
        return from_run(self._store, self._run.id, place)

    def _where(self, item: InputSpec) -> str:
        return f"input {item.name} of step {self._spec.name}"


def _reader(body: Mapping[str, Any]) -> dict[str, Any]:
    operations = {"operations": body["operations"]} if body.get("operations") else {}
    return {"kind": "tabular", **body.get("reader", {}), **operations}


def _is_file(item: InputSpec, name: str, mirrored: Path) -> bool:
    """Tell whether a path that lies elsewhere is that of one file, as far as that is known."""
    if item.listing is not None:
        return [file for file, _ in item.listing] == [name]
    if mirrored.exists():
        return mirrored.is_file()
    return bool(mirrored.suffix)  # nobody has looked: the agent itself has submitted it
