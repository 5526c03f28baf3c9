"""Names that are known before their modules are imported."""

from importlib import import_module
from pathlib import Path

import pytest
from support import printed_by

from synapse_magics.magics import registration
from synapse_magics.magics.registration import GROUPS, LazyMagic

SCRIPT = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "synapse_magics")
assert "synapse_magics.core" not in sys.modules
"""


def in_a_new_shell(code, folder):
    """Return what some code prints in a shell that has just loaded the extension."""
    return printed_by(SCRIPT + code, folder)


@pytest.mark.parametrize("group", GROUPS)
def test_the_names_of_a_group_are_those_that_its_class_has(group):
    module, _, name = group.partition(".")
    found = getattr(import_module(f"synapse_magics.magics.{module}"), name).magics
    names = [f"%{name}" for name in found["line"]] + [f"%%{name}" for name in found["cell"]]
    assert sorted(names) == sorted(GROUPS[group])


def test_every_group_of_magics_is_there():
    modules = {file.stem for file in Path(registration.__file__).parent.glob("*_magics.py")}
    assert modules == {group.partition(".")[0] for group in GROUPS}


@pytest.mark.parametrize("home", registration._SHOWN)
def test_what_is_shown_is_found_under_its_own_name(home):
    module, _, name = home.rpartition(".")
    found = getattr(import_module(f"synapse_magics.{module}"), name)
    assert f"{found.__module__}.{found.__name__}" == f"synapse_magics.{home}"
    display = import_module("synapse_magics.magics.display")
    for function in registration._SHOWN[home].values():
        assert callable(getattr(display, function))


def test_a_magic_that_nobody_has_used_yet_has_its_help(tmp_path):
    text = in_a_new_shell("shell.run_line_magic('pinfo', '%synapse_submit')", tmp_path)
    assert "--wait" in text


def test_the_first_use_of_a_magic_is_like_every_other(tmp_path):
    code = (
        "shell.run_cell('%%step_module one\\n\\n\\nx = 1')\n"
        "from synapse_magics.pipeline import collection\n"
        "print(repr(collection.current.modules['one']))\n"
        "print(type(shell.find_cell_magic('step_module')).__name__)\n"
    )
    text = in_a_new_shell(code, tmp_path)
    # A traceback counts the empty lines that IPython takes off.
    assert text.splitlines()[-2:] == ["'# %%step_module one\\n\\n\\nx = 1\\n'", "method"]


def test_names_are_listed_before_they_are_used(tmp_path):
    text = in_a_new_shell("print(shell.run_line_magic('lsmagic', ''))", tmp_path)
    for marks in GROUPS.values():
        assert all(mark in text for mark in marks)


def test_completion_of_other_lines_brings_in_nothing(tmp_path):
    code = (
        "from IPython.core.completer import provisionalcompleter\n"
        "with provisionalcompleter():\n"
        "    list(shell.Completer.completions('pri', 3))\n"
        "print('synapse_magics.core' in sys.modules)\n"
    )
    assert in_a_new_shell(code, tmp_path).split() == ["False"]


def test_loading_again_begins_anew(shell):
    shell.ipython.run_line_magic("reload_ext", "synapse_magics")
    known = shell.ipython.magics_manager.magics["line"]
    assert isinstance(known["synapse_runs"], LazyMagic)
    assert "--compare" in known["synapse_runs"].__doc__
    assert not isinstance(known["synapse_runs"], LazyMagic)
