"""Map remote addresses to local folders, so that code for a cloud is tried on a laptop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.runtime import mapped_addresses
from synapse_magics.storage.addresses import is_address, parse
from synapse_magics.storage.errors import AddressError
from synapse_magics.store import address_maps as maps
from synapse_magics.store.address_maps import KIND

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace


class AddressMaps:
    """The calls of ``Datastore`` that map addresses."""

    @staticmethod
    def map_address(workspace: Workspace, address: str, folder: str | Path) -> None:
        """Let a local folder stand in the place of a remote address.

        Datasets, Python steps and Spark steps then read and write there what they address by its
        real name, and so does this notebook. Runs that were submitted see it from their next step.

        Parameters
        ----------
        workspace : Workspace
        address : str
            The beginning of addresses: ``abfss://data@account.dfs.core.windows.net/``. Of ones
            that overlap, the longest counts.
        folder : str or pathlib.Path
            It must exist.

        Raises
        ------
        UserErrorException
            If it is no remote address, or there is no such folder.
        """
        prefix = _prefix(address)
        place = Path(folder).expanduser().absolute()
        if not place.is_dir():
            raise UserErrorException(
                "the folder does not exist", where=str(place), hint="make it first, or see its path"
            )
        inside = place.is_relative_to(workspace.folder)
        kept = place.relative_to(workspace.folder) if inside else place
        workspace.store.registry.put(KIND, prefix, {"folder": str(kept)})
        install_maps(workspace)

    @staticmethod
    def unmap_address(workspace: Workspace, address: str) -> None:
        """Let an address stand for itself again.

        Parameters
        ----------
        workspace : Workspace
        address : str

        Raises
        ------
        UserErrorException
            If it is not mapped.
        """
        known = maps.address_maps(workspace.store)
        if _prefix(address) not in known:
            raise UserErrorException(
                f"{address} is not mapped", hint=f"mapped: {', '.join(known) or 'nothing'}"
            )
        workspace.store.registry.delete(KIND, _prefix(address))
        install_maps(workspace)

    @staticmethod
    def address_maps(workspace: Workspace) -> dict[str, str]:
        """Return the folders of mapped addresses.

        Parameters
        ----------
        workspace : Workspace

        Returns
        -------
        dict
        """
        return {name: str(folder) for name, folder in maps.address_maps(workspace.store).items()}


def open_maps(workspace: Workspace) -> None:
    """Let this process read and write what a workspace that is opened has mapped, if it has.

    Parameters
    ----------
    workspace : Workspace
    """
    if workspace.store.registry.entries(KIND):
        install_maps(workspace)


def install_maps(workspace: Workspace) -> None:
    """Let this process read and write what the workspace has mapped.

    Parameters
    ----------
    workspace : Workspace
    """
    mapped_addresses.install(all_addresses(workspace))


def all_addresses(workspace: Workspace) -> dict[str, str]:
    """Return the folders of mapped addresses, however those are written.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    dict
    """
    return {name: str(folder) for name, folder in maps.all_maps(workspace.store).items()}


def _prefix(address: str) -> str:
    if not is_address(address):
        raise UserErrorException(
            f"{address!r} is no address", hint="abfss://container@account.dfs.core.windows.net/"
        )
    try:
        found = parse(address)
    except AddressError as error:
        raise UserErrorException(
            error.message, error, where=error.where, hint=error.hint
        ) from error
    if found.scheme not in mapped_addresses.FAMILIES:
        raise UserErrorException(
            f"addresses of the kind {found.scheme}:// cannot be mapped",
            hint=f"one of {', '.join(f'{name}://' for name in mapped_addresses.FAMILIES)}",
        )
    return str(replace(found, path=found.path.strip("/")))
