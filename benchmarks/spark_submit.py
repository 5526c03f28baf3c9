"""Plain ``spark-submit``, with the settings that our local pool has."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.environments import plain_environment
from benchmarks.rounds import check
from synapse_magics.runtime.java import find_java_home

_SETTINGS = """\
spark.master local[*]
spark.driver.memory 1g
spark.driver.bindAddress 127.0.0.1
spark.driver.host 127.0.0.1
spark.ui.enabled false
spark.ui.showConsoleProgress false
spark.sql.shuffle.partitions 8
"""


def spark_home() -> Path:
    """Return where PySpark keeps its Spark."""
    found = find_spec("pyspark")
    check(found is not None and found.origin is not None, "PySpark is installed")
    assert found is not None  # noqa: S101 - checked
    return Path(str(found.origin)).parent


def spark_environment() -> dict[str, str]:
    """Return the environment of ``spark-submit`` with this Python and our Java."""
    return plain_environment(
        JAVA_HOME=str(find_java_home()),
        SPARK_HOME=str(spark_home()),
        SPARK_LOCAL_IP="127.0.0.1",
        PYSPARK_PYTHON=sys.executable,
        PYSPARK_DRIVER_PYTHON=sys.executable,
    )


def write_settings(folder: Path) -> Path:
    """Write the settings as a properties file.

    Parameters
    ----------
    folder : pathlib.Path
    """
    file = folder / "spark.properties"
    file.write_text(_SETTINGS, encoding="utf-8")
    return file


def spark_submit(script: Path, *arguments: str) -> list[str]:
    """Return the command line for a script; the settings are beside it.

    Parameters
    ----------
    script : pathlib.Path
    *arguments : str
    """
    program = str(spark_home() / "bin" / "spark-submit")
    settings = write_settings(script.parent)
    return [program, "--properties-file", str(settings), str(script), *arguments]
