"""The packages that a step's code imports."""

import os
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from synapse_magics.store import packages
from synapse_magics.store.packages import imported, is_plain, versions
from synapse_magics.store.specs import StepKind


def python(code, *requirements):
    return versions(StepKind.PYTHON, {"fit.py": code.encode()}, requirements)


BASE = {
    "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    "pandas": metadata.version("pandas"),
}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import numpy.linalg as la", {"numpy"}),
        ("from numpy.linalg import inv", {"numpy"}),
        ("import numpy, psutil", {"numpy", "psutil"}),
        ("def f():\n    import numpy", {"numpy"}),
        ("try:\n    import numpy\nexcept ImportError:\n    pass", {"numpy"}),
        ("from . import numpy\nfrom .numpy import x", set()),
        ("import os, json", set()),
        ("import synapse_magics, azureml.core", set()),
        ("import fit", set()),
        ("no python", set()),
        ("x = '\0'", set()),
    ],
)
def test_what_code_imports(code, expected):
    assert imported({"fit.py": code.encode()}) == expected


def test_files_that_are_no_python_import_nothing():
    assert imported({"notes.txt": b"import numpy"}) == set()


@pytest.mark.parametrize("name", ["numpy.py", "numpy/core.py"])
def test_a_module_of_the_own_sources_is_no_package(name):
    assert imported({"fit.py": b"import numpy", name: b""}) == set()


def test_a_module_deeper_in_the_sources_hides_no_package():
    files = {"fit.py": b"import numpy", "conf/numpy/__init__.py": b"", "lib/a.py": b"import b"}
    assert imported({**files, "lib/b.py": b""}) == {"numpy"}


def test_a_module_that_is_named_in_a_text():
    code = b"import importlib\nimportlib.import_module('numpy.linalg'); __import__('psutil')"
    assert imported({"fit.py": code}) == {"numpy", "psutil"}


def test_what_a_module_that_is_worked_on_imports_counts_as_well(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "top_one.py").write_text("import low_one, psutil")
    (tmp_path / "low_one.py").write_text("x = 1")
    one = python("import top_one")
    (tmp_path / "low_one.py").write_text("x = 2")

    assert python("import top_one") != one
    assert one["psutil"] == metadata.version("psutil")


def test_data_beside_code_that_is_worked_on_counts_and_litter_does_not(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "with_data"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "table.json").write_text("1")
    one = python("import with_data")
    (package / ".#core.py").symlink_to("nowhere")
    (package / "__pycache__" / "x.pyc").touch()
    assert python("import with_data") == one
    (package / "table.json").write_text("2")
    assert python("import with_data") != one


def test_a_folder_of_data_is_no_module():
    assert imported({"fit.py": b"import numpy", "numpy/t.csv": b""}) == {"numpy"}


def test_python_and_the_reader_are_always_there():
    assert python("x = 1") == BASE
    spark = versions(StepKind.SPARK, {})
    assert spark == {"python": BASE["python"], "pyspark": metadata.version("pyspark")}


def test_a_package_has_its_own_name_not_its_modules():
    assert python("import IPython, dateutil") == {
        **BASE,
        "ipython": metadata.version("ipython"),
        "python-dateutil": metadata.version("python-dateutil"),
    }


@pytest.mark.parametrize(
    ("requirement", "name"),
    [("numpy>=1", "numpy"), ("NumPy == 2", "numpy"), ("python_dateutil", "python-dateutil")],
)
def test_what_an_environment_asks_for_is_there_whether_imported_or_not(requirement, name):
    assert python("x = 1", requirement) == {**BASE, name: metadata.version(name)}


@pytest.mark.parametrize("requirement", ["azureml-defaults", "python=3.11", "pip"])
def test_what_is_met_in_another_way_is_no_package(requirement):
    assert python("x = 1", requirement) == BASE


def test_a_package_that_is_asked_for_and_not_there():
    assert python("x = 1", "surely-not-there")["surely-not-there"] == "missing"


def test_a_package_that_is_installed_while_the_process_lives_is_seen(tmp_path, monkeypatch):
    """Otherwise its next version would be no other one."""
    monkeypatch.syspath_prepend(str(tmp_path))
    code = "import brandnew"
    assert python(code) == BASE
    made = tmp_path / "brand_new_dist-1.0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: brand-new-dist\nVersion: 1.0\n")
    (made / "top_level.txt").write_text("brandnew\n")
    os.utime(tmp_path, ns=(1, 1))

    assert python(code) == {**BASE, "brand-new-dist": "1.0"}
    packages._distributions.cache_clear()


def test_code_that_is_worked_on_counts_with_its_content(tmp_path, monkeypatch):
    """Its version does not tell, if it has one at all."""
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "worked_on"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "core.py").write_text("x = 1")
    one = python("from worked_on import core")
    again = python("from worked_on import core")
    (package / "core.py").write_text("x = 2")
    two = python("from worked_on import core")

    assert one == again
    assert set(one) == {"python", "pandas", "worked_on"}
    assert one["worked_on"].startswith("of this machine (")
    assert one["worked_on"] != two["worked_on"]
    assert str(tmp_path) not in str(one)


def test_a_single_module_that_is_worked_on(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_alone.py").write_text("x = 1")
    one = python("import mine_alone")
    (tmp_path / "mine_alone.py").write_text("x = 2")

    assert one != python("import mine_alone")


def test_what_was_asked_for_is_asked_for_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_again.py").write_text("x = 1")
    code = "import mine_again, numpy"
    found = python(code, "psutil")

    assert packages.required(found) == {"pandas", "numpy", "psutil"}
    assert python(code, *packages.required(found)) == found


def test_a_module_is_not_imported_to_be_looked_at(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "loud_module.py").write_text("raise SystemExit('imported')")
    python("import loud_module")

    assert "loud_module" not in sys.modules


def test_a_module_that_lies_nowhere_is_not_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "state").write_text("secret")
    made_up = ModuleType("made_up")
    made_up.__path__ = []
    made_up.__spec__ = ModuleSpec("made_up", None, is_package=True)
    monkeypatch.setitem(sys.modules, "made_up", made_up)

    assert "made_up" not in python("import made_up")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"fit.py": b"import json, os.path"}, True),
        ({"fit.py": b"import helper", "helper.py": b"import csv"}, True),
        ({"fit.py": b"import helper", "helper.py": b"import numpy"}, False),
        ({"fit.py": b"from azureml.core import Run"}, False),
        ({"fit.py": b"", "notes.txt": b"import numpy"}, True),
        ({"fit.py": b"print 'for another Python'"}, False),
        ({"notes.txt": b""}, False),
    ],
)
def test_code_is_plain_that_imports_only_what_python_brings(files, expected):
    assert is_plain(files) is expected
