"""What a session is started on: the workspace, compute and environment of a line, by name."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from synapse_magics.core.address_maps import all_addresses
from synapse_magics.core.compute import ComputeTarget, SynapseCompute
from synapse_magics.core.environment import Environment
from synapse_magics.core.environment_requirements import own_environment, unmet
from synapse_magics.core.exceptions import (
    AzureMLException,
    ComputeTargetException,
    NotSupportedError,
    UserErrorException,
)
from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline import spark_settings
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.sessions.errors import SessionError
from synapse_magics.sessions.settings import SessionSettings
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_SIZES: Mapping[str, tuple[str, str | int]] = {
    "driver_memory": ("spark.driver.memory", "28g"),
    "driver_cores": ("spark.driver.cores", 4),
    "executor_memory": ("spark.executor.memory", "28g"),
    "executor_cores": ("spark.executor.cores", 4),
    "num_executors": ("spark.executor.instances", 2),
}
"""Options, with the Spark setting and the SDK's default."""

_WHERE = "%synapse start"
_SHARE = 0.75
"""Of the machine's memory, at most, if nobody says how much the driver gets."""


def find_workspace(args: argparse.Namespace) -> Workspace:
    """Return the workspace of a line.

    Parameters
    ----------
    args : argparse.Namespace

    Returns
    -------
    Workspace

    Raises
    ------
    SessionError
        With the SDK's text if there is none.
    """
    named = (args.workspace_name, args.subscription_id, args.resource_group)
    try:
        if all(named):
            name, subscription, group = named
            return Workspace.get(name, subscription_id=subscription, resource_group=group)
        if args.config_file is None:
            return current_workspace()
        if not os.path.exists(args.config_file):  # noqa: PTH110 - a text of the user's
            raise SessionError(f"Can't find the config file {args.config_file}.")
        return Workspace.from_config(args.config_file)
    except (AzureMLException, OSError) as error:
        raise SessionError("Can't init AML workspace.", where=str(error)) from error


def compute_names(workspace: Workspace) -> list[str]:
    """Return the names of the attached Spark pools of a workspace."""
    return [item.name for item in ComputeTarget.list(workspace) if isinstance(item, SynapseCompute)]


def find_compute(workspace: Workspace, name: str | None) -> dict[str, Any]:
    """Return the definition of an attached Spark pool that a session can run on.

    Parameters
    ----------
    workspace : Workspace
    name : str or None

    Returns
    -------
    dict

    Raises
    ------
    SessionError
        With the SDK's text if there is no such pool, or it is not on this machine.
    """
    hint = f"attached Spark pools: {', '.join(compute_names(workspace)) or 'none'}"
    if not name:
        raise SessionError("Missing compute target name argument.", hint=hint)
    try:
        target = ComputeTarget(workspace, name)
    except ComputeTargetException:
        raise SessionError(f"Can't find compute target: {name}.", hint=hint) from None
    if not isinstance(target, SynapseCompute):
        raise SessionError(f"Compute target {name} is not a valid Synapse compute.", hint=hint)
    try:
        definition = target.definition()
    except ComputeTargetException as error:
        raise SessionError(f"Wrong attached compute: {name}.", where=str(error)) from error
    if definition["engine"] != "local_spark":
        raise NotSupportedError(
            f"a session runs on a pool of this machine; the master of {name} is "
            f"{definition['master']}",
            where=_WHERE,
            hint="attach a pool whose master is local[*], or make the cell a step: %%spark_step",
        )
    return definition


def find_environment(
    workspace: Workspace, name: str | None, version: str | None
) -> Environment | None:
    """Return the environment of a session, whose packages are in this interpreter.

    Parameters
    ----------
    workspace : Workspace
    name, version : str or None

    Returns
    -------
    Environment or None
        None if no name is given.

    Raises
    ------
    SessionError
        With the SDK's texts if there is none of that name.
    NotSupportedError
        If a package is missing here.
    """
    if name is None:
        return None
    try:
        found = Environment.get(workspace, name, version)
    except UserErrorException as error:
        raise SessionError(
            f"Environment {name} is not found in AML workspace {workspace.name}\n"
            "Environment not found!",
            hint=error.hint,
        ) from None
    wanted = own_environment(found, StepKind.SPARK)
    if wanted is not None:
        raise NotSupportedError(
            f"a session runs in the notebook's interpreter; the environment asks for "
            f"{unmet(wanted)}",
            where=f"environment {name}",
            hint="install it here, or make the cell a step, which gets an environment of its own: "
            f"%%spark_step NAME --environment {name}",
        )
    return found


def read_conf(body: str) -> dict[str, Any]:
    """Return the Spark configuration that is the body of a cell.

    Parameters
    ----------
    body : str

    Returns
    -------
    dict

    Raises
    ------
    SessionError
        With the SDK's text if it is no JSON object.
    """
    try:
        found = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise SessionError(f"Wrong json format. {error}") from None
    if not isinstance(found, dict):
        raise SessionError(f"Wrong json format. {type(found).__name__} is not an object")
    return found


def session_settings(
    args: argparse.Namespace, workspace: Workspace, body: Mapping[str, Any]
) -> SessionSettings:
    """Return what the session of a line is started with.

    Parameters
    ----------
    args : argparse.Namespace
    workspace : Workspace
    body : mapping
        The Spark configuration of the cell.

    Returns
    -------
    SessionSettings

    Raises
    ------
    SessionError
        With the SDK's text if compute or environment cannot be used.
    """
    compute = find_compute(workspace, args.compute_target)
    environment = find_environment(workspace, args.environment, args.environment_version)
    sizes = {option: _size(args, body, option) for option in _SIZES}
    conf = spark_settings.configuration(
        str(body.get("spark.app.name", "")), _WHERE, conf=body, **sizes
    )
    if args.driver_memory is None and _SIZES["driver_memory"][0] not in body:
        conf["spark.driver.memory"] = _that_is_here(conf["spark.driver.memory"])
    description = {
        **sizes,
        "environment_name": environment.name if environment else None,
        "environment_version": args.environment_version,
        "resource_group": workspace.resource_group,
        "subscription_id": workspace.subscription_id,
        "workspace_name": workspace.name,
    }
    name = conf.pop("spark.app.name")
    return SessionSettings(
        workspace.store.folder,
        compute,
        conf,
        args.session_timeout,
        args.start_timeout,
        description,
        all_addresses(workspace),
        **({"name": name} if name else {}),
    )


def _size(args: argparse.Namespace, body: Mapping[str, Any], option: str) -> Any:
    key, default = _SIZES[option]
    given = getattr(args, option)
    if given is None:
        given = body.get(key, default)
    # Livy's settings are texts as often as numbers.
    return int(given) if isinstance(default, int) and str(given).isdigit() else given


def _that_is_here(memory: str) -> str:
    """Return the SDK's default, or a part of what this machine has if that is less."""
    import psutil  # noqa: PLC0415 - only where a session starts

    here = int(psutil.virtual_memory().total * _SHARE) >> 20
    return memory if here >= 28 << 10 else f"{here}m"
