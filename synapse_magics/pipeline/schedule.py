"""Schedules: a published pipeline that is submitted again and again, by the workspace's agent."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import client
from synapse_magics.core._console import say
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.pipeline_run import PipelineRun
from synapse_magics.pipeline import scheduling
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.schedule_recurrence import ScheduleRecurrence, given
from synapse_magics.pipeline.time_zone import TimeZone
from synapse_magics.store import documents, published, schedules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.workspace import Workspace

__all__ = ["Schedule", "ScheduleRecurrence", "TimeZone"]

COMPLETED = "Completed"


class Schedule:
    """A schedule; :meth:`create` makes one, :meth:`get` finds it.

    It is carried out by the workspace's agent, which stays as long as a schedule is active. While
    the machine is off nothing is submitted; what was missed is caught up once.

    Parameters
    ----------
    workspace : Workspace
    id : str
    name, description, pipeline_id, status, recurrence, datastore_name, polling_interval
        Ignored, like the others: they are read from what is stored.
    data_path_parameter_name, continue_on_step_failure, path_on_datastore, pipeline_endpoint_id
        Ignored.
    """

    def __init__(
        self,
        workspace: Workspace,
        id: str,  # noqa: A002 - Azure ML's name
        name: object,
        description: object,
        pipeline_id: object,
        status: object,
        recurrence: object,
        datastore_name: object,
        polling_interval: object,
        data_path_parameter_name: object,
        continue_on_step_failure: object,
        path_on_datastore: object,
        _schedule_provider: object = None,
        pipeline_endpoint_id: object = None,
    ) -> None:
        del name, description, pipeline_id, status, recurrence, datastore_name, polling_interval
        del data_path_parameter_name, continue_on_step_failure, path_on_datastore
        del pipeline_endpoint_id
        self._read(workspace, id)

    def _read(self, workspace: Workspace, identity: str) -> None:
        self._workspace = workspace
        self.id = identity
        self._body: Mapping[str, Any] = scheduling.entry(workspace.store, identity).body

    @classmethod
    def _of(cls, workspace: Workspace, identity: str) -> Schedule:
        found = cls.__new__(cls)
        found._read(workspace, identity)  # noqa: SLF001 - a constructor
        return found

    # --- what there is ---

    @property
    def name(self) -> str:
        """Its name; several schedules may have the same."""
        return str(self._body["name"])

    @property
    def description(self) -> str | None:
        """What a person says of it."""
        return self._text("description")

    @property
    def status(self) -> str:
        """``Active`` or ``Disabled``."""
        return str(self._body["status"])

    @property
    def provisioning_status(self) -> str:
        """``Completed``: there is nothing to be provisioned here."""
        return COMPLETED

    @property
    def pipeline_id(self) -> str | None:
        """The published pipeline that it submits."""
        return self._text("pipeline_id")

    @property
    def pipeline_endpoint_id(self) -> str | None:
        """The pipeline endpoint whose default version it submits."""
        return self._text("pipeline_endpoint_id")

    @property
    def experiment_name(self) -> str:
        """The experiment of its runs."""
        return str(self._body["experiment_name"])

    @property
    def recurrence(self) -> ScheduleRecurrence | None:
        """How often it submits, unless it watches a datastore."""
        found = self._body["given_recurrence"]
        return None if found is None else given(found)

    @property
    def pipeline_parameters(self) -> dict[str, Any]:
        """The values of parameters in place of the defaults."""
        return dict(self._body["pipeline_parameters"])

    @property
    def datastore_name(self) -> str | None:
        """The datastore that it watches."""
        return self._text("datastore")

    @property
    def path_on_datastore(self) -> str | None:
        """The folder that it watches."""
        return self._text("path")

    @property
    def polling_interval(self) -> int | None:
        """How many minutes lie between two looks at the datastore."""
        found = self._body["polling_interval"]
        return None if found is None else int(found)

    @property
    def data_path_parameter_name(self) -> str | None:
        """The parameter that gets the changed path."""
        return self._text("data_path_parameter_name")

    @property
    def continue_on_step_failure(self) -> bool | None:
        """Whether branches that do not depend on a failed step go on."""
        found = self._body["continue_on_step_failure"]
        return None if found is None else bool(found)

    @property
    def error(self) -> str | None:
        """Why nothing was submitted the last time, if so."""
        self._reload()
        return self._text("error")

    @property
    def next_time(self) -> datetime | None:
        """When it is due next, in UTC; None if it never is."""
        self._reload()
        due = self._body["due"] if self.status == published.ACTIVE else None
        return None if due is None else datetime.fromtimestamp(due, timezone.utc)

    def _text(self, name: str) -> str | None:
        found = self._body[name]
        return None if found is None else str(found)

    def _reload(self) -> None:
        self._body = scheduling.entry(self._workspace.store, self.id).body

    # --- making and finding ---

    @staticmethod
    def create(
        workspace: Workspace,
        name: str,
        pipeline_id: str,
        experiment_name: str,
        recurrence: ScheduleRecurrence | None = None,
        description: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: AbstractDatastore | None = None,
        polling_interval: int = 5,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
    ) -> Schedule:
        """Submit a published pipeline by the clock, or when files on a datastore change.

        Parameters
        ----------
        workspace : Workspace
        name : str
        pipeline_id : str
        experiment_name : str
        recurrence : ScheduleRecurrence, optional
            Either this or ``datastore``.
        description : str, optional
        pipeline_parameters : mapping, optional
            Values in place of the defaults.
        wait_for_provisioning : bool
            Print the status; there is nothing to wait for.
        wait_timeout : int
            Ignored: there is nothing to wait for.
        datastore : AbstractDatastore, optional
            The one to watch. What lies there already starts nothing.
        polling_interval : int
            Minutes between two looks at it.
        data_path_parameter_name : str, optional
            The parameter that gets the path of a changed file, each of which starts a run of its
            own. Without it, all that has changed between two looks starts one run.
        continue_on_step_failure : bool, optional
            As it was published if missing.
        path_on_datastore : str, optional
            The folder to watch; the whole datastore if missing.

        Returns
        -------
        Schedule

        Raises
        ------
        PipelineError
            A ``ValueError``, if these do not go together.
        AgentError
            If nobody is there who would carry it out; it is recorded all the same.
        """
        del wait_timeout
        identity = scheduling.create(
            workspace.store,
            {"pipeline_id": pipeline_id, "pipeline_endpoint_id": None},
            name=name,
            experiment_name=experiment_name,
            recurrence=recurrence,
            description=description,
            pipeline_parameters=pipeline_parameters,
            datastore=datastore,
            polling_interval=polling_interval,
            data_path_parameter_name=data_path_parameter_name,
            continue_on_step_failure=continue_on_step_failure,
            path_on_datastore=path_on_datastore,
        )
        _say_status(wait_for_provisioning)
        return Schedule._of(workspace, identity)

    @staticmethod
    def create_for_pipeline_endpoint(
        workspace: Workspace,
        name: str,
        pipeline_endpoint_id: str,
        experiment_name: str,
        recurrence: ScheduleRecurrence | None = None,
        description: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: AbstractDatastore | None = None,
        polling_interval: int = 5,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
    ) -> Schedule:
        """Submit the default version of a pipeline endpoint; which one that is may change.

        Parameters
        ----------
        workspace, name, experiment_name, recurrence, description, pipeline_parameters
            As for :meth:`create`, and so are the others.
        pipeline_endpoint_id : str
        wait_for_provisioning, wait_timeout, datastore, polling_interval
            As for :meth:`create`.
        data_path_parameter_name, continue_on_step_failure, path_on_datastore
            As for :meth:`create`.

        Returns
        -------
        Schedule
        """
        del wait_timeout
        identity = scheduling.create(
            workspace.store,
            {"pipeline_id": None, "pipeline_endpoint_id": pipeline_endpoint_id},
            name=name,
            experiment_name=experiment_name,
            recurrence=recurrence,
            description=description,
            pipeline_parameters=pipeline_parameters,
            datastore=datastore,
            polling_interval=polling_interval,
            data_path_parameter_name=data_path_parameter_name,
            continue_on_step_failure=continue_on_step_failure,
            path_on_datastore=path_on_datastore,
        )
        _say_status(wait_for_provisioning)
        return Schedule._of(workspace, identity)

    @staticmethod
    def get(workspace: Workspace, id: str) -> Schedule:  # noqa: A002 - Azure ML's name
        """Return a schedule by its id.

        Raises
        ------
        ServiceException
            If there is none.
        """
        return Schedule._of(workspace, id)

    @staticmethod
    def list(
        workspace: Workspace,
        active_only: bool = True,
        pipeline_id: str | None = None,
        pipeline_endpoint_id: str | None = None,
    ) -> list[Schedule]:
        """Return the schedules of a workspace, the newest first.

        Parameters
        ----------
        workspace : Workspace
        active_only : bool
            Leave disabled ones out.
        pipeline_id, pipeline_endpoint_id : str, optional
            Only those that submit it.

        Returns
        -------
        list of Schedule
        """
        return [
            Schedule._of(workspace, entry.id)
            for entry in reversed(documents.every(workspace.store, schedules.KIND))
            if (entry.body["status"] == published.ACTIVE or not active_only)
            and pipeline_id in {None, entry.body["pipeline_id"]}
            and pipeline_endpoint_id in {None, entry.body["pipeline_endpoint_id"]}
        ]

    get_all = list  # noqa: A003 - Azure ML's names

    @staticmethod
    def get_schedules_for_pipeline_id(workspace: Workspace, pipeline_id: str) -> Any:
        """Return all schedules of a published pipeline, disabled ones as well."""
        return Schedule.list(workspace, active_only=False, pipeline_id=pipeline_id)

    @staticmethod
    def get_schedules_for_pipeline_endpoint_id(
        workspace: Workspace, pipeline_endpoint_id: str
    ) -> Any:
        """Return all schedules of a pipeline endpoint, disabled ones as well."""
        return Schedule.list(
            workspace, active_only=False, pipeline_endpoint_id=pipeline_endpoint_id
        )

    # --- changing ---

    def update(
        self,
        name: str | None = None,
        description: str | None = None,
        recurrence: ScheduleRecurrence | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        status: str | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: AbstractDatastore | None = None,
        polling_interval: int | None = None,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
    ) -> None:
        """Change what is given, and leave the rest as it is.

        Parameters
        ----------
        name, description, recurrence, pipeline_parameters
            As for :meth:`create`.
        status : str, optional
            ``Active`` or ``Disabled``.
        wait_for_provisioning, wait_timeout
            As for :meth:`create`.
        datastore, polling_interval, data_path_parameter_name
            As for :meth:`create`.
        continue_on_step_failure, path_on_datastore
            As for :meth:`create`.
        """
        del wait_timeout
        if status not in {None, published.ACTIVE, published.DISABLED}:
            raise PipelineError("status is Active or Disabled", where=repr(status))
        changes = {
            "name": name,
            "description": description,
            "recurrence": recurrence,
            "pipeline_parameters": pipeline_parameters,
            "status": status,
            "datastore": datastore,
            "polling_interval": polling_interval,
            "data_path_parameter_name": data_path_parameter_name,
            "continue_on_step_failure": continue_on_step_failure,
            "path_on_datastore": path_on_datastore,
        }
        timed = (recurrence, datastore, polling_interval, path_on_datastore)
        enabled = status == published.ACTIVE and self.status != published.ACTIVE
        self._change(changes, anew=enabled or any(item is not None for item in timed))
        _say_status(wait_for_provisioning)

    def enable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        """Carry it out from now on.

        Parameters
        ----------
        wait_for_provisioning, wait_timeout
            As for :meth:`create`.
        """
        del wait_timeout
        self._change({"status": published.ACTIVE}, anew=True)
        _say_status(wait_for_provisioning)

    def disable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        """Carry it out no longer; runs that it has submitted go on.

        Parameters
        ----------
        wait_for_provisioning, wait_timeout
            As for :meth:`create`.
        """
        del wait_timeout
        self._change({"status": published.DISABLED}, anew=False)
        _say_status(wait_for_provisioning)

    def _change(self, changes: Mapping[str, Any], *, anew: bool) -> None:
        """Change what is given; with ``anew`` its times are counted from now."""
        store = self._workspace.store

        def edit(body: dict[str, Any]) -> Mapping[str, Any]:
            body = scheduling.changed(store, body, **changes)
            return scheduling.from_now(body) if anew else body

        if anew:
            after = edit(dict(scheduling.entry(store, self.id).body))
            schedules.remember(store, self.id, scheduling.files(store, after))
        documents.change(store, schedules.KIND, self.id, edit)
        self._reload()
        if self.status == published.ACTIVE:
            client.wake(store.folder)

    # --- its runs ---

    def get_pipeline_runs(self) -> Any:
        """Return the runs that it has submitted, the newest first.

        Returns
        -------
        list of PipelineRun
        """
        return [
            PipelineRun(Experiment(self._workspace, run.experiment), run.id)
            for run in schedules.submitted(self._workspace.store, self.id)
        ]

    def get_last_pipeline_run(self) -> PipelineRun | None:
        """Return the newest of its runs, or None."""
        found = self.get_pipeline_runs()
        return found[0] if found else None

    def __repr__(self) -> str:
        what = (
            f"Pipeline Id: {self.pipeline_id}"
            if self.pipeline_id is not None
            else f"Pipeline Endpoint Id: {self.pipeline_endpoint_id}"
        )
        when = (
            f"Recurrence Details: {self.recurrence}"
            if self.recurrence is not None
            else f"Datastore: {self.datastore_name},\nPath on Datastore: {self.path_on_datastore}"
        )
        return (
            f"Pipeline(Name: {self.name},\nId: {self.id},\nStatus: {self.status},\n{what},\n{when})"
        )


def _say_status(wanted: bool) -> None:
    if wanted:
        say(f"Provisioning status: {COMPLETED}")
