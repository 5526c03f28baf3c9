"""The output beside a live view: the same as static HTML and as text, which is what is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WIDGET = "application/vnd.jupyter.widget-view+json"
"""The form of an output that is a widget; a front end that knows it draws no other one."""


def twin_html(html: str) -> str:
    """Return static HTML as that of a twin: the style sheets hide it beside what is drawn live.

    Parameters
    ----------
    html : str

    Returns
    -------
    str
    """
    return f'<div class="synapse-twin">{html}</div>'


class Twin:
    """A view as it is when somebody asks.

    Parameters
    ----------
    bundle : callable
        Returns its forms by MIME type, text among them.
    """

    def __init__(self, bundle: Callable[[], dict[str, Any]]) -> None:
        self._bundle = bundle

    def __repr__(self) -> str:
        return str(self._bundle()["text/plain"])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self._bundle()
