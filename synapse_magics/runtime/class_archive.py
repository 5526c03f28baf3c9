"""Start the JVM of a step from an archive of Spark's classes, which takes about half the time.

A JVM takes an archive only if its class path is that of the archive, and no folder in that may hold
anything. Spark has its configuration folder there; so the configuration is named in another way.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = "SYNAPSE_MAGICS_ARCHIVE_FOLDER"
"""By which the process of a step is told of an archive."""

BASE, TOP, EMPTY = "java.jsa", "spark.jsa", "conf"
"""In the folder of an archive: what Java itself comes with as a rule, Spark's classes, nothing."""

PROPERTIES = "spark-defaults.conf"

_OPTIONS, _ARGUMENTS, _CONF = "SPARK_SUBMIT_OPTS", "PYSPARK_SUBMIT_ARGS", "SPARK_CONF_DIR"


def java_options(archive: Path, conf: Path) -> str:
    """Return what a JVM is told to take an archive, as ``spark-submit`` reads it from a variable.

    Parameters
    ----------
    archive : pathlib.Path
        The archive's folder.
    conf : pathlib.Path
        The configuration folder.

    Returns
    -------
    str
        With an archive that it cannot take, a JVM starts as without, and says nothing.
    """
    files = [str(archive / name) for name in (BASE, TOP) if (archive / name).is_file()]
    return options_text(
        f"-XX:SharedArchiveFile={':'.join(files)}", "-Xlog:cds*=off", log_option(conf)
    )


def log_option(conf: Path) -> str:
    """Return where the JVM finds what it logs, if its configuration folder is another one.

    Parameters
    ----------
    conf : pathlib.Path

    Returns
    -------
    str
    """
    return f"-Dlog4j2.configurationFile={conf / 'log4j2.properties'}"


def options_text(*options: str) -> str:
    """Return options as ``spark-submit`` takes them apart.

    Parameters
    ----------
    options : str

    Returns
    -------
    str
    """
    escaped = (option.replace("\\", "\\\\").replace('"', '\\"') for option in options)
    return " ".join(f'"{option}"' for option in escaped)


def variables(archive: Path, conf: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which PySpark starts a JVM from an archive.

    Parameters
    ----------
    archive, conf : pathlib.Path
    environment : mapping
        Whatever the step has set itself comes last and wins.

    Returns
    -------
    dict
    """
    options = [java_options(archive, conf), environment.get(_OPTIONS, "")]
    arguments = environment.get(_ARGUMENTS, "pyspark-shell")
    return {
        _CONF: str(archive / EMPTY),
        _OPTIONS: " ".join(filter(None, options)),
        _ARGUMENTS: f"--properties-file {shlex.quote(str(conf / PROPERTIES))} {arguments}",
    }


def install() -> None:
    """Let the Spark of this process start its JVM from the archive that a variable names."""
    folder, conf = os.environ.pop(FOLDER, None), os.environ.get(_CONF)
    if folder is None or conf is None:
        return
    from pyspark import context  # noqa: PLC0415 - heavy, and in Spark steps only

    spark: Any = context
    launch = spark.launch_gateway

    def launch_gateway(*arguments: Any, **options: Any) -> Any:
        is_told_otherwise = os.environ.get(_CONF) != conf or "PYSPARK_GATEWAY_PORT" in os.environ
        if is_told_otherwise or not Path(folder, TOP).is_file():
            return launch(*arguments, **options)
        with _environment(variables(Path(folder), Path(conf), os.environ)):
            return launch(*arguments, **options)

    spark.launch_gateway = launch_gateway


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
