"""A Spark session for all tests of the runtime: it takes seconds to start."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest

from synapse_magics.engines.java import find_java_home

SERVER = """
import json, sys
from pyspark.sql import SparkSession, functions as F
from synapse_magics.runtime.readers import read_spark
conf = {"ui.enabled": "false", "sql.session.timeZone": "America/New_York",
        "sql.shuffle.partitions": "1"}
builder = SparkSession.builder.master("local[1]")
for name, value in conf.items():
    builder = builder.config("spark." + name, value)
spark = builder.getOrCreate()
for line in sys.stdin:
    frame = read_spark(spark, json.loads(line))
    kinds = [kind for _, kind in frame.dtypes]
    shown = frame.toDF(*map(str, range(len(kinds)))).select([
        F.date_format(str(i), "yyyy-MM-dd HH:mm:ss.SSSSSS") if kind == "timestamp"
        else F.col(str(i)).cast("string") for i, kind in enumerate(kinds)])
    rows = [list(row) for row in shown.collect()]
    print(json.dumps({"columns": frame.columns, "types": kinds, "rows": rows}), flush=True)
spark.stop()
"""


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Ask a Spark session, in a time zone that is not the readers' one, to read a source."""
    folder = tmp_path_factory.mktemp("spark")
    ours = {
        "JAVA_HOME": str(find_java_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
    }
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **ours},
        start_new_session=True,
    )

    def read(source):
        print(json.dumps(source), file=server.stdin, flush=True)
        return json.loads(server.stdout.readline())

    with server:
        yield read
        server.stdin.close()
        server.wait(20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
