"""Outputs that are links: the step's script names a dataset, and that becomes the output."""

from __future__ import annotations

import os
from typing import Any

from synapse_magics.core.data_config import OutputDatasetConfig
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.names import type_of
from synapse_magics.runtime.context import LINKS, OUTPUTS, RunContext


class LinkFileOutputDatasetConfig(OutputDatasetConfig):
    """An output that the step's script links to a file dataset.

    Parameters
    ----------
    name : str, optional
        Random if missing, as in Azure ML.
    """

    mode = "link"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.path = ""


class LinkTabularOutputDatasetConfig(LinkFileOutputDatasetConfig):
    """An output that the step's script links to a tabular dataset.

    Parameters
    ----------
    name : str, optional
        Random if missing, as in Azure ML.
    """

    _input_mode = "direct"


class LinkOutput:
    """What a script finds in ``run.output_datasets`` for an output that is a link.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def link(self, dataset: AbstractDataset) -> None:
        """Make a dataset this output when the step completes; the last one counts.

        Parameters
        ----------
        dataset : AbstractDataset
        """
        if not isinstance(dataset, AbstractDataset):
            raise UserErrorException(
                f"an output is linked to a dataset, not to {type_of(dataset)}",
                where=f"output {self.name}",
            )
        record = {"link": self.name, "dataset": dataset.save()}
        RunContext()._append(record)  # noqa: SLF001 - a record like those of metrics

    def __repr__(self) -> str:
        return f"LinkOutput({self.name!r})"


def output_datasets() -> dict[str, Any]:
    """Return what this process, a step's script, finds in ``run.output_datasets``.

    Returns
    -------
    dict
        The places of outputs by name, and what links one that is a link.
    """
    places = {name: os.environ[name] for name in _names(OUTPUTS)}
    return {**places, **{name: LinkOutput(name) for name in _names(LINKS)}}


def _names(variable: str) -> list[str]:
    return [name for name in os.environ.get(variable, "").split(";") if name]
