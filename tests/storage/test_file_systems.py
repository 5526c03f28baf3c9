"""Every kind of storage lists, fetches and pushes alike: S3, Azure, memory, a folder, the web."""

from __future__ import annotations

import sys

import pytest

from synapse_magics.storage.errors import (
    MissingExtraError,
    NothingThereError,
    ReadOnlyError,
    StorageError,
)
from synapse_magics.storage.places import make_place
from synapse_magics.storage.transfers import fetch, head, listing, open_file, push


@pytest.fixture(params=["s3", "azure", "hdfs", "memory", "file"])
def place(request, tmp_path):
    """Return an empty place of each kind that can be written to."""
    if request.param == "s3":
        server = request.getfixturevalue("s3")
        server.make_bucket("every-kind")
        return server.place("every-kind", "base")
    if request.param == "azure":
        server = request.getfixturevalue("azurite")
        name = f"kind{abs(hash(request.node.name))}"
        server.make_container(name)
        return server.place(name, "base")
    if request.param == "hdfs":
        address = request.getfixturevalue("hdfs")
        return make_place(f"{address}/kind{abs(hash(request.node.name))}/base", {"user": "root"})
    if request.param == "memory":
        return make_place(f"memory://{request.node.name}/base")
    return make_place(str(tmp_path / "elsewhere"))


@pytest.fixture
def files(tmp_path):
    """Write three files, one of them empty."""
    folder = tmp_path / "files"
    (folder / "b" / "_SUCCESS").parent.mkdir(parents=True)
    (folder / "a.csv").write_text("x\n1\n")
    (folder / "b" / "c [1].csv").write_text("x\nä\n")
    (folder / "b" / "_SUCCESS").touch()
    return [(file, file.relative_to(folder).as_posix()) for file in folder.rglob("*.csv")] + [
        (folder / "b" / "_SUCCESS", "b/_SUCCESS")
    ]


def test_what_is_pushed_is_listed_and_fetched(place, files, tmp_path):
    done = push(files, place, "in")

    assert sorted(done.written) == ["in/a.csv", "in/b/_SUCCESS", "in/b/c [1].csv"]
    assert [file.path for file in listing(place)] == sorted(done.written)
    assert [file.path for file in listing(place, "in/b/c [1].csv")] == ["in/b/c [1].csv"]
    assert [file.path for file in listing(place, "*/?.csv")] == ["in/a.csv"]

    mirror = tmp_path / "mirrors" / "m"
    assert fetch(place, "in", mirror).brought == 3
    assert (mirror / "in/b/c [1].csv").read_text() == "x\nä\n"
    assert (mirror / "in/b/_SUCCESS").read_bytes() == b""
    assert fetch(place, "in/**", mirror).brought == 0


def test_a_changed_file_is_brought_again(place, files, tmp_path):
    push(files, place, "in")
    mirror = tmp_path / "mirrors" / "m"
    fetch(place, "", mirror)
    files[0][0].write_text("changed")
    push(files[:1], place, "in")

    assert fetch(place, "", mirror).brought == 1
    assert (mirror / "in" / files[0][1]).read_text() == "changed"


def test_nothing_there(place, files, tmp_path):
    push(files, place, "in")

    for path in ("missing", "in/*.parquet", "in/a.csv/below"):
        with pytest.raises(NothingThereError) as caught:
            fetch(place, path, tmp_path / "mirrors" / "m")
        assert str(place.address.join(path)) in str(caught.value)


def test_a_head_and_an_open_file(place, files):
    push(files, place, "in")

    assert head(place, "in/a.csv", 2) == b"x\n"
    assert head(place, "in/b/_SUCCESS", 10) == b""
    with open_file(place, "in/a.csv") as stream:
        stream.seek(2)
        assert stream.read() == b"1\n"


def test_without_overwrite_nothing_is_replaced(place, files):
    push(files[:1], place, "in")
    before = listing(place)[0].version

    assert push(files[:1], place, "in", overwrite=False).written == ()
    assert listing(place)[0].version == before


def test_a_path_that_leaves_the_place_is_refused(place, files):
    with pytest.raises(StorageError, match="leaves"):
        push([(files[0][0], "../x.csv")], place)


def test_the_web_is_read_one_file_at_a_time(web, tmp_path):
    web.files["/data/a.csv?raw=1"] = b"x\n1\n"
    place = make_place(web.address)
    mirror = tmp_path / "mirrors" / "web"

    assert fetch(place, "data/a.csv?raw=1", mirror).brought == 1
    assert (mirror / "data" / "a.csv?raw=1").read_bytes() == b"x\n1\n"
    assert fetch(place, "data/a.csv?raw=1", mirror).brought == 0
    web.files["/data/a.csv?raw=1"] = b"x\n2\n"
    assert fetch(place, "data/a.csv?raw=1", mirror).brought == 1
    with pytest.raises(NothingThereError):
        fetch(place, "data/b.csv", mirror)
    with pytest.raises(ReadOnlyError):
        push([(tmp_path / "x", "x")], place)


def test_a_web_server_that_tells_no_version_is_asked_each_time(web, tmp_path):
    web.etags = False
    web.files["/a.csv"] = b"x\n1\n"

    for _ in range(2):
        assert fetch(make_place(web.address), "a.csv", tmp_path / "m" / "web").brought == 1


def test_a_head_of_a_large_file_does_not_transfer_it(web):
    web.files["/large"] = b"0123456789" * 10_000_000

    assert head(make_place(web.address), "large", 10) == b"0123456789"
    assert web.sent < 20_000_000


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)

    with pytest.raises(MissingExtraError) as caught:
        listing(make_place("s3://some-bucket", None, "anonymous"))

    assert caught.value.hint == "pip install 'synapse-magics[s3]'"


def test_hadoop_without_its_libraries_is_an_error_of_ours(monkeypatch):
    monkeypatch.delenv("HADOOP_HOME", raising=False)

    with pytest.raises(StorageError) as caught:
        listing(make_place("hdfs://127.0.0.1:1"), "a")

    assert "hdfs://127.0.0.1:1" in str(caught.value)
