"""``azureml`` for the Python processes that a step's script starts itself.

The folder above this one is on their ``PYTHONPATH``. The step's own process has the names from its
start; any other gets them here, at its first ``import azureml``.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

# By its place: in an environment of its own synapse_magics is not installed, and is lent by this.
_spec = spec_from_file_location(
    "_synapse_magics_bootstrap", Path(__file__).parents[2] / "bootstrap.py"
)
assert _spec is not None and _spec.loader is not None  # noqa: S101, PT018 - for the type checker
_bootstrap = module_from_spec(_spec)
_spec.loader.exec_module(_bootstrap)
_bootstrap.borrow()

_FOLDER = str(Path(__file__).parents[1])
_all = sys.path[:]
del sys.modules[__name__]
# What takes this module's place is imported as if this folder were not there: the real SDK, if it
# is installed.
sys.path[:] = [entry for entry in _all if entry != _FOLDER]
try:
    _bootstrap.start_up()
    import_module(__name__)
finally:
    sys.path[:] = _all
