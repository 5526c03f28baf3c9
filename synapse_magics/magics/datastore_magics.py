"""The magic for datastores, and for local folders in the place of remote addresses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core._console import say
from synapse_magics.core.datastore import Datastore
from synapse_magics.magics.base import HELP, NotebookMagics
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    import argparse

    from synapse_magics.core.workspace import Workspace

_WHERE = "%synapse_datastore"


@magics_class
class DatastoreMagics(NotebookMagics):
    """``%synapse_datastore``."""

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help="The datastore's name; without it, list them all.")
    @argument("address", nargs="?", help="Where it lies; without it, show NAME.")
    @argument("--credential", help="env:NAME, keyvault:NAME, azure-identity or anonymous.")
    @argument("--option", action="append", help="NAME=VALUE, such as region=eu-west-1.")
    @argument("--overwrite", action="store_true", help="Replace a datastore of that name.")
    @argument("--default", action="store_true", help="Make it the default datastore.")
    @argument("--map", action="append", help="URI=FOLDER: the folder stands for the address.")
    @argument("--unmap", action="append", help="The address stands for itself again.")
    @HELP
    def synapse_datastore(self, line: str) -> Datastore | Table | None:
        """Register a datastore, or let a local folder stand in the place of an address.

        A secret is never typed here: a credential is the name of a variable or of a secret.

        Examples::

            %synapse_datastore lake abfss://data@account.dfs.core.windows.net/raw
            %synapse_datastore s3 s3://bucket/data --credential env:KEY --option region=eu-west-1
            %synapse_datastore --map abfss://data@account.dfs.core.windows.net/=testdata
            %synapse_datastore --unmap abfss://data@account.dfs.core.windows.net/
            %synapse_datastore
        """
        args = self.parse(self.synapse_datastore, line)
        if args is None:
            return None
        workspace = current_workspace()
        for text in args.map or ():
            address, folder = _pair(text, "--map URI=FOLDER")
            Datastore.map_address(workspace, address, folder)
            say(f"{address} is read and written in {folder}")
        for address in args.unmap or ():
            Datastore.unmap_address(workspace, address)
        if args.name is None:
            return None if args.map or args.unmap else _datastores(workspace)
        if args.address is None and (args.credential or args.option):
            raise MagicUsageError(
                "an address is missing", where=_WHERE, hint=f"{_WHERE} {args.name} s3://bucket"
            )
        found = Datastore(workspace, args.name) if args.address is None else _made(workspace, args)
        if args.default:
            found.set_as_default()
        return found


def _made(workspace: Workspace, args: argparse.Namespace) -> Datastore:
    options = dict(_pair(text, "--option NAME=VALUE") for text in args.option or ())
    return Datastore.register(
        workspace, args.name, args.address, args.credential, options, overwrite=args.overwrite
    )


def _pair(text: str, usage: str) -> tuple[str, str]:
    # An address may have a = in it; a folder rarely has.
    first, mark, second = text.rpartition("=")
    if not (mark and first and second):
        raise MagicUsageError(f"{text!r} has no two sides", where=_WHERE, hint=usage)
    return first, second


def _datastores(workspace: Workspace) -> Table:
    # Outputs are saved in notebooks, and those are passed around.
    maps = {
        address: os.path.relpath(folder, workspace.folder)
        if Path(folder).is_relative_to(workspace.folder)
        else folder
        for address, folder in Datastore.address_maps(workspace).items()
    }
    rows = [
        (name, item.datastore_type, item.container_name)
        for name, item in sorted(workspace.datastores.items())
    ]
    rows += [(address, "mapped", folder) for address, folder in sorted(maps.items())]
    return table(("name", "type", "container or folder"), rows)
