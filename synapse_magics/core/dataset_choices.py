"""What both kinds of datasets do alike: the first ones, all but these, and samples."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from synapse_magics.core.abstract_dataset import AbstractDataset
from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from typing_extensions import Self

_SEEDS = 2**31


class ChoosingDataset(AbstractDataset):
    """A dataset of which parts can be taken; each is a dataset whose definition says which."""

    def take(self, count: int) -> Self:
        """Return the first rows or files.

        Parameters
        ----------
        count : int

        Returns
        -------
        AbstractDataset
        """
        return self._operated({"name": "take", "count": _count(count, "take")})

    def skip(self, count: int) -> Self:
        """Return all but the first rows or files.

        Parameters
        ----------
        count : int

        Returns
        -------
        AbstractDataset
        """
        return self._operated({"name": "skip", "count": _count(count, "skip")})

    def take_sample(self, probability: float, seed: int | None = None) -> Self:
        """Return a sample of the rows or files; it is the same one each time it is read.

        Parameters
        ----------
        probability : float
            Of each to be in it.
        seed : int, optional
            A random one if missing. It is part of the definition, so no step is reused then.

        Returns
        -------
        AbstractDataset
        """
        share = _share(probability, "probability", "take_sample")
        return self._operated({"name": "sample", "share": share, "seed": _seed(seed)})

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Self, Self]:
        """Return two datasets, which together are all of it.

        Parameters
        ----------
        percentage : float
            About how much the first one has, from 0.0 to 1.0.
        seed : int, optional
            As for :meth:`take_sample`.

        Returns
        -------
        tuple of AbstractDataset
        """
        share = _share(percentage, "percentage", "random_split")
        split = {"name": "split", "share": share, "seed": _seed(seed)}
        return self._operated({**split, "part": "first"}), self._operated({**split, "part": "rest"})

    def _operated(self, operation: dict[str, Any]) -> Self:
        return self._changed(operations=[*self._operations, operation])

    def _changed(self, **changes: Any) -> Self:
        return type(self)(self.workspace, {**self.definition, **changes})

    @property
    def _operations(self) -> list[dict[str, Any]]:
        return list(self.definition.get("operations") or [])


def _count(count: Any, where: str) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise UserErrorException(f"count must be a number from 0, not {count!r}", where=where)
    return count


def _share(share: Any, name: str, where: str) -> float:
    number = isinstance(share, (int, float)) and not isinstance(share, bool)
    if not number or not 0 <= share <= 1:
        raise UserErrorException(f"{name} must be from 0.0 to 1.0, not {share!r}", where=where)
    return float(share)


def _seed(seed: Any) -> int:
    if seed is None:
        return random.randrange(_SEEDS)  # noqa: S311 - nothing secret
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise UserErrorException(f"seed must be a number, not {seed!r}", where="seed")
    return seed % _SEEDS
