"""Which secrets a workspace knows, and text without them.

A secret is the value of an environment variable whose name says so, or that the workspace names
(registry kind ``secret``: the name, never the value). Pure functions: the environment is given.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synapse_magics.store.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.registry import Registry

KIND = "secret"
"""The registry's kind of entries that name a variable: ``{"variable": NAME}``."""

SHORTEST = 8
"""Shorter values are too likely to be ordinary words."""

SHORTEST_DECLARED = 4
"""Who names a variable means it; but what masks every ``1`` leaves nothing to read."""

_SECRET = frozenset(
    {
        "TOKEN",
        "TOKENS",
        "SECRET",
        "SECRETS",
        "PASSWORD",
        "PASSWORDS",
        "PASSWD",
        "PASSPHRASE",
        "CREDENTIAL",
        "CREDENTIALS",
        "CONNECTIONSTRING",
        "CONNSTR",
        "AUTHORIZATION",
    }
)
_ENDINGS = ("PASSWORD", "PASSWD", "TOKEN", "SECRET", "APIKEY", "ACCESSKEY", "ACCOUNTKEY")
"""Ends of words that are written together, as in ``PGPASSWORD``."""

_LAST = frozenset({"KEY", "KEYS", "PASS", "PWD"})
"""Words that mean a secret behind another one: ``API_KEY``, but not ``KEY_VAULT`` or ``PWD``."""

_PLACES = frozenset({"PATH", "FILE", "DIR", "DIRECTORY", "FOLDER", "HOME", "SOCK", "SOCKET"})
_ABOUT = frozenset(
    {
        "URL",
        "URI",
        "ENDPOINT",
        "HOST",
        "PORT",
        "NAME",
        "TYPE",
        "MODE",
        "USER",
        "USERNAME",
        "BACKEND",
        "PROVIDER",
        "EXPIRY",
        "EXPIRES",
        "TIMEOUT",
        "LENGTH",
        "LIMIT",
    }
)
_PUBLIC = frozenset({"PUBLIC", "PUB"})
_KNOWN_PATHS = frozenset({"GOOGLE_APPLICATION_CREDENTIALS"})


def is_secret_name(name: str) -> bool:
    """Tell whether the name of a variable says that its value is a secret.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = [word.rstrip("0123456789") for word in re.split(r"[\W_]+", spaced.upper())]
    words = [word for word in words if word]
    if not words or words[-1] in _PLACES or name.upper() in _KNOWN_PATHS:
        return False
    if "SAS" in words:
        return True  # its address holds the signature
    if words[-1] in _ABOUT:
        return False
    if words[-1] in _LAST:
        return len(words) > 1 and not (_PUBLIC | {"OLD"}).intersection(words)
    pairs = set(pairwise(words))
    return (
        not _SECRET.isdisjoint(words)
        or ("CONNECTION", "STRING") in pairs
        or ("CONNECTION", "STRINGS") in pairs
        or ("CONN", "STR") in pairs
        or any(word.endswith(_ENDINGS) for word in words)
    )


def known_secrets(environment: Mapping[str, str], declared: Iterable[str] = ()) -> dict[str, str]:
    """Return the secrets of an environment by the names of their variables.

    Parameters
    ----------
    environment : mapping
    declared : iterable of str
        Names of variables that are secret whatever they are called.

    Returns
    -------
    dict
    """
    named = set(declared)
    found = {}
    for name, text in environment.items():
        value = text.strip()
        shortest = SHORTEST_DECLARED if name in named else SHORTEST
        if len(value) >= shortest and (name in named or is_secret_name(name)):
            found[name] = value
    return found


def secret_values(environment: Mapping[str, str], declared: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the secrets of an environment, the longest first.

    Parameters
    ----------
    environment : mapping
    declared : iterable of str
        Names of variables that are secret whatever they are called.

    Returns
    -------
    tuple of str
    """
    return _longest_first(known_secrets(environment, declared).values())


def declared(registry: Registry) -> tuple[str, ...]:
    """Return the names of the variables that a workspace has declared secret.

    Parameters
    ----------
    registry : Registry

    Returns
    -------
    tuple of str
    """
    return tuple(str(entry.body.get("variable", entry.name)) for entry in registry.entries(KIND))


def spellings(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return every text that gives a secret away, the longest first.

    Beside the secret these are its longer lines, and how JSON, Python's ``repr`` and an address
    spell them.

    Parameters
    ----------
    secrets : iterable of str

    Returns
    -------
    tuple of str
    """
    found: set[str] = set()
    for secret in secrets:
        lines = (line.strip() for line in secret.splitlines())
        for text in (secret, *(line for line in lines if len(line) >= SHORTEST)):
            found.update(
                (
                    text,
                    json.dumps(text)[1:-1],
                    json.dumps(text, ensure_ascii=False)[1:-1],
                    repr(text)[1:-1],
                    quote(text, errors="surrogateescape"),
                    quote(text, safe="", errors="surrogateescape"),
                )
            )
    return _longest_first(found)


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets; ``***`` stands in their place.

    Parameters
    ----------
    text : str
    secrets : iterable of str

    Returns
    -------
    str
    """
    pattern = _pattern(tuple(secrets))
    return text if pattern is None else pattern.sub(MASK, text)


def mask_all(found: Any, secrets: Iterable[str]) -> Any:
    """Return JSON data without secrets, in whatever text of it.

    Parameters
    ----------
    found : JSON data
    secrets : iterable of str

    Returns
    -------
    JSON data
    """
    secrets = tuple(secrets)
    if not secrets:
        return found
    if isinstance(found, str):
        return mask(found, secrets)
    if isinstance(found, dict):
        return {mask_all(key, secrets): mask_all(value, secrets) for key, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [mask_all(item, secrets) for item in found]
    return found


def find_secrets(values: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """Tell which values hold a secret, and whose; for what must not be stored.

    Parameters
    ----------
    values : mapping
        What is to be stored, by names that a person knows.
    secrets : mapping
        As :func:`known_secrets` gives them.

    Returns
    -------
    dict
        The name of each such value, with the variable whose secret it holds.
    """
    found = {}
    for name, value in values.items():
        for variable, secret in secrets.items():
            if any(text in value for text in spellings([secret])):
                found[name] = variable
                break
    return found


@lru_cache(maxsize=8)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    texts = [re.escape(text) for text in spellings(secrets) if text]
    return re.compile("|".join(texts)) if texts else None


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=lambda text: (-len(text), text)))
