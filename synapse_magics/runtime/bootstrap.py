"""Run a step's script as ``__main__`` in a local process: ``bootstrap.py SCRIPT [ARGUMENT ...]``.

Beside what ``python SCRIPT`` does, it calls what the engine wants to be called first and leaves the
exception that ended the script where the agent finds it.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
from importlib import import_module
from pathlib import Path

STARTUP = "SYNAPSE_MAGICS_STARTUP"
"""A function to call before the script, as ``module:name``; of no effect where it is missing."""

ON_PATH = str(Path(__file__).with_name("on_path"))
"""What is put on the ``PYTHONPATH`` of steps, for processes that their scripts start."""


def start_up() -> None:
    """Call what the engine wants to be called first."""
    module, _, name = os.environ.get(STARTUP, "").partition(":")
    if not module:
        return
    try:
        getattr(import_module(module), name)()
    except ModuleNotFoundError:
        return  # the step's own environment does not have this package


def prepare_spark() -> None:
    """Make the Spark of a step on this machine write plain files; in other steps, do nothing."""
    # The engine's configuration lies beside the step's records; another one is not ours to change.
    conf, records = os.environ.get("SPARK_CONF_DIR"), os.environ.get("SYNAPSE_MAGICS_RECORDS")
    if conf and records and Path(conf).parent == Path(records).parent:
        with contextlib.suppress(ImportError):  # the script says better what is missing
            from synapse_magics.runtime.plain_files import without_checksums  # noqa: PLC0415

            without_checksums()


def run(script: Path, arguments: list[str]) -> int:
    """Run a script as ``__main__``.

    Parameters
    ----------
    script : pathlib.Path
    arguments : list of str

    Returns
    -------
    int
        0, or 1 when an exception ended it.
    """
    sys.argv = [str(script), *arguments]
    sys.path[0] = str(script.parent)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises ends here
        from synapse_magics.runtime.cell_main import report  # noqa: PLC0415 - only on failure

        report(error, script, f"script {script.name}")
        return 1
    return 0


if __name__ == "__main__":
    # Matplotlib's notebook backend, inherited from a kernel, does not exist here.
    os.environ.pop("MPLBACKEND", None)
    start_up()
    prepare_spark()
    sys.exit(run(Path(sys.argv[1]).absolute(), sys.argv[2:]))
