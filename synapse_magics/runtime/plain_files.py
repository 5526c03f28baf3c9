"""Let the embedded Spark write its files without checksums: no hidden .crc files beside the data.

Hadoop has no setting for it. ``fs.file.impl`` could name a file system that knows no checksums, and
then all that wants Hadoop's own one would fail: the upload buffers of S3A and ABFS, for two.
"""

from __future__ import annotations

import contextlib
from typing import Any


def without_checksums() -> None:
    """Turn checksums off in every Spark context that this process is going to make."""
    from pyspark import SparkContext  # noqa: PLC0415 - heavy, and in Spark steps only

    # Here, and not where a session is made, because a script may make its own one.
    initialize = SparkContext._do_init  # noqa: SLF001 - there is no event

    def do_init(self: Any, *arguments: Any, **options: Any) -> None:
        initialize(self, *arguments, **options)
        # A step that writes checksums is better than a step that fails.
        with contextlib.suppress(Exception):
            files = self._jvm.org.apache.hadoop.fs.FileSystem
            # All of a JVM share the one that Hadoop keeps for file:/.
            files.getLocal(self._jsc.hadoopConfiguration()).setWriteChecksum(False)

    SparkContext._do_init = do_init  # type: ignore[method-assign]  # noqa: SLF001
