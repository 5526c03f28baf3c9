"""The Spark of a session's driver: its start, its jobs, its JVM."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.session_scala import ScalaStatements

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JVM_SECONDS = 1.0
_CALM_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_QUIET_LOOKS = 2


def start_spark(log: Path) -> tuple[SparkSession, ScalaStatements]:
    """Start Spark; the JVM's log goes to a file, the Python process's errors do not.

    Parameters
    ----------
    log : pathlib.Path

    Returns
    -------
    tuple of pyspark.sql.SparkSession and ScalaStatements
    """
    from pyspark import SparkContext  # noqa: PLC0415 - the failure is to be told
    from pyspark.sql import SparkSession  # noqa: PLC0415

    sys.stderr.flush()
    own = os.dup(2)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        SparkContext._ensure_initialized()  # noqa: SLF001 - the JVM, and no context yet
        scala = ScalaStatements(SparkContext._jvm)  # noqa: SLF001
        spark = SparkSession.builder.getOrCreate()
        scala.bind(spark)
        return spark, scala
    finally:
        sys.stderr.flush()
        os.dup2(own, 2)
        os.close(own)


def predefined_names(spark: SparkSession) -> dict[str, object]:
    """Return what every statement finds, as in a Livy session.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession

    Returns
    -------
    dict
    """
    from pyspark.sql import SQLContext  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated
        context = SQLContext(spark.sparkContext, spark)
    return {"spark": spark, "sc": spark.sparkContext, "sqlContext": context}


def cancel_jobs() -> None:
    """Cancel the jobs of the Spark context that there is."""
    from pyspark import SparkContext  # noqa: PLC0415

    context = SparkContext._active_spark_context  # noqa: SLF001 - as its own handler does
    if context is not None:
        with contextlib.suppress(Exception):
            context.cancelAllJobs()


def jvm_thread() -> Any:
    """Return the thread of the JVM that does what this thread asks for; None without a JVM."""
    from pyspark import SparkContext  # noqa: PLC0415

    jvm: Any = SparkContext._jvm  # noqa: SLF001 - there is no other way
    try:
        return jvm.java.lang.Thread.currentThread()
    except Exception:  # noqa: BLE001 - whatever a broken connection raises
        return None


def calm_down(thread: Any) -> None:
    """Cancel jobs until an interrupted statement starts no more.

    The interrupt leaves the thread of the JVM alone, which may be about to start a job.

    Parameters
    ----------
    thread
        That thread, as `jvm_thread` returned it before the statement.
    """
    deadline, quiet = time.monotonic() + _CALM_SECONDS, 0
    while quiet < _QUIET_LOOKS and time.monotonic() < deadline:
        cancel_jobs()
        quiet = quiet + 1 if _is_quiet(thread) else 0
        time.sleep(_LOOK_SECONDS)


def _is_quiet(thread: Any) -> bool:
    from pyspark import SparkContext  # noqa: PLC0415

    context = SparkContext._active_spark_context  # noqa: SLF001
    try:
        # A broken connection is replaced by one with a thread of its own, and the old one ends.
        is_over = thread is None or thread.equals(jvm_thread()) or not thread.isAlive()
        return is_over and not (context and context.statusTracker().getActiveJobsIds())
    except Exception:  # noqa: BLE001 - the JVM is gone
        return True


def is_java_gone() -> bool:
    """Tell whether the JVM has ended; without it no statement can succeed any more."""
    from pyspark import SparkContext  # noqa: PLC0415

    process = getattr(SparkContext._gateway, "proc", None)  # noqa: SLF001 - there is no other way
    if process is None:
        return False
    deadline = time.monotonic() + _JVM_SECONDS
    while process.poll() is None:
        # One that dies breaks the connection first, and one that lives answers.
        if _answers(SparkContext) or time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _answers(context: Any) -> bool:
    try:
        context._jvm.java.lang.System.nanoTime()  # noqa: SLF001
    except Exception:  # noqa: BLE001 - whatever a broken connection raises
        return False
    return True


class _NotOfPy4j(logging.Filter):
    """Leave out what py4j logs about a connection that an interrupt has broken."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "py4j" not in Path(record.pathname).parts


def quieten_py4j() -> None:
    """Have py4j say nothing about the connections that interrupts break."""
    for name in ("", "py4j.clientserver", "py4j.java_gateway"):
        logging.getLogger(name).addFilter(_NotOfPy4j())
