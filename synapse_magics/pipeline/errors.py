"""What can be wrong with a step or a pipeline."""

from __future__ import annotations

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.core.exceptions import ComputeTargetException


class PipelineError(SynapseMagicsError, ValueError):
    """A step or a pipeline cannot be made as it was asked for.

    A ``ValueError`` as well, because Azure ML raises those here.
    """


class TargetError(PipelineError, ComputeTargetException):
    """A step's compute target is missing, or of the wrong kind."""


class StepDefinitionError(PipelineError):
    """A cell cannot be a step."""
