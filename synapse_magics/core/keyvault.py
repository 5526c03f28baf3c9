"""The keyvault of a workspace: secrets by name, in the system's keyring or a file of the owner's.

What it holds is masked in the logs, errors, metrics and tags of every step that starts after the
secret was set, however the step came by it. Values of less than four characters are not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synapse_magics.core import names
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store import vault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.core.workspace import Workspace

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")


class Keyvault:
    """The secrets of a workspace; ``workspace.get_default_keyvault()`` returns it.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def set_secret(self, name: str, value: str, content_type: str | None = None) -> None:
        """Keep a secret; one of the same name is replaced.

        Parameters
        ----------
        name : str
            Letters, digits and hyphens.
        value : str
        content_type : str, optional
            Ignored: it says how an Azure Key Vault shows the value.
        """
        del content_type
        self.set_secrets({name: value})

    def set_secrets(self, secrets_batch: Mapping[str, str]) -> None:
        """Keep several secrets.

        Parameters
        ----------
        secrets_batch : mapping
            Values by name.

        Raises
        ------
        UserErrorException
            If a name is none for a secret, or a value is no text; none is kept then.
        """
        for name, value in secrets_batch.items():
            _check(name)
            if not isinstance(value, str):
                raise UserErrorException(
                    f"the value of the secret {name} is a str, not {type(value).__name__}"
                )
        vault.write(self.workspace.store, secrets_batch)

    def get_secret(self, name: str) -> str | None:
        """Return a secret, None if there is none of that name.

        Parameters
        ----------
        name : str

        Returns
        -------
        str or None
        """
        return vault.read(self.workspace.store, _check(name))

    def get_secrets(self, secrets: Iterable[str]) -> dict[str, str | None]:
        """Return several secrets by name; what is missing is None.

        Parameters
        ----------
        secrets : list of str
            Names.

        Returns
        -------
        dict
        """
        return {name: self.get_secret(name) for name in secrets}

    def delete_secret(self, name: str) -> None:
        """Forget a secret.

        Parameters
        ----------
        name : str

        Raises
        ------
        UserErrorException
            If there is none of that name.
        """
        self.delete_secrets([name])

    def delete_secrets(self, secrets: Iterable[str]) -> None:
        """Forget several secrets; none, if one of them is not there.

        Parameters
        ----------
        secrets : list of str
            Names.
        """
        chosen = [_check(name) for name in secrets]
        known = self.list_secrets()
        for name in chosen:
            if name not in known:
                raise UserErrorException(
                    f"there is no secret {name}", hint=names.did_you_mean(name, known, "secrets")
                )
        vault.delete(self.workspace.store, chosen)

    def list_secrets(self) -> list[str]:
        """Return the names of the secrets, never their values.

        Returns
        -------
        list of str
        """
        return vault.names(self.workspace.store)

    def __repr__(self) -> str:
        return f"Keyvault(workspace={self.workspace.name!r}, {len(self.list_secrets())} secrets)"


def _check(name: str) -> str:
    if not _NAME.fullmatch(str(name)):
        raise UserErrorException(
            f"{name!r} is not the name of a secret: letters, digits and hyphens, 127 at the most",
            hint="keyvault.set_secret('db-password', value)",
        )
    return name
