"""Take secrets out of a stream of bytes, as it comes.

The supervisor of a step uses it as well, so it stands on the standard library's lightest modules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

MASK = "***"
"""What stands in the place of a secret."""

_MASK = MASK.encode()


class Masker:
    """Replace secrets in bytes that arrive piece by piece.

    What comes out, put together, is what one replacement in the whole text would give, wherever the
    pieces were cut: the leftmost secret first, of two that begin together the longer one. Only an
    end that may be the begin of a secret is held back, so a log stays live.

    Parameters
    ----------
    secrets : iterable of bytes
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take a piece, and return what can be passed on.

        Parameters
        ----------
        data : bytes

        Returns
        -------
        bytes
        """
        text = self._held + data
        parts, begin, hold = [], 0, self._open_end(text, 0)
        for start, end in self._spans(text):
            if start >= hold:
                break  # it may become a longer one
            parts += [text[begin:start], _MASK]
            begin = end
            if hold < begin:
                hold = self._open_end(text, begin)
        self._held = text[hold:]
        return b"".join([*parts, text[begin:hold]])

    def flush(self) -> bytes:
        """Return what was held back; nothing comes any more.

        Returns
        -------
        bytes
        """
        text, self._held = self._held, b""
        parts, begin = [], 0
        for start, end in self._spans(text):
            parts += [text[begin:start], _MASK]
            begin = end
        return b"".join([*parts, text[begin:]])

    def _spans(self, text: bytes) -> Iterator[tuple[int, int]]:
        # To look for each is much faster than a pattern of many, and logs rarely hold one.
        present = [secret for secret in self._secrets if secret in text]
        return spans(text, present) if present else iter(())

    def _open_end(self, text: bytes, begin: int) -> int:
        """Return from where on the text may be the begin of a secret; its length if nowhere."""
        first = len(text)
        for secret in self._secrets:
            at = text.find(secret[:1], max(begin, len(text) - len(secret) + 1), first)
            while at >= 0:
                if secret.startswith(text[at:]):
                    first = at
                    break
                at = text.find(secret[:1], at + 1, first)
        return first


def spans(text: Buffer, secrets: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Find the secrets in a text, from the left, of two that begin together the longer one.

    Parameters
    ----------
    text : bytes
        Or whatever the module ``re`` takes for it, such as a mapped file.
    secrets : iterable of bytes

    Yields
    ------
    tuple of int
        Begin and end of each.
    """
    ordered = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    if ordered:
        for match in re.finditer(b"|".join(map(re.escape, ordered)), text):
            yield match.span()
