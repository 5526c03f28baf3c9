"""Run configurations as files, in Azure ML's layout: YAML with its keys."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.environment import CondaDependencies
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from synapse_magics.core.run_configuration import RunConfiguration

_PLAIN = {
    "script": "script",
    "arguments": "arguments",
    "command": "command",
    "target": "target",
    "framework": "framework",
    "communicator": "communicator",
    "nodeCount": "node_count",
    "maxRunDurationSeconds": "max_run_duration_seconds",
    "priority": "priority",
    "environmentVariables": "environment_variables",
    "sourceDirectoryDataStore": "source_directory_data_store",
    "credentialPassthrough": "credential_passthrough",
}
_DOCKER = {
    "useDocker": "use_docker",
    "sharedVolumes": "shared_volumes",
    "arguments": "arguments",
    "shmSize": "shm_size",
}
_HISTORY = {
    "outputCollection": "output_collection",
    "directoriesToWatch": "directories_to_watch",
    "snapshotProject": "snapshot_project",
}


def save(settings: RunConfiguration, path: str | None, name: str, separate: bool) -> Path:
    """Write a run configuration.

    Parameters
    ----------
    settings : RunConfiguration
    path : str or None
    name : str
    separate : bool

    Returns
    -------
    pathlib.Path
    """
    if separate:
        raise NotSupportedError(
            "separate_environment_yaml is not supported here",
            where="RunConfiguration.save",
            hint="environment.save_to_directory(path) writes the environment alone",
        )
    for key, values in (("data", settings.data), ("data_references", settings.data_references)):
        if values:
            raise NotSupportedError(f"{key} cannot be saved", where="RunConfiguration.save")
    if any(not isinstance(item, (str, int, float)) for item in settings.arguments):
        raise NotSupportedError(
            "arguments that are data cannot be saved",
            where="RunConfiguration.save",
            hint="give them to ScriptRunConfig(arguments=[...])",
        )
    environment = settings.environment
    tree = {
        **_read(settings, _PLAIN),
        "environment": {
            "name": environment.name,
            "version": environment.version,
            "environmentVariables": dict(environment.environment_variables),
            "python": {
                "userManagedDependencies": environment.python.user_managed_dependencies,
                "condaDependencies": environment.python.conda_dependencies.as_dict(),
            },
        },
        "docker": _read(settings.docker, _DOCKER),
        "history": _read(settings.history, _HISTORY),
        "spark": {"configuration": dict(settings.spark.configuration)},
    }
    file = _file(path, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_yaml(file).safe_dump(tree, sort_keys=False), encoding="utf-8")
    return file


def load(settings: RunConfiguration, path: str, name: str | None) -> None:
    """Read a run configuration.

    Parameters
    ----------
    settings : RunConfiguration
        What is read goes there.
    path : str
    name : str or None
    """
    file = _file(path, name)
    if not file.is_file():
        raise UserErrorException(
            f"Failed to load RunConfiguration from path={path} name={name}", where=str(file)
        )
    yaml = _yaml(file)
    try:
        tree: dict[str, Any] = dict(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise UserErrorException(
            f"Failed to load RunConfiguration from path={path} name={name}", error, where=str(file)
        ) from error
    _write(settings, _PLAIN, tree)
    _write(settings.docker, _DOCKER, tree.get("docker"))
    _write(settings.history, _HISTORY, tree.get("history"))
    settings.spark.configuration.update((tree.get("spark") or {}).get("configuration") or {})
    _load_environment(settings, tree.get("environment") or {})


def delete(path: str, name: str) -> None:
    """Remove a run configuration.

    Parameters
    ----------
    path, name : str
    """
    file = _file(path, name)
    if not file.is_file():
        raise UserErrorException(f"there is no run configuration {name}", where=str(file))
    file.unlink()


def _load_environment(settings: RunConfiguration, tree: dict[str, Any]) -> None:
    environment = settings.environment
    environment.name = tree.get("name") or environment.name
    variables = tree.get("environmentVariables")
    if variables is not None:
        environment.environment_variables = dict(variables)
    python = tree.get("python") or {}
    environment.python.user_managed_dependencies = bool(python.get("userManagedDependencies"))
    listed = (python.get("condaDependencies") or {}).get("dependencies")
    if listed is not None:
        pip = [item["pip"] for item in listed if isinstance(item, dict) and "pip" in item]
        environment.python.conda_dependencies = CondaDependencies.create(
            pip_packages=[text for items in pip for text in items],
            conda_packages=[item for item in listed if isinstance(item, str)],
        )


def _file(path: str | None, name: str | None) -> Path:
    place = Path(path or ".")
    if place.suffix in {".runconfig", ".yml", ".yaml"}:
        return place
    return place / ".azureml" / f"{name or 'local'}.runconfig"


def _read(item: object, keys: dict[str, str]) -> dict[str, Any]:
    return {key: getattr(item, name) for key, name in keys.items()}


def _write(item: object, keys: dict[str, str], tree: dict[str, Any] | None) -> None:
    for key, name in keys.items():
        if tree is not None and tree.get(key) is not None:
            setattr(item, name, tree[key])


def _yaml(file: Path) -> Any:
    try:
        return import_module("yaml")  # not a dependency of ours
    except ModuleNotFoundError as error:
        raise NotSupportedError(
            "PyYAML, which reads and writes run configurations, is not installed",
            where=str(file),
            hint="%pip install pyyaml",
        ) from error
