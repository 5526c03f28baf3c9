"""An HDFS on loopback: ``hdfs_process.py JAR FOLDER`` prints its port, ends with its input."""

import os
import sys

jar, folder = sys.argv[1:]
os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-class-path {jar} pyspark-shell"

from pyspark.java_gateway import launch_gateway  # noqa: E402 - told by the variable

gateway = launch_gateway()
hadoop = gateway.jvm.org.apache.hadoop
conf = hadoop.conf.Configuration()
for key, value in {
    "hdfs.minidfs.basedir": folder,
    "dfs.datanode.hostname": "127.0.0.1",
    "dfs.permissions.enabled": "false",
}.items():
    conf.set(key, value)
builder = getattr(hadoop.hdfs, "MiniDFSCluster$Builder")(conf)
cluster = builder.numDataNodes(1).build()
cluster.waitActive()
sys.stdout.write(cluster.getHttpUri(0).rpartition(":")[2] + "\n")
sys.stdout.flush()
sys.stdin.read()
cluster.shutdown()
