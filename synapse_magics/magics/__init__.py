"""The IPython face: magics, their completion, and how objects show themselves in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Bring everything into a shell.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    from synapse_magics.azureml import install  # noqa: PLC0415 - only in IPython
    from synapse_magics.magics.completion import Completion  # noqa: PLC0415
    from synapse_magics.magics.datastore_magics import DatastoreMagics  # noqa: PLC0415
    from synapse_magics.magics.display import register_formatters  # noqa: PLC0415
    from synapse_magics.magics.pipeline_magics import PipelineMagics  # noqa: PLC0415
    from synapse_magics.magics.run_magics import RunMagics  # noqa: PLC0415
    from synapse_magics.magics.session_magics import SessionMagics  # noqa: PLC0415
    from synapse_magics.magics.step_magics import StepMagics  # noqa: PLC0415
    from synapse_magics.magics.workspace_magics import WorkspaceMagics  # noqa: PLC0415

    for magics in (
        WorkspaceMagics,
        DatastoreMagics,
        StepMagics,
        PipelineMagics,
        RunMagics,
        SessionMagics,
    ):
        shell.register_magics(magics)
    Completion(shell).install()
    register_formatters(shell)
    install()
