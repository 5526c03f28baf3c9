"""What an environment is made of."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from synapse_magics.core.environment_sections import DockerSection, PythonSection, SparkSection
from synapse_magics.core.exceptions import unsupported_rest
from synapse_magics.store.requirements import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self


DEFAULT_VARIABLES: Final = MappingProxyType({"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"})
"""What Azure ML sets where nobody says anything else, a run configuration or a step."""


class EnvironmentContent:
    """The content of an environment.

    Parameters
    ----------
    name : str
    **kwargs
        Azure ML's own; any other is refused.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        unsupported_rest(f"Environment {name}", "set it as an attribute", kwargs)
        if not isinstance(name, str):
            raise TypeError(f"the name of an environment is a str, not {type(name).__name__}")
        self.name = name
        self.version: str | None = None
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = SparkSection()
        self.environment_variables: dict[str, str] = dict(DEFAULT_VARIABLES)
        self.inferencing_stack_version: str | None = None

    def body(self) -> dict[str, Any]:
        """Return what a version of the environment is, as JSON data.

        Returns
        -------
        dict
        """
        return {
            "docker": self.docker.to_dict(),
            "environmentVariables": dict(self.environment_variables),
            "inferencingStackVersion": self.inferencing_stack_version,
            "python": self.python.to_dict(),
            "spark": self.spark.to_dict(),
        }

    @classmethod
    def from_body(cls, name: str, body: Mapping[str, Any]) -> Self:
        """Make an environment of what :meth:`body` returned.

        Parameters
        ----------
        name : str
        body : mapping

        Returns
        -------
        Environment
        """
        made = cls(name)
        made.docker = DockerSection.from_dict(body.get("docker") or {})
        made.python = PythonSection.from_dict(body.get("python") or {})
        made.spark = SparkSection.from_dict(body.get("spark") or {})
        made.environment_variables = dict(body.get("environmentVariables") or {})
        made.inferencing_stack_version = body.get("inferencingStackVersion")
        return made

    def __repr__(self) -> str:
        body = {"name": self.name, "version": self.version, **self.body()}
        return masked(json.dumps(body, indent=4, sort_keys=True))
