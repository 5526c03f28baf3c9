"""Settings, parameters and arguments as they are shown: without the secrets in them."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from synapse_magics.store import secrets, vault
from synapse_magics.store.masking import MASK
from synapse_magics.store.requirements import masked
from synapse_magics.widgets.studio_words import LONGEST, listed, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from synapse_magics.store.store import Store

# Spark's own words for it (spark.redaction.regex), and those of the stores it reads. A key may
# stand in the middle of a name, as in fs.azure.account.key.ACCOUNT.blob.core.windows.net.
_SECRET = re.compile(
    r"secret|passw|passphrase|token(?!i[sz])|credential|signature|authorization"
    r"|(?:access|account|api|private|shared|encryption)[._-]?key"
    r"|(?<![a-z])sas(?![a-z])|\Asig\Z",
    re.IGNORECASE,
)
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s;,&\"']+"
# Each begins where no name can have begun before: the search stays linear.
_ASSIGNED = re.compile(rf"(?<![\w.-])(?P<name>[\w.-]+)(?P<between>=)(?:{_VALUE})")
_OPTION = re.compile(rf"(?<![\w.-])(?P<name>-[\w.-]+)(?P<between>\s+)(?!-)(?:{_VALUE})")
_IN_JSON = re.compile(rf"(?<=[\"'])(?P<name>[\w.-]+)(?P<between>[\"']\s*:\s*)(?:{_VALUE})")
_FORMS = (_ASSIGNED, _OPTION, _IN_JSON)


def is_secret_setting(name: str) -> bool:
    """Tell whether a part of a setting's name says that its value is a secret.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    return _SECRET.search(name) is not None or secrets.is_secret_name(name)


def setting(name: str, value: object, longest: int = LONGEST) -> str:
    """Return the value of a setting as it is shown: ``***`` of a secret.

    Parameters
    ----------
    name : str
    value : object
    longest : int

    Returns
    -------
    str
    """
    if is_secret_setting(name) and _may_be_secret(value):
        return MASK
    plain = value is None or isinstance(value, (bool, int, float, list, tuple, dict))
    text = json.dumps(value, default=str) if plain else str(value)
    return short(command_text(text), longest)


def settings(values: Mapping[str, Any]) -> str:
    """Return settings or parameters as ``name=value, name=***``.

    Parameters
    ----------
    values : mapping

    Returns
    -------
    str
    """
    return listed(f"{name}={setting(name, value, 80)}" for name, value in values.items())


def arguments(items: Iterable[object]) -> str:
    """Return the arguments of a script: ``--password ***``, ``--api-key=***``.

    Parameters
    ----------
    items : iterable

    Returns
    -------
    str
    """
    found, before = [], ""
    for item in items:
        text = str(item)
        named = before.startswith("-") and "=" not in before and is_secret_setting(before)
        hidden = named and _may_be_secret(item) and not text.startswith("-")
        found.append(MASK if hidden else command_text(text))
        before = text
    return listed(found)


def command_text(text: str) -> str:
    """Return a command, or another text with options and assignments, without their secrets.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    for form in _FORMS:
        text = form.sub(_hidden, text)
    return masked(text)


def _may_be_secret(value: object) -> bool:
    # A number is a limit, as in ``max_tokens``.
    return value is not None and not isinstance(value, (bool, int, float))


def _hidden(found: re.Match[str]) -> str:
    if not is_secret_setting(found["name"]):
        return found[0]
    return f"{found['name']}{found['between']}{MASK}"


def masker(store: Store) -> Callable[[str], str]:
    """Return what takes the secrets that a workspace knows out of a text.

    Parameters
    ----------
    store : Store

    Returns
    -------
    callable
    """

    @cache
    def known() -> tuple[str, ...]:
        # Asked only for a text: a keyring may take its time.
        return (
            *secrets.secret_values(os.environ, secrets.declared(store.registry)),
            *vault.values(store).values(),
        )

    return lambda text: secrets.mask(text, known()) if text else text
