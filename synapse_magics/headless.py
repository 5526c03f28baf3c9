"""Run a notebook without a front end, and tell what its pipelines do while they do it."""

from __future__ import annotations

import asyncio
import atexit
import importlib
import importlib.util
import os
import sys
import tempfile
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from synapse_magics._errors import SynapseMagicsError
from synapse_magics._parameters import (
    Progress,
    declared_names,
    inject,
    parameters_json,
    plain,
    read_notebook,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OUR_KERNEL = "python3"
_POLL_SECONDS = 0.1
_KERNEL_LOG = "kernel.log"
_LAST_WORDS = 6  # lines at its top, and at its end
_LONGEST_LINE = 200


class HeadlessError(SynapseMagicsError):
    """A notebook could not be run to its end, or what came of it could not be written."""


@dataclass(frozen=True)
class CellError:
    """The cell that ended a run, and what it ended with.

    ``cell`` counts all cells of the executed notebook from 1 to ``cells``; ``source`` is the
    cell's first line; ``lines`` are what to show of the error, without colours and not too many.
    """

    cell: int
    cells: int
    source: str
    name: str
    value: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class NotebookResult:
    """What came of running a notebook.

    ``runs`` holds the state folder and the id of every submitted run, in order; ``unused`` the
    parameters that neither the cell for parameters nor a submitted pipeline has.
    """

    notebook: nbformat.NotebookNode
    runs: tuple[tuple[Path, str], ...] = ()
    unused: tuple[str, ...] = ()
    error: CellError | None = None


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
        Its ``error`` tells a failed notebook from a good one.

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
            **os.environ,
            "SYNAPSE_MAGICS_HEADLESS": "1",
            "SYNAPSE_MAGICS_WIDGETS": "0",
            "SYNAPSE_MAGICS_PARAMETERS": parameters_json(given),
        }
        notebook = inject(read_notebook(path), given)
        kernel_name = _choose_kernel(notebook, kernel, on_line)
        if html is not None:
            _require("nbconvert", "html")
        folder = path.parent if cwd is None else Path(cwd)
        _make_folder(folder)
        for target, _ in targets:
            _check_writable(target)
        with tempfile.TemporaryDirectory(prefix="synapse-magics-") as private:
            progress = Progress(Path(private) / "progress", on_line)
            environment["SYNAPSE_MAGICS_PROGRESS"] = str(progress.path)
            start = {"env": environment, "cwd": str(folder.absolute())}
            try:
                job = _Job(notebook, kernel_name, timeout, start, Path(private))
                error = job.run(progress.poll)
            finally:
                for target, render in targets:
                    target.write_text(render(notebook, path), encoding="utf-8")
    known = declared_names(notebook) | progress.parameters
    unused = tuple(name for name in given if name not in known)
    return NotebookResult(notebook, tuple(progress.runs), unused, error)


