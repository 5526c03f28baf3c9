"""What to do about an address that Spark cannot open, where Hadoop only names a class."""

from __future__ import annotations

import re

_UNKNOWN = re.compile(
    r"Class org\.apache\.hadoop\.fs\.(?:s3a|azurebfs|azure)\.[\w$]+ not found"
    r'|No FileSystem for scheme "\w+"'
)
_ROOT = re.compile(r"InternalDir of ViewFileSystem is readonly")

_MAP = (
    "%synapse_datastore --map ADDRESS=FOLDER lets a local folder stand in the place of the address;"
    " the real storage takes its jar: the Spark setting spark.jars.packages"
)
_ABOVE = (
    "Spark replaces a folder by removing it, and this one stands itself in the place of a mapped"
    " address: write to a folder below it, or map the address above it"
)


def storage_hint(text: str) -> dict[str, str]:
    """Return a hint for an error of Spark's about an address.

    Parameters
    ----------
    text : str
        The error's message.

    Returns
    -------
    dict
        Empty if it is about something else.
    """
    if _ROOT.search(text):
        return {"hint": _ABOVE}
    return {"hint": _MAP} if _UNKNOWN.search(text) else {}
