"""Credentials by reference: the value is asked for when it is needed, and kept in no file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from synapse_magics.storage.errors import WrongCredentialError
from synapse_magics.storage.places import ANONYMOUS, AZURE_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.storage.places import Place

    Secrets = Callable[[str], str | None]
    """Return a secret of the workspace's keyvault by its name, None if there is none."""

MASK = "***"
_SHORTEST = 4


def value_of(place: Place, secrets: Secrets | None = None) -> str | None:
    """Return the secret that a place's credential refers to.

    Parameters
    ----------
    place : Place
    secrets : callable, optional
        What returns a secret of the keyvault.

    Returns
    -------
    str or None
        None if the place refers to none.

    Raises
    ------
    WrongCredentialError
        If the reference leads to nothing; it names the reference.
    """
    if place.credential in {None, ANONYMOUS, AZURE_IDENTITY}:
        return None
    kind, _, name = str(place.credential).partition(":")
    if kind == "env":
        found = os.environ.get(name)
        missing = f"the environment variable {name} is not set"
        hint = f"set {name} in the environment of this process"
    else:
        found = secrets(name) if secrets is not None else None
        missing = f"the keyvault has no secret {name}"
        hint = f"workspace.get_default_keyvault().set_secret({name!r}, value)"
    if not found:
        raise WrongCredentialError(missing, where=str(place), hint=hint)
    return found


def mask(text: str, value: str | None) -> str:
    """Return a text without a secret, nor any of its parts.

    Parameters
    ----------
    text : str
    value : str, optional

    Returns
    -------
    str
    """
    parts = {value or "", *(value or "").split(":"), *(value or "").split("&")}
    for part in sorted(parts, key=len, reverse=True):
        secret = part.partition("=")[2] if part.startswith("sig=") else part
        # A part of a signature such as 'sp=r' is no secret, and would mask half of a message.
        if len(secret) >= (_SHORTEST if part == value else 12):
            text = text.replace(secret, MASK)
    return text
