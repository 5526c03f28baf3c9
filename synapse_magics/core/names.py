"""The rules for names, as Azure ML has them, and help for a name that is nearly right."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import ComputeTargetException, UserErrorException
from synapse_magics.store.published import EXPERIMENT_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORKSPACE = re.compile(r"[a-zA-Z0-9][\w\-]{2,32}", re.ASCII)
_COMPUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,14}[A-Za-z0-9]")
_INPUT = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_STEP = re.compile(r"[A-Za-z][\w\-]{0,254}", re.ASCII)
_DATASTORE = re.compile(r"[A-Za-z0-9_]{1,255}", re.ASCII)
_DATASET = re.compile(r"[a-zA-Z0-9][\w\-. ]{0,254}", re.ASCII)

RESERVED_COMPUTE = frozenset({"amlcompute", "local", "containerinstance"})


def _fits(pattern: re.Pattern[str], name: object) -> bool:
    return isinstance(name, str) and pattern.fullmatch(name) is not None


def check_workspace(name: str) -> str:
    """Return a name of a workspace or a linked service, or refuse it with the rule."""
    if not _fits(_WORKSPACE, name):
        raise UserErrorException(
            "workspace name must be between 3 and 33 characters long. Its first character has to "
            "be alphanumeric, and the rest may contain hyphens and underscores. No whitespace is "
            "allowed.",
            where=repr(name),
        )
    return name


def check_compute(name: str) -> str:
    """Return the name of a compute target, or refuse it with the rule."""
    if not name:
        raise ComputeTargetException("Compute_name cannot be Empty.")
    if not _fits(_COMPUTE, name):
        raise ComputeTargetException(
            "compute name must be between 2 and 16 characters long. Its first character has to be "
            "alphanumeric, and valid characters include letters, digits, and the - character.",
            where=repr(name),
        )
    return name


def check_experiment(name: str) -> str:
    """Return the name of an experiment, or refuse it with the rule."""
    if not _fits(EXPERIMENT_NAME, name):
        raise UserErrorException(
            "Experiment name must be between 1 and 255 characters long. Its first character has "
            "to be alphanumeric, and the rest may contain hyphens and underscores. No whitespace "
            "is allowed.",
            where=repr(name),
        )
    return name


def check_step(name: str) -> str:
    """Return the name of a step that is a cell, or refuse it with the rule."""
    if not _fits(_STEP, name):
        raise UserErrorException(
            "a step's name begins with a letter; letters, digits, hyphens and underscores follow",
            where=repr(name),
        )
    return name


def check_dataset(name: str) -> str:
    """Return the name of a dataset, or refuse it with the rule."""
    if not _fits(_DATASET, name):
        raise UserErrorException(
            "a dataset's name begins with a letter or a digit; letters, digits, blanks and "
            "'-', '_', '.' follow, 255 characters at the most",
            where=repr(name),
        )
    return name


def check_datastore(name: str) -> str:
    """Return the name of a datastore, or refuse it with the rule."""
    if not _fits(_DATASTORE, name):
        raise UserErrorException(
            "Datastore name is invalid. It may contain only alphanumeric characters and _, and is "
            "between 1 and 255 characters long.",
            where=repr(name),
        )
    return name


def check_input(name: str) -> str:
    """Return the name of an input, or refuse it with the rule."""
    if not _fits(_INPUT, name):
        raise UserErrorException(
            f'Invalid input name "{name}". A name begins with a letter or an underscore; letters, '
            "digits and underscores follow.",
            hint="-i ALIAS=NAME gives a dataset another name in the step",
        )
    return name


def check_output(name: str) -> str:
    """Return the name of an output, or refuse it with the rule."""
    if not _fits(_INPUT, name):
        raise UserErrorException(
            f"[{name}] is not a valid output name as it may contain only letters, digits, and "
            "underscores.",
            hint="it begins with a letter or an underscore",
        )
    return name


def did_you_mean(name: str, known: Iterable[str], what: str) -> str:
    """Return a hint for a name that is not known.

    Parameters
    ----------
    name : str
    known : iterable of str
    what : str
        What the names are of, in the plural, such as ``datasets``.

    Returns
    -------
    str
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"{what}: {', '.join(names)}" if names else f"there are no {what} yet"


def with_article(name: str) -> str:
    """Return the name of a class as a text has it: ``an AmlCompute``.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    # H and S are said "aitch" and "ess" where they are letters of an abbreviation.
    is_vowel = name[:1].lower() in {"a", "e", "i", "o"} or name.startswith(("HDFS", "SSH", "SQL"))
    return f"{'an' if is_vowel else 'a'} {name}"


def type_of(value: object) -> str:
    """Return the type of an object as a text has it: ``an int``.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return with_article(type(value).__name__)
