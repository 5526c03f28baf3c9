"""Environments: what they are made of, how they are registered and found."""

import json

import pytest

from synapse_magics import Environment
from synapse_magics.core.environment import CondaDependencies
from synapse_magics.core.environment_sections import (
    DockerSection,
    PythonSection,
    SparkPackage,
    SparkSection,
)
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException


def asking(*pip, conda=()):
    environment = Environment("env")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=pip, conda_packages=conda, pin_sdk_version=False
    )
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
    dependencies = CondaDependencies.create(pip_packages=["azureml-core==1.20.0", "thing"])
    dependencies.add_pip_package("Azureml_Core==1.30.0")

    assert dependencies.pip_packages == ["thing", "Azureml_Core==1.30.0"]


def test_given_packages_replace_the_default():
    assert CondaDependencies.create(pip_packages=["thing"]).pip_packages == ["thing"]
    assert CondaDependencies.create(pin_sdk_version=False).pip_packages == ["azureml-defaults"]


def test_packages_of_the_sdk_are_pinned_unless_they_are_already():
    given = ["azureml-core", "azureml-train==1.2", "thing"]

    assert CondaDependencies.create().pip_packages == ["azureml-defaults~=1.61.0"]
    assert CondaDependencies.create(pip_packages=given).pip_packages == [
        "azureml-core~=1.61.0",
        "azureml-train==1.2",
        "thing",
    ]


def test_an_option_is_no_package():
    with pytest.raises(UserErrorException, match="Invalid package name --index-url"):
        CondaDependencies().add_pip_package("--index-url https://host")


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
    assert json.loads(repr(environment))["python"]["condaDependencies"] == {
        "name": "project_environment",
        "channels": ["anaconda", "conda-forge"],
        "dependencies": ["python=3.8.13", {"pip": ["azureml-defaults"]}],
    }


def test_a_label_finds_its_version(workspace):
    asking("a").register(workspace)
    asking("b").register(workspace)
    Environment.label(workspace, "env", "1", ["stable"])

    assert Environment.get(workspace, "env", label="stable").version == "1"
    assert Environment.get(workspace, "env", label="latest").version == "2"
    with pytest.raises(UserErrorException, match="not found"):
        Environment.get(workspace, "env", label="other")
    with pytest.raises(UserErrorException, match="Only one of version or label"):
        Environment.get(workspace, "env", version="1", label="stable")


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("AzureML-Minimal", ["azureml-defaults"]),
        ("AzureML-Tutorial", ["azureml-defaults", "matplotlib", "pandas", "scikit-learn"]),
        (
            "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu",
            ["azureml-defaults", "pandas", "scikit-learn"],
        ),
        ("AzureML-TensorFlow-2.4-GPU", ["azureml-defaults", "tensorflow"]),
    ],
)
def test_curated_names_stand_for_packages_of_this_interpreter(workspace, name, packages):
    found = Environment.get(workspace, name)

    assert (found.name, found.version) == (name, "1")
    assert found.python.conda_dependencies.pip_packages == packages


def test_a_curated_name_is_not_registered(workspace):
    with pytest.raises(UserErrorException, match="kept for curated environments") as caught:
        Environment.get(workspace, "AzureML-Minimal").register(workspace)

    assert "clone" in caught.value.hint


def test_a_clone_is_another_environment():
    environment = asking("thing")
    environment.docker.arguments = ["--gpus", "all"]
    clone = environment.clone("other")
    clone.python.conda_dependencies.add_pip_package("more")

    assert (clone.name, clone.version) == ("other", None)
    assert clone.docker.arguments == ["--gpus", "all"]
    assert environment.python.conda_dependencies.pip_packages == ["thing"]


def test_every_section_has_the_defaults_of_azure_ml():
    environment = Environment("env")
    docker, python, spark = environment.docker, environment.python, environment.spark

    assert docker.base_image.startswith("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04")
    assert (docker.base_dockerfile, docker.enabled) == (None, False)
    assert (python.interpreter_path, python.base_conda_environment) == ("python", None)
    assert python.conda_dependencies_file is None
    assert (spark.repositories, spark.packages, spark.precache_packages) == ([], [], True)
    assert environment.inferencing_stack_version is None


