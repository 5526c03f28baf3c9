"""Secrets are kept for their owner, read by name, and seen in no log."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from support import wait_until

from synapse_magics import Environment, OutputFileDatasetConfig, Pipeline, PythonScriptStep
from synapse_magics.core.dataset import Dataset
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.keyvault import Keyvault
from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline.parallel_run import ParallelRunConfig, ParallelRunStep
from synapse_magics.store.database import StoreError

SECRET = "correct-horse-battery"  # noqa: S105 - nobody's


@pytest.fixture
def no_keyring(monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    keyring = sys.modules.get("keyring")
    if keyring is not None:
        monkeypatch.setattr(keyring.core, "_keyring_backend", None)


@pytest.fixture
def vault(no_keyring, workspace):
    return workspace.get_default_keyvault()


@pytest.fixture
def ring(monkeypatch, workspace, tmp_path):
    """Use the library keyring with a backend of the tests' own; return its content."""
    keyring = pytest.importorskip("keyring")
    file = tmp_path / "ring.json"
    here = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "file_keyring.FileKeyring")
    monkeypatch.setenv("TEST_KEYRING_FILE", str(file))
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    return lambda: json.loads(file.read_text()) if file.exists() else {}


def files_with(text, folder):
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink() and text.encode() in file.read_bytes()
    ]


def test_a_secret_comes_back(vault, workspace):
    vault.set_secret("db-password", SECRET)

    assert vault.get_secret("db-password") == SECRET
    assert Workspace.from_config().get_default_keyvault().get_secret("db-password") == SECRET
    vault.set_secret(name="db-password", value="another")
    assert vault.get_secret("db-password") == "another"


def test_several_secrets_and_one_that_is_missing(vault):
    vault.set_secrets({"a": "first", "b": "second"})

    assert vault.get_secrets(["a", "b", "c"]) == {"a": "first", "b": "second", "c": None}
    assert vault.get_secret("c") is None
    assert vault.list_secrets() == ["a", "b"]


def test_the_file_is_its_owners_and_the_only_one_that_holds_it(vault, workspace, tmp_path):
    vault.set_secret("db-password", SECRET)

    assert files_with(SECRET, tmp_path) == [".synapse/keyvault.json"]
    file = workspace.store.folder / "keyvault.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_others_may_read_becomes_its_owners(vault, workspace):
    from synapse_magics.core import open_stores

    vault.set_secret("db-password", SECRET)
    file = workspace.store.folder / "keyvault.json"
    file.chmod(0o644)

    open_stores.close_store(workspace.folder)
    Workspace.from_config()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_delete(vault, workspace):
    vault.set_secrets({"a": "first", "b": "second", "c": "third"})

    vault.delete_secret("a")
    with pytest.raises(UserErrorException, match="there is no secret x"):
        vault.delete_secrets(["b", "x"])
    assert vault.list_secrets() == ["b", "c"]
    vault.delete_secrets(["b", "c"])

    assert (vault.list_secrets(), vault.get_secret("a")) == ([], None)
    assert not (workspace.store.folder / "keyvault.json").exists()


@pytest.mark.parametrize("name", ["", "db_password", "a b", "a/b", "x" * 128])
def test_a_name_that_azure_refuses_is_refused(vault, name):
    with pytest.raises(UserErrorException, match="is not the name of a secret"):
        vault.set_secret(name, SECRET)


def test_a_value_is_text_and_nothing_of_the_batch_is_kept_otherwise(vault):
    with pytest.raises(UserErrorException, match="is a str, not int"):
        vault.set_secrets({"a": "first", "b": 1})
    assert vault.list_secrets() == []


def test_its_text_tells_no_secret(vault):
    vault.set_secret("db-password", SECRET)

    assert repr(vault) == "Keyvault(workspace='test-ws', 1 secrets)"


def test_a_broken_file_is_named(vault, workspace):
    vault.set_secret("db-password", SECRET)
    (workspace.store.folder / "keyvault.json").write_text(f'["{SECRET}"')

    with pytest.raises(StoreError, match="cannot be read") as caught:
        vault.get_secret("db-password")
    assert SECRET not in str(caught.value)
    assert str(caught.value.where).endswith("keyvault.json")


FETCH = """
import sys
from azureml.core import Run
run = Run.get_context()
secret = run.get_secret("db-password")
print("printed", secret)
print("several", run.get_secrets(["db-password", "none"])["none"])
run.log("metric", secret)
print("stderr", secret, file=sys.stderr)
raise ValueError(secret)
"""


