"""What a run measures: values, lists, tables, images."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.run_tree import RunTree
from synapse_magics.runtime.context import NO_LISTS, plain_data
from synapse_magics.store import secrets
from synapse_magics.store.records import Metric
from synapse_magics.store.run_state import metric_values

if TYPE_CHECKING:
    from collections.abc import Iterable


class RunMetrics(RunTree):
    """What is logged of a run, from the notebook or from its own script."""

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Log a number or a text under a name; repeated calls make a list.

        Parameters
        ----------
        name : str
        value : int, float, bool or str
        description : str
            Accepted as in Azure ML, where it is not shown either.
        step : int, optional
            The place on the x axis of a chart.

        Raises
        ------
        UserErrorException
            If the value is a list; ``log_list`` takes those.
        """
        del description
        if isinstance(value, (list, tuple)):
            raise UserErrorException(NO_LISTS)
        self._log([Metric(str(name), plain_data(value), step)])

    def log_list(self, name: str, value: Iterable[Any], description: str = "") -> None:
        """Log each value of a list under one name.

        Parameters
        ----------
        name : str
        value : sequence
        description : str
            Accepted as in Azure ML, where it is not shown either.
        """
        del description
        self._log([Metric(str(name), plain_data(item)) for item in value])

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Log a row of named values; repeated calls build a table.

        Parameters
        ----------
        name : str
        description : str, optional
            Accepted as in Azure ML, where it is not shown either.
        **kwargs
            The row.
        """
        del description
        self._log([Metric(str(name), plain_data(kwargs))])

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """Log a table of columns.

        Parameters
        ----------
        name : str
        value : dict
            Column name to value or list.
        description : str
            Accepted as in Azure ML, where it is not shown either.
        """
        del description
        self._log([Metric(str(name), plain_data(dict(value)))])

    def log_image(
        self, name: str, path: str | None = None, plot: Any = None, description: str = ""
    ) -> None:
        """Keep an image with the run, and log where it is.

        Parameters
        ----------
        name : str
        path : str, optional
            An image file.
        plot : object, optional
            Matplotlib's ``pyplot`` or a figure: whatever has ``savefig``.
        description : str
            Accepted as in Azure ML, where it is not shown either.

        Raises
        ------
        UserErrorException
            If neither is given, or both.
        """
        del description
        if (path is None) == (plot is None):
            raise UserErrorException("log_image takes either a path or a plot", where=name)
        suffix = ".png" if path is None else Path(path).suffix
        file = f"{name}_{time.time_ns() // 1_000_000}{suffix}"
        target = self.folder.place(file)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path is None:
            plot.savefig(target)
        else:
            target.write_bytes(Path(path).read_bytes())
        where = f"aml://artifactId/ExperimentRun/dcid.{self.id}/{file}"
        self._log([Metric(str(name), where)])

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Log a confusion matrix, in Azure ML's JSON layout.

        Parameters
        ----------
        name : str
        value : str or dict
            ``{"schema_type": "confusion_matrix", "schema_version": ..., "data": ...}``
        description : str
            Accepted as in Azure ML, where it is not shown either.
        """
        del description
        self._log_artifact(name, value, "confusion_matrix")

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Log an accuracy table; see :meth:`log_confusion_matrix`."""
        del description
        self._log_artifact(name, value, "accuracy_table")

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Log residuals; see :meth:`log_confusion_matrix`."""
        del description
        self._log_artifact(name, value, "residuals")

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Log predictions; see :meth:`log_confusion_matrix`."""
        del description
        self._log_artifact(name, value, "predictions")

    def get_metrics(
        self,
        name: str | None = None,
        recursive: bool = False,
        run_type: str | None = None,
        populate: bool = False,
    ) -> dict[str, Any]:
        """Return what was logged: a value by name, a list where it was logged repeatedly.

        Parameters
        ----------
        name : str, optional
            Only that metric.
        recursive : bool
            The children's, too: a dict of them by run id.
        run_type : str, optional
            With ``recursive``, only those of runs of this type.
        populate : bool
            Ignored: no metric is kept anywhere else.

        Returns
        -------
        dict
        """
        del populate
        own = metric_values(self._metrics())
        if name is not None:
            own = {key: value for key, value in own.items() if key == name}
        if not recursive:
            return own
        nested = {self.id: own} if run_type is None or self.type == run_type else {}
        for child in self.get_children(recursive=True, type=run_type):
            nested[child.id] = child.get_metrics(name)
        return nested

    def _metrics(self) -> list[Metric]:
        work = self._work
        found = self._store.records.metrics(work.content_id)
        # What was logged of a reused step later on is its own.
        return found if work.source_id is None else [*found, *self._store.records.metrics(work.id)]

    def _log(self, metrics: list[Metric]) -> None:
        known = secrets.secret_values(os.environ, secrets.declared(self._store.registry))
        masked = [
            Metric(secrets.mask(item.name, known), secrets.mask_all(item.value, known), item.step)
            for item in metrics
        ]
        self._store.records.add_metrics(self._work.id, masked)

    def _log_artifact(self, name: str, value: Any, kind: str) -> None:
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            raise UserErrorException(f"{name} is not JSON", error, where=name) from error
        if not isinstance(found, Mapping) or found.get("schema_type") != kind:
            raise UserErrorException(
                f"{name} has to be JSON of the schema type {kind}",
                where=name,
                hint=f"{{'schema_type': {kind!r}, 'schema_version': ..., 'data': {{...}}}}",
            )
        self._log([Metric(str(name), plain_data(dict(found)))])
