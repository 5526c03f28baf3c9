"""Spark steps on this machine: each its own Python process, JVM and SparkContext."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.engines.base import EngineError, StepJob, register
from synapse_magics.engines.java import find_java_home
from synapse_magics.engines.local_process import LocalProcess
from synapse_magics.engines.mapped_spark import mapped_conf
from synapse_magics.engines.python_process import step_argv, step_environment
from synapse_magics.runtime.mapped_addresses import MAPS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK = "127.0.0.1"

# Settings of another Spark on this machine must not leak into the embedded one; with the port of
# somebody's gateway, or the address of a Spark Connect server, it would be no Spark of ours at all.
_NOT_OURS = ("PYSPARK_", "SPARK_", "HADOOP_CONF_DIR")

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
# Said after ten seconds of every driver on a recent Java; there is nothing to do about it.
logger.gc.name = org.apache.spark.metrics.GarbageCollectionMetrics
logger.gc.level = error
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
    conf = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": _LOOPBACK,
        "spark.driver.host": _LOOPBACK,
        # Other users of this machine can reach its ports, too; Spark makes up a secret by itself.
        "spark.authenticate": "true",
        # Without checksums, as runtime.plain_files does for all but the state of streams.
        "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        # A handful of partitions is plenty for the data of one machine.
        "spark.sql.shuffle.partitions": "8",
        **mapped_conf(json.loads(job.environment.get(MAPS, "{}"))),
        **dict(job.compute.get("spark_conf", {})),
        **job.spark_conf,
        "spark.master": job.compute["master"],
    }
    # Only YARN reads where Azure ML puts a step's jars.
    jars = [conf.pop("spark.yarn.dist.jars", ""), conf.get("spark.jars", "")]
    return {**conf, "spark.jars": ",".join(filter(None, jars))} if any(jars) else conf


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
    lines = [f"{_escape_key(key)}={_escape(value)}\n" for key, value in sorted(conf.items())]
    (folder / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
    (folder / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")


def _escape_key(key: str) -> str:
    # A colon ends a key: that of a host's port, say.
    return _escape(key).replace(":", "\\:").replace("=", "\\=").replace(" ", "\\ ")


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
    environment = {
        name: value
        for name, value in step_environment(job).items()
        if name in job.environment or not name.startswith(_NOT_OURS)
    }
    if "spark.local.dir" not in local_conf(job):
        # The variable, because Spark warns about the setting in every log.
        environment["SPARK_LOCAL_DIRS"] = str(job.folder.path / "scratch")
    home = Path(pyspark.origin).parent
    if job.python is not None:
        # The jars are the pool's, so the PySpark has to be, whatever the step's own environment
        # has. Workers get it in the same way.
        archives = map(str, sorted((home / "python" / "lib").glob("*.zip")))
        environment["PYTHONPATH"] = os.pathsep.join([*archives, environment["PYTHONPATH"]])
    return {
        **environment,
        "JAVA_HOME": str(find_java_home()),
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(conf_folder),
        "SPARK_LOCAL_IP": _LOOPBACK,
        "PYSPARK_PYTHON": job.python or sys.executable,
        "PYSPARK_DRIVER_PYTHON": job.python or sys.executable,
    }


class LocalSpark(LocalProcess):
    """Run each Spark step in a driver of its own on this machine.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    """

    name = "local_spark"

    def command(self, job: StepJob) -> tuple[list[str], dict[str, str]]:
        """Return the command line and the environment of a job; write its configuration.

        Parameters
        ----------
        job : StepJob

        Returns
        -------
        tuple
        """
        conf_folder = job.folder.path / "conf"
        write_conf(conf_folder, local_conf(job))
        return step_argv(job), spark_environment(job, conf_folder)


register(LocalSpark.name, LocalSpark)
