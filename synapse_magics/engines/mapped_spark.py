"""Spark's configuration for mapped addresses: a mount table in the place of a storage."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from synapse_magics.runtime.mapped_addresses import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

_VIEW = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_COMMITTERS = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
# Hadoop's own defaults name a class for what writes the state of streams, which is in the jars of
# Azure's storage.
_STREAMS = "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager"
_REAL = {
    "s3": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "abfs": "org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem",
    "abfss": "org.apache.hadoop.fs.azurebfs.SecureAzureBlobFileSystem",
    "wasb": "org.apache.hadoop.fs.azure.NativeAzureFileSystem",
    "wasbs": "org.apache.hadoop.fs.azure.NativeAzureFileSystem$Secure",
    "http": "org.apache.hadoop.fs.http.HttpFileSystem",
    "https": "org.apache.hadoop.fs.http.HttpsFileSystem",
    "hdfs": "org.apache.hadoop.hdfs.DistributedFileSystem",
}


def mapped_conf(maps: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with which Spark finds local folders at mapped addresses.

    What is not mapped is left to the class of that storage, whose jar Spark may not have.

    Parameters
    ----------
    maps : mapping
        Folders by addresses.

    Returns
    -------
    dict
    """
    conf, roots = {}, set()
    for address, folder in maps.items():
        family, _, rest = address.partition("://")
        authority, _, path = rest.partition("/")
        for scheme in FAMILIES.get(family, ()):
            real = _REAL.get(scheme, _REAL["s3"])
            conf[f"spark.hadoop.fs.{scheme}.impl"] = _VIEW
            conf[f"spark.hadoop.fs.viewfs.overload.scheme.target.{scheme}.impl"] = real
            # Of S3A, Hadoop's own defaults name one that is in the jar of S3A.
            conf[f"spark.hadoop.mapreduce.outputcommitter.factory.scheme.{scheme}"] = _COMMITTERS
        link = f"link./{path}" if path else "linkFallback"
        table = f"spark.hadoop.fs.viewfs.mounttable.{authority}"
        conf[f"{table}.{link}"] = f"file://{quote(folder)}"
        roots.add((family, authority, table))
    for family, authority, table in roots:
        # What of a container is not mapped is the real one's.
        conf.setdefault(f"{table}.linkFallback", f"{family}://{authority}/")
    if conf:
        # The local file system that all share writes no checksums, see runtime.plain_files.
        conf["spark.hadoop.fs.viewfs.enable.inner.cache"] = "false"
        # Two servers of one host are two storages.
        conf["spark.hadoop.fs.viewfs.ignore.port.in.mount.table.name"] = "false"
        conf["spark.sql.streaming.checkpointFileManagerClass"] = _STREAMS
    return conf
