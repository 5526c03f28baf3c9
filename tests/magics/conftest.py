"""An IPython shell with the extension loaded, as a notebook has it."""

from __future__ import annotations

import sys

import pytest
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config


class Shell:
    """What a person at a notebook does: run a cell, press Tab, look at the output."""

    def __init__(self, ipython):
        self.ipython = ipython
        self.names = ipython.user_ns

    def run(self, cell):
        """Run a cell and return the value of its last line; an error is raised again."""
        done = self.ipython.run_cell(cell, store_history=False)
        done.raise_error()
        return done.result

    def outputs(self, cell):
        """Run a cell and return what it printed, and its displayed outputs."""
        with capture_output() as captured:
            self.run(cell)
        return captured.stdout, captured.outputs

    def complete(self, text):
        """Press Tab at the end of a text; return each resulting text, with what was completed."""
        with provisionalcompleter():
            found = self.ipython.Completer.completions(text, len(text))
            return {
                text[: item.start] + item.text: item.type
                for item in rectify_completions(text, found)
            }

    def shown(self, value):
        """Return how a notebook shows a value: its forms by MIME type."""
        return self.ipython.display_formatter.format(value)[0]


@pytest.fixture(scope="module")
def _ipython(tmp_path_factory):
    main, path_hooks = sys.modules["__main__"], list(sys.meta_path)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        made = InteractiveShell.instance(config=config)
        made.run_line_magic("load_ext", "synapse_magics")
        yield made
        InteractiveShell.clear_instance()
    sys.modules["__main__"] = main
    sys.meta_path[:] = path_hooks


@pytest.fixture
def shell(_ipython):
    """Open a notebook without any names of its own."""
    before = dict(_ipython.user_ns)
    yield Shell(_ipython)
    _ipython.user_ns.clear()
    _ipython.user_ns.update(before)


@pytest.fixture
def notebook(shell, workspace, pool, tmp_path):
    """Open a notebook with a pool, a cluster, and the dataset ``tiny``."""
    (tmp_path / "tiny.csv").write_text("name,size\nant,1\nbee,2\n")
    shell.run("%synapse_dataset tiny tiny.csv")
    return shell
