"""What lies in the folders behind the mapped addresses that a step's own code names.

Such data is no declared input, and yet a folder in the place of a storage is here to be looked at:
a step whose test data have changed, or lie in another folder now, is not taken for the same work.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.addresses import HTTP, blob_url, parse, spellings
from synapse_magics.store.address_maps import address_maps
from synapse_magics.store.file_hashes import dataset_hashes
from synapse_magics.store.locations import LocationError
from synapse_magics.store.step_code import own_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store


def mapped_sources(
    store: Store, spec: StepSpec, parameters: Mapping[str, Any], files: Mapping[str, bytes]
) -> dict[str, Mapping[str, Any]]:
    """Return the mapped addresses that a step may read: those of a kind that it mentions.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    parameters : mapping
        The pipeline parameters in force.
    files : mapping
        The content of its snapshot by relative path.

    Returns
    -------
    dict
        A definition, as of a dataset of all files of the folder, by address.
    """
    found: dict[str, Mapping[str, Any]] = {}
    maps = address_maps(store)
    if maps:
        text = _text(spec, parameters, files)
        for address in maps:
            if any(sign in text for sign in _signs(address)):
                found[address] = _definition(address, maps[address])
    return found


def _signs(address: str) -> set[str]:
    """Return what code holds that may read at an address."""
    known = parse(address)
    web = address if known.scheme in HTTP else blob_url(known)
    # Links to the web are in many a comment: of those, the host counts.
    signs = set() if web is None else {"/".join(web.split("/")[:3])}
    if known.scheme in HTTP:
        return signs
    # An address may be put together at run time: its scheme is enough.
    return signs | {f"{scheme}://" for scheme in spellings(known.scheme)}


def _definition(address: str, folder: Path) -> dict[str, Any]:
    # Without what is hidden: the workspace's own state may lie there.
    names = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else [""]
    shown = [name for name in names if not name.startswith(".")]
    return {
        "type": "file",
        "sources": [{"datastore": address, "path": name} for name in shown],
    }


def contents(store: Store, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return one hash of all that lies at each of some mapped addresses.

    Parameters
    ----------
    store : Store
    sources : mapping
        See :func:`mapped_sources`.

    Returns
    -------
    dict
        By address; ``missing`` where the folder is gone.
    """
    found = {}
    for address, definition in sources.items():
        try:
            hashes = dataset_hashes(store, definition)
        except (LocationError, OSError):
            found[address] = "missing"
        else:
            text = json.dumps(hashes, sort_keys=True)
            found[address] = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return found


def _text(spec: StepSpec, parameters: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    code = [files[name].decode("utf-8", "replace") for name in own_files(spec, files)]
    said = [argument.value for argument in spec.arguments]
    values = [*spec.environment_variables.values(), *spec.spark_conf.values(), *parameters.values()]
    return "\n".join([*code, *said, *map(str, values)])
