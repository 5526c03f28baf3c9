"""Python statements of an interactive session: one namespace, and what IPython shows of them."""

from __future__ import annotations

import ast
import base64
import builtins
import io
import linecache
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType


_OURS = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """How a statement ended.

    Parameters
    ----------
    error : str, optional
        The exception's class and the first line of its text; None if there was none.
    traceback : str
    interrupted : bool
    """

    error: str | None = None
    traceback: str = ""
    interrupted: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Outcome:
        """Return the outcome of a statement that an exception ended.

        Parameters
        ----------
        error : BaseException

        Returns
        -------
        Outcome
        """
        lines = describe(error)
        interrupted = isinstance(error, KeyboardInterrupt)
        text = str(error).partition("\n")[0]
        name = type(error).__name__
        return cls(f"{name}: {text}" if text else name, "".join(lines), interrupted)


def describe(error: BaseException) -> list[str]:
    """Return the traceback of an exception as the person who wrote the statement knows it.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    list of str
        It begins with the first frame of a statement: what called that is ours.
    """
    found = error.__traceback__
    while found is not None and not _is_statement(found.tb_frame.f_code.co_filename):
        found = found.tb_next
    summary = traceback.TracebackException(type(error), error, found)
    while summary.stack and Path(summary.stack[-1].filename).parent == _OURS:
        summary.stack.pop()  # the handler of the interrupt
    return list(summary.format())


def _is_statement(file_name: str) -> bool:
    return file_name.startswith("<") and file_name in linecache.cache


class PythonStatements:
    """Run Python in one namespace, which is the module ``__main__``.

    Parameters
    ----------
    names : mapping
        What is there from the start.
    show : callable
        Called with forms by MIME type of what is no text.
    """

    def __init__(self, names: Mapping[str, object], show: Callable[[dict[str, str]], None]) -> None:
        self._show = show
        # What is defined in it travels to Spark's workers by value, because of this name.
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace = module.__dict__
        self.namespace.update(names, __builtins__=builtins)

    def run(self, code: str, label: str) -> Outcome:
        """Run a statement; the value of a last expression is shown.

        Parameters
        ----------
        code : str
        label : str
            What tracebacks call it.

        Returns
        -------
        Outcome
        """
        try:
            body, last = _compiled(code, f"<{label}>")
            exec(body, self.namespace)  # noqa: S102 - this is what it is for
            if last is not None:
                self._show_value(eval(last, self.namespace))  # noqa: S307
            self._show_figures()
        except BaseException as error:  # noqa: BLE001 - nothing that a statement does ends the session
            return Outcome.of(error)
        return Outcome()

    def _show_value(self, value: object) -> None:
        if value is None:
            return
        self.namespace["_"] = value
        html = None
        if not isinstance(value, type) and hasattr(value, "_repr_html_"):
            html = value._repr_html_()
        if isinstance(html, str):
            self._show({"text/html": html, "text/plain": repr(value)})
        else:
            print(repr(value))  # noqa: T201 - text goes where prints go

    def _show_figures(self) -> None:
        """Show the figures that a statement has drawn, as a notebook does."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        for number in pyplot.get_fignums():
            picture = io.BytesIO()
            figure = pyplot.figure(number)
            figure.savefig(picture, format="png", bbox_inches="tight")
            encoded = base64.b64encode(picture.getvalue()).decode()
            self._show({"image/png": encoded, "text/plain": repr(figure)})
        pyplot.close("all")


def _compiled(code: str, file_name: str) -> tuple[CodeType, CodeType | None]:
    """Return a statement without its last expression, and that expression, compiled."""
    # Tracebacks show its lines. Without a time of change, nobody looks for a file.
    linecache.cache[file_name] = (len(code), None, code.splitlines(keepends=True), file_name)
    tree = ast.parse(code, file_name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), file_name, "eval")  # type: ignore[attr-defined]
    return compile(tree, file_name, "exec"), last
