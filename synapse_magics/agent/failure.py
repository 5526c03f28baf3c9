"""How a step fails: with an error that can be stored and shown, whatever went wrong."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store import vault
from synapse_magics.store.database import StoreError
from synapse_magics.store.secrets import declared, mask, mask_all, secret_values
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_WORDLESS = "the step failed, and its error could not be stored; see the agent's log"
_LONGEST = 20_000
_LONGEST_LINE = 500
_ERROR = ("code", "type", "message", "where", "hint", "line", "source", "traceback", "exit_code")
_OWN_WORDS = frozenset({*_ERROR, "metric", "tag", "value", "step", "time"})


def fail(store: Store, run: RunRecord, error: dict[str, Any]) -> None:
    """Let a step fail with an error.

    Parameters
    ----------
    store : Store
    run : RunRecord
    error : dict
        ``message`` and what else is known: ``type``, ``where``, ``line`` ...
    """
    error = without_secrets(clean(shortened(error)), secrets_of(store, run))
    message = first_line(error)
    store.runs.transition(run.id, run.status, RunStatus.FAILED, message=message, error=error)


def shortened(error: dict[str, Any]) -> dict[str, Any]:
    """Return an error whose texts are not too long for a database and for people.

    Parameters
    ----------
    error : dict

    Returns
    -------
    dict
    """
    return {key: _cut(value, _LONGEST) for key, value in error.items()}


def first_line(error: dict[str, Any]) -> str:
    """Return what an error says, in one line.

    Parameters
    ----------
    error : dict

    Returns
    -------
    str
    """
    kind = error.get("type")
    first = next(iter(str(error["message"]).splitlines()), "")
    return str(_cut(f"{kind}: {first}" if kind else first, _LONGEST_LINE))


def _cut(value: Any, length: int) -> Any:
    if not isinstance(value, str) or len(value) <= length:
        return value
    half = length // 2
    return f"{value[:half]} ... {len(value) - length} characters ... {value[-half:]}"


def give_up(store: Store, run_id: str, error: Exception) -> None:
    """Let a step fail because of an error of ours, whatever that error's text is.

    Parameters
    ----------
    store : Store
    run_id : str
        The step run.
    error : Exception
    """
    run = store.runs.get(run_id)
    if run is None or run.status.is_terminal:
        return
    try:
        fail(store, run, describe(error))
    except StoreError:
        raise
    except Exception:  # noqa: BLE001 - its words are of no use, and it must fail all the same
        fail(store, run, {"code": "SystemError", "message": _WORDLESS})


def secrets_of(store: Store, run: RunRecord | None) -> tuple[str, ...]:
    """Return the secrets that a run may have seen.

    Parameters
    ----------
    store : Store
    run : RunRecord or None

    Returns
    -------
    tuple of str
        Those of this process's environment, of the variables that a step brings along, and of
        the workspace's keyvault.
    """
    own = run.step.environment_variables if run is not None and run.parent_id is not None else {}
    known = secret_values({**os.environ, **own}, declared(store.registry))
    return tuple(sorted({*known, *vault.values(store).values()}, key=len, reverse=True))


def without_secrets(found: dict[str, Any], secrets: tuple[str, ...]) -> dict[str, Any]:
    """Return an error, a metric or a tag without secrets.

    Parameters
    ----------
    found : dict
        JSON data, whose own words are left as they are.
    secrets : tuple of str

    Returns
    -------
    dict
    """
    return {
        key if key in _OWN_WORDS else mask(key, secrets): mask_all(value, secrets)
        for key, value in found.items()
    }


def clean(found: Any) -> Any:
    """Return JSON data with text that every database, file and screen takes.

    JSON can spell halves of characters (a lone ``udce9``), which cannot be encoded.

    Parameters
    ----------
    found : JSON data

    Returns
    -------
    JSON data
    """
    if isinstance(found, str):
        return found.encode("utf-8", "backslashreplace").decode()
    if isinstance(found, dict):
        return {clean(str(key)): clean(value) for key, value in found.items()}
    if isinstance(found, list):
        return [clean(item) for item in found]
    return found


def tell(store: Store, run: RunRecord, error: Exception) -> None:
    """Write what kept a step from starting into its log, as what ends a step is.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run; without a log, nothing is written.
    error : Exception
    """
    text = mask(f"{type(error).__name__}: {error}\n", secrets_of(store, run))
    with contextlib.suppress(OSError):
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(store.run_folder(run.id).stderr, flags)
        with os.fdopen(descriptor, "wb") as log:
            log.write(text.encode("utf-8", "backslashreplace"))


def describe(error: Exception) -> dict[str, Any]:
    """Return what kept a step from starting as an error for :func:`fail`.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    dict
    """
    message = error.message if isinstance(error, SynapseMagicsError) else str(error)
    described = {"code": "SystemError", "type": type(error).__name__, "message": message}
    for key in ("where", "hint"):
        value = getattr(error, key, None)
        if value:
            described[key] = str(value)
    return described
