"""What a headless runner tells the magics, by environment variables."""

from __future__ import annotations

import json
import os
from typing import Any

HEADLESS = "SYNAPSE_MAGICS_HEADLESS"
PARAMETERS = "SYNAPSE_MAGICS_PARAMETERS"


def is_headless() -> bool:
    """Tell whether the notebook runs without anybody looking."""
    return os.environ.get(HEADLESS) == "1"


def given_parameters() -> dict[str, Any]:
    """Return the parameters that the runner was given for the notebook."""
    found: dict[str, Any] = json.loads(os.environ.get(PARAMETERS) or "{}")
    return found
