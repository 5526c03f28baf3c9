"""Azure ML's import names, ours unless the real SDK is there."""

import importlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import synapse_magics
from synapse_magics import azureml
from synapse_magics.azureml.import_map import HOMES
from synapse_magics.core.exceptions import NotSupportedError


@pytest.fixture
def names(monkeypatch):
    """Make the SDK's names importable for one test."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    before = {name for name in sys.modules if name.split(".")[0] == "azureml"}
    assert azureml.install()
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "azureml"]:
        if name not in before:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module, names in azureml.NAMES.items() for name in names],
)
def test_every_name_is_there(names, module, name):
    found = getattr(importlib.import_module(module), name)
    home, _, attribute = HOMES[name].partition(":")
    ours = importlib.import_module(f"synapse_magics.{home}".rstrip("."))
    assert found is getattr(ours, attribute or name)
    if isinstance(found, type):
        assert found.__name__ == (attribute or name)


def test_every_name_that_is_mapped_is_shown():
    shown = {name for names in azureml.NAMES.values() for name in names}

    assert set(HOMES) - shown == set()


@pytest.mark.parametrize("module", azureml.NAMES)
def test_all_names_of_a_module_at_once(names, module):
    space = {}
    exec(f"from {module} import *", space)  # noqa: S102 - this is how it is said
    public = {name for name in azureml.NAMES[module] if not name.startswith("_")}
    assert public <= set(space)


def test_modules_are_attributes_of_their_packages(names):
    import azureml.core
    import azureml.pipeline.core

    assert azureml.core.compute.AmlCompute is synapse_magics.AmlCompute
    assert azureml.core.compute.amlcompute.AmlCompute is synapse_magics.AmlCompute
    assert azureml.pipeline.core.graph.PipelineParameter is synapse_magics.PipelineParameter
    assert {"compute", "conda_dependencies", "Workspace"} <= set(dir(azureml.core))


def test_a_package_gives_its_module(names):
    from azureml import core
    from azureml.core import conda_dependencies, runconfig

    assert core.conda_dependencies is conda_dependencies
    assert conda_dependencies.CondaDependencies is runconfig.CondaDependencies


def test_a_missing_attribute_can_be_asked_for(names):
    import azureml.core

    assert not hasattr(azureml.core, "nothing")
    assert not hasattr(azureml.core, "__file__")


def test_the_way_of_the_sdk_documentation(names):
    from azureml.core import Workspace
    from azureml.core.compute import ComputeTarget, SynapseCompute
    from azureml.data import HDFSOutputDatasetConfig
    from azureml.pipeline.core import Pipeline
    from azureml.pipeline.steps import SynapseSparkStep

    assert Workspace is synapse_magics.Workspace
    assert ComputeTarget is synapse_magics.ComputeTarget
    assert SynapseCompute is synapse_magics.SynapseCompute
    assert HDFSOutputDatasetConfig is synapse_magics.HDFSOutputDatasetConfig
    assert Pipeline is synapse_magics.Pipeline
    assert SynapseSparkStep is synapse_magics.SynapseSparkStep


def test_a_class_is_the_same_by_every_path(names):
    import azureml.core
    from azureml.core.workspace import Workspace

    assert azureml.core.Workspace is Workspace
    assert azureml.core.VERSION == azureml.core.__version__ == "1.61.0"


def test_an_exception_of_ours_is_caught_by_its_azure_ml_name(names, workspace):
    from azureml.core.compute import ComputeTarget
    from azureml.exceptions import ComputeTargetException

    with pytest.raises(ComputeTargetException):
        ComputeTarget(workspace, "missing")


def test_a_name_that_is_not_here_is_refused_with_those_that_are(names):
    import azureml.pipeline.steps

    with pytest.raises(ImportError, match="no 'TeaStep' here; it has AdlaStep, AutoMLStep,"):
        _ = azureml.pipeline.steps.TeaStep
    with pytest.raises(ImportError):
        from azureml.pipeline.steps import TeaStep  # noqa: F401
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("azureml.nothing")


def test_names_are_listed(names):
    import azureml.core

    assert "Workspace" in dir(azureml.core)


def test_installing_twice_is_installing_once(names):
    before = list(sys.meta_path)
    assert azureml.install()
    assert sys.meta_path == before


def in_a_new_process(code, folder):
    path = os.pathsep.join([str(folder), str(Path(synapse_magics.__path__[0]).parent)])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PYTHONPATH": path, "PATH": "", "IPYTHONDIR": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


LOAD = """\
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "synapse_magics")
"""


def test_the_extension_brings_the_names(tmp_path):
    code = f"{LOAD}from azureml.core import Workspace\nprint(Workspace.__module__)"
    assert in_a_new_process(code, tmp_path) == ["synapse_magics.core.workspace"]


def test_importing_the_package_brings_the_names(tmp_path):
    code = "import synapse_magics.azureml, azureml.core\nprint(azureml.core.VERSION)"
    assert in_a_new_process(code, tmp_path) == ["1.61.0"]


def test_the_magics_of_the_sdk_are_loaded_as_ours(tmp_path):
    code = f"""{LOAD}
shell.run_line_magic("load_ext", "azureml.synapse.magics")
print("synapse_submit" in shell.magics_manager.magics["line"])
"""
    assert in_a_new_process(code, tmp_path) == ["True"]


@pytest.mark.parametrize("regular", [True, False])
def test_the_real_sdk_keeps_its_names(tmp_path, regular):
    real = tmp_path / "azureml" / "core"
    real.mkdir(parents=True)
    (real / "__init__.py").write_text("class Workspace: pass\n")
    if regular:
        (tmp_path / "azureml" / "__init__.py").touch()
    code = f"{LOAD}from azureml.core import Workspace\nprint(Workspace.__module__)"
    assert in_a_new_process(code, tmp_path) == ["azureml.core"]


def test_another_package_below_azureml_is_not_the_sdk_and_stays(tmp_path):
    for package in ("mlflow", "contrib/services", "train/automl/runtime"):
        other = tmp_path / "azureml" / package
        other.mkdir(parents=True)
        (other / "__init__.py").write_text("VERSION = 7\n")
        (other / "below.py").write_text("VERSION = 8\n")
        name = f"azureml.{package.replace('/', '.')}"
        code = (
            f"{LOAD}from azureml.core import Workspace\nfrom {name} import VERSION as one\n"
            f"from {name}.below import VERSION as two\nfrom azureml.contrib.fairness import *\n"
            "print(Workspace.__module__, one, two)"
        )
        assert in_a_new_process(code, tmp_path) == ["synapse_magics.core.workspace", "7", "8"]


def test_a_module_of_a_package_of_its_own_is_ours_where_the_package_is_not_there(names):
    from azureml.contrib.services.aml_request import rawhttp
    from azureml.dataprep import read_csv

    with pytest.raises(NotSupportedError, match="rawhttp of Azure ML SDK v1"):
        rawhttp(len)
    with pytest.raises(NotSupportedError) as caught:
        read_csv("a.csv")
    assert "Dataset.Tabular.from_delimited_files" in caught.value.hint


def test_our_names_over_the_real_sdk_if_that_is_asked_for(tmp_path):
    real = tmp_path / "azureml" / "core"
    real.mkdir(parents=True)
    (real / "__init__.py").write_text("class Workspace: pass\n")
    code = """\
    from synapse_magics.azureml import install
    print(install(), install(even_over_the_real_sdk=True))
    from azureml.core import Workspace
    print(Workspace.__module__)
    """
    assert in_a_new_process(code, tmp_path) == ["False", "True", "synapse_magics.core.workspace"]
