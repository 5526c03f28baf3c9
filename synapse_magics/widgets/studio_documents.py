"""The pages of published pipelines, their endpoints and their schedules."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from synapse_magics.pipeline.endpoint_address import served_address
from synapse_magics.pipeline.schedule_recurrence import given
from synapse_magics.store import documents, published, schedules
from synapse_magics.store.overview import run_lines
from synapse_magics.store.run_state import RunState, StepState
from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.studio_listings import is_any_live, runs_listing
from synapse_magics.widgets.studio_model import Listing, Page, Place, Row, Section, active_mark
from synapse_magics.widgets.studio_secrets import masker, settings
from synapse_magics.widgets.studio_words import moment, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

_KINDS = {published.PIPELINE: "pipeline", published.ENDPOINT: "endpoint"}


def pipelines_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the published pipelines and the pipeline endpoints, the newest first."""
    entries = [entry for kind in _KINDS for entry in documents.every(workspace.store, kind)]
    entries.sort(key=lambda entry: entry.created, reverse=True)
    rows = tuple(
        Row(
            str(entry.body["name"] or short_id(entry.id)),
            (
                _KINDS[entry.kind],
                _version(entry),
                active_mark(entry.body["status"]),
                moment(entry.created),
                str(len(entry.body["steps"])) if entry.kind == published.PIPELINE else "",
                short(entry.body["description"] or ""),
                short_id(entry.id),
            ),
            Place(Section.PIPELINES, entry.id),
        )
        for entry in entries[:limit]
    )
    listing = Listing(
        ("Pipeline", "Kind", "Version", "Status", "Published", "Steps", "Description", "Id"),
        rows,
        empty="nothing was published yet: pipeline.publish(name) does it",
        has_more=len(entries) > limit,
    )
    return Page(place, Section.PIPELINES.heading, listings=(listing,))


def _version(entry: Entry) -> str:
    body = entry.body
    found = body["version"] if entry.kind == published.PIPELINE else body["default_version"]
    return "" if found is None else str(found)


