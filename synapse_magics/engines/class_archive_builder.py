"""Make the archive of the classes of a Java and a Spark.

``python -m synapse_magics.engines.class_archive_builder`` with ``JAVA_HOME`` and ``SPARK_HOME``;
it lets everybody else go first, and leaves nothing behind unless it comes to its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from synapse_magics.engines.class_archives import MADE_FOR, archive_of, bytes_in, place_of
from synapse_magics.engines.driver_jvm import DriverError, DriverJvm
from synapse_magics.engines.spark_conf import write_conf
from synapse_magics.runtime.class_archive import (
    BASE,
    EMPTY,
    PROPERTIES,
    TOP,
    log_option,
    options_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY_BYTES = 2 << 30
_DUMP_SECONDS = 300.0
_QUIET = "-Xlog:cds*=off"
_CONF = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}


def build(java: Path, spark: Path) -> bool:
    """Make an archive, unless it is there or somebody else makes it.

    Parameters
    ----------
    java, spark : pathlib.Path

    Returns
    -------
    bool
        Whether it was made.
    """
    place = place_of(java, spark)
    if place is None or psutil.virtual_memory().available < _MEMORY_BYTES:
        return False
    # Java refuses an archive that others could have written, and so do we.
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(place) as is_first:
        if not is_first or archive_of(java, spark) is not None:
            return False
        _remove_useless(place)
        (place / EMPTY).mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, prefix="new-") as made:
            _fill(Path(made), place, java)
        (place / MADE_FOR).write_text(f"{java}\n{spark}\n{bytes_in(place)}\n")
    return True


def _fill(made: Path, place: Path, java: Path) -> None:
    base = None
    if not any(java.glob("lib/server/classes.jsa")):
        base = made / BASE
        dump = (java / "bin" / "java", "-Xshare:dump", f"-XX:SharedArchiveFile={base}", _QUIET)
        subprocess.run(dump, check=True, capture_output=True, timeout=_DUMP_SECONDS)
        # The other one names it.
        base = base.replace(place / BASE)
    _run_spark(made, place, base)
    (made / TOP).replace(place / TOP)


def _run_spark(made: Path, place: Path, base: Path | None) -> None:
    """Let a JVM do what most steps do, and write down the classes that it has at its end."""
    conf = made / "spark"
    write_conf(conf, {})
    options = [f"-XX:ArchiveClassesAtExit={made / TOP}", _QUIET, log_option(conf)]
    if base is not None:
        options.append(f"-XX:SharedArchiveFile={base}")
    os.environ["SPARK_SUBMIT_OPTS"] = options_text(*options)
    os.environ["SPARK_CONF_DIR"] = str(place / EMPTY)
    with (made / "printed").open("wb") as printed:
        jvm = DriverJvm(made, printed.fileno(), printed.fileno(), conf / PROPERTIES)
        _go_last_in_session(jvm.pid)
        try:
            jvm.connect(lambda: True)
            jvm.warm_up(_CONF, lambda: True)
            jvm.leave(_DUMP_SECONDS)
        finally:
            jvm.close()


@contextlib.contextmanager
def _only_one(place: Path) -> Iterator[bool]:
    with (place / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _remove_useless(place: Path) -> None:
    """Remove what a killed builder has left, and archives of what is not installed any more."""
    for left in place.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    for other in place.parent.iterdir():
        with contextlib.suppress(OSError, ValueError):
            java, spark, _ = (other / MADE_FOR).read_text().splitlines()
            if place_of(Path(java), Path(spark)) != other:
                shutil.rmtree(other, ignore_errors=True)


def _go_last_in_session(pid: int) -> None:
    """Let a process's session go last, too: on many systems its processes share what it gets."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("19")


def _end(*_: object) -> None:
    raise SystemExit(1)


def main() -> int:
    """Make the archive of the Java and the Spark that the variables name.

    Returns
    -------
    int
        An exit code; nobody waits for it.
    """
    signal.signal(signal.SIGTERM, _end)
    os.nice(19)
    _go_last_in_session(os.getpid())
    try:
        build(Path(os.environ["JAVA_HOME"]), Path(os.environ["SPARK_HOME"]))
    except (OSError, subprocess.SubprocessError, DriverError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
