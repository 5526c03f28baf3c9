"""Hints for what Hadoop says of addresses that it cannot open."""

import pytest

from synapse_magics.agent.storage_hints import storage_hint


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Class org.apache.hadoop.fs.s3a.S3AFileSystem not found", "--map ADDRESS=FOLDER"),
        ("Class org.apache.hadoop.fs.azure.NativeAzureFileSystem$Secure not found", "--map"),
        ('UnsupportedFileSystemException: No FileSystem for scheme "gs"', "spark.jars.packages"),
        ("InternalDir of ViewFileSystem is readonly, operation delete not", "a folder below it"),
    ],
)
def test_the_hint_says_what_to_do(message, hint):
    assert hint in storage_hint(message)["hint"]


def test_other_errors_have_none():
    assert storage_hint("Class org.acme.Codec not found") == {}
