"""A JVM that serves one step after the other, and is as new for each of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.engines import class_archives
from synapse_magics.runtime.warm_spark import PORT, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_START_SECONDS = 120.0
_LOOK_SECONDS = 0.02
_MORE_THREADS = 24
_OF_SPARK = (
    # They end a few seconds after their context, or belong to pools that all contexts share.
    *("rpc-", "shuffle-", "files-", "netty-", "dispatcher-", "task-result-getter", "map-output-"),
    *("Executor task launch", "QueryStageCreator-", "broadcast-exchange-", "subquery-", "driver-"),
    *("block-manager-", "dag-scheduler-", "spark-listener-group-", "Spark Context Cleaner"),
    "process reaper",
)
_MOST_OF_HEAP = 0.5
_LOCAL = "local"


class DriverError(Exception):
    """A JVM did not start, or is not what it has to be."""


class DriverJvm:
    """One JVM, from its start to its end.

    Parameters
    ----------
    folder : pathlib.Path
        Its own; ``local`` in it leads to the scratch folder of whoever has it on lease.
    out, err : int
        Where it prints to.
    properties : pathlib.Path, optional
        The file of its settings, if it is not in ``SPARK_CONF_DIR``.
    """

    def __init__(self, folder: Path, out: int, err: int, properties: Path | None = None) -> None:
        self._folder = folder
        self._local = folder / _LOCAL
        self._place = folder / "place"
        self._place.mkdir(mode=0o700)
        self._told = folder / "gateway"
        environment = {
            **{name: value for name, value in os.environ.items() if name not in _NOT_OF_WORKERS},
            "_PYSPARK_DRIVER_CONN_INFO_PATH": str(self._told),
            "SPARK_LOCAL_DIRS": str(self._local),
        }
        named = ["--properties-file", str(properties)] if properties is not None else []
        submit = str(Path(os.environ["SPARK_HOME"], "bin", "spark-submit"))
        self._process = subprocess.Popen(
            [submit, *named, "pyspark-shell"],
            cwd=self._place,
            env=environment,
            stdin=subprocess.PIPE,  # it ends when this one does
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        self._gateway: Any = None
        self._kept: Any = None
        self._threads = 0

    def connect(self, is_wanted: Callable[[], bool]) -> None:
        """Wait for the JVM, and take note of what it is like when nobody has used it.

        Parameters
        ----------
        is_wanted : callable
            Whether anybody waits.

        Raises
        ------
        DriverError
            If it does not start.
        """
        until = time.monotonic() + _START_SECONDS
        while not self._told.exists():
            if self._process.poll() is not None or time.monotonic() > until or not is_wanted():
                raise DriverError("the JVM did not start")
            time.sleep(_LOOK_SECONDS)
        content = self._told.read_bytes()
        self._told.unlink()
        self.port, size = struct.unpack_from(">ii", content)
        self.secret = content[8 : 8 + size].decode()
        # Only now: the JVM starts meanwhile.
        from pyspark.java_gateway import launch_gateway  # noqa: PLC0415

        os.environ.update({PORT: str(self.port), SECRET: self.secret})
        self._gateway = launch_gateway()  # type: ignore[no-untyped-call]
        del os.environ[PORT], os.environ[SECRET]
        self._kept = self._jvm.java.util.Properties()
        self._kept.putAll(self._jvm.System.getProperties())
        for key in [key for key in self._kept if key.startswith("spark.")]:
            if key not in _OF_A_START:
                self._kept.remove(key)
        self._zone = self._jvm.java.util.TimeZone.getDefault()
        self._locale = self._jvm.java.util.Locale.getDefault()
        self._streams = self._jvm.System.out, self._jvm.System.err
        self._threads = len(self._threads_of_others())

    @property
    def _jvm(self) -> Any:
        return self._gateway.jvm

    @property
    def pid(self) -> int:
        """The JVM's process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the JVM runs."""
        return self._process.poll() is None

    def warm_up(self, conf: Mapping[str, str], is_free: Callable[[], bool]) -> None:
        """Do what most steps do, so that the JVM has loaded and compiled what that takes.

        Parameters
        ----------
        conf : mapping
            Settings such as steps have.
        is_free : callable
            Whether nobody waits for the JVM: the rest is left undone then.
        """
        scratch = self._folder / "scratch"
        scratch.mkdir(mode=0o700, exist_ok=True)
        self.prepare(
            {**conf, "spark.sql.warehouse.dir": str(scratch / "warehouse")}, scratch, scratch
        )
        if not is_free():
            return
        from pyspark import SparkContext  # noqa: PLC0415 - see above
        from pyspark.sql import SparkSession  # noqa: PLC0415 - see above

        SparkContext._ensure_initialized(gateway=self._gateway)  # noqa: SLF001 - no other way
        spark = SparkSession.builder.getOrCreate()
        try:
            table, place = spark.range(200).selectExpr("id", "id % 7 AS k"), str(scratch / "table")
            for work in (
                lambda: table.groupBy("k").count().collect(),
                lambda: table.write.csv(place, header=True, mode="overwrite"),
                lambda: spark.read.csv(place, header=True, inferSchema=True).toPandas(),
                lambda: table.write.parquet(place, mode="overwrite"),
                lambda: spark.read.parquet(place).orderBy("k").limit(3).toPandas(),
            ):
                if not is_free():
                    return
                work()
        finally:
            spark.stop()
            shutil.rmtree(scratch, ignore_errors=True)

    def prepare(self, conf: Mapping[str, str], cwd: Path, scratch: Path) -> None:
        """Make the JVM that of a step.

        Parameters
        ----------
        conf : mapping
            The step's whole Spark configuration, as a command line gives it.
        cwd, scratch : pathlib.Path
            Where the step works, and where Spark keeps what does not fit into memory.
        """
        properties = self._jvm.java.util.Properties()
        properties.putAll(self._kept)
        for key, value in {**conf, "user.dir": str(cwd)}.items():
            properties.setProperty(key, value)
        self._jvm.System.setProperties(properties)
        self._local.unlink(missing_ok=True)
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._local.symlink_to(scratch)
        # Spark keeps the first answer for ever.
        _object(self._jvm.org.apache.spark.util, "Utils").clearLocalRootDirs()

    def stop_contexts(self) -> None:
        """Stop whatever the step has left running."""
        active = _object(self._jvm.org.apache.spark, "SparkContext").getActive()
        if active.isDefined():
            active.get().stop()

    def mark(self, mark: str) -> None:
        """Print a line to both streams, after all that the step has printed.

        Parameters
        ----------
        mark : str
        """
        out, err = self._streams
        self._jvm.System.setOut(out)
        self._jvm.System.setErr(err)
        for stream in self._streams:
            stream.print(mark)
            stream.flush()

    def reset(self) -> str | None:
        """Undo what a step may have done to the JVM.

        Returns
        -------
        str or None
            Why nobody else may have it; None if it is as new.
        """
        jvm = self._jvm
        session = jvm.org.apache.spark.sql.SparkSession
        session.clearActiveSession()
        session.clearDefaultSession()
        jvm.org.apache.hadoop.fs.FileSystem.closeAll()
        jvm.java.util.TimeZone.setDefault(self._zone)
        jvm.java.util.Locale.setDefault(self._locale)
        jvm.java.lang.Thread.setDefaultUncaughtExceptionHandler(None)
        jvm.org.apache.logging.log4j.core.config.Configurator.reconfigure()
        self.prepare({}, self._place, self._place)
        return self._leak()

    def _leak(self) -> str | None:
        jvm = self._jvm
        threads = self._threads_of_others()
        if any(name.startswith("derby.") for name in threads):
            return "a step has used Hive's catalog"
        if len(threads) > self._threads + _MORE_THREADS:
            return f"{len(threads) - self._threads} threads were left, {threads[-1]} among them"
        jvm.System.gc()
        memory = jvm.java.lang.Runtime.getRuntime()
        used = memory.totalMemory() - memory.freeMemory()
        if used > _MOST_OF_HEAP * memory.maxMemory():
            return f"{used >> 20} MB were left"
        return None

    def _threads_of_others(self) -> list[str]:
        threads = self._jvm.java.lang.Thread.getAllStackTraces().keySet()
        names = (thread.getName() for thread in threads)
        return sorted(name for name in names if not name.startswith(_OF_SPARK))

    def leave(self, seconds: float) -> None:
        """Let the JVM end by itself.

        Parameters
        ----------
        seconds : float
            How long it may take.

        Raises
        ------
        subprocess.TimeoutExpired
            If it takes longer.
        """
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        self._gateway.shutdown()
        self._process.stdin.close()
        self._process.wait(seconds)

    def kill(self) -> None:
        """End the JVM at once, and all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the JVM, and let go of what belongs to it."""
        self.kill()
        if self._gateway is not None:
            with contextlib.suppress(Exception):
                self._gateway.shutdown()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()


# Workers get the path of their step; with ours it would be another one.
_NOT_OF_WORKERS = frozenset({"PYTHONPATH", class_archives.VARIABLE})

_OF_A_START = frozenset(
    {"spark.app.name", "spark.app.submitTime", "spark.submit.deployMode", "spark.submit.pyFiles"}
)


def _object(package: Any, name: str) -> Any:
    """Return an object of Scala, with what is for Spark's own use."""
    return getattr(getattr(package, f"{name}$"), "MODULE$")
