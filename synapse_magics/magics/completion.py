"""Tab completion of the magics' options and of the names that they take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.core.synapse_pool import SynapsePool
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.store.runs import short_id

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from IPython.core.completer import CompletionContext
    from IPython.core.interactiveshell import InteractiveShell

    from synapse_magics.core.workspace import Workspace

    _Found = tuple[str, list[tuple[str, str]]]

_MAGIC = re.compile(
    r"^\s*(?:[\w, ]+=\s*)?(?P<mark>%%?)"
    r"(?P<name>synapse(?:_\w+)?|spark_step|python_step|step_module)\s"
)


def _registered(kind: str) -> Callable[[Workspace], Iterable[str]]:
    return lambda workspace: [entry.name for entry in workspace.store.registry.entries(kind)]


def _computes(*types: str) -> Callable[[Workspace], Iterable[str]]:
    return lambda workspace: [
        entry.name
        for entry in workspace.store.registry.entries("compute")
        if entry.body["type"] in types
    ]


def _inputs(workspace: Workspace) -> Iterable[str]:
    outputs = [name for cell in collection.current.cells.values() for name in cell.outputs]
    return [*_registered("dataset")(workspace), *outputs]


def _runs(workspace: Workspace) -> Iterable[str]:
    return ["last", *(short_id(record.id) for record in workspace.store.runs.submitted(limit=20))]


def _tags(workspace: Workspace) -> Iterable[str]:
    rows = workspace.store.database.rows("SELECT DISTINCT key FROM tags ORDER BY key LIMIT 100")
    return [row["key"] for row in rows]


def _steps(_workspace: Workspace) -> Iterable[str]:
    return collection.current.cells


def _commands(_workspace: Workspace) -> Iterable[str]:
    from synapse_magics.magics.session_magics import COMMANDS  # noqa: PLC0415 - brings the engines

    return COMMANDS


_VALUES: dict[tuple[str, str], tuple[str, Callable[[Workspace], Iterable[str]]]] = {
    ("spark_step", "compute"): ("Spark pool", _computes("SynapseSpark")),
    ("synapse", "command"): ("command", _commands),
    ("synapse", "compute_target"): ("Spark pool", _computes("SynapseSpark")),
    ("synapse", "environment"): ("environment", _registered("environment")),
    ("python_step", "compute"): ("AmlCompute", _computes("AmlCompute")),
    **{
        (magic, "environment"): ("environment", _registered("environment"))
        for magic in ("spark_step", "python_step")
    },
    ("synapse_attach", "linked_service"): ("linked service", _registered("linked_service")),
    ("synapse_attach", "pool"): (
        "pool",
        lambda workspace: [pool.name for pool in SynapsePool.list(workspace)],
    ),
    ("synapse_link", "synapse_workspace"): (
        "Synapse workspace",
        lambda workspace: {pool.synapse_workspace for pool in SynapsePool.list(workspace)},
    ),
    ("synapse_compute", "name"): ("AmlCompute", _computes("AmlCompute")),
    ("synapse_dataset", "name"): ("dataset", _registered("dataset")),
    ("synapse_datastore", "name"): ("datastore", _registered("datastore")),
    ("synapse_datastore", "unmap"): ("address", _registered("address_map")),
    ("synapse_pipeline", "step"): ("step", _steps),
    ("synapse_submit", "experiment"): ("experiment", _registered("experiment")),
    ("synapse_runs", "experiment"): ("experiment", _registered("experiment")),
    ("synapse_runs", "compare"): ("run", _runs),
    ("synapse_runs", "tag"): ("tag", _tags),
    ("synapse_status", "run"): ("run", _runs),
    ("synapse_studio", "experiment"): ("experiment", _registered("experiment")),
    ("synapse_studio", "run"): ("run", _runs),
    ("synapse_logs", "run"): ("run", _runs),
    ("synapse_logs", "step"): ("step", _steps),
    ("synapse_load", "run"): ("run", _runs),
    ("synapse_load", "step"): ("step", _steps),
    **{
        (magic, option): ("step", _steps)
        for magic in ("synapse_submit", "synapse_pipeline")
        for option in ("first", "only", "until")
    },
    **{(magic, "resume"): ("run", _runs) for magic in ("synapse_submit", "synapse_pipeline")},
    ("synapse_pipeline", "experiment"): ("experiment", _registered("experiment")),
    **{(magic, "input"): ("input", _inputs) for magic in ("spark_step", "python_step")},
    **{(magic, "name"): ("step", _steps) for magic in ("spark_step", "python_step")},
    **{
        (magic, "register"): (
            "output",
            lambda _: [name for cell in collection.current.cells.values() for name in cell.outputs],
        )
        for magic in ("spark_step", "python_step")
    },
    ("synapse_submit", "param"): (
        "parameter",
        lambda _: [f"{n}=" for cell in collection.current.cells.values() for n in cell.parameters],
    ),
}
"""What completes a value, by magic and by the argument's name."""

