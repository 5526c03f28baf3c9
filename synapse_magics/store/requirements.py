"""What an environment of its own has to hold, as plain data that is known by its hash."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORMAT = 1
"""Part of every hash: what another version of the rules has built is never taken for ours."""

_CREDENTIAL = re.compile(r"(?P<scheme>https?://)(?P<user>[^/\s:@]*)(?::(?P<password>[^/\s@]*))?@")
_REFERENCE = re.compile(r"\$\{(?:keyvault:)?[\w.-]+\}")

OWN = "own environment"
"""Stands for an environment of its own among the versions that a step's spec tells."""

KEY_LENGTH = 16
"""So much of its hash is stored with each step."""

PRIVATE_WHEELS = "private-wheels"
"""``${private-wheels}`` stands for the folder in which the workspace keeps wheels."""

VAULT = "keyvault:"
"""What stands before the name of a secret in ``${keyvault:NAME}``; else it is a variable's."""


@dataclass(frozen=True)
class RequirementSet:
    """What an environment has to hold; the same whatever the order it is given in.

    Parameters
    ----------
    python : str
        Major and minor version, such as ``3.11``.
    pip : tuple of str
        Requirements, in their normal form.
    options : tuple of str
        Options of pip that say where packages are, such as ``--no-index``.
    conda : tuple of str
        What only conda has.
    channels : tuple of str
        Where conda looks, the first one first.
    """

    python: str
    pip: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("pip", "options", "conda"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        object.__setattr__(self, "channels", tuple(self.channels) if self.conda else ())

    @property
    def key(self) -> str:
        """The hash by which it is known."""
        data = {"format": _FORMAT, **asdict(self)}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def versions(self) -> dict[str, str]:
        """What is part of a step's fingerprint: each requirement, and the hash of all."""
        return {
            **dict(map(_split, [*self.conda, *self.pip])),
            "python": self.python,
            OWN: self.key[:KEY_LENGTH],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data.

        Returns
        -------
        dict
        """
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> RequirementSet:
        """Return the set of JSON data.

        Parameters
        ----------
        data : mapping

        Returns
        -------
        RequirementSet
        """
        lists = {name: tuple(value) for name, value in data.items() if name != "python"}
        return RequirementSet(data["python"], **lists)


def _split(requirement: str) -> tuple[str, str]:
    found = re.match(r"[\w.-]*[\w]", requirement)
    name = found.group(0) if found else requirement
    return name, requirement[len(name) :].strip() or "any version"


def credentials(text: str) -> list[str]:
    """Return the secrets that the addresses in a text hold; what refers to one is none.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
    """
    return [
        secret
        for found in _CREDENTIAL.finditer(text)
        for secret in [found["user"] if found["password"] is None else found["password"]]
        if secret and not _REFERENCE.fullmatch(secret)
    ]


def masked(text: str) -> str:
    """Return a text whose addresses show no secret.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return without(text, credentials(text))


def without(text: str, secrets: Iterable[str], instead: str = "***") -> str:
    """Return a text without secrets.

    Parameters
    ----------
    text : str
    secrets : iterable of str
    instead : str

    Returns
    -------
    str
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        for spelling in (secret, unquote(secret)):
            text = text.replace(spelling, instead) if spelling else text
    return text


def references(text: str) -> list[str]:
    """Return what a text refers to by ``${NAME}`` or ``${keyvault:NAME}``.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
    """
    return [found[2:-1] for found in _REFERENCE.findall(text)]


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return a text with values in the place of what it refers to.

    Parameters
    ----------
    text : str
    values : mapping
        By ``NAME`` or ``keyvault:NAME``; what is not among them stays as it is.

    Returns
    -------
    str
    """
    return _REFERENCE.sub(lambda found: values.get(found[0][2:-1], found[0]), text)
