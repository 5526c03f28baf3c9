"""The bars below a cell whose Spark jobs take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.spark_ui import spark_ui_link
from synapse_magics.widgets._style import ROOT, style_tag
from synapse_magics.widgets.render_spark import render_spark, render_spark_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.spark_progress import SparkProgress


class SparkBars:
    """How far the Spark jobs of a cell are, as a notebook shows it.

    Parameters
    ----------
    progress : SparkProgress
    now : float
        Seconds since the epoch.
    environment : mapping
        How a browser reaches Spark's UI.
    ended : bool
        Whether the cell has ended: one line is left, which opens.
    """

    def __init__(
        self,
        progress: SparkProgress,
        now: float,
        environment: Mapping[str, str],
        *,
        ended: bool = False,
    ) -> None:
        self._progress = progress.stopped(now) if ended else progress
        self._now, self._is_collapsed = now, ended
        self._link = spark_ui_link(self._progress.ui_url, environment)

    def __repr__(self) -> str:
        return render_spark_text(self._progress, self._now, collapsed=self._is_collapsed)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        bars = render_spark(
            self._progress, self._now, link=self._link, collapsed=self._is_collapsed
        )
        return {
            "text/html": f'<div class="{ROOT} sr-static">{style_tag()}\n{bars}\n</div>',
            "text/plain": repr(self),
        }
