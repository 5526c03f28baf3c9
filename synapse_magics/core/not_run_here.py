"""The base of Azure ML's classes that can be imported, and say at once what to use instead.

Code that imports them beside what it needs runs; code that uses them stops where it does.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from synapse_magics.core import signatures
from synapse_magics.core.exceptions import NotSupportedError

if TYPE_CHECKING:
    from collections.abc import Callable


def refuse(name: str, instead: str) -> NoReturn:
    """Say that something of Azure ML is not run here, and what to use.

    Parameters
    ----------
    name : str
    instead : str

    Raises
    ------
    NotSupportedError
    """
    raise NotSupportedError(f"{name} of Azure ML SDK v1 is not run here", where=name, hint=instead)


def refusing(name: str, instead: str, doc: str, *, module: str) -> type[NotRunHere]:
    """Make a class, or what Azure ML has as a function, that says what to use instead.

    Parameters
    ----------
    name, instead : str
    doc : str
        What it is in Azure ML.
    module : str
        Where it will be found.

    Returns
    -------
    type
    """
    return type(name, (NotRunHere,), {"__doc__": doc, "__module__": module, "instead": instead})


class _Refusing(type):
    """Refuse the static methods, too: ``AksCompute.provisioning_configuration()``."""

    def __getattr__(cls, name: str) -> Callable[..., NoReturn]:
        if name.startswith("_"):
            raise AttributeError(f"{cls.__name__} has no attribute {name}")

        def refuse_call(*_arguments: Any, **_keywords: Any) -> NoReturn:
            refuse(f"{cls.__name__}.{name}", cls.instead)

        return refuse_call

    instead: str


class NotRunHere(metaclass=_Refusing):
    """A class of Azure ML that is not run here.

    Parameters
    ----------
    **kwargs
        Whatever the class of Azure ML takes; nothing of it is looked at.

    Raises
    ------
    NotSupportedError
        Always.
    """

    instead: ClassVar[str] = ""
    """What to use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        refuse(type(self).__name__, type(self).instead)

    def __init_subclass__(
        cls, instead: str | None = None, signature: str | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if instead is not None:
            cls.instead = instead
        if signature is None:
            return

        # Help and Tab show what the class of Azure ML takes.
        def __init__(self: NotRunHere, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            del args, kwargs
            refuse(type(self).__name__, type(self).instead)

        own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        others = signatures.parse(signature).parameters.values()
        __init__.__signature__ = inspect.Signature([own, *others])  # type: ignore[attr-defined]
        cls.__init__ = __init__  # type: ignore[method-assign]
