"""Places are plain data: no option is unknown, and no credential is the secret itself."""

from __future__ import annotations

import pytest

from synapse_magics.storage.credentials import value_of
from synapse_magics.storage.errors import StorageError, WrongCredentialError
from synapse_magics.storage.places import Place, make_place


def test_a_place_is_json_and_back():
    made = make_place("s3a://bucket/a", {"region": "eu-west-1"}, "keyvault:lake")

    assert made.to_json() == {
        "address": "s3://bucket/a",
        "options": {"region": "eu-west-1"},
        "credential": "keyvault:lake",
    }
    assert Place.from_json(made.to_json()) == made


@pytest.mark.parametrize("secret", ["hunter2hunter2", "azure-identity", "env:", "env:a b"])
def test_a_credential_that_is_no_reference_is_refused_and_not_repeated(secret):
    with pytest.raises(StorageError, match="no reference") as caught:
        make_place("s3://bucket", None, secret)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("option", ["secret", "key", "account_key", "endpoint"])
def test_an_unknown_option_is_refused(option):
    with pytest.raises(StorageError, match="no option") as caught:
        make_place("s3://bucket", {option: "hunter2hunter2"})

    assert "hunter2" not in str(caught.value)
    assert "endpoint_url" in caught.value.hint


def test_an_azure_identity_is_one_of_azures():
    place = make_place("abfss://fs@acct.dfs.core.windows.net", None, "azure-identity")

    assert value_of(place) is None
    assert place.extra == "azure"


def test_a_reference_that_leads_to_nothing_is_named(monkeypatch):
    monkeypatch.delenv("LAKE_KEY", raising=False)

    with pytest.raises(WrongCredentialError, match="LAKE_KEY"):
        value_of(make_place("s3://bucket", None, "env:LAKE_KEY"))
    with pytest.raises(WrongCredentialError, match="no secret lake") as caught:
        value_of(make_place("s3://bucket", None, "keyvault:lake"), {}.get)
    assert "set_secret('lake'" in caught.value.hint
