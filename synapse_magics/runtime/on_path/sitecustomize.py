"""Mapped addresses for the Python processes that a step's script starts itself.

Spark's Python workers work where their step does, whichever JVM starts them.

Python imports this module at its start where the folder is on its path; somebody else's, which it
hides, is imported as well.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_here = Path(__file__).parent
if os.environ.get("SYNAPSE_MAGICS_ADDRESS_MAPS"):
    _spec = spec_from_file_location("_synapse_magics_bootstrap", _here.parent / "bootstrap.py")
    assert _spec is not None and _spec.loader is not None  # noqa: S101, PT018 - for the type checker
    _bootstrap = module_from_spec(_spec)
    _spec.loader.exec_module(_bootstrap)
    _bootstrap.borrow()
    _bootstrap.map_addresses()

_folder = os.environ.pop("SYNAPSE_MAGICS_WORKER_FOLDER", None)
if _folder and sys.orig_argv[1:2] == ["-m"] and sys.orig_argv[2].startswith("pyspark."):
    os.chdir(_folder)

_spec = PathFinder.find_spec(__name__, [entry for entry in sys.path if Path(entry) != _here])
if _spec is not None and _spec.loader is not None:
    _spec.loader.exec_module(module_from_spec(_spec))
