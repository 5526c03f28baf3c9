"""Magics for what a pipeline stands on: workspace, links, pools, clusters, datasets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core.compute import AmlCompute, ComputeTarget, SynapseCompute
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.core.linked_service import (
    LinkedService,
    SynapseWorkspaceLinkedServiceConfiguration,
)
from synapse_magics.core.upload import upload_dataset
from synapse_magics.core.workspace import Workspace
from synapse_magics.magics.base import HELP, NotebookMagics
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.magics.tables import COMPUTE_COLUMNS, compute_row
from synapse_magics.pipeline.cells import find_dataset
from synapse_magics.pipeline.chosen_workspace import current_workspace, use_workspace
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    from synapse_magics.core.dataset import AbstractDataset


@magics_class
class WorkspaceMagics(NotebookMagics):
    """``%synapse_workspace``, ``%synapse_link``, ``%synapse_attach`` ..."""

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help="The workspace's name; without it, show the current one.")
    @argument("--folder", help="Where it lies; the working directory if missing.")
    @HELP
    def synapse_workspace(self, line: str) -> Workspace | None:
        """Create the workspace of a folder, or open it.

        Examples::

            %synapse_workspace titanic
            %synapse_workspace titanic --folder ../shared
            ws = %synapse_workspace
        """
        args = self.parse(self.synapse_workspace, line)
        if args is None:
            return None
        if args.name is None and args.folder is None:
            return current_workspace()
        workspace = (
            Workspace.from_config(args.folder)
            if args.name is None
            else Workspace.in_folder(Path(args.folder or "."), args.name)
        )
        use_workspace(workspace)
        return workspace

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help="The link's name; without it, list the links.")
    @argument("--synapse-workspace", "-w", help="The Synapse workspace; 'local' is always there.")
    @argument("--subscription-id", help="Its Azure subscription.")
    @argument("--resource-group", help="Its Azure resource group.")
    @HELP
    def synapse_link(self, line: str) -> LinkedService | Table | None:
        """Link a Synapse workspace, so that its Spark pools can be attached.

        Examples::

            %synapse_link synapselink1 --synapse-workspace local
            %synapse_link
        """
        args = self.parse(self.synapse_link, line)
        if args is None:
            return None
        workspace = current_workspace()
        if args.name is None:
            rows = [
                (link.name, link.synapse_workspace, link.linked_service_resource_id)
                for link in LinkedService.list(workspace)
            ]
            return table(("name", "Synapse workspace", "resource id"), rows)
        if args.synapse_workspace is None:
            if args.name not in workspace.linked_services:
                raise MagicUsageError(
                    f"there is no linked service {args.name!r} yet; which Synapse workspace?",
                    where="%synapse_link",
                    hint=f"%synapse_link {args.name} --synapse-workspace local",
                )
            return LinkedService.get(workspace, args.name)
        config = SynapseWorkspaceLinkedServiceConfiguration(
            args.subscription_id or workspace.subscription_id,
            args.resource_group or workspace.resource_group,
            args.synapse_workspace,
        )
        return LinkedService.register(workspace, args.name, config)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help="A name for the compute; without it, list all computes.")
    @argument("--linked-service", "-l", help="The link; the only one if there is but one.")
    @argument("--pool", "-p", help="The Spark pool of the linked Synapse workspace.")
    @HELP
    def synapse_attach(self, line: str) -> ComputeTarget | Table | None:
        """Attach a Spark pool as a compute target for Spark steps.

        Examples::

            %synapse_attach link1-spark01 --linked-service synapselink1 --pool spark01
            %synapse_attach
        """
        args = self.parse(self.synapse_attach, line)
        if args is None:
            return None
        workspace = current_workspace()
        if args.name is None:
            return _computes(workspace)
        if args.pool is None:
            raise MagicUsageError(
                "which pool?",
                where="%synapse_attach",
                hint=f"%synapse_attach {args.name} --linked-service NAME --pool spark01",
            )
        link = (
            _only_link(workspace, args.name)
            if args.linked_service is None
            else LinkedService.get(workspace, args.linked_service)
        )
        config = SynapseCompute.attach_configuration(link, "SynapseSpark", args.pool)
        return ComputeTarget.attach(workspace, args.name, config)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help="The AmlCompute to create or find; without it, list all.")
    @argument("--vm-size", help="Said, not enforced; STANDARD_D2_V2 if missing.")
    @argument("--min-nodes", type=int, help="Said, not enforced; 0 if missing.")
    @argument("--max-nodes", type=int, help="How many steps run at once; 2 if missing.")
    @HELP
    def synapse_compute(self, line: str) -> ComputeTarget | Table | None:
        """Create an AmlCompute for Python steps, or find it.

        Examples::

            %synapse_compute cpucluster --max-nodes 2
            %synapse_compute
        """
        args = self.parse(self.synapse_compute, line)
        if args is None:
            return None
        workspace = current_workspace()
        if args.name is None:
            return _computes(workspace)
        wanted = {
            option: value
            for option, value in vars(args).items()
            if option in {"vm_size", "min_nodes", "max_nodes"} and value is not None
        }
        if not wanted and args.name in workspace.compute_targets:
            return ComputeTarget(workspace, args.name)
        defaults = {"vm_size": "STANDARD_D2_V2", "min_nodes": 0, "max_nodes": 2}
        config = AmlCompute.provisioning_configuration(**{**defaults, **wanted})
        return ComputeTarget.create(workspace, args.name, config)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", nargs="?", help="The dataset's name; without it, list the datasets.")
    @argument("file", nargs="?", help="A CSV or Parquet file to upload; without it, show NAME.")
    @argument("--file-dataset", "-f", action="store_true", help="Keep it as files, not a table.")
    @argument("--separator", default=",", help="What stands between two fields; ',' if missing.")
    @argument("--encoding", default="utf8", help="How the text is written; utf8 if missing.")
    @argument("--no-header", action="store_true", help="The first line is data.")
    @argument("--multi-line", action="store_true", help="Quoted fields may hold line breaks.")
    @argument("--datastore", help="Where to upload; the default datastore if missing.")
    @argument("--description", help="What it is.")
    @HELP
    def synapse_dataset(self, line: str) -> AbstractDataset | Table | None:
        """Upload a file and register it as a dataset; a changed file is a new version.

        Examples::

            %synapse_dataset titanic Titanic.csv
            %synapse_dataset titanic "my data/Titanic.csv" --separator ";"
            %synapse_dataset titanic
            %synapse_dataset
        """
        args = self.parse(self.synapse_dataset, line)
        if args is None:
            return None
        workspace = current_workspace()
        if args.name is None:
            return _datasets(workspace)
        if args.file is None:
            return find_dataset(workspace, args.name)
        return upload_dataset(
            workspace,
            args.name,
            Path(args.file),
            tabular=not args.file_dataset,
            separator=args.separator,
            encoding=args.encoding,
            header=not args.no_header,
            multi_line=args.multi_line,
            datastore=args.datastore,
            description=args.description,
        )


def _computes(workspace: Workspace) -> Table:
    return table(COMPUTE_COLUMNS, [compute_row(item) for item in ComputeTarget.list(workspace)])


def _datasets(workspace: Workspace) -> Table:
    rows = [
        (item.name, item.version, item.definition["type"], item.description)
        for item in workspace.datasets.values()
    ]
    return table(("name", "version", "type", "description"), rows)


def _only_link(workspace: Workspace, name: str) -> LinkedService:
    links = LinkedService.list(workspace)
    if len(links) == 1:
        return links[0]
    known = ", ".join(link.name for link in links) or "none yet; %synapse_link makes one"
    raise ComputeTargetException(
        "which linked service?",
        where=f"%synapse_attach {name}",
        hint=f"--linked-service NAME; there are: {known}",
    )
