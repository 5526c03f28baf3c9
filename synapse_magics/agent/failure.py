"""How a step fails: with an error that can be stored and shown, whatever went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store.database import StoreError
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_WORDLESS = "the step failed, and its error could not be stored; see the agent's log"


def fail(store: Store, run: RunRecord, error: dict[str, Any]) -> None:
    """Let a step fail with an error.

    Parameters
    ----------
    store : Store
    run : RunRecord
    error : dict
        ``message`` and what else is known: ``type``, ``where``, ``line`` ...
    """
    error = clean(error)
    kind = error.get("type")
    first = next(iter(str(error["message"]).splitlines()), "")
    message = f"{kind}: {first}" if kind else first
    store.runs.transition(run.id, run.status, RunStatus.FAILED, message=message, error=error)


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
