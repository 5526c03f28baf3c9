"""Run a notebook cell as a step: build its variables, run it, report what ended it.

This file is a template. ``pipeline.cells`` writes it beside the cell as ``<step>_main.py``, with
the two modules that it uses, so that it runs where only PySpark (or pandas) is installed.
"""

from __future__ import annotations

import contextlib
import json
import linecache
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.context import RunContext, write_error
from synapse_magics.runtime.main_script import execute
from synapse_magics.runtime.readers import read_pandas, read_spark

if TYPE_CHECKING:
    from types import TracebackType

SPEC: dict[str, Any] = {}


def parse(argv: list[str]) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """Return the bindings of inputs, the paths of outputs, and the parameters.

    Parameters
    ----------
    argv : list of str
        ``--input NAME JSON``, ``--output NAME PATH``, ``--parameter NAME JSON``, repeated;
        ``@FILE`` in place of JSON names a file beside this one that holds it.

    Returns
    -------
    tuple of dict
    """
    # By hand: argparse takes a value such as -1e-05 for an option.
    found: dict[str, dict[str, str]] = {"--input": {}, "--output": {}, "--parameter": {}}
    for option, name, text in zip(argv[::3], argv[1::3], argv[2::3], strict=True):
        found[option][name] = text
    return (
        {name: json.loads(_long(text)) for name, text in found["--input"].items()},
        found["--output"],
        {name: json.loads(_long(text)) for name, text in found["--parameter"].items()},
    )


def _long(text: str) -> str:
    if not text.startswith("@"):
        return text
    return Path(__file__).with_name(text[1:]).read_text(encoding="utf-8")


def variables(argv: list[str], spark: Any) -> dict[str, Any]:
    """Return what the cell finds by name.

    Parameters
    ----------
    argv : list of str
    spark : pyspark.sql.SparkSession or None
        None in a Python step.

    Returns
    -------
    dict
    """
    inputs, outputs, parameters = parse(argv)
    found: dict[str, Any] = {"run": RunContext()}
    if spark is not None:
        found["spark"] = spark
    for name, binding in inputs.items():
        if binding["kind"] == "path":
            found[name] = binding["path"]
        elif spark is not None:
            found[name] = read_spark(spark, binding)
        else:
            found[name] = read_pandas(binding)
    return {**found, **outputs, **parameters}


def own_frames(trace: TracebackType | None, script: Path) -> TracebackType | None:
    """Return the part of a traceback that begins in the user's script, or all of it.

    Parameters
    ----------
    trace : traceback or None
    script : pathlib.Path

    Returns
    -------
    traceback or None
    """
    frame = trace
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == str(script):
            return frame
        frame = frame.tb_next
    return trace


def summary(error: BaseException) -> str:
    """Return the line of an exception's text that says what happened.

    A Java exception arrives with its whole stack; the last cause is the one that helps.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    str
    """
    text = str(error).strip()
    if type(error).__name__ == "PythonException":
        return text.splitlines()[-1].strip()  # the last line of the worker's own traceback
    if type(error).__name__ != "Py4JJavaError":
        return text.split("\n\nJVM stacktrace:", maxsplit=1)[0]
    worker = text.rfind("PythonException: Traceback")
    if worker >= 0:
        # A function of the user's failed in a Python worker: its own last line says why.
        return text[worker:].split("\n\tat ")[0].strip().splitlines()[-1].strip()
    lines = [line.strip() for line in text.splitlines()]
    causes = [line.removeprefix("Caused by:").strip() for line in lines if "Caused by:" in line]
    if causes:
        return causes[-1]
    return next((line.lstrip(": ") for line in lines if line.startswith(":")), text)


def report(error: BaseException, script: Path, place: str) -> None:
    """Print a traceback of the user's own frames and leave the error for the agent.

    Parameters
    ----------
    error : BaseException
    script : pathlib.Path
        The user's script.
    place : str
        What a person calls it, such as ``cell of step prep``.
    """
    trace = own_frames(error.__traceback__, script)
    text = "".join(traceback.format_exception(type(error), error, trace))
    lines = [
        item.lineno
        for item in traceback.extract_tb(trace)
        if item.filename == str(script) and item.lineno is not None
    ]
    if isinstance(error, SyntaxError) and error.filename == str(script):
        lines.append(error.lineno or 1)
    line = lines[-1] if lines else None
    where = place if line is None else f"{place}, line {line}"
    source = "" if line is None else linecache.getline(str(script), line).strip()
    write_error(
        {
            "code": "UserError",
            "type": type(error).__name__,
            "message": summary(error),
            "where": where,
            "line": line,
            "source": source,
            "traceback": text[-20_000:],
        }
    )
    with contextlib.suppress(OSError):  # a full disk, for one
        sys.stdout.flush()
        sys.stderr.write(text)
        sys.stderr.flush()


def main(argv: list[str]) -> int:
    """Run the cell.

    Parameters
    ----------
    argv : list of str

    Returns
    -------
    int
        The exit code of the process.
    """
    script = Path(__file__).with_name(SPEC["cell"])
    spark = None
    try:
        if SPEC["kind"] == "spark":
            from pyspark.sql import SparkSession  # noqa: PLC0415 - a Python step has no Spark

            spark = SparkSession.builder.getOrCreate()
        execute(script, variables(argv, spark))
    except SystemExit as leave:
        if isinstance(leave.code, str):  # sys.exit("the reason")
            report(leave, script, f"cell of step {SPEC['step']}")
            return 1
        raise
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises ends here
        report(error, script, f"cell of step {SPEC['step']}")
        return 1
    finally:
        if spark is not None:
            with contextlib.suppress(Exception):  # the JVM may be what died
                spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
