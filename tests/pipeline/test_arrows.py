"""What importing the package, its core and its pipeline brings along: nothing heavy."""

import pkgutil
import subprocess
import sys

import pytest

import synapse_magics

HEAVY = {"IPython", "ipywidgets", "pyspark", "pandas", "pyarrow", "numpy"}


def modules_after(*statements):
    text = "\n".join([*statements, "import sys; print(*sys.modules)"])
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, cwd="/"
    )
    return set(done.stdout.split())


def modules_of(room):
    folder = f"{synapse_magics.__path__[0]}/{room}"
    return [f"synapse_magics.{room}.{item.name}" for item in pkgutil.iter_modules([folder])]


@pytest.mark.parametrize("room", ["core", "pipeline"])
def test_a_room_brings_nothing_heavy(room):
    modules = modules_of(room)
    assert len(modules) > 10

    brought = {name.split(".")[0] for name in modules_after(*(f"import {m}" for m in modules))}
    assert brought & HEAVY == set()


def test_the_package_alone_brings_none_of_its_rooms():
    brought = modules_after("import synapse_magics")

    assert brought & HEAVY == set()
    assert {name for name in brought if name.startswith("synapse_magics.")} == set()


@pytest.mark.parametrize("name", [n for n in synapse_magics.__all__ if n[0] not in "_l"])
def test_every_public_name_is_there(name):
    assert getattr(synapse_magics, name).__name__ == name
