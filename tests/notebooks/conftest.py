"""Notebooks executed in kernels of their own, in folders that are empty and stay quiet."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from support import processes_of, wait_until

from synapse_magics.agent import client
from synapse_magics.store.run_state import read_run_state
from synapse_magics.store.store import Store

PROGRAM = Path(sys.executable).with_name("synapse-magics")


@pytest.fixture(scope="module", autouse=True)
def as_for_everybody(warm_drivers):
    """Let notebooks have warm drivers."""


@dataclass
class Executed:
    """What a run of ``synapse-magics run`` left: its words, and the notebook with its outputs."""

    folder: Path
    code: int
    stdout: str
    stderr: str

    @cached_property
    def notebook(self):
        return nbformat.read(self.folder / "out.ipynb", as_version=4)

    @cached_property
    def runs(self):
        """The state of each submitted run, oldest first."""
        with Store(self.folder / ".synapse") as store:
            records = store.runs.submitted(None, 50)
            return [read_run_state(store, record.id) for record in reversed(records)]

    def outputs(self, begin):
        """Return the outputs of the cell that begins with a text."""
        return next(c.outputs for c in self.notebook.cells if c.source.startswith(begin))

    def error(self, begin):
        """Return the error that the cell with this beginning ended with."""
        found = [item for item in self.outputs(begin) if item.output_type == "error"]
        assert len(found) == 1
        return found[0]

    def log(self, step, stream="stdout"):
        """Return what a step of this name printed."""
        found = next(item for run in self.runs for item in run.steps if item.name == step)
        logs = self.folder / ".synapse" / "runs" / found.id / "logs" / "azureml" / "driver"
        return (logs / stream).read_text()


class Books:
    """Run notebooks in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, *cells):
        """Write a notebook of cells, or of sources of cells."""
        made = [cell if isinstance(cell, dict) else new_code_cell(cell) for cell in cells]
        path = self.folder / "book.ipynb"
        nbformat.write(new_notebook(cells=made), path)
        return path

    def start(self, notebook, *options):
        """Start a notebook and return its process."""
        return subprocess.Popen(
            [PROGRAM, "run", notebook, "--cwd", self.folder, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def run(self, notebook, *options):
        """Run a notebook to its end."""
        process = self.start(notebook, "--output", self.folder / "out.ipynb", *options)
        stdout, stderr = process.communicate(timeout=120)
        return Executed(self.folder, process.returncode, stdout, stderr)


def end_agents(folder):
    """End the agent of a folder, and the one that waits to take its place; see nobody stays."""

    def quiet():
        client.stop(folder / ".synapse")
        return not processes_of(folder)

    wait_until(quiet, 20, "the end of every process")


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Run notebooks in an empty folder; nothing may be left running there."""
    folder = tmp_path_factory.mktemp("books")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", os.fspath(tmp_path_factory.mktemp("ipython")))
        yield Books(folder)
    end_agents(folder)
