"""What is said of a workspace beside its name: tags, description, SKU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.store import Store

_KIND, _NAME = "workspace", "details"


def read(store: Store) -> dict[str, Any]:
    """Return what was said of a workspace.

    Parameters
    ----------
    store : Store

    Returns
    -------
    dict
        ``tags``, ``friendly_name``, ``description``, ``sku``.
    """
    entry = store.registry.get(_KIND, _NAME)
    blank: dict[str, Any] = {"tags": {}, "friendly_name": None, "description": None, "sku": "basic"}
    return blank if entry is None else {**blank, **entry.body}


def write(store: Store, **values: Any) -> None:
    """Replace what is given; None is not given.

    Parameters
    ----------
    store : Store
    **values
        ``tags``, ``friendly_name``, ``description``, ``sku``.
    """
    given = {key: value for key, value in values.items() if value is not None}
    if given:
        store.registry.put(_KIND, _NAME, {**read(store), **given})


def texts(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return tags as texts.

    Parameters
    ----------
    tags : mapping or None

    Returns
    -------
    dict or None
    """
    return None if tags is None else {str(key): str(value) for key, value in tags.items()}
