"""Spark steps on this machine: each its own Python process, JVM and SparkContext."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.engines import process
from synapse_magics.engines.base import EngineError, JobHandle, JobState, StepJob, register
from synapse_magics.engines.java import find_java_home
from synapse_magics.engines.python_process import step_argv, step_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LOOPBACK = "127.0.0.1"

# Settings of another Spark on this machine must not leak into the embedded one.
_NOT_OURS = ("PYSPARK_SUBMIT_ARGS", "SPARK_DIST_CLASSPATH", "HADOOP_CONF_DIR", "SPARK_LOCAL_DIRS")

_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n%ex
# Said at every start on every machine without Hadoop's native library; of no use to anybody.
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
"""


def local_conf(job: StepJob) -> dict[str, str]:
    """Return the Spark configuration of a job on this machine.

    The step's own settings come last and win, apart from the master, which is the pool's.

    Parameters
    ----------
    job : StepJob

    Returns
    -------
    dict
    """
    scratch = job.folder.path / "scratch"
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": _LOOPBACK,
        "spark.driver.host": _LOOPBACK,
        # Without checksums: no hidden .crc files beside the data.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        # A handful of partitions is plenty for the data of one machine.
        "spark.sql.shuffle.partitions": "8",
        **dict(job.compute.get("spark_conf", {})),
        **job.spark_conf,
        "spark.master": job.compute["master"],
    }


def write_conf(folder: Path, conf: Mapping[str, str]) -> None:
    """Write a Spark configuration folder.

    A file instead of a command line: values may hold blanks and quotes, and Spark reads the
    driver's memory from it before it starts the JVM.

    Parameters
    ----------
    folder : pathlib.Path
    conf : mapping
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [f"{key}={_escape(value)}\n" for key, value in sorted(conf.items())]
    (folder / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
    (folder / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")


def _escape(value: str) -> str:
    # The file is a Java properties file.
    return value.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


def spark_environment(job: StepJob, conf_folder: Path) -> dict[str, str]:
    """Return the environment of a Spark driver on this machine.

    Parameters
    ----------
    job : StepJob
    conf_folder : pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    EngineError
        If there is no Java that Spark supports, or no PySpark.
    """
    pyspark = find_spec("pyspark")
    if pyspark is None or pyspark.origin is None:
        raise EngineError("PySpark is not installed", hint="pip install 'pyspark>=3.5,<3.6'")
    environment = step_environment(job)
    for name in _NOT_OURS:
        environment.pop(name, None)
    if "spark.local.dir" not in local_conf(job):
        # The variable, because Spark warns about the setting in every log.
        environment["SPARK_LOCAL_DIRS"] = str(job.folder.path / "scratch")
    return {
        **environment,
        "JAVA_HOME": str(find_java_home()),
        "SPARK_HOME": str(Path(pyspark.origin).parent),
        "SPARK_CONF_DIR": str(conf_folder),
        "SPARK_LOCAL_IP": _LOOPBACK,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }


class LocalSpark:
    """Run each Spark step in a driver of its own on this machine.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    """

    name = "local_spark"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, job: StepJob, record: Callable[[JobHandle], None]) -> JobHandle:
        """Start a job, see :class:`~synapse_magics.engines.base.Engine`."""
        conf_folder = job.folder.path / "conf"
        write_conf(conf_folder, local_conf(job))
        environment = spark_environment(job, conf_folder)
        return process.start(job, self._folder, step_argv(job), environment, record)

    def poll(self, handle: JobHandle) -> JobState:
        """Tell the state of a job."""
        return process.poll(handle, self._folder)

    def cancel(self, handle: JobHandle) -> None:
        """End a job with everything that it started."""
        process.cancel(handle)

    def fetch_logs(self, handle: JobHandle) -> None:
        """Do nothing: the job writes its logs itself."""


register(LocalSpark.name, LocalSpark)
