"""The pages of what a workspace keeps by name: datasets, pools, links, pipelines, schedules."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from synapse_magics.core.abstract_dataset import REGISTERED, SAVED
from synapse_magics.core.linked_service import LinkedService
from synapse_magics.core.synapse_pool import SynapsePool, pool_records
from synapse_magics.store.runs import short_id
from synapse_magics.store.warm_drivers import PoolRecord, PoolState
from synapse_magics.widgets._words import render_duration
from synapse_magics.widgets.studio_documents import (
    pipeline_page,
    pipelines_page,
    schedule_page,
    schedules_page,
)
from synapse_magics.widgets.studio_model import (
    Cell,
    Listing,
    Page,
    Place,
    Row,
    Section,
    pool_mark,
)
from synapse_magics.widgets.studio_secrets import masker, setting
from synapse_magics.widgets.studio_words import moment, short, tags_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

_VERSION_COLUMNS = ("Version", "Registered", "Type", "Description", "Tags", "Data", "Id")


def datasets_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the datasets, the latest version of each."""
    entries = workspace.store.registry.entries(REGISTERED, limit + 1)
    rows = tuple(
        Row(
            entry.name,
            (
                str(entry.version),
                entry.body["type"],
                moment(entry.created),
                short(entry.body.get("description") or ""),
                tags_text(entry.body.get("tags")),
            ),
            Place(Section.DATASETS, entry.name),
        )
        for entry in entries[:limit]
    )
    listing = Listing(
        ("Dataset", "Version", "Type", "Registered", "Description", "Tags"),
        rows,
        empty="no datasets yet: %synapse_dataset NAME FILE makes one",
        has_more=len(entries) > limit,
    )
    return Page(place, Section.DATASETS.heading, listings=(listing,))


def dataset_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the versions of a dataset. The data itself is left alone."""
    found = workspace.store.registry.versions(REGISTERED, place.key, limit + 1)
    rows = tuple(
        Row(str(entry.version), _version_cells(workspace, entry)) for entry in found[:limit]
    )
    return Page(
        place,
        place.key,
        trail=((Section.DATASETS.heading, Place(Section.DATASETS)),),
        facts=(("in a cell", f'Dataset.get_by_name(ws, "{place.key}")'),) if found else (),
        listings=(Listing(_VERSION_COLUMNS, rows, "Versions", has_more=len(found) > limit),),
        trouble="" if found else f"there is no dataset {place.key}",
    )


def _version_cells(workspace: Workspace, entry: Entry) -> tuple[Cell, ...]:
    saved = workspace.store.registry.by_id(SAVED, entry.body["saved_id"])
    sources: list[Mapping[str, Any]] = [] if saved is None else list(saved.body["sources"])
    places = [f"{item['datastore']}: {item['path']}" for item in sources]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return (
        moment(entry.created),
        entry.body["type"],
        short(entry.body.get("description") or ""),
        tags_text(entry.body.get("tags")),
        short(places[0], 120) + more if places else "",
        short_id(entry.body["saved_id"]),
    )


def pools_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the Spark pools and how they stand, and the clusters for Python steps."""
    records, now = pool_records(workspace), time.time()
    attached = _attached(workspace)
    pools = SynapsePool.list(workspace)
    rows = tuple(
        Row(
            pool.name,
            (
                pool.synapse_workspace,
                pool_mark(record.state),
                _pool_details(record, now),
                pool.master,
                short(", ".join(attached.get(pool.key, ()))),
            ),
            Place(Section.POOLS, pool.key),
        )
        for pool in pools[:limit]
        for record in [records.get(pool.key, PoolRecord())]
    )
    columns = ("Pool", "Synapse workspace", "State", "Drivers", "Runs on", "Attached as")
    found = [Listing(columns, rows, "Spark pools", "no pools", has_more=len(pools) > limit)]
    clusters = [
        entry
        for entry in workspace.store.registry.entries("compute", limit + 1)
        if entry.body["type"] == "AmlCompute"
    ]
    if clusters:
        found.append(_clusters(clusters))
    is_live = any(record.state is PoolState.WARMING for record in records.values())
    return Page(place, Section.POOLS.heading, listings=tuple(found), is_live=is_live)


