"""An environment that neither is here nor can be built is refused when the step is made."""

import sys

import pytest

from synapse_magics import Environment
from synapse_magics.core import environment_check
from synapse_magics.core.environment_check import check_environment
from synapse_magics.core.exceptions import NotSupportedError


def asking(*pip, conda=()):
    environment = Environment("env")
    environment.python.conda_dependencies.set_pip_requirements(pip)
    for package in conda:
        environment.python.conda_dependencies.add_conda_package(package)
    return environment


def test_what_can_be_built_passes():
    check_environment(asking("no-such-package-at-all"))


def test_without_uv_what_is_missing_is_told(monkeypatch):
    monkeypatch.setattr(environment_check, "find_uv", lambda: None)
    check_environment(asking("packaging"))

    with pytest.raises(NotSupportedError, match=r"asks for gone; installed is nothing") as caught:
        check_environment(asking("gone"))
    assert caught.value.hint == "pip install 'synapse-magics[environments]'"


def test_without_conda_what_only_conda_has_is_refused(monkeypatch):
    monkeypatch.setattr(environment_check, "find_conda", lambda: None)

    with pytest.raises(NotSupportedError, match="libgcc, which only conda has") as caught:
        check_environment(asking(conda=["libgcc"]))
    assert caught.value.hint.startswith("install micromamba")


def test_a_python_that_no_step_runs_in_is_told(caplog):
    environment = asking()
    environment.python.conda_dependencies.set_python_version("3.6.2")
    check_environment(environment)

    assert "asks for Python 3.6.2; steps run in Python 3.10 or newer" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("interpreter_path", "/elsewhere/python"), ("base_conda_environment", "base")],
)
def test_another_interpreter_is_refused_where_packages_are(name, value):
    environment = Environment("env")
    environment.python.user_managed_dependencies = True
    setattr(environment.python, name, value)

    with pytest.raises(NotSupportedError, match=f"{name}={value}"):
        check_environment(environment)


def test_the_interpreter_of_the_notebook_may_be_named():
    environment = Environment("env")
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = sys.executable

    check_environment(environment)
