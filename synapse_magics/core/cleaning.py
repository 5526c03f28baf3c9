"""Remove what nobody needs: runs that are old, or the oldest of too many."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.core.environment_build import needed
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store.removal import Removal, remove

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace

__all__ = ["Removal", "clean"]


def clean(
    workspace: Workspace,
    *,
    older_than: float | None = None,
    over: int | None = None,
    results: bool = False,
    dry_run: bool = False,
) -> Removal:
    """Remove old runs with their logs and outputs, and the snapshots that only they had.

    Environments that neither a run nor a registered environment needs go as well.

    A run stays, however old it is, while something points to it: a registered dataset that is one
    of its outputs, a run that shows or reads its results, or a result that can still be reused.

    Parameters
    ----------
    workspace : Workspace
    older_than : float, optional
        Seconds since a run ended: older ones go.
    over : int, optional
        Bytes: while all runs together have more, the oldest one goes.
    results : bool
        Remove runs whose results can still be reused as well; their steps run again, then.
    dry_run : bool
        Only say what would be removed.

    Returns
    -------
    Removal

    Raises
    ------
    UserErrorException
        If neither an age nor a size is given.
    """
    if older_than is None and over is None:
        raise UserErrorException(
            "clean which runs?", where="clean", hint="an age, a size or both: --older-than 30d"
        )
    if (older_than is not None and older_than < 0) or (over is not None and over < 0):
        raise UserErrorException("an age or a size is 0 or more", where="clean")
    return remove(
        workspace.store,
        before=None if older_than is None else time.time() - older_than,
        budget=over,
        results=not results,
        environments=needed(workspace),
        dry_run=dry_run,
    )
