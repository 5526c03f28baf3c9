"""Write the document: ``python -m synapse_magics.migration [FILE]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from synapse_magics.migration.document import document

if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m synapse_magics.migration", description=__doc__)
    parser.add_argument("file", nargs="?", default=Path("docs/azureml_v1.md"), type=Path)
    parser.parse_args().file.write_text(document(), encoding="utf-8")