def pipeline_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read a published pipeline or a pipeline endpoint, its graph and its runs."""
    store = workspace.store
    entry = documents.find(store, published.PIPELINE, place.key)
    trail = ((Section.PIPELINES.heading, Place(Section.PIPELINES)),)
    if entry is None:
        return _endpoint_page(workspace, place, trail)
    definition = published.Definition.of(entry.body)
    runs = run_lines(store, limit=limit + 1, pipeline_id=entry.id)
    graph = _graph(str(entry.body["name"]), definition)
    return Page(
        place,
        str(entry.body["name"] or short_id(entry.id)),
        trail=trail,
        mark=active_mark(entry.body["status"]),
        facts=_texts(
            ("version", _version(entry)),
            ("description", entry.body["description"]),
            ("published", moment(entry.created)),
            ("parameters", masker(store)(settings(definition.pipeline.parameters))),
            ("runs on POST", _address(workspace, published.PIPELINE_PATH, entry.id)),
            ("id", entry.id),
        ),
        listings=(_steps(graph), runs_listing(runs, limit, "Runs")),
        graph=graph,
        is_live=is_any_live(runs),
    )


def _address(workspace: Workspace, path: str, identity: str) -> str:
    address = served_address(workspace.store)  # to look at it starts nothing
    return f"{address}{path}/{identity}" if address else "not served now: no agent is there"


def _texts(*facts: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, short(value, 400)) for name, value in facts if value not in {None, ""})


def _graph(name: str, definition: published.Definition) -> RunState:
    """Return the picture of a pipeline that does not run."""
    now = time.time()
    steps = tuple(
        StepState(
            id=step.node,
            node=step.node,
            name=step.name,
            kind=step.kind,
            compute=step.compute,
            status=RunStatus.NOT_STARTED,
            upstream=tuple(sorted(step.upstream)),
            inputs=tuple(item.name for item in step.inputs),
            outputs=tuple(item.name for item in step.outputs),
        )
        for step in definition.steps
    )
    return RunState("", name, 0, RunStatus.NOT_STARTED, now, now, steps=steps)


def _steps(graph: RunState) -> Listing:
    rows = tuple(
        Row(
            step.name,
            (
                str(step.kind),
                short(", ".join(step.inputs)),
                short(", ".join(step.outputs)),
                step.compute,
            ),
        )
        for step in graph.steps
    )
    return Listing(("Step", "Kind", "Reads", "Writes", "Compute"), rows, "Steps")


def _endpoint_page(
    workspace: Workspace, place: Place, trail: tuple[tuple[str, Place], ...]
) -> Page:
    store = workspace.store
    entry = documents.find(store, published.ENDPOINT, place.key)
    if entry is None:
        return Page(
            place, short_id(place.key), trail, trouble=f"there is no published pipeline {place.key}"
        )
    rows = tuple(
        Row(
            version,
            ("yes" if version == entry.body["default_version"] else "", short_id(identity)),
            Place(Section.PIPELINES, identity),
        )
        for version, identity in reversed(entry.body["versions"].items())
    )
    return Page(
        place,
        str(entry.body["name"]),
        trail=trail,
        mark=active_mark(entry.body["status"]),
        facts=_texts(
            ("description", entry.body["description"]),
            ("runs on POST", _address(workspace, published.ENDPOINT_PATH, entry.id)),
            ("id", entry.id),
        ),
        listings=(Listing(("Version", "Default", "Pipeline"), rows, "Versions"),),
    )


def schedules_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the schedules, the newest first."""
    entries = list(reversed(documents.every(workspace.store, schedules.KIND)))
    rows = tuple(
        Row(
            str(entry.body["name"]),
            (
                active_mark(entry.body["status"]),
                short(_when(entry.body)),
                moment(entry.body["due"]),
                entry.body["experiment_name"],
                short(entry.body["error"] or ""),
            ),
            Place(Section.SCHEDULES, entry.id),
        )
        for entry in entries[:limit]
    )
    listing = Listing(
        ("Schedule", "Status", "When", "Next", "Experiment", "Trouble"),
        rows,
        empty="no schedules yet: Schedule.create makes one",
        has_more=len(entries) > limit,
    )
    return Page(place, Section.SCHEDULES.heading, listings=(listing,))


def _when(body: Mapping[str, Any]) -> str:
    if body["given_recurrence"] is not None:
        return str(given(body["given_recurrence"]))
    path = f"/{body['path']}" if body["path"] else ""
    minutes = f" every {body['polling_interval']} minutes" if body["polling_interval"] else ""
    return f"when {body['datastore']}{path} changes; looks{minutes}"


def schedule_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read a schedule and its runs."""
    store = workspace.store
    entry = documents.find(store, schedules.KIND, place.key)
    trail = ((Section.SCHEDULES.heading, Place(Section.SCHEDULES)),)
    if entry is None:
        return Page(place, short_id(place.key), trail, trouble=f"there is no schedule {place.key}")
    body = entry.body
    runs = run_lines(store, limit=limit + 1, schedule_id=entry.id)
    what, target = next(
        (name, body[key])
        for name, key in (("pipeline", "pipeline_id"), ("endpoint", "pipeline_endpoint_id"))
        if body.get(key) is not None
    )
    submits = Listing(
        ("Submits", "Id"),
        (Row(f"published {what}", (target,), Place(Section.PIPELINES, target)),),
    )
    return Page(
        place,
        str(body["name"]),
        trail=trail,
        mark=active_mark(body["status"]),
        facts=_texts(
            ("when", _when(body)),
            ("next", moment(body["due"])),
            ("description", body["description"]),
            ("experiment", body["experiment_name"]),
            ("parameters", masker(store)(settings(body["pipeline_parameters"]))),
            ("trouble", body["error"]),
            ("id", entry.id),
        ),
        listings=(submits, runs_listing(runs, limit, "Runs")),
        is_live=is_any_live(runs),
    )
