"""The code of a step before and now: the lines that changed, in words and as a diff."""

from __future__ import annotations

import difflib
from itertools import takewhile
from typing import TYPE_CHECKING

from synapse_magics.store.comparison import listed, names_of
from synapse_magics.store.step_code import body_of, mentioned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.store.specs import StepSpec

_MAIN = "the generated main file"
_LARGEST = 100_000
_MOST_PAIRS = 250_000
"""Up to so many pairs of lines two texts are compared: the time grows with them."""

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
    names = names_of(after, before)
    if spec.cell is not None:
        # Beside a cell there are small scripts alone.
        kept = {spec.script}.union(*(mentioned(spec.cell, _texts(it)) for it in (before, after)))
        names = [name for name in names if name in kept]
    found = []
    for name in names:
        if before.get(name) == after.get(name):
            continue
        one, other = (_text(files.get(name)) for files in (before, after))
        cell = spec.cell is not None and name != spec.script
        if cell and one is not None and other is not None and body_of(one)[0] == body_of(other)[0]:
            continue
        found.append((name, one, other))
    return found


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: body.decode("utf-8", "replace") for name, body in files.items()}


def _text(body: bytes | None) -> str | None:
    return None if body is None else body.decode("utf-8", "replace")


def _title(spec: StepSpec, name: str) -> str:
    if spec.cell is None:
        return name
    if name == spec.cell:
        return "the cell"
    return _MAIN if name == spec.script else f"step module {name.removesuffix('.py')}"


def _is_comparable(before: str, after: str) -> bool:
    if any(len(text) > _LARGEST or "\0" in text for text in (before, after)):
        return False
    one, other = before.splitlines(), after.splitlines()
    # What both begin and end with costs nothing.
    begin = _common(one, other)
    end = _common(one[:begin:-1], other[:begin:-1])
    return (len(one) - begin - end) * (len(other) - begin - end) <= _MOST_PAIRS


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _lines(before: str, after: str, title: str, name: str) -> list[str]:
    if title == _MAIN:
        return ["another version of synapse_magics runs the cell"]
    if not name.endswith(".py") or not _is_comparable(before, after):
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
