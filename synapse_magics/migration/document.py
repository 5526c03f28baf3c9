"""The table as a document: ``docs/azureml_v1.md``."""

from __future__ import annotations

from itertools import groupby

from synapse_magics.azureml import VERSION
from synapse_magics.migration.support import Entry, Support, table

_BEGINNING = f"""\
# Azure ML SDK v1, name by name

What of the SDK (version {VERSION}) runs here. Code that imports it runs unchanged after
`%load_ext synapse_magics` or `import synapse_magics.azureml`, and as it is in every step of a local
engine and in a notebook that `synapse-magics run` runs.
Where the real SDK is installed, that one is imported. `synapse-magics check PATH` says the same of
your own notebooks and scripts.

- **full**: the signature, what it does and what it raises are the SDK's.
- **differs**: it runs, and the last column says what is different.
- **no**: a class can be imported, and raises `NotSupportedError` where it is used; a method is not
  there, or raises it. The last column says what to use instead.

`python -m synapse_magics.migration` makes this page of `synapse_magics/migration/*_support.py`.
"""


def document() -> str:
    """Return the text of the document.

    Returns
    -------
    str
    """
    lines = [_BEGINNING]
    for chapter, entries in groupby(table().values(), key=lambda item: item.chapter):
        lines += [f"## {chapter}", "", "| Name | Here | |", "| --- | --- | --- |"]
        lines += [_row(item) for item in entries]
        lines.append("")
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    name = entry.name.removeprefix("azureml.")
    called = "()" if entry.signature is not None else ""
    support = entry.support.value if entry.support is Support.FULL else f"**{entry.support.value}**"
    note = entry.note.replace("|", "\\|")
    if entry.refused:
        refused = f"refused: {', '.join(f'`{item}`' for item in entry.refused)}"
        note = "; ".join(part for part in (refused, entry.instead, note) if part)
    return f"| `{name}{called}` | {support} | {note} |"