def _attached(workspace: Workspace) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in workspace.store.registry.entries("compute"):
        if entry.body["type"] == "SynapseSpark":
            key = f"{entry.body['synapse_workspace']}/{entry.body['pool']}"
            found.setdefault(key, []).append(entry.name)
    return found


def _clusters(entries: list[Entry]) -> Listing:
    rows = tuple(
        Row(
            entry.name,
            (
                str(entry.body.get("max_nodes", "")),
                str(entry.body.get("vm_size", "")),
                short(entry.body.get("description") or ""),
                tags_text(entry.body.get("tags")),
            ),
        )
        for entry in entries
    )
    return Listing(
        ("Cluster", "Steps at once", "Size, as said", "Description", "Tags"),
        rows,
        "Clusters for Python steps",
    )


def _pool_details(record: PoolRecord, now: float) -> str:
    parts = [record.why] if record.why else []
    if record.drivers:
        noun = "driver" if record.drivers == 1 else "drivers"
        lent = f", {record.lent} with a step" if record.lent else ""
        parts.append(f"{record.drivers} {noun}{lent}")
    if record.since is not None:
        parts.append(f"for {render_duration(now - record.since)}")
    return ", ".join(parts)


def pool_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read a pool: how it stands and what it is."""
    del limit
    owner, _, name = place.key.partition("/")
    pool = SynapsePool.get(workspace, owner, name)
    record = pool.record(workspace)
    shown = masker(workspace.store)
    conf = [Row(key, (shown(setting(key, value, 200)),)) for key, value in pool.spark_conf.items()]
    return Page(
        place,
        pool.name,
        trail=((Section.POOLS.heading, Place(Section.POOLS)),),
        mark=pool_mark(record.state),
        facts=(
            ("state", _pool_details(record, time.time()) or "no driver was started yet"),
            ("Synapse workspace", pool.synapse_workspace),
            ("attached as", ", ".join(_attached(workspace).get(pool.key, ())) or "nothing"),
            ("runs on", pool.master),
            ("steps at once", str(pool.node_count)),
            ("node size, as said", pool.node_size),
            ("pauses after", f"{pool.auto_pause_minutes} minutes that nobody uses it"),
            *((("assumed", "yes: no notebook has declared it"),) if pool.assumed else ()),
        ),
        listings=(Listing(("Setting", "Value"), tuple(conf), "Spark settings"),) if conf else (),
        is_live=record.state is PoolState.WARMING,
    )


def links_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the linked services."""
    links = LinkedService.list(workspace)
    rows = tuple(
        Row(
            link.name,
            (link.synapse_workspace, link.type, short(link.linked_service_resource_id, 160)),
            Place(Section.LINKS, link.name),
        )
        for link in links[:limit]
    )
    listing = Listing(
        ("Linked service", "Synapse workspace", "Type", "Resource id"),
        rows,
        empty="no linked services yet: %synapse_link NAME --synapse-workspace local makes one",
        has_more=len(links) > limit,
    )
    return Page(place, Section.LINKS.heading, listings=(listing,))


def link_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read a linked service, and the pools of its Synapse workspace."""
    link = LinkedService.get(workspace, place.key)
    pools = pools_page(workspace, place, limit)
    mine = [row for row in pools.listings[0].rows if row.cells[0] == link.synapse_workspace]
    return Page(
        place,
        link.name,
        trail=((Section.LINKS.heading, Place(Section.LINKS)),),
        facts=(
            ("Synapse workspace", link.synapse_workspace),
            ("type", link.type),
            ("resource id", link.linked_service_resource_id),
            ("identity", link.system_assigned_identity_principal_id),
        ),
        listings=(Listing(pools.listings[0].columns, tuple(mine), "Its Spark pools"),),
        is_live=pools.is_live,
    )


_Reader = tuple[
    "Callable[[Workspace, Place, int], Page]", "Callable[[Workspace, Place, int], Page]"
]

READERS: Mapping[Section, _Reader] = {
    Section.DATASETS: (datasets_page, dataset_page),
    Section.POOLS: (pools_page, pool_page),
    Section.LINKS: (links_page, link_page),
    Section.PIPELINES: (pipelines_page, pipeline_page),
    Section.SCHEDULES: (schedules_page, schedule_page),
}
"""What reads the list of a section, and one thing in it."""
