"""What an address may look like, and that a secret in one is refused."""

from __future__ import annotations

import pytest

from synapse_magics.storage.addresses import covering, is_address, parse
from synapse_magics.storage.errors import AddressError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/a/b.csv", "s3://bucket/a/b.csv"),
        ("S3A://bucket/a/", "s3://bucket/a"),
        ("memory://room/a", "memory://room/a"),
        (
            "abfs://fs@acct.dfs.core.windows.net/a b.csv",
            "abfss://fs@acct.dfs.core.windows.net/a b.csv",
        ),
        (
            "wasb://demo@dprepdata.blob.core.windows.net/Titanic.csv",
            "wasbs://demo@dprepdata.blob.core.windows.net/Titanic.csv",
        ),
        (
            "https://dprepdata.blob.core.windows.net/demo/Titanic.csv",
            "wasbs://demo@dprepdata.blob.core.windows.net/Titanic.csv",
        ),
        ("https://Example.org/a.csv?raw=1#top", "https://example.org/a.csv?raw=1"),
        ("hdfs://node:8020/user/a", "hdfs://node:8020/user/a"),
        ("file:///data/a", "file:///data/a"),
        ("/data/a", "file:///data/a"),
    ],
)
def test_one_way_to_write_each(text, expected):
    assert str(parse(text)) == expected
    assert parse(expected) == parse(text)


def test_a_relative_path_is_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert str(parse("data")) == f"file://{tmp_path}/data"
    assert not is_address("data/x:y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ftp://host/a", "not supported"),
        ("s3:///a", "names no bucket"),
        ("s3://bucket/../other", "leaves"),
        ("abfss://acct.dfs.core.windows.net/a", "does not name a container"),
        ("file://other/a", "another machine"),
        ("https:///a.csv", "names no host"),
        (" ", "empty"),
    ],
)
def test_what_is_no_address(text, message):
    with pytest.raises(AddressError, match=message):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://me:hunter2hunter2@host/a.csv",
        "s3://AKIA:hunter2hunter2@bucket/a",
        "https://acct.blob.core.windows.net/c/a.csv?sv=2020&sig=hunter2hunter2",
        "https://bucket.s3.amazonaws.com/a?X-Amz-Signature=hunter2hunter2",
        "https://host/a?token=hunter2hunter2",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(text):
    with pytest.raises(AddressError, match="secret") as caught:
        parse(text)

    assert "hunter2" not in str(caught.value)
    assert "credential=" in caught.value.hint


def test_the_longest_address_above_another_one_covers_it():
    lake = parse("abfss://data@acct.dfs.core.windows.net")
    maps = [lake, lake.join("raw")]

    assert covering(lake.join("x/y.csv"), maps) == lake
    assert covering(lake.join("raw/y.csv"), maps) == lake.join("raw")
    assert covering(lake.join("rawer"), maps) == lake
    assert covering(parse("s3://bucket/a"), maps) is None
