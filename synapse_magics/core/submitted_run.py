"""The run that a step's script finds itself in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset import Dataset
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.link_output import output_datasets
from synapse_magics.core.workspace import Workspace
from synapse_magics.runtime.context import EXPERIMENT, INPUTS, RunContext

if TYPE_CHECKING:
    from synapse_magics.core.model import Model
    from synapse_magics.core.run import Run


class SubmittedRun(RunContext):
    """The run of this process, with the workspace that it belongs to.

    It records like every step's ``run``; the workspace is found from the working directory upwards.
    """

    @property
    def experiment(self) -> Experiment:
        """The experiment; its ``workspace`` is the one that the run was submitted to."""
        if EXPERIMENT not in os.environ:
            raise UserErrorException("this process is not a step of a run, so it has no experiment")
        return Experiment(Workspace.from_config(), os.environ[EXPERIMENT])

    @property
    def parent(self) -> Run:
        """The pipeline run."""
        from synapse_magics.core.run import Run  # noqa: PLC0415 - a cycle otherwise

        return Run.get(self.experiment.workspace, self.parent_id)

    @property
    def input_datasets(self) -> dict[str, Any]:
        """The inputs by name: a dataset for mode ``direct``, else the path or address."""
        found: dict[str, Any] = {}
        for item in filter(None, os.environ.get(INPUTS, "").split(",")):
            name, mode = item.split(":")
            value = os.environ[name]
            direct = mode == "direct"
            found[name] = Dataset.get_by_id(self.experiment.workspace, value) if direct else value
        return found

    def register_model(
        self, model_name: str, model_path: str | None = None, **kwargs: Any
    ) -> Model:
        """Register a file or a folder of the run's ``outputs/`` as a model.

        The parameters are those of :func:`synapse_magics.core.model.register_from_run`.

        Returns
        -------
        Model
        """
        from synapse_magics.core.model import register_from_run  # noqa: PLC0415 - on demand

        return register_from_run(self, model_name, model_path, **kwargs)

    def get_secret(self, name: str) -> str | None:
        """Return a secret of the workspace's keyvault, None if there is none of that name.

        Parameters
        ----------
        name : str

        Returns
        -------
        str or None
        """
        return self.experiment.workspace.get_default_keyvault().get_secret(name)

    def get_secrets(self, secrets: list[str]) -> dict[str, str | None]:
        """Return several secrets of the workspace's keyvault by name; what is missing is None.

        Parameters
        ----------
        secrets : list of str
            Names.

        Returns
        -------
        dict
        """
        return self.experiment.workspace.get_default_keyvault().get_secrets(secrets)

    @property
    def output_datasets(self) -> dict[str, Any]:
        """The outputs by name: a path or address, or what links one to a dataset."""
        return output_datasets()
