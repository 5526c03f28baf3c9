"""Where a browser is that Playwright can drive; run as a program, it says if there is none.

Only the standard library: `make test-browser` asks before it installs anything.
"""

from __future__ import annotations

import os
import shutil
import sys

VARIABLE = "SYNAPSE_MAGICS_TEST_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome")
NONE_FOUND = f"no browser: none of {', '.join(NAMES)} is on PATH, and {VARIABLE} names none"


def find_browser():
    """Return the path of a Chromium, or None."""
    named = os.environ.get(VARIABLE)
    return next(filter(None, map(shutil.which, [named] if named else NAMES)), None)


if __name__ == "__main__":
    sys.exit(None if find_browser() else f"{NONE_FOUND}; the browser tests are skipped")
