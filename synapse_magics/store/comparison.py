"""Two fingerprints compared in words: why a step runs though something like it has run before."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synapse_magics.store.fingerprint import Parts

_LONGEST = 60
_MOST = 3
"""So many places of a text, or files, are told one by one."""


def differences(
    before: Parts,
    after: Parts,
    version_of: Callable[[str], str | None] = lambda _identity: None,
    *,
    content: bool = True,
) -> list[str]:
    """Return in words what differs between the parts of two fingerprints, apart from the code.

    Parameters
    ----------
    before, after : dict
    version_of : callable
        Tells what a saved dataset is registered as (``titanic:2``), or None.
    content : bool
        Whether the bytes of inputs count.

    Returns
    -------
    list of str
    """
    found = [
        f"{what} {_arrow(before.get(part), after.get(part))}"
        for part, what in (
            ("step type", "step type"),
            ("script", "script"),
            ("version", "version"),
        )
        if before.get(part) != after.get(part)
    ]
    found += _arguments(before["arguments"], after["arguments"])
    for name in names_of(before["inputs"], after["inputs"]):
        pair = before["inputs"].get(name), after["inputs"].get(name)
        found += _input(name, *pair, version_of, content=content)
    found += _named("output", before["outputs"], after["outputs"], "goes elsewhere")
    found += _values("environment:", before["environment"], after["environment"])
    found += _named("environment variable", before["variables"], after["variables"], "changed")
    found += _values("Spark setting", before["spark"], after["spark"])
    old, new = before.get("mapped", {}), after.get("mapped", {})
    if content or set(old) != set(new):
        found += _named("mapped address", old, new, "its folder holds something else")
    if not found and before.get("format") != after.get("format"):
        found.append("another version of synapse_magics tells steps apart in another way")
    return found


def _arguments(before: list[list[str]], after: list[list[str]]) -> list[str]:
    old, new = _by_label(before), _by_label(after)
    found = _values("argument", old, new)
    return found or (["the arguments are in another order or form"] if before != after else [])


def _by_label(items: list[list[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, *values in items:
        found[label] = " ".join([found[label], *values] if label in found else values)
    return found


def _input(
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    version_of: Callable[[str], str | None],
    *,
    content: bool,
) -> list[str]:
    if before is None or after is None:
        return [f"input {name} is {'new' if before is None else 'gone'}"]
    if ("dataset" in before) != ("dataset" in after):
        return [f"input {name} comes from elsewhere"]
    found = []
    if before["mode"] != after["mode"]:
        found.append(f"input {name}: {before['mode']} -> {after['mode']}")
    if any(before.get(key) != after.get(key) for key in ("path_on_compute", "table")):
        found.append(f"input {name} is handed over in another way")
    if "dataset" not in after:
        if (before["step"], before["output"]) != (after["step"], after["output"]):
            found.append(f"input {name} comes from elsewhere")
        return found
    if before["dataset"] != after["dataset"]:
        old, new = version_of(before["dataset"]), version_of(after["dataset"])
        known = bool(old and new) and old != new
        words = f"{old} -> {new}" if known else "it is defined anew"
        same = known and str(old).split(":")[0] == str(new).split(":")[0]
        what = "has a new version" if same else "is another dataset"
        found.append(f"input {name} {what} ({words})")
    elif content and before["content"] != after["content"]:
        found.append(f"input {name}: {_files(before['files'], after['files'])}")
    return found


def _files(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    if not before or not after:
        return "its files changed"  # they are too many to be listed
    parts = []
    changed = [name for name in after if name in before and before[name] != after[name]]
    for names, word in (
        (changed, "changed"),
        ([name for name in after if name not in before], "new"),
        ([name for name in before if name not in after], "gone"),
    ):
        if names:
            verb = "" if word == "changed" else ("is " if len(names) == 1 else "are ")
            parts.append(f"{listed(names)} {verb}{word}")
    return ", ".join(parts) or "its files changed"


def listed(names: Sequence[str]) -> str:
    """Return the names of some files, the first of them if there are many.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    str
    """
    # The name of the file says enough; its folder on the datastore may be a long hash.
    short = [name.rpartition("/")[2] for name in names]
    if len(short) > _MOST:
        return f"{len(short)} files ({', '.join(short[:_MOST])}, ...)"
    return ", ".join(short)


def _named(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], changed: str
) -> list[str]:
    found = []
    for name in names_of(before, after):
        if name not in before or name not in after:
            found.append(f"{what} {name} is {'new' if name not in before else 'gone'}")
        elif before[name] != after[name]:
            found.append(f"{what} {name} {changed}")
    return found


def _values(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    found = []
    for name in names_of(before, after):
        if name not in before:
            value = _short(after[name])
            found.append(f"{what} {name} is new ({value})" if value else f"{what} {name} is new")
        elif name not in after:
            found.append(f"{what} {name} is gone")
        elif before[name] != after[name]:
            found.append(f"{what} {name} {_arrow(before[name], after[name])}")
    return found


def _arrow(before: Any, after: Any) -> str:
    # Of two long texts it is the end that differs, perhaps, or a blank.
    old, new = _short(before), _short(after)
    if old != new:
        return f"{old or 'nothing'} -> {new or 'nothing'}"
    one, other = (" ".join(str(value).split()) for value in (before, after))
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    begin = max(sum(1 for _ in same) - 10, 0)
    old, new = _short(one[begin:]), _short(other[begin:])
    return f"...{old} -> ...{new}" if old != new else "changed"


def names_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names in either of two mappings, those of the first one first.

    Parameters
    ----------
    before, after : mapping

    Returns
    -------
    list of str
    """
    return list(dict.fromkeys([*before, *after]))


def _short(value: Any) -> str:
    text = "none" if value is None else " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
