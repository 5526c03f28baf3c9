"""``%magic?`` answers with the usage and with examples, for every magic that there is."""

import re

import pytest

LINE = (
    "synapse_workspace",
    "synapse_link",
    "synapse_attach",
    "synapse_compute",
    "synapse_dataset",
    "synapse_datastore",
    "synapse_pipeline",
    "synapse_submit",
    "synapse_status",
    "synapse_logs",
    "synapse_load",
    "synapse_runs",
    "synapse_clean",
    "synapse_studio",
    "synapse",
)
CELL = ("spark_step", "python_step", "step_module")
ALL = [*(f"%{name}" for name in LINE), *(f"%%{name}" for name in CELL)]


BOTH = ["%%synapse"]  # of one name and one help with its line magic


def magic_of(shell, name):
    kind = "cell" if name.startswith("%%") else "line"
    return shell.ipython.find_magic(name.lstrip("%"), kind)


def test_there_are_no_others(shell):
    found = shell.ipython.magics_manager.magics
    ours = [
        f"{'%' if kind == 'line' else '%%'}{name}"
        for kind in ("line", "cell")
        for name, function in found[kind].items()
        if getattr(function, "__module__", "").startswith("synapse_magics.")
    ]
    assert sorted(ours) == sorted([*ALL, *BOTH])


@pytest.mark.parametrize("name", ALL)
def test_help_has_usage_and_examples(shell, name):
    text = magic_of(shell, name).__doc__
    assert text.removeprefix("::").lstrip().startswith(f"{name} ")
    _, examples = text.split("Examples::\n")
    assert any(line.strip().startswith(f"{name}") for line in examples.splitlines())


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_described(shell, name):
    for action in magic_of(shell, name).parser._actions:
        assert action.help, f"{name} {action.dest}"


@pytest.mark.parametrize("name", ALL)
def test_every_option_does_something(shell, name):
    for action in magic_of(shell, name).parser._actions:
        assert not re.search(r"nothing is reused yet|of no effect yet", action.help)


@pytest.mark.parametrize(
    ("name", "option", "word"),
    [
        ("%%spark_step", "no_reuse", "Always run"),
        ("%%spark_step", "version", "another one makes the step run"),
        ("%%python_step", "no_reuse", "Always run"),
        ("%synapse_submit", "regenerate_outputs", "Run every step"),
        ("%synapse_submit", "inputs_by", "as in Azure ML"),
        ("%synapse_submit", "resume", "Keep what completed"),
    ],
)
def test_an_option_of_reuse_says_what_runs(shell, name, option, word):
    actions = {item.dest: item.help for item in magic_of(shell, name).parser._actions}
    assert word in actions[option]


@pytest.mark.parametrize("name", ALL)
def test_the_question_mark_finds_it(shell, name, monkeypatch):
    pages = []
    monkeypatch.setattr("IPython.core.page.page", pages.append)
    monkeypatch.setattr("IPython.core.oinspect.page.page", pages.append)
    shell.run(f"{name}?")
    assert "Examples" in str(pages[0])


@pytest.mark.parametrize("name", [f"%{name}" for name in LINE])
def test_help_needs_no_workspace(shell, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert shell.run(f"{name} --help") is None
    assert capsys.readouterr().out.startswith(f"{name} ")