def test_what_is_set_in_a_section_is_registered(workspace):
    environment = Environment("env")
    environment.docker.base_image_registry.address = "registry.example"
    environment.docker.base_image_registry.password = "word"  # noqa: S105 - none
    environment.spark.packages.append(SparkPackage("group", "artifact", "1"))
    environment.register(workspace)
    found = Environment.get(workspace, "env")

    assert found.docker.base_image_registry.address == "registry.example"
    assert found.docker.base_image_registry.password is None
    assert found.spark.packages == [SparkPackage("group", "artifact", "1")]


def test_of_a_conda_file(tmp_path, caplog):
    file = tmp_path / "env.yml"
    file.write_text("name: mine\nchannels: [defaults]\ndependencies:\n- pip:\n  - thing>=2\n")
    environment = Environment.from_conda_specification("env", str(file))
    dependencies = environment.python.conda_dependencies

    assert dependencies.pip_packages == ["thing>=2"]
    assert dependencies.conda_channels == ["defaults"]
    assert dependencies.get_python_version() == "3.10.18"
    assert "3.10.18 is added" in caplog.text


def test_of_a_requirements_file(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("# ours\n--index-url https://host\nthing>=2  # newest\n\nother\n")
    environment = Environment.from_pip_requirements("env", str(file), pip_version="24.0")
    dependencies = environment.python.conda_dependencies

    assert dependencies.pip_packages == ["thing>=2", "other"]
    assert dependencies.pip_options == ["--index-url https://host"]
    assert "pip=24.0" in dependencies.conda_packages


def test_an_image_is_kept_and_said_to_be_unused(caplog):
    environment = Environment.from_docker_image("env", "host/image:1")

    assert environment.docker.base_image == "host/image:1"
    assert environment.python.user_managed_dependencies
    assert "is kept and not used" in caplog.text


def test_a_dockerfile_is_a_file_or_its_text(tmp_path):
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\n")

    for given in (str(file), "FROM x\n"):
        docker = Environment.from_dockerfile("env", given).docker
        assert (docker.base_image, docker.base_dockerfile) == (None, "FROM x\n")


def test_another_conda_environment_is_refused():
    with pytest.raises(NotSupportedError) as caught:
        Environment.from_existing_conda_environment("env", "other")

    assert "start the notebook in that environment" in caught.value.hint


def test_save_and_load(tmp_path):
    environment = asking("thing>=2")
    environment.environment_variables = {"A": "b"}
    environment.save_to_directory(str(tmp_path / "env"))
    loaded = Environment.load_from_directory(str(tmp_path / "env"))

    assert repr(loaded) == repr(environment)
    with pytest.raises(UserErrorException, match="exists already"):
        environment.save_to_directory(str(tmp_path / "env"))
    environment.save_to_directory(str(tmp_path / "env"), overwrite=True)


def test_an_edited_conda_file_counts(tmp_path):
    asking("thing>=2").save_to_directory(str(tmp_path / "env"))
    file = tmp_path / "env" / "conda_dependencies.yml"
    file.write_text(file.read_text().replace("thing>=2", "thing>=3"))

    loaded = Environment.load_from_directory(str(tmp_path / "env"))
    assert loaded.python.conda_dependencies.pip_packages == ["thing>=3"]


@pytest.mark.parametrize("kind", [DockerSection, PythonSection, SparkSection])
def test_a_section_drops_no_keyword(kind):
    with pytest.raises(NotSupportedError, match="strange is not supported here"):
        kind(strange=1)
    assert isinstance(kind(_skip_defaults=True), kind)


def test_an_environment_drops_no_keyword():
    with pytest.raises(NotSupportedError, match="environment_variables is not supported here"):
        Environment("env", environment_variables={"A": "1"})
