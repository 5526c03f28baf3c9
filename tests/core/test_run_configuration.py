"""Run configurations: what they hold, and their files."""

import copy

import pytest

from synapse_magics.core import run_configuration_file
from synapse_magics.core.environment import CondaDependencies
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.run_configuration import DockerConfiguration, RunConfiguration


def test_what_one_is_without_being_told():
    settings = RunConfiguration()

    assert (settings.framework, settings.communicator) == ("Python", "None")
    assert (settings.target, settings.node_count, settings.priority) == ("local", 1, None)
    assert settings.max_run_duration_seconds is None
    assert settings.environment.name == "default-environment"
    assert settings.spark.configuration == {
        "spark.app.name": "Azure ML Experiment",
        "spark.yarn.maxAppAttempts": 1,
    }
    assert vars(settings.docker) == {
        "use_docker": False,
        "shared_volumes": True,
        "arguments": [],
        "shm_size": "2g",
    }
    assert settings.history.directories_to_watch == ["logs"]
    assert (settings.data, settings.data_references) == ({}, {})


def test_the_framework_is_kept_as_it_is_written():
    settings = RunConfiguration(framework="pyspark")

    assert (settings.framework, settings.is_spark) == ("pyspark", True)
    with pytest.raises(UserErrorException, match="framework Julia is not one of Python, PySpark"):
        settings.framework = "Julia"


@pytest.mark.parametrize(
    ("part", "name", "hint"),
    [
        (None, "framwork", "did you mean 'framework'?"),
        (None, "max_run_duration_second", "did you mean 'max_run_duration_seconds'?"),
        ("docker", "use_dockr", "did you mean 'use_docker'?"),
        ("spark", "xyz", "its attributes: configuration"),
        ("history", "directory_to_watch", "did you mean 'directories_to_watch'?"),
    ],
)
def test_an_attribute_that_there_is_not(part, name, hint):
    settings = RunConfiguration()
    owner = settings if part is None else getattr(settings, part)
    with pytest.raises(UserErrorException, match=f"has no attribute {name}") as caught:
        setattr(owner, name, "x")

    assert caught.value.hint == hint
    assert isinstance(caught.value, AttributeError)  # as in Azure ML
    assert not hasattr(owner, name)


def test_attributes_of_azure_ml_that_change_nothing_here_are_kept():
    settings = RunConfiguration()
    assert settings.auto_prepare_environment is True
    settings.auto_prepare_environment = False
    settings.source_directory_data_store = "workspaceblobstore"
    settings.credential_passthrough = True

    copied = copy.deepcopy(settings)
    assert copied.auto_prepare_environment is False
    assert copied.source_directory_data_store == "workspaceblobstore"


@pytest.mark.parametrize("name", list(RunConfiguration.ELSEWHERE))
def test_attributes_of_azure_ml_that_are_not_here_name_the_alternative(name):
    settings = RunConfiguration()
    for use in (lambda: getattr(settings, name), lambda: setattr(settings, name, 1)):
        with pytest.raises(AttributeError, match=f"^{name} is not supported here") as caught:
            use()
        assert caught.value.hint == RunConfiguration.ELSEWHERE[name]


def test_a_target_is_a_name_or_a_compute_target(pool):
    settings = RunConfiguration()
    settings.target = pool
    assert settings.target == "link1-spark01"
    settings.target = "cpucluster"
    assert settings.target == "cpucluster"
    with pytest.raises(UserErrorException, match="a compute target or its name"):
        settings.target = None


def test_two_do_not_share_anything():
    one, two = RunConfiguration(), RunConfiguration()
    one.spark.configuration["a"] = 1
    one.environment_variables["A"] = "1"

    assert "a" not in two.spark.configuration
    assert two.environment_variables == {}


def test_one_is_saved_and_loaded(tmp_path, monkeypatch):
    pytest.importorskip("yaml")
    monkeypatch.chdir(tmp_path)
    packages = CondaDependencies()
    packages.add_pip_package("pandas")
    settings = RunConfiguration("a.py", ["--n", 1], "PySpark", conda_dependencies=packages)
    settings.target = "link1-spark01"
    settings.spark.configuration["spark.driver.cores"] = 2
    settings.environment_variables = {"A": "1"}
    settings.docker = DockerConfiguration(use_docker=True, shm_size="1g")
    file = settings.save(name="mine")
    found = RunConfiguration.load(".", "mine")

    assert file == ".azureml/mine.runconfig"
    assert (found.script, found.arguments, found.framework) == ("a.py", ["--n", 1], "PySpark")
    assert (found.target, found.name, found.environment_variables) == (
        "link1-spark01",
        "mine",
        {"A": "1"},
    )
    assert found.spark.configuration["spark.driver.cores"] == 2
    assert "pandas" in list(found.environment.python.conda_dependencies.pip_packages)
    assert (found.docker.use_docker, found.docker.shm_size) == (True, "1g")
    RunConfiguration.delete(".", "mine")
    with pytest.raises(UserErrorException, match=r"Failed to load RunConfiguration from path=\. n"):
        RunConfiguration.load(".", "mine")


def test_a_file_that_is_none(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "a.runconfig").write_text("- [")

    with pytest.raises(UserErrorException, match="Failed to load RunConfiguration"):
        RunConfiguration.load(str(tmp_path / "a.runconfig"))


def test_without_pyyaml_that_is_said(tmp_path, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(run_configuration_file, "import_module", missing)

    with pytest.raises(NotSupportedError, match="PyYAML") as caught:
        RunConfiguration().save(str(tmp_path))
    assert caught.value.hint == "%pip install pyyaml"
