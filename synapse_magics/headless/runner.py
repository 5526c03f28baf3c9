"""Run a notebook from a file and write what came of it."""

from __future__ import annotations

import importlib
import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from synapse_magics.headless.kernel_job import (
    CellError,
    HeadlessError,
    KernelJob,
    choose_kernel,
    require,
)
from synapse_magics.headless.parameters import (
    declared_names,
    inject,
    parameters_json,
    read_notebook,
)
from synapse_magics.headless.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class NotebookResult:
    """What came of running a notebook.

    ``runs`` holds the state folder and the id of every submitted run, in order; ``unused`` the
    parameters that neither the cell for parameters nor a submitted pipeline has; ``error`` the cell
    that failed; ``failures`` the lines that tell of each run that no cell waited for and that did
    not complete.
    """

    notebook: nbformat.NotebookNode
    runs: tuple[tuple[Path, str], ...] = ()
    unused: tuple[str, ...] = ()
    error: CellError | None = None
    failures: tuple[list[str], ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether every cell ran and every run completed."""
        return self.error is None and not self.failures


_POLL_SECONDS = 0.1
_CANCEL_SECONDS = 10.0
_AGENT_IDLE_SECONDS = "10"


def run_notebook(
    path: Path | str,
    *,
    parameters: Mapping[str, Any] | None = None,
    output: Path | str | None = None,
    html: Path | str | None = None,
    cwd: Path | str | None = None,
    timeout: int | None = None,
    kernel: str | None = None,
    on_line: Callable[[str], None] = lambda _line: None,
) -> NotebookResult:
    """Run a notebook in a kernel of its own, from its first cell to its last or to an error.

    Parameters
    ----------
    path : pathlib.Path or str
        The notebook, which is only read.
    parameters : mapping, optional
        Values by name, for the notebook and for the parameters of its pipelines.
    output, html : pathlib.Path or str, optional
        Where the executed notebook is written, with whatever outputs it has by the end.
    cwd : pathlib.Path or str, optional
        The kernel's folder, made if missing; the notebook's own by default.
    timeout : int, optional
        The seconds that a cell may take.
    kernel : str, optional
        The kernel to use instead of the one that the notebook names.
    on_line : callable
        Given one line for every change of a status, in the calling thread.

    Returns
    -------
    NotebookResult
        Runs that no cell waited for have ended by then; those of a notebook that fails or is
        interrupted are canceled.

    Raises
    ------
    HeadlessError
        If the notebook cannot be read, no kernel starts, or a target cannot be written.
    ParameterError
        If a parameter has no usable name or value.
    """
    path, given = Path(path), dict(parameters or {})
    targets = [
        (Path(target), render)
        for target, render in ((output, _as_json), (html, _as_html))
        if target is not None
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbformat's and asyncio's: nothing a user can act on
        environment = {
            # Nobody is there who would submit again: an agent that this starts goes soon after.
            "SYNAPSE_MAGICS_AGENT_IDLE": _AGENT_IDLE_SECONDS,
            **os.environ,
            "SYNAPSE_MAGICS_HEADLESS": "1",
            "SYNAPSE_MAGICS_WIDGETS": "0",
            "SYNAPSE_MAGICS_PARAMETERS": parameters_json(given),
        }
        notebook = inject(read_notebook(path), given)
        kernel_name = choose_kernel(notebook, kernel, on_line)
        if html is not None:
            require("nbconvert", "html")
        folder = path.parent if cwd is None else Path(cwd)
        _make_folder(folder)
        for target, _ in targets:
            _check_writable(target)
        with tempfile.TemporaryDirectory(prefix="synapse-magics-") as private:
            progress = Progress(Path(private) / "progress", on_line)
            environment["SYNAPSE_MAGICS_PROGRESS"] = str(progress.path)
            start = {"env": environment, "cwd": str(folder.absolute())}
            try:
                job = KernelJob(notebook, kernel_name, timeout, start, Path(private))
                error = job.run(progress.poll)
                if error is None:
                    _wait(progress)
            finally:
                _join_streams(notebook)
                for target, render in targets:
                    target.write_text(render(notebook, path), encoding="utf-8")
                # Whoever ends the notebook early ends what it started.
                _cancel(progress)
                failures = progress.failures()
                runs = tuple((run.folder, run.id) for run in progress.runs)
                progress.close()
    known = declared_names(notebook) | progress.parameters
    unused = tuple(name for name in given if name not in known)
    return NotebookResult(notebook, runs, unused, error, failures)


def _wait(progress: Progress) -> None:
    """Wait for the runs that no cell waited for: a failed one fails the notebook."""
    while progress.unfinished():
        time.sleep(_POLL_SECONDS)
        progress.poll()
    progress.poll()


def _cancel(progress: Progress) -> None:
    for run in progress.unfinished():
        run.cancel()
    deadline = time.monotonic() + _CANCEL_SECONDS
    while progress.unfinished() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        progress.poll()


def _join_streams(notebook: nbformat.NotebookNode) -> None:
    """Make one output of what a cell printed in pieces, as front ends do."""
    for cell in notebook.cells:
        joined: list[Any] = []
        for output in cell.get("outputs", ()):
            before = joined[-1] if joined else {}
            if output.get("name") and output.get("name") == before.get("name"):
                before["text"] += output["text"]
            else:
                joined.append(output)
        if "outputs" in cell:
            cell.outputs = joined


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HeadlessError(f"cannot use the folder {folder}: {error.strerror}") from error


def _check_writable(target: Path) -> None:
    _make_folder(target.parent)
    if not os.access(target if target.exists() else target.parent, os.W_OK) or target.is_dir():
        raise HeadlessError(f"cannot write {target}", hint="name a file in a folder of yours")


def _as_json(notebook: nbformat.NotebookNode, _path: Path) -> str:
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def _as_html(notebook: nbformat.NotebookNode, path: Path) -> str:
    exporter = importlib.import_module("nbconvert").HTMLExporter()
    resources = {"metadata": {"name": path.stem}}
    return str(exporter.from_notebook_node(notebook, resources=resources)[0])
