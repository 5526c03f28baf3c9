"""What the document of a schedule holds: checked, and with the next time it is due."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import client
from synapse_magics.core import names
from synapse_magics.core.exceptions import ServiceException
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.publishing import plain_values
from synapse_magics.pipeline.schedule_recurrence import ScheduleRecurrence, described, given
from synapse_magics.store import documents, published, schedules
from synapse_magics.store.recurrence import next_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.store.registry import Entry
    from synapse_magics.store.store import Store

_NOT_WATCHING: Mapping[str, Any] = {
    "datastore": None,
    "path": None,
    "polling_interval": None,
    "data_path_parameter_name": None,
}


def create(
    store: Store,
    target: Mapping[str, str | None],
    *,
    name: str,
    experiment_name: str,
    recurrence: ScheduleRecurrence | None,
    description: str | None,
    pipeline_parameters: Mapping[str, Any] | None,
    datastore: AbstractDatastore | None,
    polling_interval: int,
    data_path_parameter_name: str | None,
    continue_on_step_failure: bool | None,
    path_on_datastore: str | None,
) -> str:
    """Write a new schedule, and have the agent carry it out.

    Parameters
    ----------
    store : Store
    target : mapping
        The ``pipeline_id`` or the ``pipeline_endpoint_id``.
    name, experiment_name, recurrence, description, pipeline_parameters, datastore
        As for :meth:`Schedule.create`, and so are the others.
    polling_interval, data_path_parameter_name, continue_on_step_failure, path_on_datastore
        As for :meth:`Schedule.create`.

    Returns
    -------
    str
        Its id.
    """
    if (recurrence is None) == (datastore is None):
        raise PipelineError(
            "Either recurrence or datastore must be provided, and not both.",
            where=f"schedule {name}",
        )
    _check_target(store, target)
    body: dict[str, Any] = {
        "name": name,
        "description": description,
        **target,
        **_NOT_WATCHING,
        "experiment_name": names.check_experiment(experiment_name),
        "status": published.ACTIVE,
        "recurrence": None,
        "given_recurrence": None,
        "pipeline_parameters": {},
        "continue_on_step_failure": continue_on_step_failure,
        "due": None,
        "error": None,
    }
    body = changed(
        store,
        body,
        recurrence=recurrence,
        pipeline_parameters=pipeline_parameters,
        datastore=datastore,
        polling_interval=polling_interval if datastore is not None else None,
        data_path_parameter_name=data_path_parameter_name,
        path_on_datastore=path_on_datastore,
    )
    seen = files(store, body)  # what lies there already starts nothing
    entry = documents.create(store, schedules.KIND, body)
    schedules.remember(store, entry.id, seen)
    documents.change(store, schedules.KIND, entry.id, from_now)
    client.wake(store.folder)
    return entry.id


def changed(
    store: Store,
    body: Mapping[str, Any],
    *,
    recurrence: ScheduleRecurrence | None = None,
    pipeline_parameters: Mapping[str, Any] | None = None,
    datastore: AbstractDatastore | None = None,
    polling_interval: int | None = None,
    data_path_parameter_name: str | None = None,
    path_on_datastore: str | None = None,
    **others: Any,
) -> dict[str, Any]:
    """Return the document of a schedule with what is given in place of what it has.

    Parameters
    ----------
    store : Store
    body : mapping
    recurrence, pipeline_parameters, datastore, polling_interval
        As for :meth:`Schedule.update`.
    data_path_parameter_name, path_on_datastore
        As for :meth:`Schedule.update`.
    **others
        Further entries, None for those that stay as they are.

    Returns
    -------
    dict

    Raises
    ------
    PipelineError
        If these do not go together.
    """
    where = f"schedule {body['name']}"
    if recurrence is not None and datastore is not None:
        raise PipelineError(
            "Either recurrence or datastore must be provided, and not both.", where=where
        )
    if recurrence is not None and not isinstance(recurrence, ScheduleRecurrence):
        raise PipelineError(
            f"recurrence must be a ScheduleRecurrence, not {names.type_of(recurrence)}",
            where=where,
        )
    watching = {
        "path": path_on_datastore,
        "polling_interval": polling_interval,
        "data_path_parameter_name": data_path_parameter_name,
    }
    watches = datastore is not None or (recurrence is None and body["datastore"] is not None)
    if not watches and any(value is not None for value in watching.values()):
        raise PipelineError(
            "polling_interval, data_path_parameter_name and path_on_datastore need a datastore",
            where=where,
        )
    if polling_interval is not None and not polling_interval > 0:
        raise PipelineError(
            f"polling_interval is a number of minutes, not {polling_interval}", where=where
        )
    found = dict(body)
    if recurrence is not None:
        found |= {**_NOT_WATCHING, "given_recurrence": described(recurrence)}
    elif datastore is not None:
        before = body["polling_interval"] or 5
        found |= {"datastore": datastore.name, "polling_interval": before, "given_recurrence": None}
    found |= {key: value for key, value in {**watching, **others}.items() if value is not None}
    if pipeline_parameters is None and data_path_parameter_name is None:
        return found  # a schedule of a disabled pipeline can still be disabled
    return _with_values(store, found, pipeline_parameters)


def _check_target(store: Store, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the published pipeline that a schedule submits."""
    identity = body["pipeline_id"] or published.chosen_version(store, body["pipeline_endpoint_id"])
    return published.active(store, identity)


def _with_values(
    store: Store, body: dict[str, Any], values: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return a schedule with values of parameters; refuse those that the pipeline has not."""
    defaults = _check_target(store, body)["pipeline"]["parameters"]
    parameter = body["data_path_parameter_name"]
    if parameter is not None and parameter not in defaults:
        raise PipelineError(
            f"Pipeline parameter with name {parameter} does not exist",
            where=f"schedule {body['name']}",
            hint=names.did_you_mean(parameter, defaults, "parameters"),
        )
    if values is None:
        return body
    plain = plain_values(values)
    found = published.assign(defaults, plain)
    return {**body, "pipeline_parameters": {name: found[name] for name in plain}}


def from_now(body: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a schedule with its times counted from now.

    Parameters
    ----------
    body : dict

    Returns
    -------
    dict
    """
    if body["given_recurrence"] is None:
        due = time.time() + 60.0 * float(body["polling_interval"])
        return {**body, "recurrence": None, "due": due}
    recurrence, after = given(body["given_recurrence"]).from_now(datetime.now(timezone.utc))
    first = next_time(recurrence, after)
    due_at = None if first is None else first.timestamp()
    return {**body, "recurrence": recurrence.to_body(), "due": due_at}


def files(store: Store, body: Mapping[str, Any]) -> schedules.Files:
    """Return the files that a schedule watches now; none if it watches nothing.

    Parameters
    ----------
    store : Store
    body : mapping

    Returns
    -------
    dict
    """
    if body["datastore"] is None:
        return {}
    return schedules.look(store, str(body["datastore"]), body["path"])


def entry(store: Store, identity: str) -> Entry:
    """Return the document of a schedule.

    Parameters
    ----------
    store : Store
    identity : str

    Returns
    -------
    Entry

    Raises
    ------
    ServiceException
        If there is none.
    """
    found = documents.find(store, schedules.KIND, identity)
    if found is None:
        raise ServiceException(
            f"Schedule {identity} not found",
            hint="Schedule.list(workspace, active_only=False) lists them",
        )
    return found
