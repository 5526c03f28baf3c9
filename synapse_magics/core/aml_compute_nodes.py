"""What runs on an AmlCompute: its nodes are the steps that are under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synapse_magics.core.run import Run
    from synapse_magics.core.workspace import Workspace


class AmlComputeNodes:
    """The nodes of an AmlCompute."""

    name: str
    workspace: Workspace

    def get_active_runs(
        self,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        tags: str | Mapping[str, str | None] | None = None,
        properties: str | Mapping[str, str | None] | None = None,
        status: str | None = None,
    ) -> Iterator[Run]:
        """Yield the runs of steps that are under way on it.

        Parameters
        ----------
        type : str, optional
            Only runs of this type, such as ``azureml.StepRun``.
        tags, properties : str or mapping, optional
            Only runs that have the tag, or all of these tags with these values; likewise for
            properties.
        status : str, optional
            Only runs in this status.

        Yields
        ------
        Run
        """
        from synapse_magics.core.run import Run  # noqa: PLC0415 - a cycle otherwise

        for record in self.workspace.store.runs.active():
            if record.step.compute != self.name:
                continue
            run = Run.get(self.workspace, record.id)
            wanted = type in {None, run.type} and status in {None, run.status}
            if wanted and _has_all(run.tags, tags) and _has_all(run.properties, properties):
                yield run

    def list_nodes(self) -> list[dict[str, Any]]:
        """Return a node for each step that runs.

        Returns
        -------
        list of dict
        """
        active = [
            record
            for record in self.workspace.store.runs.active()
            if record.step.compute == self.name
        ]
        return [
            {
                "nodeId": f"{self.name}_{number}",
                "port": None,
                "publicIpAddress": None,
                "privateIpAddress": None,
                "nodeState": "running",
                "runId": record.id,
            }
            for number, record in enumerate(active)
        ]

    @staticmethod
    def supported_vmsizes(
        workspace: Workspace, location: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the one machine that there is: this one.

        Parameters
        ----------
        workspace : Workspace
        location : str, optional
            Ignored.

        Returns
        -------
        list of dict
        """
        import psutil  # noqa: PLC0415 - only here

        del location
        disk = psutil.disk_usage(str(workspace.folder))
        return [
            {
                "name": "local",
                "vCPUs": psutil.cpu_count() or 1,
                "gpus": 0,
                "memoryGB": round(psutil.virtual_memory().total / 2**30, 1),
                "maxResourceVolumeMB": disk.total // 2**20,
            }
        ]


def _has_all(
    found: Mapping[str, str | None], wanted: str | Mapping[str, str | None] | None
) -> bool:
    if wanted is None or isinstance(wanted, str):
        return wanted is None or wanted in found
    return all(key in found and found[key] == value for key, value in wanted.items())
