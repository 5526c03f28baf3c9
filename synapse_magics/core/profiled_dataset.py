"""Tabular datasets and what is in their columns; the runs in which that was looked at."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute_target import ComputeTarget
from synapse_magics.core.dataset_errors import reading
from synapse_magics.core.exceptions import AzureMLException, UserErrorException, unsupported
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.run import Run
from synapse_magics.core.time_series import TimeSeriesDataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.core.dataset_profile import DataProfile
    from synapse_magics.core.workspace import Workspace

_DATASET = "profiled_dataset_id"
"""The property of a run in which a profile was made: whose."""
_HERE = "local"
_FILE = "profile.json"


class ProfiledDataset(TimeSeriesDataset):
    """A table whose columns can be looked at."""

    def source(self) -> dict[str, Any]:
        """Return what a reader needs to read it, see :mod:`synapse_magics.runtime.readers`."""
        raise NotImplementedError

    def profile(self) -> DataProfile:
        """Look at all rows, in parts, and return what is in each column.

        Returns
        -------
        DataProfile
            It shows itself as a table.
        """
        from synapse_magics.core.dataset_profile import profile_of  # noqa: PLC0415 - on demand
        from synapse_magics.runtime.table_chunks import pandas_chunks  # noqa: PLC0415 - heavy

        with reading(self, "profile"):
            return profile_of(pandas_chunks(self.source()), self._kinds())

    def get_profile(self, workspace: Workspace | None = None) -> DataProfile:
        """Return what is in each column, as :meth:`profile` does: no run has to be submitted.

        Parameters
        ----------
        workspace : Workspace, optional
            Ignored: the dataset knows its own one.

        Returns
        -------
        DataProfile
        """
        del workspace
        return self.profile()

    def submit_profile_run(
        self,
        compute_target: str | ComputeTarget,
        experiment: Experiment,
        cache_datastore_name: str | None = None,
    ) -> DatasetProfileRun:
        """Make the profile in a run, which is over when the call returns, as in Azure ML.

        The run keeps the profile as ``profile.json``.

        Parameters
        ----------
        compute_target : str or ComputeTarget
            One of the workspace, or ``local``. The profile is made by this process in any case.
        experiment : Experiment
        cache_datastore_name : str, optional
            Refused if given: the table is read where it lies.

        Returns
        -------
        DatasetProfileRun

        Raises
        ------
        ComputeTargetException
            If there is no such compute target.
        """
        unsupported(
            "submit_profile_run",
            "leave it out: nothing is cached",
            cache_datastore_name=cache_datastore_name,
        )
        for name, value, kinds in (
            ("compute_target", compute_target, (str, ComputeTarget)),
            ("experiment", experiment, (Experiment,)),
        ):
            if not isinstance(value, kinds):
                raise UserErrorException(
                    f"{name} is {' or '.join(kind.__name__ for kind in kinds)}, "
                    f"not {type(value).__name__}",
                    where="submit_profile_run",
                )
        if isinstance(compute_target, str) and compute_target != _HERE:
            ComputeTarget(experiment.workspace, compute_target)
        with experiment.start_logging(display_name="profile") as run:
            run.add_properties({_DATASET: self.save()})
            _keep(run, self.profile())
        return DatasetProfileRun(self.workspace, self, run)

    def get_profile_runs(self, workspace: Workspace | None = None) -> Iterator[Run]:
        """Return the runs in which a profile of this dataset was made, newest first.

        Parameters
        ----------
        workspace : Workspace, optional
            Its own one if missing.

        Returns
        -------
        iterator of Run

        Raises
        ------
        AzureMLException
            If there is none.
        """
        wanted = {_DATASET: self.save()}
        found = [
            run
            for experiment in Experiment.list(workspace or self.workspace, view_type="All")
            for run in Run.list(experiment, properties=wanted)
        ]
        if not found:
            raise AzureMLException(
                "Unable to find any run information. Please submit a new profile run.",
                hint="dataset.submit_profile_run('local', experiment)",
            )
        return iter(sorted(found, key=lambda run: run.record.created, reverse=True))


class DatasetProfileRun(Run):
    """A run in which the profile of a dataset was made.

    Parameters
    ----------
    workspace : Workspace
    dataset : TabularDataset
    run : Run
    """

    def __init__(self, workspace: Workspace, dataset: ProfiledDataset, run: Run) -> None:
        del workspace
        super().__init__(run.experiment, run.id)
        self.dataset = dataset
        self.run = run

    def get_profile(self) -> DataProfile:
        """Return the profile of the dataset, as its own method does.

        Returns
        -------
        DataProfile
        """
        return self.dataset.get_profile()


def _keep(run: Run, profile: DataProfile) -> None:
    columns = {name: asdict(column) for name, column in profile.columns.items()}
    found = {"row_count": profile.row_count, "columns": columns}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, _FILE)
        # Times and what else JSON has no word for are kept as they are printed.
        file.write_text(json.dumps(found, default=str, indent=1), encoding="utf-8")
        run.upload_file(_FILE, str(file))
