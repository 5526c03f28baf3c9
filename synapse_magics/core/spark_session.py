"""The Spark session of a notebook's own process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.runtime import java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def spark_session() -> SparkSession:
    """Return the process's Spark session; one on this machine is started if there is none.

    Returns
    -------
    pyspark.sql.SparkSession

    Raises
    ------
    UserErrorException
        If there is no Java runtime that Spark supports.
    """
    from pyspark import SparkContext  # noqa: PLC0415 - heavy
    from pyspark.sql import SparkSession  # noqa: PLC0415

    # In a step the configuration folder says all; where there is a context, it is too late.
    if SparkContext._active_spark_context is not None or "SPARK_CONF_DIR" in os.environ:  # noqa: SLF001 - there is no other way to ask
        return SparkSession.builder.getOrCreate()
    try:
        # PySpark itself knows JAVA_HOME and PATH only, and takes a Java of any version.
        os.environ["JAVA_HOME"] = str(java.find_java_home())
    except java.JavaNotFoundError as error:
        raise UserErrorException(str(error), hint=java.INSTALL) from error
    builder: SparkSession.Builder = SparkSession.builder
    settings = {
        "spark.master": "local[*]",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "8",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
