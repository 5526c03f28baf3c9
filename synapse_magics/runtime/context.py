"""The ``run`` of a step: records metrics and tags in a file that the run's folder keeps."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

RUN_ID = "AZUREML_RUN_ID"
PARENT_RUN_ID = "AZUREML_ROOT_RUN_ID"
EXPERIMENT = "AZUREML_ARM_PROJECT_NAME"
INPUTS = "AZUREML_DATASET_ENVIRONMENT_VARS"
OUTPUTS = "AZUREML_DATASET_FILE_OUTPUTS"
LINKS = "AZUREML_LINK_DATASET_OUTPUTS"
RECORDS = "SYNAPSE_MAGICS_RECORDS"
ERROR = "SYNAPSE_MAGICS_ERROR"
WORKSPACE = "SYNAPSE_MAGICS_WORKSPACE"

NO_LISTS = "run.log does not support list type. Use run.log_list instead"


class RunContext:
    """Log metrics and tags from inside a step, wherever it runs.

    Everything is appended to one file of JSON lines: the one that the engine names, else
    ``records.jsonl`` in the working directory.

    Parameters
    ----------
    file : pathlib.Path, optional
        Another file to append to.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = (file or Path(os.environ.get(RECORDS) or "records.jsonl")).absolute()

    @property
    def id(self) -> str:
        """The id of the step run."""
        return os.environ.get(RUN_ID, "OfflineRun")

    @property
    def parent_id(self) -> str:
        """The id of the pipeline run."""
        return os.environ.get(PARENT_RUN_ID, self.id)

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
        TypeError
            If the value is a list; ``log_list`` takes those.
        """
        del description
        if isinstance(value, (list, tuple)):
            raise TypeError(NO_LISTS)
        self.record_metric(name, value, step)

    def record_metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Record a value, whatever it is.

        Parameters
        ----------
        name : str
        value : object
        step : int, optional
        """
        self._append({"metric": str(name), "value": plain_data(value), "step": step})

    def record_output(self, name: str, table: dict[str, Any]) -> None:
        """Record what table an output holds.

        Parameters
        ----------
        name : str
            The output.
        table : dict
            What ``describe`` of ``runtime.output_tables`` has found.
        """
        self._append({"output": str(name), "table": plain_data(table)})

    def recorded(self, position: int = 0) -> str:
        """Return what was recorded, from a position of the file on.

        Parameters
        ----------
        position : int
            In bytes.

        Returns
        -------
        str
            A JSON object per line.
        """
        if not self._file.exists():
            return ""
        return self._file.read_bytes()[position:].decode()

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log each value of a list under one name.

        Parameters
        ----------
        name : str
        value : sequence
        description : str
            Accepted as in Azure ML, where it is not shown either.
        """
        del description
        for item in value:
            self.record_metric(name, item)

    def log_row(self, name: str, description: str = "", **kwargs: Any) -> None:
        """Log a row of named values; repeated calls build a table.

        Parameters
        ----------
        name : str
        description : str
            Accepted as in Azure ML, where it is not shown either.
        **kwargs
            The row.
        """
        del description
        self.record_metric(name, kwargs)

    def log_table(self, name: str, value: dict[str, Any], description: str = "") -> None:
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
        self.record_metric(name, value)

    def tag(self, key: str, value: str | None = None) -> None:
        """Set a tag of the run.

        Parameters
        ----------
        key : str
        value : str, optional
        """
        self._append({"tag": str(key), "value": None if value is None else str(value)})

    def set_tags(self, tags: dict[str, str]) -> None:
        """Set several tags of the run.

        Parameters
        ----------
        tags : dict
        """
        for key, value in tags.items():
            self.tag(key, value)

    def upload_file(self, name: str, path_or_stream: Any) -> None:
        """Keep a file with the run.

        Parameters
        ----------
        name : str
            The name in the run, ``outputs/...`` as a rule.
        path_or_stream : str or path
        """
        # As the store's run folder has it: other names than those of its parts lie apart.
        own = Path(name).parts[:1] in {("outputs",), ("logs",)}
        root = self._file.parent if own else self._file.parent / "files"
        target = root / name
        if not target.resolve().is_relative_to(root.resolve()):
            raise ValueError(f"{name!r} leaves the run's folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path_or_stream, target)

    def flush(self, timeout_seconds: int = 300) -> None:
        """Do nothing: every call is written at once.

        Parameters
        ----------
        timeout_seconds : int
        """

    def __repr__(self) -> str:
        return f"RunContext(Id: {self.id})"

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps({**record, "time": time.time()}) + "\n"
        # One write of a whole line: readers never see half of one from us.
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


def write_error(error: dict[str, Any]) -> None:
    """Leave the exception that ends the step where the agent looks for it.

    Parameters
    ----------
    error : dict
        JSON data.
    """
    path = os.environ.get(ERROR)
    if path:
        # The engine keeps some room for this: the disk may be full.
        with contextlib.suppress(OSError):
            Path(path).with_name("reserve").unlink()
        with contextlib.suppress(OSError):
            Path(path).write_text(json.dumps(error), encoding="utf-8")


def plain_data(value: Any) -> Any:
    """Return a value as JSON data: NumPy scalars as numbers, unknown objects as text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain_data(item) for item in value]
    for method in ("item", "tolist"):  # NumPy and pandas, without importing them
        if hasattr(value, method):
            try:
                return plain_data(getattr(value, method)())
            except (TypeError, ValueError):
                continue
    return str(value)
