"""``import azureml`` in the Python processes that a step's script starts itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from synapse_magics import AmlCompute, ComputeTarget, Pipeline, PythonScriptStep
from synapse_magics.runtime.bootstrap import ON_PATH, STARTUP

PARENT = """
import multiprocessing, subprocess, sys
import child

if __name__ == "__main__":
    for python in ("python", sys.executable):
        subprocess.run([python, "child.py"], check=True)
    worker = multiprocessing.get_context("spawn").Process(target=child.say, args=("spawned",))
    worker.start()
    worker.join()
    sys.exit(worker.exitcode)
"""
CHILD = """
import sys

def say(how):
    import azureml.core.run
    from azureml.core import Run
    run = Run.get_context()
    print(how, run.id == sys.argv[-1] or run.id, azureml.core.run.Run is Run, flush=True)

if __name__ == "__main__":
    say("started")
"""


def test_a_script_starts_python_that_imports_azureml(workspace, tmp_path):
    nodes = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=1)
    ComputeTarget.create(workspace, "cpu", nodes)
    sources = tmp_path / "code"
    sources.mkdir()
    (sources / "parent.py").write_text(PARENT)
    (sources / "child.py").write_text(CHILD)

    step = PythonScriptStep("parent.py", compute_target="cpu", source_directory=str(sources))
    run = Pipeline(workspace, [step]).submit("children")
    run.wait_for_completion(show_output=False)

    (step_run,) = run.get_steps()
    lines = step_run.get_stdout_log().splitlines()
    assert [line.split()[0] for line in lines] == ["started", "started", "spawned"]
    assert {line.split()[1] for line in lines} == {step_run.id}
    assert {line.split()[2] for line in lines} == {"True"}


def ask(tmp_path, code, **environment):
    """Run code in a process that finds our ``azureml`` by its path alone."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{ON_PATH}:{tmp_path}:{Path.cwd()}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("code", ["import azureml", "import azureml.core"])
def test_outside_a_step_there_is_no_azureml(tmp_path, code):
    assert ask(tmp_path, code) == "ModuleNotFoundError: No module named 'azureml'"


def test_the_real_sdk_stays_what_is_imported(tmp_path):
    (tmp_path / "azureml" / "core").mkdir(parents=True)
    (tmp_path / "azureml" / "core" / "__init__.py").write_text("VERSION = 'the real one'")
    started = {STARTUP: "synapse_magics.azureml:install"}

    said = ask(tmp_path, "import azureml.core; print(azureml.core.VERSION)", **started)

    assert said == "the real one"


def test_other_packages_below_its_name_are_found(tmp_path):
    (tmp_path / "azureml" / "mlflow").mkdir(parents=True)
    (tmp_path / "azureml" / "mlflow" / "__init__.py").write_text("NAME = 'theirs'")
    started = {STARTUP: "synapse_magics.azureml:install"}

    said = ask(
        tmp_path, "import azureml.mlflow, azureml.core; print(azureml.mlflow.NAME)", **started
    )

    assert said == "theirs"
