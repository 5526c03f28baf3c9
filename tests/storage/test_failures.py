"""What goes wrong elsewhere is said in words of ours: the address, never a secret, and soon."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from storage_support import AZURITE_KEY, SECRET_KEY, free_port

from synapse_magics.storage import mirrors
from synapse_magics.storage.errors import (
    NoPermissionError,
    NothingThereError,
    StorageError,
    TransferError,
    UnreachableError,
    WrongCredentialError,
)
from synapse_magics.storage.failures import explain
from synapse_magics.storage.places import make_place
from synapse_magics.storage.transfers import fetch, listing, push


def test_a_bucket_that_is_not_there(s3, tmp_path):
    (tmp_path / "a").write_text("a")

    for call in (
        lambda: listing(s3.place("no-such-bucket")),
        lambda: push([(tmp_path / "a", "a")], s3.place("no-such-bucket")),
    ):
        with pytest.raises(NothingThereError, match="there is no bucket no-such-bucket"):
            call()


def test_a_container_that_is_not_there(azurite, tmp_path):
    (tmp_path / "a").write_text("a")

    for call in (
        lambda: listing(azurite.place("missing")),
        lambda: push([(tmp_path / "a", "a")], azurite.place("missing")),
    ):
        with pytest.raises(NothingThereError, match="there is no container missing"):
            call()


def test_a_wrong_key(azurite, monkeypatch):
    azurite.make_container("locked", {"a.csv": "a"})
    wrong = AZURITE_KEY.replace("Eby8", "Xby8")
    monkeypatch.setenv("WRONG_KEY", wrong)

    with pytest.raises(NoPermissionError) as caught:
        listing(azurite.place("locked", credential="env:WRONG_KEY"), "a.csv")

    assert "wasbs://locked@devstoreaccount1" in str(caught.value)
    assert wrong not in str(caught.value)
    assert "env:WRONG_KEY" in caught.value.hint


def test_nobody_is_logged_in_for_a_private_container(azurite):
    azurite.make_container("private", {"a.csv": "a"})

    with pytest.raises(StorageError) as caught:
        listing(azurite.place("private", credential="anonymous"), "a.csv")

    assert "wasbs://private@" in str(caught.value)


def test_a_public_container_is_read_without_a_credential(azurite):
    azurite.make_container("public", {"a.csv": "a"}, public_access="container")

    assert len(listing(azurite.place("public", credential=None), "a.csv")) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, WrongCredentialError), (403, NoPermissionError), (500, TransferError)],
)
def test_a_server_that_says_no(web, tmp_path, status, kind):
    web.files["/a.csv"] = b"a"
    web.status = status

    with pytest.raises(kind, match=str(status)) as caught:
        fetch(make_place(web.address), "a.csv", tmp_path / "m" / "web")

    assert f"{web.address}/a.csv" in str(caught.value)


@pytest.mark.parametrize("scheme", ["s3", "wasbs", "http"])
def test_a_service_that_does_not_answer(scheme, monkeypatch, tmp_path):
    monkeypatch.setenv("SOME_KEY", AZURITE_KEY if scheme == "wasbs" else f"AK:{SECRET_KEY}")
    endpoint = f"http://127.0.0.1:{free_port()}"
    place = {
        "s3": lambda: make_place("s3://b", {"endpoint_url": endpoint}, "env:SOME_KEY"),
        "wasbs": lambda: make_place(
            "wasbs://c@acct.blob.core.windows.net", {"endpoint_url": endpoint}, "env:SOME_KEY"
        ),
        "http": lambda: make_place(endpoint),
    }[scheme]()
    begin = time.monotonic()

    with pytest.raises(UnreachableError) as caught:
        fetch(place, "a.csv", tmp_path / "m" / "x")

    assert endpoint in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
    assert time.monotonic() - begin < 30


def test_no_credential_at_all(s3, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    s3.make_bucket("closed", {"a.csv": "a"})

    with pytest.raises(WrongCredentialError) as caught:
        listing(replace(s3.place("closed"), credential=None), "a.csv")

    assert "'anonymous'" in caught.value.hint


def test_a_file_that_vanishes_between_listing_and_copy(s3, tmp_path, monkeypatch):
    s3.make_bucket("vanishing", {"a.csv": "a", "b.csv": "b"})
    place, mirror = s3.place("vanishing"), tmp_path / "m" / "v"
    ask = mirrors.listing

    def ask_and_lose(*args, **options):
        found = ask(*args, **options)
        s3.client.delete_object(Bucket="vanishing", Key="b.csv")
        return found

    monkeypatch.setattr(mirrors, "listing", ask_and_lose)
    with pytest.raises(NothingThereError) as caught:
        fetch(place, "", mirror)

    assert "s3://vanishing/b.csv" in str(caught.value)
    assert not (mirror / "b.csv").exists()
    assert not list(mirror.parent.glob(".v.parts/*"))


def test_a_full_disk_is_told():
    error = OSError(28, "No space left on device")

    found = explain(error, make_place("s3://b"), "a.csv")

    assert "disk of this machine is full" in found.message
    assert found.where == "s3://b/a.csv"


def test_a_secret_in_a_librarys_words_is_masked(s3):
    error = ValueError(f"bad header: {SECRET_KEY} of AKIDEXAMPLE:{SECRET_KEY}")

    found = explain(error, s3.place("b"), value=f"AKIDEXAMPLE:{SECRET_KEY}")

    assert SECRET_KEY not in str(found)


def test_a_name_that_no_local_file_can_have(s3, tmp_path):
    s3.make_bucket("odd", {"a/../../b": "x"})

    with pytest.raises(StorageError, match="no name that a local file can have"):
        fetch(s3.place("odd"), "", tmp_path / "m" / "odd")
    assert not (tmp_path / "b").exists()


def test_a_folder_marker_is_no_file_and_a_file_in_the_way_is_refused(s3, tmp_path):
    s3.make_bucket("folders", {"a/": "", "a/b.csv": "x", "c": ""})
    mirror = tmp_path / "m" / "f"

    assert fetch(s3.place("folders"), "", mirror).brought == 2
    s3.put("folders", "a", "a file as well")
    with pytest.raises(StorageError, match="a file and a folder at once"):
        fetch(s3.place("folders"), "", mirror)