class _KernelSpecs(KernelSpecManager):
    """The kernels of this machine, but ``python3`` is the interpreter that this runs in.

    A user's own kernelspec of that name may lead to an environment without this package.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        if kernel_name != _OUR_KERNEL:
            return super().get_kernel_spec(kernel_name)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        quiet = "--IPKernelApp.log_level=ERROR"  # its own log, not that of the notebook
        return KernelSpec(argv=[*command, quiet], display_name="Python 3", language="python")


@dataclass
class _Job:
    """One notebook in one kernel, in a thread: the caller's own stays free for its signals."""

    notebook: nbformat.NotebookNode
    kernel: str
    timeout: int | None
    start: Mapping[str, Any]
    private: Path
    stop: threading.Event = field(default_factory=threading.Event)
    cell: int | None = None

    def run(self, poll: Callable[[], None]) -> CellError | None:
        """Run the notebook, polling meanwhile; leave no kernel behind, whatever happens."""
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(lambda: asyncio.run(self._execute()))
            try:
                while not wait([future], _POLL_SECONDS).done:
                    poll()
            finally:
                self.stop.set()
        poll()
        try:
            future.result()
        except (CellExecutionError, CellTimeoutError, RuntimeError, OSError) as error:
            return self._describe(error)
        return None

    async def _execute(self) -> None:
        manager = AsyncKernelManager(
            kernel_name=self.kernel,
            kernel_spec_manager=_KernelSpecs(),
            connection_file=str(self.private / "kernel.json"),
        )
        client = NotebookClient(
            self.notebook,
            manager,
            timeout=self.timeout,
            store_widget_state=False,
            on_cell_execute=self._on_cell,
        )
        # What a kernel says outside its cells goes to a file: it matters only if the kernel dies.
        with (self.private / _KERNEL_LOG).open("wb") as log:
            task = asyncio.ensure_future(
                client.async_execute(cleanup_kc=True, stdout=log, stderr=log, **self.start)
            )
            try:
                while not task.done() and not self.stop.is_set():
                    await asyncio.wait({task}, timeout=_POLL_SECONDS)
                task.cancel()
                await task
            finally:
                # nbclient leaves this behind when a kernel does not start.
                atexit.unregister(client._cleanup_kernel)  # noqa: SLF001
                if manager.has_kernel and await manager.is_alive():
                    await manager.shutdown_kernel(now=True)

    def _on_cell(self, *, cell_index: int, **_: Any) -> None:
        self.cell = cell_index

    def _describe(self, error: Exception) -> CellError:
        text = (self.private / _KERNEL_LOG).read_text(encoding="utf-8", errors="replace")
        log = [plain(line)[:_LONGEST_LINE] for line in text.splitlines()]
        if len(log) > 2 * _LAST_WORDS:  # a crash says what happened first, a traceback last
            log[_LAST_WORDS:-_LAST_WORDS] = ["..."]
        if self.cell is None:
            reason = "\n".join([f"the kernel {self.kernel} did not start: {error}", *log])
            raise HeadlessError(reason) from error
        cells = self.notebook.cells
        cell = cells[self.cell]
        source = plain(cell.source.strip().partition("\n")[0])
        if isinstance(error, CellExecutionError):
            shown = [o for o in cell.outputs if o.output_type == "error" and o.traceback]
            whole = "\n".join(shown[-1].traceback) if shown else f"{error.ename}: {error.evalue}"
            lines = [plain(line) for line in whole.splitlines()]
            name, value = error.ename, error.evalue
        else:
            ours = HeadlessError(f"the kernel could not be talked to: {error}")
            if isinstance(error, CellTimeoutError):
                hint = "give cells more time with --timeout SECONDS, or leave it out"
                ours = HeadlessError(f"the cell took longer than {self.timeout} s", hint=hint)
            elif isinstance(error, DeadKernelError):
                hint = "a kernel dies when memory runs out or native code crashes"
                ours = HeadlessError("\n".join(["the kernel died", *log]), hint=hint)
            name, value = type(ours).__name__, ours.message
            lines = f"{name}: {ours}".splitlines()
        return CellError(self.cell + 1, len(cells), source, name, value, tuple(lines))


def _choose_kernel(
    notebook: nbformat.NotebookNode, asked: str | None, say: Callable[[str], None]
) -> str:
    spec = notebook.metadata.get("kernelspec", {})
    language = notebook.metadata.get("language_info", {}).get("name", "python")
    name = str(asked or spec.get("name") or _OUR_KERNEL)
    try:
        _KernelSpecs().get_kernel_spec(name)
    except NoSuchKernel as error:
        if asked or spec.get("language", language).lower() != "python":
            raise HeadlessError(
                f"the kernel {name} is not installed", hint="jupyter kernelspec list"
            ) from error
        say(f"kernel {name} is not installed; using {_OUR_KERNEL} of {sys.executable}")
        name = _OUR_KERNEL
    if name == _OUR_KERNEL:
        _require("ipykernel", "lab")
    return name


def _require(module: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise HeadlessError(
            f"{module} is not installed", hint=f"pip install 'synapse-magics[{extra}]'"
        )


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
