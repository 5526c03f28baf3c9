"""Run a step's script as ``__main__`` in a local process: ``bootstrap.py SCRIPT [ARGUMENT ...]``.

Beside what ``python SCRIPT`` does, it calls what the engine wants to be called first and leaves the
exception that ended the script where the agent finds it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from synapse_magics.runtime import live_output
    from synapse_magics.runtime.main_script import execute
elif __name__ == "__main__":  # run by its path: its own folder is where Python looks first
    import live_output
    from main_script import execute

    del sys.modules["main_script"], sys.modules["live_output"]  # the step may have its own

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

STARTUP = "SYNAPSE_MAGICS_STARTUP"
"""A function to call before the script, as ``module:name``; of no effect where it is missing."""

LENT = "SYNAPSE_MAGICS_LENT"
"""JSON: the folders of the modules that are lent, by name."""

TOLD = "SYNAPSE_MAGICS_OUTPUTS"
"""JSON: where the step's outputs are, for what looks at them when it has ended well."""

ON_PATH = str(Path(__file__).with_name("on_path"))
"""What is put on the ``PYTHONPATH`` of steps, for processes that their scripts start."""


class Lender:
    """Find modules of another interpreter, for a step in an environment of its own.

    It is asked last of all: what the environment has itself comes first, and what is not lent is
    not found.

    Parameters
    ----------
    folders : mapping
        Where each module is found, by its name.
    """

    def __init__(self, folders: Mapping[str, str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that is lent, or None."""
        del target
        if path is not None or name not in self._folders:
            return None  # what is below a module is found there
        return PathFinder.find_spec(name, [self._folders[name]])


def borrow() -> None:
    """Let the modules be found that the engine lends."""
    text = os.environ.get(LENT)
    if text and not any(type(finder).__name__ == Lender.__name__ for finder in sys.meta_path):
        import json  # noqa: PLC0415 - only in an environment of its own

        sys.meta_path.append(Lender(json.loads(text)))


def start_up() -> None:
    """Call what the engine wants to be called first."""
    module, _, name = os.environ.get(STARTUP, "").partition(":")
    if not module:
        return
    try:
        getattr(import_module(module), name)()
    except ModuleNotFoundError:
        return  # the step's own environment does not have this package


def map_addresses() -> None:
    """Let this process read and write addresses that are mapped to local folders."""
    if os.environ.get("SYNAPSE_MAGICS_ADDRESS_MAPS"):
        with contextlib.suppress(ModuleNotFoundError):  # an environment without this package
            from synapse_magics.runtime.mapped_addresses import (  # noqa: PLC0415 - rare
                install_on_import,
            )

            install_on_import()


def prepare_spark() -> None:
    """Make the Spark of a step here write plain files and say how far it is; nothing in others."""
    # The engine's configuration lies beside the step's records; another one is not ours to change.
    conf, records = os.environ.get("SPARK_CONF_DIR"), os.environ.get("SYNAPSE_MAGICS_RECORDS")
    if conf and records and Path(conf).parent == Path(records).parent:
        with contextlib.suppress(ImportError):  # the script says better what is missing
            from synapse_magics.runtime.plain_files import without_checksums  # noqa: PLC0415

            without_checksums()
            if os.environ.get("SYNAPSE_MAGICS_SPARK_PROGRESS"):
                from synapse_magics.runtime import spark_progress  # noqa: PLC0415 - rare

                spark_progress.install()
            if os.environ.get("SYNAPSE_MAGICS_ARCHIVE_FOLDER"):
                from synapse_magics.runtime import class_archive  # noqa: PLC0415 - rare

                class_archive.install()
            if os.environ.get("PYSPARK_GATEWAY_PORT"):
                from synapse_magics.runtime.warm_spark import install  # noqa: PLC0415 - rare

                install()


def run_and_look(script: Path, arguments: list[str]) -> int:
    """Run a script, and record what tables it has written if it ends well.

    Parameters
    ----------
    script : pathlib.Path
    arguments : list of str

    Returns
    -------
    int
        0, or 1 when an exception ended it.
    """
    told = os.environ.pop(TOLD, "")  # no process that it starts looks as well
    try:
        code = run(script, arguments)
    except SystemExit as leave:
        if not leave.code:
            look(told)
        raise
    if code == 0:
        look(told)
    return code


def look(told: str) -> None:
    """Record what tables a step has written; whatever it meets, the step has ended well."""
    if told:
        with contextlib.suppress(Exception):
            from synapse_magics.runtime.output_tables import record_tables  # noqa: PLC0415

            record_tables(told)


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
        execute(script)
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises ends here
        from synapse_magics.runtime.cell_main import report  # noqa: PLC0415 - only on failure

        report(error, script, f"script {script.name}")
        return 1
    return 0


def main(script: str, arguments: list[str]) -> int:
    """Prepare this process for a step, and run its script.

    Parameters
    ----------
    script : str
    arguments : list of str

    Returns
    -------
    int
    """
    # Matplotlib's notebook backend, inherited from a kernel, does not exist here.
    os.environ.pop("MPLBACKEND", None)
    borrow()
    start_up()
    map_addresses()
    prepare_spark()
    return run_and_look(Path(script).absolute(), arguments)


if __name__ == "__main__":
    live_output.install()
    sys.exit(main(sys.argv[1], sys.argv[2:]))
