"""The archives of Spark's classes that JVMs on this machine start from.

A JVM reads, checks and links some ten thousand classes before Spark answers; from an archive it
maps them as they are then (class data sharing, JEP 310 and 350). An archive is of one Java and one
Spark, and is made once, in the background, by :mod:`.class_archive_builder`. Nothing needs one.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from synapse_magics.runtime.class_archive import TOP
from synapse_magics.runtime.java import java_version

VARIABLE = "SYNAPSE_MAGICS_CLASS_ARCHIVES"
"""Where they are, instead of the user's cache folder; with 0 there are none."""

MADE_FOR = "made-for"
"""The file of an archive that names its Java and its Spark and tells its size, a line each."""

_FIRST_JAVA = 13


def variable() -> dict[str, str]:
    """Return what processes are told of where the archives are.

    Returns
    -------
    dict
    """
    return {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}


def place_of(java: Path, spark: Path) -> Path | None:
    """Return where the archive of a Java and a Spark is, or would be.

    Parameters
    ----------
    java, spark : pathlib.Path
        ``JAVA_HOME`` and ``SPARK_HOME``.

    Returns
    -------
    pathlib.Path or None
        None if there can be none.
    """
    where = os.environ.get(VARIABLE, "")
    if where == "0" or (java_version(java) or 0) < _FIRST_JAVA:
        return None
    try:
        state = [
            *(str(java), str(java.stat().st_mtime_ns), str((java / "release").stat().st_mtime_ns)),
            *(str(spark), str((spark / "jars").stat().st_mtime_ns)),
        ]
    except OSError:
        return None
    parent = Path(where) if where else platformdirs.user_cache_path("synapse_magics") / "classes"
    return parent / hashlib.sha256("\n".join(state).encode()).hexdigest()[:32]


def archive_of(java: Path, spark: Path) -> Path | None:
    """Return the archive of a Java and a Spark.

    Parameters
    ----------
    java, spark : pathlib.Path

    Returns
    -------
    pathlib.Path or None
        Its folder; None if it was not made yet, or is not as it was: a JVM that maps half an
        archive ends.
    """
    place = place_of(java, spark)
    if place is None:
        return None
    try:
        size = (place / MADE_FOR).read_text().splitlines()[-1]
        return place if (place / TOP).is_file() and size == str(bytes_in(place)) else None
    except (OSError, IndexError):
        return None


def bytes_in(place: Path) -> int:
    """Return how long the files of an archive are together.

    Parameters
    ----------
    place : pathlib.Path

    Returns
    -------
    int
    """
    return sum(file.stat().st_size for file in place.glob("*.jsa"))
