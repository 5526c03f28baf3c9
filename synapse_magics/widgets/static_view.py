"""A run as it is now, as HTML and as text: what is shown where no widget can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.widgets.render_run import render_run, render_text
from synapse_magics.widgets.run_source import read_log
from synapse_magics.widgets.step_details import DetailReader

if TYPE_CHECKING:
    from synapse_magics.widgets.run_source import RunSource


def static_view(source: RunSource) -> tuple[str, str]:
    """Return a run as HTML and as text, both from one reading.

    Parameters
    ----------
    source : RunSource

    Returns
    -------
    tuple of str
    """
    state = source.state()
    log = read_log(source, state)
    details = DetailReader(source).for_twin(state)
    return render_run(state, log.text, log.title, details), render_text(state)
