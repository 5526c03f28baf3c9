"""The workspace that this process's notebook works in."""

from __future__ import annotations

from synapse_magics.core.workspace import Workspace

_chosen: Workspace | None = None


def current_workspace() -> Workspace:
    """Return the workspace that magics and decorators work in.

    Returns
    -------
    Workspace
        The one that was chosen last, else that of a ``config.json`` here or above.
    """
    if _chosen is None:
        use_workspace(Workspace.from_config())  # os.chdir later does not lose it
    return _chosen or Workspace.from_config()


def use_workspace(workspace: Workspace | None) -> None:
    """Choose the workspace that magics and decorators work in.

    Parameters
    ----------
    workspace : Workspace or None
        None goes back to what ``config.json`` says.
    """
    global _chosen  # noqa: PLW0603 - one notebook is one process
    _chosen = workspace
