"""JupyterLab and Notebook 7 as a person uses them: open, run, restart, save."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from run_view_page import wait_in

if TYPE_CHECKING:
    from browser_server import Server

# How a traceback is drawn depends on the version.
ERRORS = ", ".join(
    f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]'
    for kind in ("error", "stderr")
)
PICTURES = Path(__file__).parents[2] / "build" / "browser"


@dataclass(frozen=True)
class FrontEnd:
    """A running server, and where its front end shows a notebook."""

    server: Server
    address: str

    def path(self, notebook):
        """Return a notebook's path from the server's root."""
        return notebook.relative_to(self.server.root).as_posix()

    def open(self, page, notebook, *, kernel=True):
        """Open a notebook, and wait for its kernel."""
        path = self.path(notebook)
        place = self.address.format(path=quote(path))
        page.goto(f"{self.server.url}{place}token={self.server.token}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(state="attached")
        opened = OpenNotebook(self, page, notebook)
        if kernel:
            opened.wait_for_kernel()
        else:
            opened.choose_no_kernel()
        return opened


@dataclass(frozen=True)
class OpenNotebook:
    """A notebook that is open in a page."""

    front_end: FrontEnd
    page: object
    notebook: Path

    @property
    def server(self):
        return self.front_end.server

    @property
    def path(self):
        return self.front_end.path(self.notebook)

    def wait_for_kernel(self):
        """Wait until the kernel is there and idle, and the page knows it."""
        wait_in(self.page, lambda: self.server.kernel_is_idle(self.path), 60, "an idle kernel")
        self.page.locator(
            '.jp-Notebook-ExecutionIndicator[data-status="idle"], .jp-NotebookKernelStatus'
        ).first.wait_for(state="attached")

    def choose_no_kernel(self):
        """Answer the question for a kernel with none."""
        dialog = self.page.locator(".jp-Dialog")
        dialog.get_by_role("button", name="No Kernel").click()
        dialog.wait_for(state="detached")
        assert self.server.session(self.path) is None

    def command(self, name, **arguments):
        """Give a command of the front end, as a menu does; a dialog may follow."""
        self.page.evaluate(
            "([name, args]) => { void window.jupyterapp.commands.execute(name, args); }",
            [name, arguments],
        )

    def run_all(self):
        """Run all cells."""
        self.command("notebook:run-all-cells")

    def run_cell(self, place):
        """Run one cell, with the keyboard."""
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(place)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def wait_for_cells(self, seconds=60):
        """Wait until every cell of code has run."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
                .every((prompt) => /\\[\\d+\\]/.test(prompt.textContent))""",
            timeout=seconds * 1000,
        )

    def outputs(self, place):
        """Return the text of a cell's outputs."""
        return (
            self.page.locator(".jp-Notebook .jp-Cell").nth(place).locator(".jp-OutputArea-output")
        )

    def errors(self):
        """Return the errors that cells ended with."""
        return self.page.locator(ERRORS).all_text_contents()

    def wait_for_error(self):
        """Wait until a cell has ended with an error; return that."""
        return wait_in(self.page, self.errors, what="an error")[0]

    def restart_kernel(self):
        """Restart the kernel and wait until the new one is idle."""
        self.command("kernelmenu:restart")
        dialog = self.page.locator(".jp-Dialog")
        dialog.locator("button.jp-mod-accept").click()
        dialog.wait_for(state="detached")
        self.wait_for_kernel()

    def save(self):
        """Save the notebook and wait until the file is written."""
        before = self.notebook.stat().st_mtime_ns
        self.command("docmanager:save")
        wait_in(
            self.page, lambda: self.notebook.stat().st_mtime_ns != before, what="the saved notebook"
        )

    def use_theme(self, name):
        """Change the theme of the front end."""
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name
        )
        light = "true" if "Light" in name else "false"
        self.page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")
        # JupyterLab covers itself while it changes.
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def picture(self, name):
        """Keep a picture of the page in build/browser."""
        take_picture(self.page, name)


def take_picture(page, name):
    """Keep a picture of a page in build/browser."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def note_figures(name, words):
    """Keep what was measured beside the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.txt").write_text(words + "\n", encoding="utf-8")
