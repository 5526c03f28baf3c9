"""Spark steps on this machine: each its own Python process, JVM and SparkContext."""

from __future__ import annotations

import json
import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.engines import process
from synapse_magics.engines.base import EngineError, StepJob, register
from synapse_magics.engines.class_archives import archive_of
from synapse_magics.engines.java import find_java_home
from synapse_magics.engines.local_process import LocalProcess
from synapse_magics.engines.mapped_spark import mapped_conf
from synapse_magics.engines.python_process import step_argv, step_environment
from synapse_magics.engines.spark_conf import write_conf
from synapse_magics.engines.warm_drivers import IDLE_SECONDS, DriverSettings, drivers
from synapse_magics.runtime.class_archive import FOLDER as ARCHIVE_FOLDER
from synapse_magics.runtime.mapped_addresses import MAPS
from synapse_magics.runtime.spark_progress import FILE as PROGRESS_FILE
from synapse_magics.runtime.spark_ui import TEMPLATE as UI_TEMPLATE
from synapse_magics.runtime.warm_spark import fresh_setting, jvm_variables

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"
_MEMORY = "spark.driver.memory"

# Settings of another Spark on this machine must not leak into the embedded one; with the port of
# somebody's gateway, or the address of a Spark Connect server, it would be no Spark of ours at all.
_NOT_OURS = ("PYSPARK_", "SPARK_", "HADOOP_CONF_DIR")

_CONF = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": _LOOPBACK,
    "spark.driver.host": _LOOPBACK,
    # Other users of this machine can reach its ports, too; Spark makes up a secret by itself.
    "spark.authenticate": "true",
    # Without checksums, as runtime.plain_files does for all but the state of streams.
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
    # A handful of partitions is plenty for the data of one machine.
    "spark.sql.shuffle.partitions": "8",
}


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
        **_CONF,
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        **mapped_conf(json.loads(job.environment.get(MAPS, "{}"))),
        **dict(job.compute.get("spark_conf", {})),
        **job.spark_conf,
        "spark.master": job.compute["master"],
    }
    # Only YARN reads where Azure ML puts a step's jars.
    jars = [conf.pop("spark.yarn.dist.jars", ""), conf.get("spark.jars", "")]
    return {**conf, "spark.jars": ",".join(filter(None, jars))} if any(jars) else conf


def spark_home() -> Path:
    """Return where PySpark and its jars are.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    EngineError
        If there is no PySpark.
    """
    pyspark = find_spec("pyspark")
    if pyspark is None or pyspark.origin is None:
        raise EngineError("PySpark is not installed", hint="pip install 'pyspark>=3.5,<3.6'")
    return Path(pyspark.origin).parent


def driver_settings(conf: Mapping[str, str]) -> DriverSettings:
    """Return what a JVM is started with for steps of a configuration.

    Parameters
    ----------
    conf : mapping

    Returns
    -------
    DriverSettings
    """
    environment = {
        name: value
        for name, value in process.interpreter_environment().items()
        if not name.startswith(_NOT_OURS)
    }
    environment |= {
        "JAVA_HOME": str(find_java_home()),
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": _LOOPBACK,
    }
    return DriverSettings(conf.get(_MEMORY, ""), tuple(sorted(environment.items())))


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
    home = spark_home()
    environment = {
        name: value
        for name, value in step_environment(job).items()
        if name in job.environment or not name.startswith(_NOT_OURS)
    }
    if UI_TEMPLATE in os.environ:
        environment.setdefault(UI_TEMPLATE, os.environ[UI_TEMPLATE])
    if "spark.local.dir" not in local_conf(job):
        # The variable, because Spark warns about the setting in every log.
        environment["SPARK_LOCAL_DIRS"] = str(job.folder.path / "scratch")
    if job.python is not None:
        # The jars are the pool's, so the PySpark has to be, whatever the step's own environment
        # has. Workers get it in the same way.
        archives = map(str, sorted((home / "python" / "lib").glob("*.zip")))
        environment["PYTHONPATH"] = os.pathsep.join([*archives, environment["PYTHONPATH"]])
    java = find_java_home()
    archive = archive_of(java, home)
    if archive is not None:
        environment[ARCHIVE_FOLDER] = str(archive)
    return {
        **environment,
        "JAVA_HOME": str(java),
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(conf_folder),
        "SPARK_LOCAL_IP": _LOOPBACK,
        PROGRESS_FILE: str(job.folder.spark),
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

    def driver(self, job: StepJob, environment: Mapping[str, str]) -> dict[str, Any] | None:
        """Return what a job's supervisor is told, see :meth:`LocalProcess.driver`."""
        conf = local_conf(job)
        settings = driver_settings(conf)
        own = _needs_fresh_jvm(conf) or _other_variable(environment, dict(settings.environment))
        if own:
            log.info("step run %s has a JVM of its own, because of %s", job.run_id, own)
            return None
        found = drivers.warm(
            settings, conf, _idle_seconds(job.compute), job.compute.get("pool", "")
        )
        return None if found is None else found.lend(conf, job.folder)

    def warm(self, compute: Mapping[str, Any]) -> None:
        """Start a driver ahead for the steps of a compute target.

        Parameters
        ----------
        compute : mapping
            Its definition.
        """
        conf = {**dict(compute.get("spark_conf", {})), "spark.master": compute["master"]}
        if not _needs_fresh_jvm(conf):
            settings = driver_settings(conf)
            pool = compute.get("pool", "")
            drivers.warm(settings, {**_CONF, **conf}, _idle_seconds(compute), pool)


def _idle_seconds(compute: Mapping[str, Any]) -> float:
    minutes = compute.get("auto_pause_minutes")
    return IDLE_SECONDS if minutes is None else 60.0 * minutes


def _needs_fresh_jvm(conf: Mapping[str, str]) -> str | None:
    # Of their memory drivers are told when they are started.
    return fresh_setting((key, value) for key, value in conf.items() if key != _MEMORY)


def _other_variable(environment: Mapping[str, str], started_with: Mapping[str, str]) -> str | None:
    mine, theirs = jvm_variables(environment), jvm_variables(started_with)
    return next((name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)), None)


register(LocalSpark.name, LocalSpark)
