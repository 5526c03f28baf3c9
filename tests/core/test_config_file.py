"""``config.json``: searched upwards, read with care, written so that it leads back."""

import json
import threading

import pytest

from synapse_magics.core import config_file
from synapse_magics.core.exceptions import UserErrorException

KEYS = {"subscription_id": "s", "resource_group": "r", "workspace_name": "w"}


@pytest.mark.parametrize("part", [".azureml", "aml_config", "."])
def test_a_folder_and_its_config_folders_are_looked_into(tmp_path, part):
    file = tmp_path / part / "config.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(KEYS))

    found = config_file.read(config_file.find(tmp_path))

    assert (found.keys, found.folder) == (KEYS, tmp_path.resolve())


def test_the_dot_azureml_folder_comes_first(tmp_path):
    config_file.write(tmp_path / "config.json", KEYS, tmp_path)
    config_file.write(tmp_path / ".azureml" / "config.json", KEYS, tmp_path)

    assert config_file.find(tmp_path).parent.name == ".azureml"


def test_parents_are_searched(tmp_path):
    config_file.write(tmp_path / "config.json", KEYS, tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    assert config_file.find(below) == tmp_path.resolve() / "config.json"


def test_nothing_found(tmp_path):
    with pytest.raises(UserErrorException) as caught:
        config_file.find(tmp_path, "other.json")

    assert caught.value.message == (
        f"The workspace configuration file other.json, could not be found in {tmp_path.resolve()} "
        "or its parent directories."
    )
    assert caught.value.hint == "%synapse_workspace NAME creates a workspace here"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"x"', b"\xff\xfe\xfa", b'{"workspace_name": "w"}']
)
def test_a_file_that_is_no_configuration(tmp_path, content):
    file = tmp_path / "config.json"
    file.write_bytes(content)

    with pytest.raises(UserErrorException, match="this is not a workspace") as caught:
        config_file.read(file)

    assert caught.value.where == str(file)
    assert "workspace_name" in caught.value.hint


def test_a_file_in_the_workspace_holds_azure_mls_keys_only(tmp_path):
    file = tmp_path / ".azureml" / "config.json"
    config_file.write(file, KEYS, tmp_path)

    assert json.loads(file.read_text()) == KEYS


def test_a_file_elsewhere_leads_to_the_workspace(tmp_path):
    home, other = tmp_path / "home", tmp_path / "home" / "notebooks"
    other.mkdir(parents=True)
    config_file.write(other / ".azureml" / "config.json", KEYS, home)

    assert config_file.read(config_file.find(other)).folder == home.resolve()


def test_a_file_elsewhere_whose_workspace_is_gone(tmp_path):
    config_file.write(tmp_path / "config.json", KEYS, tmp_path / "gone")

    with pytest.raises(UserErrorException, match="the folder of the workspace 'w' is gone"):
        config_file.read(tmp_path / "config.json")


def test_who_reads_while_it_is_written_reads_all_of_it(tmp_path):
    file = tmp_path / "config.json"
    config_file.write(file, KEYS, tmp_path)

    def write():
        for _ in range(300):
            config_file.write(file, KEYS, tmp_path)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        assert config_file.read(file).keys == KEYS
    writer.join()
    assert [item.name for item in tmp_path.iterdir()] == ["config.json"]
