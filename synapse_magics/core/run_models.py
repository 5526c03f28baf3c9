"""What a run gives to and gets from the workspace's models and keyvault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.run_base import RunBase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.core.abstract_dataset import AbstractDataset
    from synapse_magics.core.model import Model


class RunModels(RunBase):
    """Models that are registered from a run, and secrets that it reads."""

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: Sequence[Any] | None = None,
        sample_input_dataset: AbstractDataset | None = None,
        sample_output_dataset: AbstractDataset | None = None,
        resource_configuration: object = None,
        **kwargs: Any,
    ) -> Model:
        """Register a file or a folder of the run's ``outputs/`` as a model.

        The parameters are those of :func:`synapse_magics.core.model.register_from_run`.

        Returns
        -------
        Model
        """
        from synapse_magics.core.model import register_from_run  # noqa: PLC0415 - a cycle

        return register_from_run(
            self,
            model_name,
            model_path,
            tags,
            properties,
            model_framework,
            model_framework_version,
            description,
            datasets,
            sample_input_dataset,
            sample_output_dataset,
            resource_configuration,
            **kwargs,
        )

    def get_secret(self, name: str) -> str | None:
        """Return a secret of the workspace's keyvault, None if there is none of that name.

        Parameters
        ----------
        name : str

        Returns
        -------
        str or None
        """
        return self.workspace.get_default_keyvault().get_secret(name)

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
        return self.workspace.get_default_keyvault().get_secrets(secrets)
