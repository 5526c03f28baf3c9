"""What is stored of a model, and where one may lie on this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import (
    ModelNotFoundException,
    NotSupportedError,
    UserErrorException,
    WebserviceException,
    unsupported,
)
from synapse_magics.core.run_tags import submitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_magics.core.abstract_dataset import AbstractDataset

CACHE = "azureml-models"
"""Where models are copied to, below the working directory."""

SERVE = "mlflow models serve, BentoML or a container of yours serve the files of model.download()"
"""What to do instead of a deployment."""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")


def checked(
    state: Path, source: Path, name: str, child_paths: Iterable[str] | None
) -> tuple[Path, list[str] | None]:
    """Return a place that a model can be registered from, and the parts of it.

    Parameters
    ----------
    state : pathlib.Path
        The state folder of the workspace.
    source : pathlib.Path
        A local file or folder.
    name : str
        The model's.
    child_paths : iterable of str or None

    Returns
    -------
    tuple

    Raises
    ------
    WebserviceException
        If nothing lies there, or the name is none for a model.
    """
    if not _NAME.fullmatch(str(name)):
        raise WebserviceException(
            "Error, provided model name is invalid. It must only consist of letters, numbers, "
            "dashes, periods, or underscores, start with a letter or number, and be between 1 and "
            "255 characters long.",
            where=repr(name),
        )
    if source.parts[:1] in {("http:",), ("https:",), ("azureml:",), ("wasbs:",), ("abfss:",)}:
        raise NotSupportedError(
            "a model is registered from a local file or folder", where=str(source)
        )
    source = source.absolute().resolve()
    children = None if child_paths is None else [str(child) for child in child_paths]
    for place in (source, *(source / child for child in children or ())):
        if not place.exists():
            raise WebserviceException(
                f'Error, provided model path "{place}" cannot be found', where=f"model {name}"
            )
        if not place.resolve().is_relative_to(source):
            raise UserErrorException(f"the child path {place} leaves the folder {source}")
    if state.resolve().is_relative_to(source):
        raise UserErrorException(
            f"{source} holds the whole workspace, its state folder included",
            where=f"model {name}",
            hint="give the model a folder of its own",
        )
    return source, children


def body_of(
    tags: Mapping[str, str] | None,
    properties: Mapping[str, str] | None,
    description: str | None,
    datasets: Sequence[tuple[str, AbstractDataset]] | None,
    model_framework: str | None,
    model_framework_version: str | None,
    sample_input_dataset: AbstractDataset | None,
    sample_output_dataset: AbstractDataset | None,
    resource_configuration: object,
) -> dict[str, Any]:
    """Return what is stored of a model.

    Parameters
    ----------
    tags, properties, description, datasets, model_framework, model_framework_version,
    sample_input_dataset, sample_output_dataset, resource_configuration
        As for ``Model.register``.

    Returns
    -------
    dict
    """
    unsupported("Model.register", SERVE, resource_configuration=resource_configuration)
    return {
        "tags": texts(tags or {}),
        "properties": texts(properties or {}),
        "description": description,
        "datasets": references(datasets or ()),
        "model_framework": model_framework,
        "model_framework_version": model_framework_version,
        "sample_input": saved(sample_input_dataset),
        "sample_output": saved(sample_output_dataset),
        "created_by": submitter(),
        "run_id": None,
        "experiment_name": None,
    }


def references(datasets: Sequence[tuple[str, AbstractDataset]]) -> list[list[str]]:
    """Return datasets as what they were for and their saved ids.

    Parameters
    ----------
    datasets : list of tuple

    Returns
    -------
    list
    """
    return [[str(scenario), dataset.save()] for scenario, dataset in datasets]


def saved(dataset: AbstractDataset | None) -> str | None:
    """Save a dataset and return its id, None for none.

    Parameters
    ----------
    dataset : AbstractDataset or None

    Returns
    -------
    str or None
    """
    return None if dataset is None else dataset.save()


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return tags or properties as texts.

    Parameters
    ----------
    values : mapping

    Returns
    -------
    dict
    """
    return {str(key): str(value) for key, value in values.items()}


def cached(name: str, version: int | None) -> str:
    """Look for a model where an earlier call, or the user, has put it.

    Parameters
    ----------
    name : str
    version : int or None
        The latest if None.

    Returns
    -------
    str

    Raises
    ------
    ModelNotFoundException
        If it is nowhere.
    """
    cache = Path(CACHE) / name
    numbers = [int(item.name) for item in cache.glob("*") if item.name.isdigit()]
    if version is not None:
        numbers = [number for number in numbers if number == int(version)]
    for number in sorted(numbers, reverse=True):
        content = [item for item in (cache / str(number)).iterdir() if item.name[0] != "."]
        if content:
            return str(content[0])
    if Path(name).exists():
        return name
    raise ModelNotFoundException(
        f"Model {name} not found in cache at {CACHE} or in current working directory {Path.cwd()}",
        hint="Model(workspace, name).download() brings it here",
    )