_LISTS = frozenset({"input", "register"})


class Completion:
    """Complete the lines of our magics; everything else is left to others.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def matches(self, context: CompletionContext) -> dict[str, Any]:
        """Answer the shell.

        Parameters
        ----------
        context : IPython.core.completer.CompletionContext

        Returns
        -------
        dict
        """
        word, found = self.complete(context.full_text, context.cursor_line, context.cursor_position)
        return {
            "completions": [SimpleCompletion(text=text, type=kind) for text, kind in found],
            # IPython's own idea of a word ends at '=' and at ','.
            **({"matched_fragment": word} if found else {}),
            "suppress": bool(found),
        }

    def complete(self, text: str, line: int, column: int) -> _Found:
        """Return the word at the cursor, and what it may become.

        Parameters
        ----------
        text : str
            The whole cell.
        line, column : int
            The cursor, from 0.

        Returns
        -------
        tuple of str and list of tuple
            The word, and texts that may stand in its place, each with what it is.
        """
        lines = text.split("\n")
        before = lines[line][:column] if line < len(lines) else ""
        match = _MAGIC.match(before)
        if match is None or (line > 0 and match["mark"] == "%%"):
            return "", []
        magic = self._shell.find_magic(match["name"], "cell" if match["mark"] == "%%" else "line")
        if magic is None or not hasattr(magic, "parser"):
            return "", []
        words = before[match.end() :].split(" ")
        word = words.pop()
        return _matches(match["name"], magic.parser, [item for item in words if item], word)


def _matches(magic: str, parser: argparse.ArgumentParser, words: list[str], word: str) -> _Found:
    actions = parser._actions  # noqa: SLF001 - argparse has no other way
    options = {option: action for action in actions for option in action.option_strings}
    last = options.get(words[-1]) if words else None
    if last is not None and last.nargs != 0:
        return _values(magic, last, word)
    if word.startswith("--") and "=" in word:
        option, _, value = word.partition("=")
        return _values(magic, options[option], value) if option in options else ("", [])
    if word.startswith("-"):
        return word, [(option, "option") for option in sorted(options) if option.startswith(word)]
    positional = [action for action in actions if not action.option_strings]
    given = _positionals(words, options)
    if given < len(positional):
        found = _values(magic, positional[given], word)
        if found[1] or word:
            return found
    if word:
        return "", []
    return word, [(option, "option") for option in sorted(options) if option.startswith("--")]


def _positionals(words: list[str], options: dict[str, argparse.Action]) -> int:
    count, skip = 0, False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = options[word].nargs != 0
        elif not word.startswith("-"):
            count += 1
    return count


def _values(magic: str, action: argparse.Action, word: str) -> _Found:
    if action.choices is not None:
        texts = [str(item) for item in action.choices]
        return word, [(text, action.dest) for text in texts if text.startswith(word)]
    kind, names = _VALUES.get((magic, action.dest), ("", None))
    if names is None:
        return "", []
    try:
        known = sorted(names(current_workspace()))
    except SynapseMagicsError:
        return "", []  # no workspace yet
    if action.dest in _LISTS:
        # What is typed already stays: the names before a comma, and an input's other name.
        word = re.split("[,=]", word)[-1]
    return word, [(name, kind) for name in known if name.startswith(word)]