def fetched(workspace, text=FETCH):
    Path("code").mkdir()
    Path("code/fetch.py").write_text(text)
    step = PythonScriptStep("fetch.py", compute_target="cpucluster", source_directory="code")
    run = Pipeline(workspace, [step]).submit("exp")
    wait_until(lambda: run.record.status.is_terminal, 30, "the end of the run")
    return next(run.get_children())


def test_what_a_step_fetches_is_in_no_log(vault, pool, workspace):
    vault.set_secret("db-password", SECRET)

    step = fetched(workspace)

    assert step.log_tail().splitlines() == ["printed ***", "several None"]
    assert "stderr ***" in step.log_tail("stderr")
    assert step.get_details()["error"]["error"]["message"] == "***"
    assert SECRET not in str(step.get_metrics())
    assert files_with(SECRET, workspace.store.folder / "runs") == []
    assert files_with(SECRET, workspace.store.folder / "agent") == []
    assert SECRET.encode() not in (workspace.store.folder / "state.db").read_bytes()
    assert workspace.get_run(step.id).get_secret("db-password") == SECRET


def test_what_the_workers_of_a_parallel_run_fetch_is_in_no_log(vault, pool, workspace):
    vault.set_secret("db-password", SECRET)
    Path("code").mkdir()
    Path("code/batch.py").write_text(
        "from azureml.core import Run\n"
        "def run(mini_batch):\n"
        "    print('worker', Run.get_context().get_secret('db-password'))\n"
        "    return mini_batch\n"
    )
    Path("a.txt").write_text("a")
    store = workspace.get_default_datastore()
    store.upload_files(["a.txt"], show_progress=False)
    data = Dataset.File.from_files((store, "a.txt")).as_named_input("data")
    settings = ParallelRunConfig(
        Environment("batch"), "batch.py", 0, "append_row", "cpucluster", 1, 1,
        source_directory="code",
    )  # fmt: skip
    step = ParallelRunStep("score", settings, [data], OutputFileDatasetConfig("out"))
    run = Pipeline(workspace, [step]).submit("exp")
    wait_until(lambda: run.record.status.is_terminal, 30, "the end of the run")

    assert run.status == "Completed"
    logs = workspace.store.run_folder(next(run.get_children()).id).path / "logs" / "user"
    assert (logs / "stdout" / "process000.stdout.txt").read_text() == "worker ***\n"
    assert files_with(SECRET, logs) == []


def test_a_secret_as_an_argument_is_refused_with_the_way_to_fetch_it(vault, pool, workspace):
    vault.set_secret("db-password", SECRET)
    Path("fetch.py").write_text("")
    step = PythonScriptStep(
        "fetch.py", arguments=["--password", SECRET], compute_target="cpucluster"
    )

    with pytest.raises(ValueError, match="holds the secret db-password of the keyvault") as caught:
        Pipeline(workspace, [step]).submit("exp")
    assert SECRET not in str(caught.value)
    assert caught.value.hint == "Run.get_context().get_secret('db-password') in the step's code"


def test_a_keyring_keeps_the_secret(ring, workspace, tmp_path):
    vault = workspace.get_default_keyvault()
    vault.set_secret("db-password", SECRET)

    [(service, kept)] = ring().items()
    assert service.startswith("synapse-magics/")
    assert kept == {"db-password": SECRET}
    assert vault.get_secret("db-password") == SECRET
    assert files_with(SECRET, workspace.store.folder) == []

    vault.delete_secret("db-password")
    assert ring() == {service: {}}
    assert vault.get_secret("db-password") is None


def test_a_keyring_that_refuses_is_replaced_by_the_file(ring, workspace, monkeypatch):
    monkeypatch.setenv("TEST_KEYRING_LOCKED", "1")
    vault = Keyvault(workspace)

    vault.set_secret("db-password", SECRET)

    assert ring() == {}
    assert vault.get_secret("db-password") == SECRET
    monkeypatch.delenv("TEST_KEYRING_LOCKED")
    vault.set_secret("db-password", "newer")
    assert vault.get_secret("db-password") == "newer"
    assert not (workspace.store.folder / "keyvault.json").exists()


def test_what_a_step_fetches_from_a_keyring_is_in_no_log(ring, pool, workspace):
    workspace.get_default_keyvault().set_secret("db-password", SECRET)

    step = fetched(workspace)

    assert step.log_tail().splitlines() == ["printed ***", "several None"]
    assert files_with(SECRET, workspace.store.folder) == []
