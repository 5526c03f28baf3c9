"""Notebooks made by code: short pipelines of Python steps, and views of scripted runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

SCRIPTED_RUNS = Path(__file__).parents[1] / "widgets"

SETUP = """\
%load_ext synapse_magics
%synapse_workspace bookish
%synapse_compute cpucluster --max-nodes 2
"""

SHORT = (
    SETUP,
    """\
%%python_step count -o counted
import time
print("counting")
time.sleep(1)
open(f"{counted}/n.txt", "w").write("3")
""",
    """\
%%python_step report -i counted
run.log("rows", 3)
print("reported")
""",
    "run = %synapse_submit short --wait",
)

AFTERWARDS = ("run", "%synapse_studio")
"""What else shows something of a run."""

FAILING = (
    SETUP,
    """\
%%python_step count -o counted
open(f"{counted}/count.txt", "w").write("0")
print("all counted")
""",
    """\
%%python_step divide -i counted
share = int(open(f"{counted}/count.txt").read())
print("about to divide")
print(1 / share)
""",
    "run = %synapse_submit shares --wait",
)

# The step goes on as soon as a file is there, so a test says when.
PATIENT = (
    SETUP,
    """\
%%python_step patient
import pathlib, time
print("waiting")
while not pathlib.Path({go!r}).exists():
    time.sleep(0.05)
print("gone on")
""",
    "run = %synapse_submit patience",
    """\
from synapse_magics import Experiment, Workspace
from synapse_magics.widgets import RunDetails
run = next(Experiment(Workspace.from_config(), "patience").get_runs())
RunDetails(run).show()
""",
    """\
import threading
print("threads:", [item.name for item in threading.enumerate() if "run-view" in item.name])
""",
)

FLOOD = (
    SETUP,
    """\
%%python_step flood
import time
end = time.monotonic() + {seconds}
number = 0
while time.monotonic() < end:
    number += 1
    print(f"{{number:>9}} " + "x" * 70)
""",
    "run = %synapse_submit floods",
)

CLOCK = (
    SETUP,
    """\
%%python_step clock
import time
for number in range({lines}):
    time.sleep(0.37)
    print(f"clock {{time.time():.3f}}")
""",
    "run = %synapse_submit clocks --wait",
)

MANY_LINES = (
    SETUP,
    """\
%%python_step many
for number in range(1, {lines} + 1):
    print(f"line {{number}} of many")
""",
    "run = %synapse_submit many --wait",
)

SCRIPTED = f"""\
import os, sys
sys.path.insert(0, {str(SCRIPTED_RUNS)!r})
from widgets_support import *
from synapse_magics.widgets import RunDetails
"""

EVERY_STATUS = (
    SCRIPTED,
    """\
steps = [
    make_step(f"step-{status}".lower(), status=status, because=("it has not completed before",),
              metrics={"rows": 714, "accuracy": 0.7604},
              error=TRAIN_ERROR if status is RunStatus.FAILED else None)
    for status in RunStatus
]
import pathlib, tempfile
source = FileSource([make_run(*steps)], pathlib.Path(tempfile.mkdtemp()))
colours = "".join(f"\\x1b[{number}mcolour {number}\\x1b[0m " for number in range(31, 38))
for step in steps:
    for stream in ("stdout", "stderr"):
        text = f"{step.name} wrote this to {stream}\\n{colours}\\n24/05/01 12:00:00 ERROR lost\\n"
        source.log_file(step.id, stream).write_text(text)
RunDetails(source).show()
""",
)

CANCELABLE = (
    SCRIPTED,
    """\
class Cancelable(ScriptedSource):
    def cancel(self):
        ended = make_step("train", status=RunStatus.CANCELED)
        self.states = [make_run(ended, status=RunStatus.CANCELED)]

source = Cancelable([make_run(make_step("train", status=RunStatus.RUNNING))])
RunDetails(source).show()
""",
)


def write_book(folder, sources, *, name="book", **values):
    """Write a notebook of sources with values in their braces; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = [new_code_cell(source.format(**values) if values else source) for source in sources]
    book = new_notebook(cells=cells)
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(book, path)
    return path
