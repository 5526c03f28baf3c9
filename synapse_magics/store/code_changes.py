"""The code of a step before and now: the lines that changed, in words and as a diff."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from synapse_magics.store.comparison import listed, names_of
from synapse_magics.store.step_code import body_of, mentioned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.specs import StepSpec

_MAIN = "the generated main file"
_LARGEST = 100_000
_MOST_LINES = 2000
"""Texts up to this size are compared line by line: the time grows with the square of the lines."""

_MOST = 3
"""So many places of a text, or files, are told one by one."""


def code_differences(
    spec: StepSpec, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[str]:
    """Return in words what changed in a step's code.

    Parameters
    ----------
    spec : StepSpec
        The step as it is now.
    before, after : mapping
        The files of both snapshots.

    Returns
    -------
    list of str
        Such as ``line 3 of the cell changed``.
    """
    pairs = _pairs(spec, before, after)
    texts = [(name, old, new) for name, old, new in pairs if old is not None and new is not None]
    found = []
    if len(texts) > _MOST:
        found.append(f"{listed([name for name, _, _ in texts])} changed")
    else:
        for name, old, new in texts:
            found += _lines(old or "", new or "", _title(spec, name), name)
    for missing, word in ((1, "new"), (2, "gone")):
        names = [pair[0] for pair in pairs if pair[missing] is None]
        if names:
            verb = "is" if len(names) == 1 else "are"
            found.append(f"{listed([_title(spec, name) for name in names])} {verb} {word}")
    return found


def code_diff(spec: StepSpec, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Return what changed in a step's code as a unified diff.

    Parameters
    ----------
    spec : StepSpec
    before, after : mapping
        The files of both snapshots.

    Returns
    -------
    str
        Empty if nothing did.
    """
    lines: list[str] = []
    for name, old, new in _pairs(spec, before, after):
        title = _title(spec, name)
        if not _is_comparable(old or "", new or ""):
            lines.append(f"{title} changed; it is too large to be shown, or no text")
            continue
        lines += difflib.unified_diff(
            (old or "").splitlines(),
            (new or "").splitlines(),
            title,
            title,
            "before",
            "now",
            n=2,
            lineterm="",
        )
    return "\n".join(lines)


def _pairs(
    spec: StepSpec, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[tuple[str, str | None, str | None]]:
    old = {name: body.decode("utf-8", "replace") for name, body in before.items()}
    new = {name: body.decode("utf-8", "replace") for name, body in after.items()}
    names = names_of(new, old)
    if spec.cell is not None:
        kept = {*mentioned(spec.cell, old), *mentioned(spec.cell, new), spec.script}
        names = [name for name in names if name in kept]
    found = []
    for name in names:
        one, other = old.get(name), new.get(name)
        same = before.get(name) == after.get(name)
        if spec.cell is not None and one is not None and other is not None and name != spec.script:
            same = body_of(one)[0] == body_of(other)[0]
        if not same:
            found.append((name, one, other))
    return found


def _title(spec: StepSpec, name: str) -> str:
    if spec.cell is None:
        return name
    if name == spec.cell:
        return "the cell"
    return _MAIN if name == spec.script else f"step module {name.removesuffix('.py')}"


def _is_comparable(*texts: str) -> bool:
    return not any(
        len(text) > _LARGEST or text.count("\n") > _MOST_LINES or "\0" in text for text in texts
    )


def _lines(before: str, after: str, title: str, name: str) -> list[str]:
    if title == _MAIN:
        return ["another version of synapse_magics runs the cell"]
    if not _is_comparable(before, after):
        return [f"{title} changed"]
    (old, _), (new, above) = (
        (body_of(text) if title != name else (text, 0)) for text in (before, after)
    )
    one, other = old.splitlines(), new.splitlines()
    changes = [
        change
        for change in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if change[0] != "equal"
    ]
    if len(changes) > _MOST:
        first = above + changes[0][3] + 1
        return [f"{title} changed at {len(changes)} places, from line {first} on"]
    return [_change(change, above, title) for change in changes] or [f"{title} changed"]


def _change(change: tuple[str, int, int, int, int], above: int, title: str) -> str:
    kind, old_start, old_end, start, end = change
    first, last = above + start + 1, above + end
    if kind == "delete":
        count = old_end - old_start
        what = "a line is" if count == 1 else f"{count} lines are"
        return f"{what} gone after line {first - 1} of {title}"
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    verb = "changed" if kind == "replace" else ("is new" if first == last else "are new")
    return f"{lines} of {title} {verb}"
