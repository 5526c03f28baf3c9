"""A step as plain data, and its way to the store."""

import pytest

from synapse_magics import (
    Dataset,
    Environment,
    Pipeline,
    PythonScriptStep,
    SynapseSparkStep,
)
from synapse_magics.agent import client
from synapse_magics.core.environment import CondaDependencies
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.step_specs import own_code
from synapse_magics.store import file_hashes
from synapse_magics.store.specs import RetryOn


@pytest.fixture(autouse=True)
def no_agent(monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "a.py").write_text("import numpy\n")
    return str(folder)


def script(code, **options):
    return PythonScriptStep(
        "a.py", name="fit", compute_target="cpucluster", source_directory=code, **options
    )


def spec_of(workspace, step):
    (spec,) = Pipeline(workspace, [step]).specs(save=False)
    return spec


def test_what_a_script_imports_is_its_environment(workspace, pool, code):
    assert set(spec_of(workspace, script(code)).environment) == {"python", "pandas", "numpy"}


def test_what_an_environment_asks_for_is_part_of_it(workspace, pool, code):
    environment = Environment("mine")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["psutil", "azureml-defaults"], conda_packages=["python=3", "pyflakes"]
    )
    environment.environment_variables = {"MODE": "x"}
    sizes = ("2g", 1, "2g", 1, 1)
    step = SynapseSparkStep("a.py", code, "link1-spark01", *sizes, environment=environment)
    spec = spec_of(workspace, step)

    assert set(spec.environment) == {"python", "pyspark", "numpy", "psutil", "pyflakes"}
    assert spec.environment_variables == {"MODE": "x"}


def test_attempts_travel_with_the_step(workspace, pool, code):
    step = script(code)
    step.timeout, step.retries, step.retry_on = 5.0, 2, RetryOn.ANY
    spec = spec_of(workspace, step)

    assert (spec.timeout, spec.retries, spec.retry_on) == (5.0, 2, RetryOn.ANY)


@pytest.mark.parametrize(
    ("field", "value"), [("timeout", 0), ("timeout", float("nan")), ("retries", -1)]
)
def test_attempts_that_make_no_sense(workspace, pool, code, field, value):
    step = script(code)
    setattr(step, field, value)
    with pytest.raises(PipelineError) as caught:
        spec_of(workspace, step)
    assert caught.value.where == "step fit"


def test_the_own_code_of_a_cell_is_not_the_other_cells_modules():
    names = ("fit.py", "fit_main.py", "lib.py", "other.py")
    files = dict.fromkeys(names, b"") | {"fit.py": b"import lib"}

    assert list(own_code(files, "fit.py", "fit_main.py")) == ["fit.py", "lib.py"]
    assert own_code(files, None, "fit.py") == files


@pytest.fixture
def reading(workspace, pool, code):
    datastore = workspace.get_default_datastore()
    file = datastore.root / "t.txt"
    file.write_text("x")
    item = Dataset.File.from_files((datastore, "t.txt")).as_named_input("t").as_mount()
    return file, Pipeline(workspace, [script(code, inputs=[item])])


def test_inputs_are_read_by_who_submits_not_by_the_agent(reading, monkeypatch):
    """The agent has the steps of others to look after."""
    _, pipeline = reading
    read, hash_file = [], file_hashes.hash_file
    monkeypatch.setattr(file_hashes, "hash_file", lambda f: read.append(f.name) or hash_file(f))
    pipeline.start("exp")

    assert read == ["t.txt"]


def test_an_input_that_is_gone_is_the_steps_to_tell(workspace, reading):
    file, pipeline = reading
    file.unlink()
    run = pipeline.start("exp")

    assert run.status == "NotStarted"


def test_the_same_token_is_the_same_run(reading):
    _, pipeline = reading
    one, two = (pipeline.start("exp", client_token="nightly") for _ in range(2))  # noqa: S106

    assert one.id == two.id
