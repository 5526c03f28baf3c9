"""An environment is built before a step asks for it, and removed when nobody needs it."""

import subprocess
import sys

import pytest
from wheels import make_wheel, without_network

from synapse_magics import Environment
from synapse_magics.core.cleaning import clean
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store import environments


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    without_network(monkeypatch, tmp_path)


@pytest.fixture
def wheels(tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    return tmp_path / "wheels"


def asking(*pip, name="env"):
    environment = Environment(name)
    packages = environment.python.conda_dependencies
    packages.set_pip_requirements(["--no-index", "--find-links wheels", *pip])
    return environment


@pytest.fixture
def aged(monkeypatch):
    """Take every environment for one that was built long ago."""
    monkeypatch.setattr(environments, "_YOUNG_SECONDS", -1)


def test_it_is_built_and_says_how_it_goes_on(workspace, wheels, capsys):
    environment = asking("thing")
    details = environment.build(workspace)
    details.wait_for_completion(show_output=True)

    printed = capsys.readouterr().out
    assert details.status == "Succeeded"
    assert printed.startswith("Image Build Status: Running\n")
    assert " + thing==1.2\n" in printed
    assert printed.endswith("Image Build Status: Succeeded\n\n")


def test_where_it_lies(workspace, wheels):
    environment = asking("thing")
    assert environment.get_image_details(workspace)["built"] is False
    environment.build_local(workspace)
    found = environment.get_image_details(workspace)

    assert found["built"] is True
    assert found["packages"] == ["thing"]
    assert found["folder"].startswith(str(workspace.store.folder / "environments"))
    code = "import thing; print(thing.VERSION)"
    assert subprocess.check_output([found["python"], "-c", code], text=True) == "1.2\n"


def test_what_is_there_starts_no_process(workspace, monkeypatch, capsys):
    def refuse(*_, **__):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    asking("packaging").build(workspace).wait_for_completion()

    assert "Nothing to build" in capsys.readouterr().out
    assert asking("packaging").get_image_details(workspace)["python"] == sys.executable


def test_what_cannot_be_resolved_is_told_in_the_resolvers_words(workspace, wheels):
    with pytest.raises(UserErrorException, match=r"only thing==1\.2 is available") as caught:
        asking("thing>=2").build(workspace).wait_for_completion(show_output=False)

    assert caught.value.where == "environment env"


def test_a_private_wheel(workspace, tmp_path):
    wheel = make_wheel(tmp_path / "elsewhere", "secret-thing", "1.0")
    address = Environment.add_private_pip_wheel(workspace, str(wheel))
    environment = Environment("env")
    environment.python.conda_dependencies.add_pip_package(address)
    environment.build_local(workspace)

    assert str(tmp_path) not in repr(environment)
    python = environment.get_image_details(workspace)["python"]
    assert subprocess.check_output([python, "-c", "import secret_thing"]) == b""


def test_a_private_wheel_that_is_kept_already(workspace, tmp_path):
    wheel = str(make_wheel(tmp_path / "elsewhere", "thing", "1.0"))
    address = Environment.add_private_pip_wheel(workspace, wheel)

    assert Environment.add_private_pip_wheel(workspace, wheel, exist_ok=True) == address
    with pytest.raises(UserErrorException, match="already exists"):
        Environment.add_private_pip_wheel(workspace, wheel)


@pytest.mark.parametrize("name", ["thing.txt", "thing.whl"])
def test_what_is_no_wheel(workspace, tmp_path, name):
    with pytest.raises(UserErrorException, match="is no wheel"):
        Environment.add_private_pip_wheel(workspace, str(tmp_path / name))


def test_what_nobody_needs_is_removed(workspace, wheels, aged):
    environment = asking("thing")
    environment.build_local(workspace)
    assert len(clean(workspace, older_than=0, dry_run=True).environments) == 1
    assert environment.get_image_details(workspace)["built"]

    removal = clean(workspace, older_than=0)

    assert len(removal.environments) == 1
    assert removal.freed > 0
    assert list((workspace.store.folder / "environments").iterdir()) == []
    environment.build_local(workspace)
    assert environment.get_image_details(workspace)["built"]


def test_what_was_built_just_now_stays(workspace, wheels):
    asking("thing").build_local(workspace)

    assert clean(workspace, older_than=0).environments == {}


def test_what_a_registered_environment_needs_stays(workspace, wheels, aged):
    asking("thing").build_local(workspace)
    asking("thing", name="other").register(workspace)

    assert clean(workspace, older_than=0).environments == {}


def test_what_is_being_built_stays(workspace, wheels, aged):
    environment = asking("thing")
    environment.build_local(workspace)
    place = next((workspace.store.folder / "environments").glob("*/"))
    with environments.locked(place):
        assert environments.take_away(workspace.store) == []
