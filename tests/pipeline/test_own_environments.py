"""Steps whose packages the notebook does not have run in environments of their own."""

import subprocess
import sys

import pytest
from wheels import make_wheel, without_network

from synapse_magics import Environment, Experiment, Pipeline, PythonScriptStep, SynapseSparkStep
from synapse_magics.core.data_config import OutputFileDatasetConfig
from synapse_magics.core.dataset import Dataset
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.run_configuration import RunConfiguration
from synapse_magics.staging.package_indexes import variables
from synapse_magics.store.installers import find_uv

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    without_network(monkeypatch, tmp_path)


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def asking(*pip, python=None):
    """Return an environment whose packages come from the folder ``wheels``."""
    environment = Environment("mine")
    environment.environment_variables = {}
    packages = environment.python.conda_dependencies
    packages.set_pip_requirements(["azureml-core==1.20.0", *pip])
    packages.set_pip_option("--no-index")
    packages.set_pip_option("--find-links wheels")
    if python is not None:
        packages.set_python_version(python)
    return environment


def script(code, text, environment, **options):
    name = options.pop("name", "main")
    (code / f"{name}.py").write_text(text)
    settings = RunConfiguration()
    settings.environment = environment
    return PythonScriptStep(
        f"{name}.py",
        name=name,
        source_directory=str(code),
        compute_target="cpucluster",
        runconfig=settings,
        **options,
    )


def run(workspace, *steps):
    submitted = Experiment(workspace, "exp").submit(Pipeline(workspace, list(steps)))
    submitted.wait_for_completion(show_output=False, raise_on_error=False)
    return submitted


def printed(submitted, name="main"):
    (step,) = submitted.find_step_run(name)
    folder = submitted._store.run_folder(step.id)
    assert step.status == "Completed", folder.stderr.read_text()
    return folder.stdout.read_text().split()


def test_a_step_sees_the_version_that_its_environment_has(workspace, pool, code, tmp_path):
    import packaging

    make_wheel(tmp_path / "wheels", "packaging", "0.1", requires=["part"])
    make_wheel(tmp_path / "wheels", "part", "2.0")
    text = "import packaging, part, sys; print(packaging.VERSION, part.VERSION, sys.prefix)"
    submitted = run(workspace, script(code, text, asking("packaging==0.1")))

    version, part, prefix = printed(submitted)
    assert (version, part) == ("0.1", "2.0")
    assert packaging.__version__ != "0.1"
    assert prefix.startswith(str(workspace.store.folder / "environments"))


