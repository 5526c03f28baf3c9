"""Settings whose names are checked: a misspelt one would be kept, and change nothing."""

from __future__ import annotations

import difflib
import inspect
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.names import with_article

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnknownAttributeError(UserErrorException, AttributeError):
    """Something has no attribute of that name."""


class CheckedSettings:
    """An object that takes its own attributes only, as Azure ML's configurations do.

    Its attributes are those that the class annotates, and its properties.
    """

    ELSEWHERE: ClassVar[Mapping[str, str]] = {}
    """Attributes that there are in Azure ML and not here, and what to use instead of each."""

    if not TYPE_CHECKING:  # which tells of an attribute that there is not by itself

        def __setattr__(self, name: str, value: Any) -> None:
            if not name.startswith("_") and name not in _known(type(self)):
                raise _unknown(type(self), name)
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> Any:
            # It is asked for what is not there only.
            if name.startswith("_"):
                raise AttributeError(name)
            raise _unknown(type(self), name)


@cache
def _known(kind: type) -> frozenset[str]:
    found = {name for base in kind.__mro__ for name in inspect.get_annotations(base)}
    found |= {name for name, _ in inspect.getmembers(kind, inspect.isdatadescriptor)}
    return frozenset(name for name in found if not name.startswith("_") and name != "ELSEWHERE")


def _unknown(kind: type[CheckedSettings], name: str) -> UnknownAttributeError:
    instead = kind.ELSEWHERE.get(name)
    if instead is not None:
        return UnknownAttributeError(
            f"{name} is not supported here", where=kind.__name__, hint=instead
        )
    known = sorted(_known(cast("type", kind)))
    close = difflib.get_close_matches(name, known, n=1)
    return UnknownAttributeError(
        f"{with_article(kind.__name__)} has no attribute {name}",
        where=f"{kind.__name__}.{name}",
        hint=f"did you mean {close[0]!r}?" if close else f"its attributes: {', '.join(known)}",
    )
