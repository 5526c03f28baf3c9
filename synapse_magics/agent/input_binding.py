"""The inputs of a step that is ready: where it finds each, and what brings it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.agent.handover import copies, free_place, hand_over, link_into
from synapse_magics.agent.places import address, from_run
from synapse_magics.staging.copying import Copy
from synapse_magics.store.dataset_files import places
from synapse_magics.store.file_hashes import missing
from synapse_magics.store.locations import data_files, files_below, locate
from synapse_magics.store.registry import content_id
from synapse_magics.store.specs import StepKind
from synapse_magics.store.tables import definition_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synapse_magics.agent.handover import Pairs
    from synapse_magics.staging.task import Task
    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import InputSpec
    from synapse_magics.store.store import Store


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
            place = locate(self._store.datastore_root(item.datastore), item.path or "")
            return self._as_path(self._given(item, place))
        return self._dataset(item, str(dataset_id))

    def _dataset(self, item: InputSpec, dataset_id: str) -> BoundInput:
        entry = self._store.registry.by_id("saved_dataset", dataset_id)
        if entry is None:
            raise BindingError(
                f"the dataset of input {item.name} is gone", where=f"step {self._spec.name}"
            )
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
        if not place.exists():
            raise BindingError(
                f"step {producer.name} completed without writing its output {item.output!r}",
                where=self._where(item),
                hint=f"write to the variable {item.output} in the cell of step {producer.name}",
            )
        declared = next(out.path for out in producer.step.outputs if out.name == item.output)
        # At a fixed path others write, too.
        lost = missing(place, output.manifest or {}) if "{run-id}" in declared else ""
        if lost:
            raise BindingError(
                f"output {item.output} of step {producer.name} {lost}; it was whole when the step"
                " completed",
                where=self._where(item),
                hint=f"%synapse_submit --from {producer.name} makes it anew",
            )
        if item.mode == "direct":
            definition = definition_of(output.datastore, output.path, place, item.table)
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

    def _copy(self, item: InputSpec, pairs: Pairs) -> None:
        if not pairs:
            return
        named = tuple((self._from_run(source), self._from_run(target)) for source, target in pairs)
        self.tasks.append(Copy(named, self._where(item)))

    def _table(self, body: Mapping[str, Any]) -> dict[str, Any]:
        files = data_files(files_below(places(self._store, body["sources"])))
        operations = {"operations": body["operations"]} if body.get("operations") else {}
        return {
            "kind": "tabular",
            **body.get("reader", {}),
            **operations,
            "paths": [address(file, self._spec) for file in files],
        }

    def _as_path(self, place: Path) -> BoundInput:
        found = address(place, self._spec)
        return BoundInput(found, {"kind": "path", "path": found})

    def _from_run(self, place: Path) -> str:
        return from_run(self._store, self._run.id, place)

    def _where(self, item: InputSpec) -> str:
        return f"input {item.name} of step {self._spec.name}"
