"""The size of a Spark step, checked and as Spark configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from synapse_magics.pipeline.errors import PipelineError

_MEMORY = re.compile(r"([1-9][0-9]*)([kmgt])b?", re.IGNORECASE)
_KILOBYTES = {"k": 1, "m": 2**10, "g": 2**20, "t": 2**30}
_LEAST_DRIVER = 512 * _KILOBYTES["m"]  # below, Spark does not start
_MEMORIES = ("spark.driver.memory", "spark.executor.memory")
_APPENDED = ("spark.submit.pyFiles", "spark.files", "spark.yarn.dist.jars")


def configuration(
    app_name: str,
    where: str,
    *,
    driver_memory: str,
    driver_cores: int,
    executor_memory: str,
    executor_cores: int,
    num_executors: int,
    conf: Mapping[str, Any] | None = None,
    py_files: str | Sequence[str] | None = None,
    jars: str | Sequence[str] | None = None,
    files: str | Sequence[str] | None = None,
) -> dict[str, str]:
    """Return the Spark configuration of a step.

    Parameters
    ----------
    app_name : str
    where : str
        What a person calls the step.
    driver_memory, executor_memory : str
    driver_cores, executor_cores, num_executors : int
    conf : mapping, optional
    py_files, jars, files : str or sequence of str, optional

    Returns
    -------
    dict

    Raises
    ------
    PipelineError
        If a size is none, or ``conf`` says something else than another argument.
    """
    found = {
        "spark.app.name": app_name,
        "spark.yarn.maxAppAttempts": "1",
        "spark.driver.memory": memory("driver_memory", driver_memory, where, _LEAST_DRIVER),
        "spark.driver.cores": count("driver_cores", driver_cores, where),
        "spark.executor.memory": memory("executor_memory", executor_memory, where),
        "spark.executor.cores": count("executor_cores", executor_cores, where),
        "spark.executor.instances": count("num_executors", num_executors, where),
        **_paths("spark.submit.pyFiles", "py_files", py_files, where),
        **_paths("spark.yarn.dist.jars", "jars", jars, where),
        **_paths("spark.files", "files", files, where),
    }
    if conf is not None and not isinstance(conf, Mapping):
        raise PipelineError("conf should be dict", where=where)
    for key, given in (conf or {}).items():
        value = str(given).lower() if isinstance(given, bool) else str(given)
        if key in _MEMORIES:
            value = memory(key, value, where)
        if key in _APPENDED and key in found:
            found[key] = f"{found[key]},{value}"
        elif key in found and key != "spark.yarn.maxAppAttempts" and found[key] != value:
            raise PipelineError(
                f"The values of the paramater {key} have conflict",  # Azure ML's spelling
                where=where,
                hint=f"{found[key]} and {value}: say it once",
            )
        else:
            found[key] = value
    return found


def memory(name: str, value: Any, where: str, least: int = 1) -> str:
    """Return an amount of memory as Java understands it, or refuse it with the accepted form."""
    if not value:
        raise PipelineError(f"{name} is required", where=where)
    if not isinstance(value, str):
        raise PipelineError(f"{name} must be a string", where=where, hint="such as '2g'")
    found = _MEMORY.fullmatch(value)
    if found is None:
        raise PipelineError(
            f"{name} {value!r} is not an amount of memory",
            where=where,
            hint="a whole number and a unit, k, m, g or t: 512m, 2g",
        )
    number, unit = found[1], found[2].lower()
    if int(number) * _KILOBYTES[unit] < least:
        raise PipelineError(
            f"{name} {value!r} is too small", where=where, hint=f"at least {least // 1024}m"
        )
    return f"{number}{unit}"  # Spark knows 2gb, and Java's -Xmx does not


def count(name: str, value: Any, where: str) -> str:
    """Return a number of cores or executors, or refuse it with the accepted form."""
    if value is None:
        raise PipelineError(f"{name} is required", where=where)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PipelineError(f"{name} must be a integer", where=where)
    if value < 1:
        raise PipelineError(
            f"{name} {value} is too small", where=where, hint="a whole number, 1 or more"
        )
    return str(value)


def _paths(key: str, name: str, value: str | Sequence[str] | None, where: str) -> dict[str, str]:
    if value is None:
        return {}
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise PipelineError(f"{name} should be str of [str]", where=where)
    return {key: ",".join(items)}
