"""Environments: packages that are asked for are there, or the step is refused."""

import json

import pytest

from synapse_magics import Environment
from synapse_magics.core.environment import CondaDependencies, check_installed
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException


@pytest.fixture
def installed(monkeypatch):
    from importlib import metadata

    versions = {"thing": "2.3.3"}

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)


def asking(*pip, conda=()):
    environment = Environment("env")
    environment.python.conda_dependencies = CondaDependencies.create(pip, conda)
    return environment


def test_default_content():
    environment = Environment(name="myenv")

    assert environment.python.conda_dependencies.pip_packages == ["azureml-defaults"]
    assert environment.environment_variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
    assert (environment.version, environment.python.user_managed_dependencies) == (None, False)


def test_the_name_is_a_text():
    with pytest.raises(TypeError, match="not int"):
        Environment(5)


def test_a_package_replaces_an_entry_of_the_same_one():
    dependencies = CondaDependencies.create(["azureml-core==1.20.0", "thing"])
    dependencies.add_pip_package("Azureml_Core==1.30.0")

    assert dependencies.pip_packages == ["thing", "Azureml_Core==1.30.0"]


def test_given_packages_replace_the_default():
    assert CondaDependencies.create(["thing"]).pip_packages == ["thing"]
    assert CondaDependencies.create().pip_packages == ["azureml-defaults"]


def test_an_option_is_no_package():
    with pytest.raises(UserErrorException, match="Invalid package name --index-url"):
        CondaDependencies().add_pip_package("--index-url https://host")


@pytest.mark.parametrize(
    "wanted",
    [
        asking(),
        asking("thing"),
        asking("thing==2.3.3"),
        asking("thing >= 2, < 3"),
        asking("azureml-core==1.20.0", "azureml-defaults"),
        asking("gone; python_version < '3'"),
        asking(conda=["python=3.8.13", "pip", "thing=2.3"]),
    ],
    ids=lambda item: str(item.python.conda_dependencies.as_dict()["dependencies"]),
)
def test_what_is_installed_passes(installed, wanted):
    check_installed(wanted)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (asking("gone"), "asks for gone; installed is nothing"),
        (asking("thing==2.4"), "asks for thing==2.4; installed is thing 2.3.3"),
        (asking(conda=["thing=2.2"]), "asks for thing=2.2; installed is thing 2.3.3"),
    ],
    ids=["missing", "older", "conda"],
)
def test_what_is_not_installed_is_named(installed, wanted, text):
    with pytest.raises(NotSupportedError, match=text) as caught:
        check_installed(wanted)

    assert caught.value.where == "environment env"
    assert caught.value.hint.startswith("%pip install")


def test_what_is_no_requirement(installed):
    with pytest.raises(UserErrorException, match="Invalid package name thing>>2"):
        check_installed(asking("thing>>2"))


def test_register_and_get(workspace):
    environment = asking("thing>=2")
    environment.environment_variables = {"A": "b"}
    registered = environment.register(workspace)
    found = Environment.get(workspace, "env")

    assert (registered.version, found.version) == ("1", "1")
    assert found.python.conda_dependencies.pip_packages == ["thing>=2"]
    assert found.environment_variables == {"A": "b"}


def test_the_same_content_is_the_same_version(workspace):
    versions = [
        asking("a").register(workspace).version,
        asking("a").register(workspace).version,
        asking("b").register(workspace).version,
    ]

    assert versions == ["1", "1", "2"]
    assert Environment.get(workspace, "env", "1").python.conda_dependencies.pip_packages == ["a"]
    assert workspace.environments["env"].version == "2"


def test_get_what_is_not_there(workspace):
    asking("a").register(workspace)
    with pytest.raises(UserErrorException, match="Environment evn not found") as caught:
        Environment.get(workspace, "evn")
    assert caught.value.hint == "did you mean 'env'?"


def test_get_a_version_that_is_none(workspace):
    with pytest.raises(UserErrorException, match="Invalid value Autosave for version"):
        Environment.get(workspace, "env", "Autosave")


def test_text_and_representation():
    environment = Environment("env")

    assert str(environment) == "Environment(Name: env,\nVersion: None)"
    assert json.loads(repr(environment))["pip"] == ["azureml-defaults"]
