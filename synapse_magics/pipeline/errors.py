"""What can be wrong with a step or a pipeline."""

from __future__ import annotations

from synapse_magics._errors import SynapseMagicsError


class PipelineError(SynapseMagicsError, ValueError):
    """A step or a pipeline cannot be made as it was asked for.

    A ``ValueError`` as well, because Azure ML raises those here.
    """


class StepDefinitionError(PipelineError):
    """A cell cannot be a step."""
