"""``azureml`` for the Python processes that a step's script starts itself.

The folder above this one is on their ``PYTHONPATH``. The step's own process has the names from its
start; any other gets them here, at its first ``import azureml``.
"""

import sys
from importlib import import_module
from pathlib import Path

from synapse_magics.runtime.bootstrap import start_up

_FOLDER = str(Path(__file__).parents[1])
_all = sys.path[:]
del sys.modules[__name__]
# What takes this module's place is imported as if this folder were not there: the real SDK, if it
# is installed.
sys.path[:] = [entry for entry in _all if entry != _FOLDER]
try:
    start_up()
    import_module(__name__)
finally:
    sys.path[:] = _all
