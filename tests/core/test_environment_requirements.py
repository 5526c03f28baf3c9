"""What an environment asks for, as a set, and whether this interpreter meets it."""

import sys
from importlib import metadata

import pytest

from synapse_magics import Environment
from synapse_magics.core.environment import CondaDependencies
from synapse_magics.core.environment_requirements import (
    THIS_PYTHON,
    ignored_python,
    own_environment,
    requirements_of,
    unmet,
)
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.store.specs import StepKind

OTHER_PYTHON = "3.12" if sys.version_info[:2] != (3, 12) else "3.11"


@pytest.fixture
def installed(monkeypatch):
    versions = {"thing": "2.3.3", "pyspark": "3.5.3", "part": "1.0"}
    requires = {"thing": ["part>=1; extra == 'full'", "gone; extra == 'all'", "part"]}

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", requires.get)


def asking(*pip, conda=(), options=(), python=None):
    environment = Environment("env")
    packages = CondaDependencies.create(
        pip_packages=(), conda_packages=conda, pin_sdk_version=False
    )
    packages.set_pip_requirements([*options, *pip])
    if python is not None:
        packages.set_python_version(python)
    environment.python.conda_dependencies = packages
    return environment


@pytest.mark.parametrize(
    "wanted",
    [
        asking(),
        asking("thing"),
        asking("thing==2.3.3"),
        asking("thing >= 2, < 3"),
        asking("thing[full]"),
        asking("azureml-core==1.20.0", "azureml-defaults", "azure-ml-api-sdk"),
        asking("gone; python_version < '3'"),
        asking(conda=["python=3.8.13", "pip=20.2", "thing=2.3"]),
        asking(conda=["thing 2.3.*"]),
        asking(conda=["thing=2.3.*"]),
        asking(conda=["thing==2.3.3"]),
        asking(conda=["thing>=2,<3"]),
        asking("thing", python=THIS_PYTHON),
        asking("thing", python=f"{THIS_PYTHON}.1"),
        asking("thing", options=["--index-url https://host/simple"]),
    ],
    ids=lambda item: str(item.python.conda_dependencies.as_dict()["dependencies"]),
)
def test_what_is_installed_needs_no_environment_of_its_own(installed, wanted):
    assert own_environment(wanted) is None


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (asking("gone"), "gone; installed is nothing"),
        (asking("thing==2.4"), "thing==2.4; installed is thing 2.3.3"),
        (asking("thing[all]"), "thing[all]; installed is thing 2.3.3 without gone"),
        (asking(conda=["thing=2.2"]), "thing==2.2.*; installed is thing 2.3.3"),
        (asking(conda=["pytorch=2.1"]), "torch==2.1.*; installed is nothing"),
        (asking("thing @ https://host/thing.whl"), "installed is thing 2.3.3"),
        (asking("git+https://host/thing.git@v1"), "installed is not known to be that"),
        (asking(conda=["libgcc"]), "conda environment does not have it"),
        (asking(python=OTHER_PYTHON), f"Python {OTHER_PYTHON}; this is {THIS_PYTHON}"),
    ],
)
def test_what_is_not_installed_is_named(installed, wanted, text):
    assert text in unmet(requirements_of(wanted))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asking("A_b >= 2, <3", "c"), asking("c", "a-b<3,>=2")),
        (asking("a", conda=["thing=2.3"]), asking("thing==2.3.*", "a")),
        (asking("a", options=["-i https://h/s"]), asking("a", options=["--index-url=https://h/s"])),
        (asking("a", "azureml-core"), asking("a")),
        (asking("a", python=f"{THIS_PYTHON}.4"), asking("a")),
    ],
    ids=["form and order", "conda", "options", "ours", "a patch of Python"],
)
def test_the_same_set_has_the_same_hash(one, other):
    assert requirements_of(one).key == requirements_of(other).key


@pytest.mark.parametrize(
    "other",
    [
        asking("a>=2"),
        asking("a", "b"),
        asking("a", options=["--pre"]),
        asking("a", python=OTHER_PYTHON),
        asking("a", conda=["libgcc"]),
    ],
)
def test_another_set_has_another_hash(other):
    assert requirements_of(asking("a")).key != requirements_of(other).key


@pytest.mark.parametrize(
    ("package", "text"),
    [
        ("./thing.whl", "asks for the path ./thing.whl"),
        ("thing-1.0-py3-none-any.whl", "asks for the path"),
    ],
)
def test_a_path_is_refused(package, text):
    with pytest.raises(NotSupportedError, match=text) as caught:
        requirements_of(asking(package))
    assert "add_private_pip_wheel" in caught.value.hint


@pytest.mark.parametrize("option", ["-e ./thing", "-r more.txt", "--no-deps", "--no-index x"])
def test_an_option_that_is_not_known_is_refused(option):
    with pytest.raises(NotSupportedError, match=f"option {option} is not supported"):
        requirements_of(asking("thing", options=[option]))


def test_an_option_is_told_without_its_secret():
    with pytest.raises(NotSupportedError) as caught:
        requirements_of(asking(options=["--odd https://me:pass-word@host"]))
    assert "pass-word" not in str(caught.value)


def test_what_is_no_requirement():
    with pytest.raises(UserErrorException, match="Invalid package name thing>>2"):
        requirements_of(asking("thing>>2"))


@pytest.mark.parametrize("package", ["conda-forge::thing", "thing=1.2=py38_0", "r-base", "_x"])
def test_what_only_conda_has(package):
    wanted = requirements_of(asking(conda=[package]))

    assert (wanted.pip, wanted.conda) == ((), (package,))
    assert wanted.channels == ("anaconda", "conda-forge")


def test_what_this_conda_environment_has(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / "conda-meta" / "openjdk-17.0.2-h1_0.json").touch()

    assert own_environment(asking(conda=["openjdk=17"])) is None
    assert own_environment(asking(conda=["conda-forge::openjdk"])) is None
    assert own_environment(asking(conda=["openjdk=11"])) is not None


@pytest.mark.parametrize(
    ("asked", "taken", "ignored"),
    [
        (OTHER_PYTHON, OTHER_PYTHON, None),
        (f">={OTHER_PYTHON},<={OTHER_PYTHON}.99", OTHER_PYTHON, None),
        (">=3.6", THIS_PYTHON, None),
        ("3", THIS_PYTHON, None),
        ("3.6.2", THIS_PYTHON, "3.6.2"),
        ("<3.9", THIS_PYTHON, "<3.9"),
        ("3.8.13", THIS_PYTHON, None),
        ("3.10.18", THIS_PYTHON, None),
    ],
)
def test_the_version_of_python(asked, taken, ignored):
    environment = asking()
    # As a conda file says it.
    environment.python.conda_dependencies._conda = [
        f"python{asked}" if asked[0] in "<>" else f"python={asked}"
    ]

    assert requirements_of(environment).python == taken
    assert ignored_python(environment) == ignored


def test_a_spark_step_has_the_pyspark_of_its_pool(installed):
    environment = asking("pyspark>=3.5", "gone")

    assert requirements_of(environment, StepKind.SPARK).pip == ("gone",)
    assert requirements_of(environment).pip == ("gone", "pyspark>=3.5")
    with pytest.raises(NotSupportedError, match=r"asks for pyspark<3, and the pool has PySpark 3"):
        requirements_of(asking("pyspark<3"), StepKind.SPARK)


def test_user_managed_packages_are_not_looked_for():
    environment = asking("gone")
    environment.python.user_managed_dependencies = True

    assert own_environment(environment) is None
