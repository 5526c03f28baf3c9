"""The side of a step that gets a JVM which others have used before.

Everything that a JVM of its own would have from its start, the step's variables, its working
directory, settings given on a command line, is given to the JVM or to the processes that it starts.
Where only a fresh JVM will do, the step starts one.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PORT, SECRET = "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"

WORKER_FOLDER = "SYNAPSE_MAGICS_WORKER_FOLDER"
"""Where Python workers work; a JVM's own working directory cannot be changed."""

_FRESH = (
    *("spark.driver.memory", "spark.driver.extra", "spark.driver.default", "spark.driver.log"),
    *("spark.driver.userClass", "spark.jars", "spark.files", "spark.archives", "spark.plugins"),
    *(
        "spark.submit.py",
        "spark.yarn.dist.",
        "spark.yarn.keytab",
        "spark.kerberos.",
        "spark.local.dir",
        "spark.log4j",
    ),
    "spark.sql.catalogImplementation",
)
_STARTS_JVM = (
    *("JAVA_", "_JAVA", "JDK_JAVA_", "SPARK_", "PYSPARK_", "HADOOP_", "HIVE_", "YARN_", "KRB5"),
    *("AWS_", "AZURE_", "GOOGLE_", "TZ", "LC_", "LANG", "LD_", "MALLOC_"),
)
_OF_A_STEP = "AZURE_ML_"
_TOLD = frozenset(
    {"SPARK_CONF_DIR", "SPARK_LOCAL_DIRS", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON", PORT, SECRET}
)


def fresh_setting(conf: Iterable[tuple[str, str]]) -> str | None:
    """Return a setting that only a fresh JVM can honour, or None if there is none.

    Parameters
    ----------
    conf : iterable of tuple
        Spark settings.

    Returns
    -------
    str or None
    """
    return next(
        (key for key, value in conf if key.startswith(_FRESH) or re.search(r"\$\{", str(value))),
        None,
    )


def jvm_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a JVM or its libraries read themselves.

    Parameters
    ----------
    environment : mapping

    Returns
    -------
    dict
    """
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_STARTS_JVM) and not name.startswith(_OF_A_STEP) and name not in _TOLD
    }


def install() -> None:
    """Let the Spark of this process be that of the JVM that its variables name."""
    port, secret = os.environ.pop(PORT, None), os.environ.pop(SECRET, None)
    if port is None or secret is None:
        return
    from pyspark import context  # noqa: PLC0415 - heavy, and in Spark steps only

    spark: Any = context
    launch, started_with = spark.launch_gateway, jvm_variables(os.environ)
    state = {"lent": False}

    def launch_gateway(conf: Any = None, popen_kwargs: Any = None) -> Any:
        told = list(conf.getAll()) if conf is not None else []
        if fresh_setting(told) or jvm_variables(os.environ) != started_with:
            return launch(conf, popen_kwargs)
        os.environ.update({PORT: port, SECRET: secret})
        try:
            gateway = launch(conf, popen_kwargs)
        finally:
            del os.environ[PORT], os.environ[SECRET]
        for key, value in told:  # on a command line otherwise
            gateway.jvm.System.setProperty(key, value)
        state["lent"] = True
        return gateway

    spark.launch_gateway = launch_gateway
    _share_environment(spark.SparkContext, state)
    _name_files_whole(spark.SparkContext, state)


def _share_environment(context: Any, state: Mapping[str, bool]) -> None:
    """Give Python workers what they would inherit from a JVM that the step has started."""
    initialize = context._do_init  # noqa: SLF001 - there is no event

    def do_init(self: Any, *arguments: Any, **options: Any) -> None:
        initialize(self, *arguments, **options)
        if state["lent"]:
            self.environment = {**os.environ, WORKER_FOLDER: str(Path.cwd()), **self.environment}

    context._do_init = do_init  # noqa: SLF001


def _name_files_whole(context: Any, state: Mapping[str, bool]) -> None:
    """Name the files of a step from the root: Java looks for others in its own folder."""
    for name in ("addFile", "addPyFile", "addArchive"):
        setattr(context, name, _naming_whole(getattr(context, name), state))


def _naming_whole(call: Any, state: Mapping[str, bool]) -> Any:
    @functools.wraps(call)
    def whole(self: Any, path: str, *arguments: Any, **options: Any) -> Any:
        if state["lent"] and "://" not in path and not path.startswith("/"):
            path = os.path.abspath(path)  # noqa: PTH100 - a fragment is part of it
        return call(self, path, *arguments, **options)

    return whole
