"""Spark's configuration for mapped addresses: a mount table in the place of a storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.runtime.mapped_addresses import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

_VIEW = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_COMMITTERS = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
_REAL = {
    "s3": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "abfs": "org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem",
    "abfss": "org.apache.hadoop.fs.azurebfs.SecureAzureBlobFileSystem",
    "wasb": "org.apache.hadoop.fs.azure.NativeAzureFileSystem",
    "wasbs": "org.apache.hadoop.fs.azure.NativeAzureFileSystem$Secure",
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
    conf = {}
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
        conf[f"spark.hadoop.fs.viewfs.mounttable.{authority}.{link}"] = f"file://{folder}"
    if conf:
        # The local file system that all share writes no checksums, see runtime.plain_files.
        conf["spark.hadoop.fs.viewfs.enable.inner.cache"] = "false"
    return conf
