"""Listing, fetching and pushing, with a real S3 server on loopback."""

from __future__ import annotations

import pytest

from synapse_magics.storage.errors import NothingThereError
from synapse_magics.storage.places import make_place
from synapse_magics.storage.transfers import fetch, head, listing, push


@pytest.fixture
def bucket(s3):
    s3.make_bucket("data", {"in/a.csv": "x\n1\n", "in/2020/b.csv": "x\n22\n", "other.txt": "o"})
    return s3.place("data")


@pytest.fixture
def mirror(tmp_path):
    return tmp_path / "mirrors" / "data"


def names_in(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def paths(files):
    return [file.path for file in files]


def test_a_listing_has_the_files_below_a_folder(bucket):
    found = listing(bucket, "in")

    assert paths(found) == ["in/2020/b.csv", "in/a.csv"]
    assert [file.size for file in found] == [5, 4]
    assert all(file.version.startswith("etag:") for file in found)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ["in/2020/b.csv", "in/a.csv", "other.txt"]),
        ("in/a.csv", ["in/a.csv"]),
        ("in/*.csv", ["in/a.csv"]),
        ("in/**/*.csv", ["in/2020/b.csv", "in/a.csv"]),
        ("*/20*", ["in/2020/b.csv"]),
        ("in/?.csv", ["in/a.csv"]),
        ("in/[!b].csv", ["in/a.csv"]),
        ("in/**", ["in/2020/b.csv", "in/a.csv"]),
    ],
)
def test_paths_and_globs(bucket, path, expected):
    assert paths(listing(bucket, path)) == expected


@pytest.mark.parametrize("path", ["in/*.parquet", "missing", "missing/a.csv"])
def test_nothing_there_is_an_error_that_names_the_address(bucket, path):
    with pytest.raises(NothingThereError) as caught:
        listing(bucket, path)

    assert f"s3://data/{path}" in caught.value.message


def test_a_fetch_brings_what_a_path_names(bucket, mirror):
    done = fetch(bucket, "in", mirror)

    assert names_in(mirror) == ["in/2020/b.csv", "in/a.csv"]
    assert (mirror / "in/a.csv").read_text() == "x\n1\n"
    assert (done.brought, done.removed, done.size) == (2, 0, 9)


def test_what_has_not_changed_is_not_brought_again(s3, bucket, mirror):
    fetch(bucket, "in", mirror)
    s3.put("data", "in/a.csv", "x\n9\n")

    assert fetch(bucket, "in", mirror).brought == 1
    assert (mirror / "in/a.csv").read_text() == "x\n9\n"
    assert fetch(bucket, "in", mirror).brought == 0


def test_what_is_gone_there_is_taken_away(s3, bucket, mirror):
    fetch(bucket, "", mirror)
    s3.client.delete_object(Bucket="data", Key="in/2020/b.csv")

    assert fetch(bucket, "in/**/*.csv", mirror).removed == 1
    assert names_in(mirror) == ["in/a.csv", "other.txt"]


def test_a_push_writes_files_that_need_no_fetch(s3, bucket, mirror):
    file = mirror / "out" / "part-0.csv"
    file.parent.mkdir(parents=True)
    file.write_text("made")

    done = push([(file, "part-0.csv")], bucket, "out", mirror=mirror)

    assert done.written == ("out/part-0.csv",)
    assert s3.get("data", "out/part-0.csv") == "made"
    assert fetch(bucket, "out", mirror).brought == 0


def test_without_overwrite_what_is_there_is_skipped(s3, bucket, tmp_path):
    (tmp_path / "a.csv").write_text("new")
    (tmp_path / "c.csv").write_text("new")

    done = push(
        [(tmp_path / name, name) for name in ("a.csv", "c.csv")], bucket, "in", overwrite=False
    )

    assert (done.written, done.skipped) == (("in/c.csv",), ("in/a.csv",))
    assert s3.get("data", "in/a.csv") == "x\n1\n"


def test_a_head_is_no_more_than_was_asked_for(bucket):
    assert head(bucket, "in/a.csv", 3) == b"x\n1"
    assert head(bucket, "in/a.csv", 1000) == b"x\n1\n"


def test_a_place_is_plain_data_and_back(s3, bucket):
    data = bucket.to_json()

    assert data["credential"] == f"env:{s3.variable}"
    assert type(bucket).from_json(data) == bucket
    assert "secret" not in repr(bucket)


def test_a_place_below_a_bucket(s3, bucket, mirror):
    below = make_place("s3a://data/in/", bucket.options and dict(bucket.options), bucket.credential)

    fetch(below, "", mirror)

    assert names_in(mirror) == ["2020/b.csv", "a.csv"]
