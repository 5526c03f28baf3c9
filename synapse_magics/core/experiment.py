"""Experiments: the names under which runs are kept together."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core._html import row_table
from synapse_magics.core.exceptions import (
    NotSupportedError,
    ServiceException,
    UserErrorException,
    unsupported,
    unsupported_rest,
)
from synapse_magics.core.run import Run
from synapse_magics.core.run_tree import Wanted, has_all

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterator, Mapping

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

_KIND = "experiment"
_VIEWS = {"ActiveOnly": (False,), "ArchivedOnly": (True,), "All": (False, True)}


class Experiment:
    """An experiment; it is made when it is first named.

    Parameters
    ----------
    workspace : Workspace
    name : str
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        _skip_name_validation: bool = False,
        _id: str | None = None,
        _archived_time: object = None,
        _create_in_cloud: bool = True,
        _experiment_dto: object = None,
        **kwargs: Any,
    ) -> None:
        # Azure ML's own code passes these; whoever gives them asks for nothing.
        del _skip_name_validation, _id, _archived_time, _create_in_cloud, _experiment_dto
        unsupported_rest(f"Experiment {name}", "leave it out", kwargs)
        self.workspace = workspace
        self.name = names.check_experiment(name)
        if workspace.store.registry.get(_KIND, name) is None:
            workspace.store.registry.save(_KIND, name, {})

    @staticmethod
    def list(
        workspace: Workspace,
        experiment_name: str | None = None,
        view_type: str = "ActiveOnly",
        tags: Wanted = None,
    ) -> builtins.list[Experiment]:
        """Return the experiments of a workspace, by name.

        Parameters
        ----------
        workspace : Workspace
        experiment_name : str, optional
            Only the one of this name.
        view_type : str
            ``ActiveOnly``, ``ArchivedOnly`` or ``All``.
        tags : str or mapping, optional
            Only experiments that have the key, or all of these keys with these values.

        Returns
        -------
        list of Experiment
        """
        if view_type not in _VIEWS:
            raise UserErrorException(
                f"{view_type} is no view type", hint=f"one of {', '.join(_VIEWS)}"
            )
        return [
            Experiment(workspace, entry.name)
            for entry in workspace.store.registry.entries(_KIND)
            if experiment_name in {None, entry.name}
            and ("archived" in entry.body) in _VIEWS[view_type]
            and (tags is None or has_all(entry.body.get("tags", {}), tags))
        ]

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Delete an experiment that has no runs.

        Parameters
        ----------
        workspace : Workspace
        experiment_id : str

        Raises
        ------
        ServiceException
            If there is none of that id.
        UserErrorException
            If it has runs.
        """
        entry = workspace.store.registry.by_id(_KIND, experiment_id)
        if entry is None:
            raise ServiceException(f"Experiment {experiment_id} not found")
        if workspace.store.runs.submitted(entry.name, limit=1):
            raise UserErrorException(
                "Only empty Experiments can be deleted. This experiment contains run(s).",
                where=f"experiment {entry.name}",
                hint="%synapse_clean removes old runs; archive() hides the experiment",
            )
        workspace.store.registry.delete(_KIND, entry.name)

    @property
    def id(self) -> str:
        """The experiment's id."""
        return self._entry.id

    @property
    def tags(self) -> dict[str, str | None]:
        """The experiment's tags."""
        return dict(self._entry.body.get("tags", {}))

    @property
    def archived_time(self) -> str | None:
        """When it was archived; None if it is not."""
        return self._entry.body.get("archived")

    def archive(self) -> None:
        """Hide the experiment in lists; its runs stay."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._change(archived=moment)

    def reactivate(self, new_name: str | None = None) -> None:
        """Show the experiment in lists again.

        Parameters
        ----------
        new_name : str, optional
            Refused if given: runs are found by their experiment's name.
        """
        unsupported("Experiment.reactivate", "leave it out", new_name=new_name)
        body = {key: value for key, value in self._entry.body.items() if key != "archived"}
        self.workspace.store.registry.put(_KIND, self.name, body)

    def tag(self, key: str, value: str | None = None) -> None:
        """Set a tag of the experiment.

        Parameters
        ----------
        key : str
        value : str, optional
        """
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags of the experiment.

        Parameters
        ----------
        tags : dict
        """
        new = {str(key): None if value is None else str(value) for key, value in tags.items()}
        self._change(tags={**self.tags, **new})

    def remove_tags(self, tags: builtins.list[str]) -> None:
        """Remove tags of the experiment.

        Parameters
        ----------
        tags : list of str
        """
        self._change(tags={key: value for key, value in self.tags.items() if key not in tags})

    def refresh(self) -> None:
        """Do nothing: tags and archival are read anew at each access."""

    def get_docs_url(self) -> str:
        """Return where this package tells of experiments."""
        return "docs/guide.md"

    def get_portal_url(self) -> str:
        """Return where the experiment can be looked at: on this machine, so it is no address."""
        return f"synapse-magics runs {self.name}"

    def submit(self, config: Any, tags: Mapping[str, Any] | None = None, **kwargs: Any) -> Run:
        """Submit something under this experiment, and return at once.

        Parameters
        ----------
        config : ScriptRunConfig, Pipeline, PublishedPipeline or PipelineEndpoint
        tags : mapping, optional
            Tags of the run.
        **kwargs
            As for the ``submit`` of a pipeline.

        Returns
        -------
        Run
            One of its own class: a ScriptRun, a PipelineRun.
        """
        texts = {str(k): None if v is None else str(v) for k, v in (tags or {}).items()}
        # What can be submitted lives above; it brings along how.
        hook = getattr(config, "_submit_to", None)
        if callable(hook):
            submitted: Run = hook(self, tags=texts, **kwargs)
            return submitted
        if not hasattr(config, "submit"):
            raise NotSupportedError(
                f"an experiment runs a ScriptRunConfig or a Pipeline, not {names.type_of(config)}"
            )
        run: Run = config.submit(self.name, **kwargs)
        run.set_tags(texts)
        return run

    def start_logging(self, *args: Any, **kwargs: Any) -> Run:
        """Begin an interactive run: this process logs to it and ends it.

        ``with experiment.start_logging() as run:`` completes it at the end, and lets it fail on an
        exception.

        Parameters
        ----------
        *args
            None are taken.
        **kwargs
            ``name`` or ``display_name``, ``run_id``, and ``snapshot_directory``: a folder to be
            stored with the run, ``None`` for none. Azure ML stores the working directory if that is
            left out; here nothing is, as ``outputs`` is not watched, which is refused.

        Returns
        -------
        Run
        """
        known = {"name", "display_name", "run_id", "snapshot_directory", "outputs"}
        strange = sorted(kwargs.keys() - known) + [repr(item) for item in args]
        if strange:
            raise NotSupportedError(
                f"{', '.join(strange)} is not supported here", where="Experiment.start_logging"
            )
        unsupported(
            "Experiment.start_logging",
            "run.upload_folder('outputs', path) keeps a folder with the run",
            outputs=kwargs.get("outputs"),
        )
        run_id = kwargs.get("run_id") or str(uuid.uuid4())
        if self.workspace.store.runs.get(run_id) is not None:
            raise UserErrorException(f"Run {run_id} exists already", where="run_id")
        name = kwargs.get("display_name") or kwargs.get("name") or ""
        self.workspace.store.runs.begin(self.name, name=name, run_id=run_id)
        run = Run(self, run_id)
        folder = kwargs.get("snapshot_directory")
        if folder is not None:
            run.take_snapshot(folder)
        return run

    def get_runs(
        self,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        tags: Wanted = None,
        properties: Wanted = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """Yield the experiment's runs, newest first.

        Parameters
        ----------
        type : str, optional
            Only runs of this type, such as ``azureml.PipelineRun``.
        tags, properties : str or mapping, optional
            Only runs that have the tag, or all of these tags with these values; likewise for
            properties.
        include_children : bool
            The runs of steps as well, after the run that they belong to.

        Yields
        ------
        Run
        """
        yield from Run.list(self, type, tags, properties, None, include_children)

    @property
    def _entry(self) -> Entry:
        entry = self.workspace.store.registry.get(_KIND, self.name)
        if entry is None:
            raise ServiceException(f"Experiment {self.name} not found")
        return entry

    def _change(self, **values: Any) -> None:
        body = {**self._entry.body, **values}
        self.workspace.store.registry.put(_KIND, self.name, body)

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"

    def _repr_html_(self) -> str:
        return row_table(
            {
                "Name": self.name,
                "Workspace": self.workspace.name,
                "Report Page": self.get_portal_url(),
                "Docs Page": self.get_docs_url(),
            }
        )
