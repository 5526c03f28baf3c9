"""Where a browser finds the UI of a Spark on this machine: behind Jupyter's proxy, or as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "SYNAPSE_MAGICS_SPARK_UI"
"""A path or an address with ``{port}`` in it, such as ``/proxy/{port}/``."""

_HUB = "JUPYTERHUB_SERVICE_PREFIX"
_SAFE = re.compile(r"(https?://[\w.:-]+)?/[\w./~%@:+-]*", re.ASCII)


def port_of(ui_url: str | None) -> int | None:
    """Return the port of an address, or None if it is no address of the web.

    Parameters
    ----------
    ui_url : str or None

    Returns
    -------
    int or None
    """
    try:
        parts = urlsplit(ui_url or "")
        port = parts.port
    except ValueError:
        return None
    return port if parts.scheme in {"http", "https"} and port else None


def proxy_base(port: int, environment: Mapping[str, str]) -> str:
    """Return under which path a proxy shows a port of this machine, without a slash at its end.

    Parameters
    ----------
    port : int
    environment : mapping
        ``SYNAPSE_MAGICS_SPARK_UI`` wins over what JupyterHub says.

    Returns
    -------
    str
        Empty if there is no proxy.
    """
    hub = environment.get(_HUB, "")
    template = environment.get(TEMPLATE) or (f"{hub.rstrip('/')}/proxy/{{port}}/" if hub else "")
    base = template.replace("{port}", str(port)).rstrip("/")
    return base if "{port}" in template and _SAFE.fullmatch(base) else ""


def spark_ui_link(ui_url: str | None, environment: Mapping[str, str]) -> str:
    """Return what a browser is to open for the UI of a Spark on this machine.

    Only the port is taken from what the step has said: no step names another machine.

    Parameters
    ----------
    ui_url : str or None
        As Spark says it.
    environment : mapping
        Of the process that shows the link.

    Returns
    -------
    str
        Empty if there is no UI.
    """
    port = port_of(ui_url)
    if port is None:
        return ""
    base = proxy_base(port, environment)
    return f"{base}/jobs/" if base else f"{urlsplit(ui_url or '').scheme}://127.0.0.1:{port}/jobs/"
