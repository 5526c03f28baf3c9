"""A worker of a parallel run: it loads the entry script and runs mini-batches, one at a time.

It talks to the driver by lines of JSON through a socket that it inherits; what the entry script
prints goes to files of its own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import logging
import os
import socket
import sys
import traceback
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO

from synapse_magics.runtime.readers import read_pandas

if TYPE_CHECKING:
    from collections.abc import Callable

_TRACEBACK_CHARACTERS = 20_000


class FileBatch(list):  # type: ignore[type-arg]  # a plain list to the entry script
    """The paths of a mini-batch of files, with the values of the partition keys."""

    partition_key_value: dict[str, Any] | None = None


class EntryScript:
    """What an entry script gets of its worker; every call gives the same object.

    It is ``azureml_user.parallel_run.EntryScript``.
    """

    _instance: EntryScript | None = None
    logger: logging.Logger
    working_dir: str
    output_dir: str

    def __new__(cls) -> EntryScript:  # noqa: PYI034 - one object for everybody
        """Return the one object."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.logger = logging.getLogger("EntryScript")
            cls._instance.working_dir = str(Path.cwd())
            cls._instance.output_dir = str(Path.cwd())
        return cls._instance


def work(descriptor: int) -> int:
    """Serve a driver until it hangs up.

    Parameters
    ----------
    descriptor : int
        The socket.

    Returns
    -------
    int
    """
    with socket.socket(fileno=descriptor) as line, line.makefile("rw", encoding="utf-8") as wire:
        line.set_inheritable(False)
        orders: dict[str, Any] = json.loads(wire.readline() or "null") or {}
        if not orders:
            return 0
        try:
            run, close = _load(orders)
        except BaseException as error:  # noqa: BLE001 - whatever the entry script raises
            _send(wire, {"error": _describe(error, orders["script"])})
            return 1
        _send(wire, {"ready": os.getpid()})
        for text in wire:
            batch = json.loads(text)
            try:
                answer = _answer(run, batch, rows=orders["rows"])
            except Exception as error:  # noqa: BLE001 - whatever the entry script raises
                answer = {"error": _describe(error, orders["script"])}
            sys.stdout.flush()
            _send(wire, answer)
        if close is not None:
            close()
        sys.stdout.flush()
    return 0


def _send(wire: TextIO, message: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the driver has gone
        wire.write(json.dumps(message) + "\n")
        wire.flush()


def _load(orders: dict[str, Any]) -> tuple[Callable[..., Any], Callable[[], Any] | None]:
    """Import the entry script, call its ``init``, and return its ``run`` and ``shutdown``."""
    script = Path(orders["script"]).absolute()
    _offer_entry_script(orders)
    sys.argv = [str(script), *orders["arguments"]]
    if str(script.parent) not in sys.path:
        sys.path.insert(0, str(script.parent))
    spec = importlib.util.spec_from_file_location(script.stem, script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[script.stem] = module
    spec.loader.exec_module(module)
    run = getattr(module, "run", None)
    if not callable(run):
        raise TypeError(f"the entry script {script.name} has no function run(mini_batch)")
    if callable(getattr(module, "init", None)):
        module.init()
    return run, getattr(module, "shutdown", None)


def _offer_entry_script(orders: dict[str, Any]) -> None:
    log = EntryScript().logger
    log.setLevel(orders["level"])
    handler = logging.FileHandler(orders["log"], encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
    log.addHandler(handler)
    if orders["output"]:
        EntryScript().output_dir = orders["output"]
    package, module = ModuleType("azureml_user"), ModuleType("azureml_user.parallel_run")
    module.EntryScript = EntryScript  # type: ignore[attr-defined]
    package.parallel_run = module  # type: ignore[attr-defined]
    package.__path__ = []
    sys.modules.update({"azureml_user": package, "azureml_user.parallel_run": module})


def _answer(run: Callable[..., Any], batch: dict[str, Any], *, rows: bool) -> dict[str, Any]:
    given = _mini_batch(batch)
    context = SimpleNamespace(
        minibatch_index=str(batch["number"]), partition_key_value=batch["keys"]
    )
    size = len(given)
    result = run(given, context) if _takes_two(run) else run(given)
    if not hasattr(result, "__len__") or isinstance(result, (str, bytes, dict)):
        raise TypeError(
            "run(mini_batch) returns a list or a pandas DataFrame, one item for each that it has "
            f"processed, not {type(result).__name__}"
        )
    answer: dict[str, Any] = {"size": size, "results": len(result)}
    if rows:
        answer["lines"] = lines_of(result)
    return answer


def _mini_batch(batch: dict[str, Any]) -> Any:
    if batch["table"] is None:
        files = FileBatch(batch["files"])
        files.partition_key_value = batch["keys"]
        return files
    table = read_pandas(batch["table"])
    # Past pandas, which takes a new attribute for an attempt to make a column.
    object.__setattr__(table, "partition_key_value", batch["keys"])
    return table


def _takes_two(run: Callable[..., Any]) -> bool:
    kinds = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    wanted = [
        item
        for item in inspect.signature(run).parameters.values()
        if item.kind in kinds and item.default is inspect.Parameter.empty
    ]
    return len(wanted) == 2


def lines_of(result: Any) -> str:
    """Return the results of a mini-batch as whole lines.

    Parameters
    ----------
    result : sequence or pandas.DataFrame
        A data frame's columns are joined with a blank.

    Returns
    -------
    str
    """
    if hasattr(result, "to_csv") and hasattr(result, "columns"):
        return str(result.to_csv(sep=" ", header=False, index=False, lineterminator="\n"))
    return "".join(f"{item}\n" for item in result)


def _describe(error: BaseException, script: str) -> dict[str, Any]:
    name = str(Path(script).absolute())
    frames = [item for item in traceback.extract_tb(error.__traceback__) if item.filename == name]
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
    return {
        "type": type(error).__name__,
        "message": str(error),
        "line": frames[-1].lineno if frames else None,
        "source": (frames[-1].line or "") if frames else "",
        "traceback": text[-_TRACEBACK_CHARACTERS:],
    }
