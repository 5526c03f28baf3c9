"""Credentials of package indexes are in the keyvault, and nowhere else."""

import pytest

from synapse_magics import Environment
from synapse_magics.core.index_credentials import into_keyvault
from synapse_magics.store import vault

ADDRESS = "--extra-index-url https://me:pass-word-1@host.org/simple"
KEPT = "--extra-index-url https://me:${keyvault:index-host-org-me}@host.org/simple"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setattr(vault, "_backend", lambda: None)


@pytest.mark.parametrize(
    ("text", "kept", "secrets"),
    [
        (ADDRESS, KEPT, {"index-host-org-me": "pass-word-1"}),
        (
            "thing @ https://token-123@host/thing.whl",
            "thing @ https://${keyvault:index-host}@host/thing.whl",
            {"index-host": "token-123"},
        ),
        (KEPT, KEPT, {}),
        ("--index-url https://${TOKEN}@host", "--index-url https://${TOKEN}@host", {}),
        ("--index-url https://host/simple", "--index-url https://host/simple", {}),
        ("git+ssh://git@host/thing.git", "git+ssh://git@host/thing.git", {}),
    ],
    ids=["password", "user alone", "kept already", "variable", "none", "ssh"],
)
def test_a_credential_is_replaced_by_what_refers_to_it(workspace, text, kept, secrets):
    assert into_keyvault(workspace.store, {"pip": [text]}) == {"pip": [kept]}
    assert {name: vault.read(workspace.store, name) for name in vault.names(workspace.store)} == (
        secrets
    )


def test_to_ask_stores_nothing(workspace):
    assert into_keyvault(workspace.store, [ADDRESS], save=False) == [KEPT]
    assert vault.names(workspace.store) == []


def test_a_registered_environment_holds_none(workspace):
    environment = Environment("env")
    environment.python.conda_dependencies.set_pip_option(ADDRESS)
    environment.register(workspace)

    found = Environment.get(workspace, "env").python.conda_dependencies
    assert found.pip_options == [KEPT]
    files = [file for file in workspace.store.folder.rglob("*") if file.is_file()]
    holding = [file.name for file in files if b"pass-word-1" in file.read_bytes()]
    assert holding == ["keyvault.json"]


def test_a_representation_shows_none():
    environment = Environment("env")
    environment.python.conda_dependencies.set_pip_option(ADDRESS)

    assert "pass-word-1" not in repr(environment)
    assert "me:***@host.org" in repr(environment)
