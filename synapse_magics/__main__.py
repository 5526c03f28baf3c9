"""The command line as a module: ``python -m synapse_magics run NOTEBOOK``."""

from __future__ import annotations

import sys

from synapse_magics.cli import main

if __name__ == "__main__":
    sys.exit(main())
