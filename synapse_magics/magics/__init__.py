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
    from synapse_magics.magics import registration  # noqa: PLC0415

    registration.register_magics(shell)
    registration.register_matcher(shell)
    registration.register_formatters(shell)
    install()
