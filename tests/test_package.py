"""The package as a whole: its names, and how little it takes to import it."""

import pytest
from support import printed_by

import synapse_magics

HEAVY = (
    *("pandas", "pyspark", "ipywidgets", "sklearn", "nbclient", "nbformat", "pyarrow", "numpy"),
    *("fsspec", "pyflakes", "psutil", "packaging", "yaml", "pathspec"),
)
BARE = (
    "from IPython.core.interactiveshell import InteractiveShell\n"
    "shell = InteractiveShell.instance()\n"
)
LOAD = f"{BARE}shell.run_line_magic('load_ext', 'synapse_magics')"


def imported_by(code, folder):
    """Return the modules that are there after some code ran in a new process."""
    report = "import sys; print(' '.join(sys.modules))"
    return set(printed_by(f"{code}\n{report}", folder).split())


def test_importing_the_package_imports_nothing_heavy(tmp_path):
    found = imported_by("import synapse_magics", tmp_path)
    assert "synapse_magics" in found
    assert not found & {*HEAVY, "IPython", "sqlite3"}


def test_loading_the_extension_imports_nothing_heavy(tmp_path):
    bare, found = imported_by(BARE, tmp_path), imported_by(LOAD, tmp_path)
    assert "IPython" in found
    assert not found & set(HEAVY)
    # Not even what is light of its own: a few modules that know names.
    assert len(found - bare) <= 15
    ours = {name for name in found if name.startswith("synapse_magics.")}
    assert {name.split(".")[1] for name in ours} == {"azureml", "magics", "runtime"}


@pytest.mark.parametrize("name", sorted(set(synapse_magics.__all__)))
def test_every_public_name_is_there(name):
    assert getattr(synapse_magics, name) is not None
    assert name in dir(synapse_magics)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'Nothing'"):
        _ = synapse_magics.Nothing


def test_the_command_line_tells_the_version(capsys):
    from synapse_magics import cli

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"synapse-magics {synapse_magics.__version__}"


def test_an_error_is_its_message_its_place_and_its_hint():
    error = synapse_magics.SynapseMagicsError("it is wrong", where="step one", hint="type this")
    assert str(error) == "it is wrong\nwhere: step one\nhint:  type this"
    assert error._render_traceback_() == [
        "SynapseMagicsError: it is wrong",
        "where: step one",
        "hint:  type this",
    ]


def test_the_whole_traceback_comes_on_demand(monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_DEBUG", "1")

    def fail():
        raise synapse_magics.SynapseMagicsError("it is wrong")

    with pytest.raises(synapse_magics.SynapseMagicsError) as caught:
        fail()
    text = "".join(caught.value._render_traceback_())
    assert "in fail" in text