def test_what_only_the_notebook_has_is_not_there(workspace, pool, code, tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    text = """
for name in ("thing", "pandas", "IPython", "psutil", "pyspark"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        print("without", name)
"""
    submitted = run(workspace, script(code, text, asking("thing")))

    assert printed(submitted)[1::2] == ["pandas", "IPython", "psutil", "pyspark"]


def test_azureml_is_there_and_in_processes_that_the_script_starts(workspace, pool, code, tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    text = """
import subprocess, sys
from azureml.core import Run
run = Run.get_context()
run.log("rows", 3)
print(run.experiment.name, flush=True)
subprocess.run([sys.executable, "-c", "import azureml.core; print(azureml.core.Run.__name__)"])
subprocess.run(["python", "-c", "import thing; print(thing.VERSION)"])
"""
    submitted = run(workspace, script(code, text, asking("thing")))

    assert printed(submitted) == ["exp", "Run", "1.2"]
    assert submitted.find_step_run("main")[0].get_metrics() == {"rows": 3}


def test_a_table_is_read_though_the_environment_has_no_pandas(workspace, pool, code, tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    datastore = workspace.get_default_datastore()
    datastore.upload_files([str(tmp_path / "rows.csv")], show_progress=False)
    table = Dataset.Tabular.from_delimited_files((datastore, "rows.csv"))
    text = """
from azureml.core import Run
import thing
print(len(Run.get_context().input_datasets["rows"].to_pandas_dataframe()), thing.VERSION)
"""
    step = script(code, text, asking("thing"), inputs=[table.as_named_input("rows")])

    assert printed(run(workspace, step)) == ["2", "1.2"]


def test_an_error_of_a_script_is_told_as_ever(workspace, pool, code, tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    submitted = run(workspace, script(code, "import thing\n1 / 0\n", asking("thing")))
    (step,) = submitted.find_step_run("main")

    assert step.get_details()["error"]["error"]["message"].startswith("division by zero")


def test_the_environment_is_built_once_for_all_that_need_it(workspace, pool, code, tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    steps = [script(code, "import thing", asking("thing"), name=name) for name in ("one", "two")]
    submitted = run(workspace, *steps)
    logs = [
        submitted._store.run_folder(step.id).stderr.read_text() for step in submitted.get_steps()
    ]

    assert submitted.status == "Completed"
    assert sum("building it" in log for log in logs) == 1
    assert sum(" + thing==1.2" in log for log in logs) == 1


def test_what_cannot_be_resolved_fails_the_step_in_the_resolvers_words(
    workspace, pool, code, tmp_path
):
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    submitted = run(workspace, script(code, "", asking("thing>=2")))
    (step,) = submitted.find_step_run("main")
    message = step.get_details()["error"]["error"]["message"]

    assert step.status == "Failed"
    assert "only thing==1.2 is available" in message
    assert "only thing==1.2 is available" in submitted._store.run_folder(step.id).stderr.read_text()


def test_what_is_installed_builds_nothing(workspace, pool, code, monkeypatch):
    submitted = run(workspace, script(code, "import sys; print(sys.prefix)", asking("packaging")))

    assert printed(submitted) == [sys.prefix]
    assert not (workspace.store.folder / "environments").exists()


def test_a_result_is_reused_until_the_environment_changes(workspace, pool, code, tmp_path):
    for version in ("1.2", "1.3"):
        make_wheel(tmp_path / "wheels", "thing", version)

    def submit(*pip):
        submitted = run(workspace, script(code, "import thing", asking(*pip)))
        (step,) = submitted.find_step_run("main")
        return step.get_properties().get("azureml.isreused")

    assert submit("thing==1.2") is None
    assert submit("thing==1.2") == "true"
    assert submit("thing==1.3") is None
    assert submit("thing == 1.3") == "true"


def test_what_differs_is_told(workspace, pool, code, tmp_path):
    for version in ("1.2", "1.3"):
        make_wheel(tmp_path / "wheels", "thing", version)
    run(workspace, script(code, "import thing", asking("thing==1.2")))
    plan = Pipeline(workspace, [script(code, "import thing", asking("thing==1.3"))]).plan("exp")

    assert "environment: thing ==1.2 -> ==1.3" in str(plan)


def test_another_version_of_python(workspace, pool, code, tmp_path):
    wanted = "3.12" if sys.version_info[:2] != (3, 12) else "3.11"
    where = variables((), {})
    asked = [find_uv(), "python", "find", "--no-project", wanted]
    if subprocess.run(asked, env=where, capture_output=True, check=False).returncode:
        pytest.skip(f"Python {wanted} is not installed")
    make_wheel(tmp_path / "wheels", "thing", "1.2")
    text = """
import sys
from azureml.core import Run
Run.get_context().log("rows", 3)
print("%d.%d" % sys.version_info[:2])
"""
    submitted = run(workspace, script(code, text, asking("thing", python=wanted)))

    assert printed(submitted) == [wanted]


@pytest.mark.spark
def test_python_and_spark_in_environments_of_their_own(workspace, pool, code, tmp_path):
    make_wheel(tmp_path / "wheels", "thing", "1.2", "def double(x):\n    return x * 2\n")
    environment = asking("thing", "pyspark>=3.5")
    made = OutputFileDatasetConfig("made")
    first = script(
        code,
        "import sys, thing, pathlib\n"
        "pathlib.Path(sys.argv[1], 'rows.csv').write_text(f'a\\n{thing.double(3)}\\n')\n",
        asking("thing"),
        name="first",
        arguments=[made],
        outputs=[made],
    )
    (code / "second.py").write_text(
        "import sys, thing\n"
        "from pyspark.sql import SparkSession\n"
        "from azureml.core import Run\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "rows = spark.read.option('header', True).csv(sys.argv[1])\n"
        "doubled = rows.rdd.map(lambda row: (thing.double(int(row.a)), __import__('sys').prefix))\n"
        "print(*doubled.collect()[0], sys.prefix, Run.get_context().id)\n"
    )
    second = SynapseSparkStep(
        "second.py",
        str(code),
        "link1-spark01",
        *("1g", 1, "1g", 1, 1),
        name="second",
        arguments=[made.as_input("rows").as_hdfs()],
        inputs=[made.as_input("rows").as_hdfs()],
        environment=environment,
    )
    submitted = run(workspace, first, second)

    doubled, of_workers, of_driver, run_id = printed(submitted, "second")
    assert doubled == "12"
    assert of_workers == of_driver
    assert of_driver.startswith(str(workspace.store.folder / "environments"))
    assert run_id == submitted.find_step_run("second")[0].id
    assert len(list((workspace.store.folder / "environments").glob("*/bin/python"))) == 1


def test_another_pyspark_than_the_pools_is_refused(code):
    (code / "a.py").touch()
    with pytest.raises(
        NotSupportedError, match=r"asks for pyspark==3\.1, and the pool has PySpark"
    ):
        SynapseSparkStep(
            "a.py", str(code), "spark", "1g", 1, "1g", 1, 1, environment=asking("pyspark==3.1")
        )
