"""One notebook in one kernel: started, watched, shut down whatever happens."""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.headless.progress import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import nbformat

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


class KernelSpecs(KernelSpecManager):
    """The kernels of this machine, but ``python3`` is the interpreter that this runs in.

    A user's own kernelspec of that name may lead to an environment without this package.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the spec of a kernel."""
        if kernel_name != _OUR_KERNEL:
            return super().get_kernel_spec(kernel_name)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        quiet = "--IPKernelApp.log_level=ERROR"  # its own log, not that of the notebook
        # A notebook that was written for Azure ML runs as it is.
        names = "--IPKernelApp.extra_extensions=synapse_magics.magics.session_magics"
        return KernelSpec(argv=[*command, quiet, names], display_name="Python 3", language="python")


@dataclass
class KernelJob:
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
            kernel_spec_manager=KernelSpecs(),
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


def choose_kernel(
    notebook: nbformat.NotebookNode, asked: str | None, say: Callable[[str], None]
) -> str:
    """Return the kernel to use: the one asked for, the notebook's own, or this interpreter's.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    asked : str or None
    say : callable
        Given a line when the notebook's own is not installed.

    Returns
    -------
    str

    Raises
    ------
    HeadlessError
        If it is not installed.
    """
    spec = notebook.metadata.get("kernelspec", {})
    language = notebook.metadata.get("language_info", {}).get("name", "python")
    name = str(asked or spec.get("name") or _OUR_KERNEL)
    try:
        KernelSpecs().get_kernel_spec(name)
    except NoSuchKernel as error:
        if asked or spec.get("language", language).lower() != "python":
            raise HeadlessError(
                f"the kernel {name} is not installed", hint="jupyter kernelspec list"
            ) from error
        say(f"kernel {name} is not installed; using {_OUR_KERNEL} of {sys.executable}")
        name = _OUR_KERNEL
    if name == _OUR_KERNEL:
        require("ipykernel", "lab")
    return name


def require(module: str, extra: str) -> None:
    """Refuse to go on without a package that an extra brings.

    Parameters
    ----------
    module, extra : str

    Raises
    ------
    HeadlessError
    """
    if importlib.util.find_spec(module) is None:
        raise HeadlessError(
            f"{module} is not installed", hint=f"pip install 'synapse-magics[{extra}]'"
        )
