"""Outputs that are links: the step's script names a dataset, and that becomes the output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import OutputDatasetConfig
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Callable


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
    record : callable
        Appends a record to those of the step.
    """

    def __init__(self, name: str, record: Callable[[dict[str, Any]], None]) -> None:
        self.name = name
        self._record = record

    def link(self, dataset: AbstractDataset) -> None:
        """Make a dataset this output when the step completes; the last one counts.

        Parameters
        ----------
        dataset : AbstractDataset
        """
        if not isinstance(dataset, AbstractDataset):
            raise UserErrorException(
                f"an output is linked to a dataset, not to a {type(dataset).__name__}",
                where=f"output {self.name}",
            )
        self._record({"link": self.name, "dataset": dataset.save()})

    def __repr__(self) -> str:
        return f"LinkOutput({self.name!r})"
