"""Spark's configuration as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
