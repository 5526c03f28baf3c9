"""What a script run is made of, and what is refused before anything is submitted."""

import subprocess
from pathlib import Path

import pytest

from synapse_magics import ComputeTarget, Dataset, Environment, Experiment, HDFSOutputDatasetConfig
from synapse_magics.core.exceptions import (
    ComputeTargetException,
    ExperimentExecutionException,
    NotSupportedError,
    UserErrorException,
)
from synapse_magics.core.run_configuration import (
    DockerConfiguration,
    MpiConfiguration,
    RunConfiguration,
)
from synapse_magics.pipeline import git_info
from synapse_magics.pipeline.script_run_config import ScriptRunConfig
from synapse_magics.store.states import RunStatus


@pytest.fixture
def refuse(workspace):
    """Submit something that is refused; nothing is left of it."""

    def refuse(config, error, match):
        experiment = Experiment(workspace, "exp")
        with pytest.raises(error, match=match):
            experiment.submit(config)
        assert list(experiment.get_runs()) == []

    return refuse


@pytest.fixture(autouse=True)
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("print('hello')")


def test_it_says_how_to_run(workspace, pool):
    environment = Environment("mine")
    target = ComputeTarget(workspace, "cpucluster")
    config = ScriptRunConfig("code", "a.py", compute_target=target, environment=environment)

    assert config.run_config.target == "cpucluster"
    assert config.run_config.environment is environment
    assert config.run_config.max_run_duration_seconds == 2592000


def test_a_run_configuration_comes_before_the_rest(caplog):
    settings = RunConfiguration(framework="pyspark", arguments=["a"], script="a.py")
    config = ScriptRunConfig(
        "code",
        run_config=settings,
        compute_target="other",
        docker_runtime_config=DockerConfiguration(use_docker=True),
    )
    settings.target = "later"

    assert (config.run_config.target, config.script, config.arguments) == ("local", "a.py", ["a"])
    assert caplog.messages == [
        (
            "If 'run_config' is specified, the following parameters will be ignored: "
            "compute_target, docker_runtime_config"
        )
    ]


def test_a_script_and_a_command():
    with pytest.raises(UserErrorException, match="either script or command, but not both"):
        ScriptRunConfig("code", "a.py", command="python a.py")


def test_what_would_change_the_result_is_refused():
    with pytest.raises(NotSupportedError, match="one process"):
        ScriptRunConfig("code", "a.py", distributed_job_config=MpiConfiguration(node_count=2))
    ScriptRunConfig("code", "a.py", distributed_job_config=MpiConfiguration())
    with pytest.raises(NotSupportedError, match="resume_from"):
        ScriptRunConfig("code", "a.py", resume_from="checkpoint")


@pytest.mark.parametrize(
    ("name", "value"),
    [("communicator", "OpenMpi"), ("node_count", 2), ("data", {"a": 1})],
)
def test_settings_that_would_change_the_result_are_refused(refuse, name, value):
    settings = RunConfiguration()
    setattr(settings, name, value)

    refuse(ScriptRunConfig("code", "a.py", run_config=settings), NotSupportedError, name)


@pytest.mark.parametrize("name", ["gone.py", "../outside.py"])
def test_a_script_that_is_not_there(refuse, tmp_path, name):
    (tmp_path / "outside.py").touch()
    error = "script path doesn't exist. The script should be inside the project folder"

    refuse(ScriptRunConfig("code", name), ExperimentExecutionException, error)


def test_nothing_to_run(refuse):
    refuse(ScriptRunConfig("code"), UserErrorException, "either a script or a command")


@pytest.mark.parametrize("command", ["python a.py && ls", ["python a.py | tee x"], []])
def test_no_shell_reads_a_command(refuse, command):
    refuse(ScriptRunConfig("code", command=command), NotSupportedError, "no shell reads")


def test_a_target_that_cannot_run_it(pool, refuse):
    config = ScriptRunConfig("code", "a.py", compute_target="link1-spark01")
    refuse(config, ComputeTargetException, "runs PySpark only")
    config = ScriptRunConfig("code", "a.py", compute_target="gone")
    refuse(config, ComputeTargetException, "ComputeTargetNotFound")


def test_data_that_a_script_run_cannot_have(workspace, pool, refuse):
    datastore = workspace.get_default_datastore()
    (datastore.root / "a.txt").touch()
    mounted = Dataset.File.from_files((datastore, "a.txt")).as_named_input("a").as_mount()
    settings = RunConfiguration(framework="PySpark")
    settings.target = "link1-spark01"

    config = ScriptRunConfig("code", "a.py", [mounted], settings)
    refuse(config, ValueError, "DIRECT_MODE or HDFS_MODE")
    config = ScriptRunConfig("code", "a.py", [HDFSOutputDatasetConfig().as_input("b")])
    refuse(config, UserErrorException, "part of no pipeline")


def test_options_of_pipelines_are_refused(workspace):
    with pytest.raises(NotSupportedError, match="regenerate_outputs is not supported"):
        Experiment(workspace, "exp").submit(
            ScriptRunConfig("code", "a.py"), regenerate_outputs=True
        )


def test_one_output_in_a_script_run_and_then_in_a_step(workspace, pool):
    output = HDFSOutputDatasetConfig("out", (workspace.get_default_datastore(), "x"))
    arguments = ["--out", output]
    run = Experiment(workspace, "exp").submit(
        ScriptRunConfig("code", "a.py", arguments, compute_target="cpucluster")
    )
    assert arguments == ["--out", output]
    from synapse_magics import Pipeline, PythonScriptStep

    step = PythonScriptStep(
        "a.py", source_directory="code", compute_target="cpucluster", arguments=arguments
    )
    Pipeline(workspace, [step])

    assert run.wait(60) is RunStatus.COMPLETED


def test_the_version_of_the_sources_is_a_property(workspace, tmp_path, monkeypatch):
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "somebody")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "a@b.c")
    git = ["git", "-C", str(tmp_path / "code")]
    for words in (
        ["init", "-q", "-b", "trunk"],
        ["add", "."],
        ["commit", "-qm", "x"],
        ["remote", "add", "origin", "https://me:secret@host.test/repo.git"],
    ):
        subprocess.run([*git, *words], check=True)

    run = Experiment(workspace, "exp").submit(ScriptRunConfig("code", "a.py"))
    run.wait(60)

    found = run.properties
    assert found["azureml.git.branch"] == found["mlflow.source.git.branch"] == "trunk"
    assert found["azureml.git.repository_uri"] == "https://host.test/repo.git"
    assert found["azureml.git.dirty"] == "False"
    assert len(found["mlflow.source.git.commit"]) == 40
    assert found["ContentSnapshotId"] == run.get_snapshot_id()
    assert found["_azureml.ComputeTargetType"] == "local"


def test_sources_in_no_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_info.properties(tmp_path) == {}
    monkeypatch.setenv("PATH", "")
    assert git_info.properties(Path.cwd()) == {}


@pytest.mark.parametrize("make", [RunConfiguration, lambda **given: ScriptRunConfig(".", **given)])
def test_arguments_in_one_text_are_refused(make):
    with pytest.raises(UserErrorException, match="arguments must be a list, not str") as caught:
        make(arguments="--rate 0.1")
    assert caught.value.hint == "arguments=['--rate', '0.1']"
