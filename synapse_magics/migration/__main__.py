"""Write the document: ``python -m synapse_magics.migration [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path

from synapse_magics.migration.document import document

if __name__ == "__main__":
    given = sys.argv[1:]
    Path(given[0] if given else "docs/azureml_v1.md").write_text(document(), encoding="utf-8")
