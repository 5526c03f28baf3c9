"""Lists of packages, as conda environment files."""

import builtins

import pytest
import yaml

from synapse_magics.core.conda_dependencies import CondaDependencies
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException


def test_what_is_added_can_be_removed():
    dependencies = CondaDependencies.create(pip_packages=["a==1"], conda_packages=["b=2"])
    dependencies.add_channel("mine")
    dependencies.remove_pip_package("a")
    dependencies.remove_conda_package("b")
    dependencies.remove_channel("anaconda")
    dependencies.remove_pip_package("never there")

    assert (dependencies.pip_packages, dependencies.conda_packages) == ([], ["python=3.10.18"])
    assert dependencies.conda_channels == ["conda-forge", "mine"]


def test_python_has_one_version():
    dependencies = CondaDependencies()
    assert dependencies.get_python_version() == "3.8.13"

    dependencies.set_python_version("3.11")
    assert dependencies.conda_packages == ["python=3.11"]
    assert dependencies.get_python_version() == "3.11"


def test_an_option_replaces_the_same_one():
    dependencies = CondaDependencies.create(pip_indexurl="https://one", pip_packages=["a"])
    dependencies.set_pip_option("--index-url https://two")
    assert dependencies.pip_options == ["--index-url https://two"]

    dependencies.remove_pip_option("--index-url")
    assert dependencies.pip_options == []


def test_requirements_replace_all():
    dependencies = CondaDependencies()
    dependencies.set_pip_requirements(["--pre", "a", "b>=2"])

    assert dependencies.pip_packages == ["a", "b>=2"]
    assert dependencies.pip_options == ["--pre"]


def test_the_text_is_yaml_of_the_dict():
    dependencies = CondaDependencies.create(
        pip_packages=["a>=1,<2", "b[extra] ; python_version < '3'"], conda_packages=["c=2"]
    )
    dependencies.set_pip_option("--index-url https://host/simple")

    assert yaml.safe_load(dependencies.serialize_to_string()) == dependencies.as_dict()
    assert "  - python=3.10.18\n" in dependencies.serialize_to_string()


def test_saved_and_read_again(tmp_path):
    dependencies = CondaDependencies.create(pip_packages=["a"])
    file = dependencies.save(str(tmp_path))
    below = dependencies.save_to_file(str(tmp_path), "conda/env.yml")

    assert CondaDependencies(file).as_dict() == dependencies.as_dict()
    assert CondaDependencies(str(tmp_path / below)).as_dict() == dependencies.as_dict()


@pytest.mark.parametrize(
    "text", ["prefix: /x\n", "dependencies:\n- npm:\n  - x\n"], ids=["key", "manager"]
)
def test_an_unknown_key_is_refused(tmp_path, text):
    file = tmp_path / "env.yml"
    file.write_text(text)

    with pytest.raises(UserErrorException, match=r"^Environment error: unknown (prefix|npm) key"):
        CondaDependencies(str(file))


@pytest.mark.parametrize("text", ["- a\n", "a: [\n"], ids=["list", "broken"])
def test_what_is_no_conda_file_is_refused(tmp_path, text):
    file = tmp_path / "env.yml"
    file.write_text(text)

    with pytest.raises(UserErrorException, match=r"env\.yml"):
        CondaDependencies(str(file))


def test_without_pyyaml_the_extra_is_named(tmp_path, monkeypatch):
    whole = builtins.__import__

    def without_yaml(name, *arguments, **keywords):
        if name == "yaml":
            raise ModuleNotFoundError(name)
        return whole(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without_yaml)
    with pytest.raises(NotSupportedError) as caught:
        CondaDependencies(str(tmp_path / "env.yml"))

    assert caught.value.hint == "pip install 'synapse-magics[yaml]'"
