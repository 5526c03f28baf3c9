"""Two notebooks at once in one folder that has no workspace yet."""

import nbformat
import pytest

from synapse_magics.store.store import Store

pytestmark = pytest.mark.notebook

SETUP = """\
%load_ext synapse_magics
%synapse_workspace bookish
%synapse_compute cpucluster --max-nodes 2
"""


@pytest.fixture(scope="module")
def pair(books):
    """Run one notebook twice at once, in one folder that has no workspace yet."""
    meet = (
        "import os, pathlib, time\n"
        "pathlib.Path(f'ready-{os.getpid()}').touch()\n"
        "while len(list(pathlib.Path().glob('ready-*'))) < 2: time.sleep(0.005)"
    )
    step = "%%python_step hello -o table\nprint('hello')\nopen(table + '/x', 'w').close()"
    notebook = books.write(
        meet, SETUP, step, "%synapse_submit together --regenerate-outputs", "%synapse_runs"
    )
    processes = [
        books.start(notebook, "--timeout", "60", "--output", books.folder / f"out-{number}.ipynb")
        for number in range(2)
    ]
    return books.folder, [(p.communicate(timeout=120), p.returncode) for p in processes]


def test_two_notebooks_that_submit_at_once_both_complete(pair):
    folder, results = pair
    for (stdout, stderr), code in results:
        assert (code, stderr) == (0, "")
        assert "pipeline   Running -> Completed" in stdout
    with Store(folder / ".synapse") as store:
        runs = store.runs.submitted("together", 10)
        assert sorted(run.number for run in runs) == [1, 2]
        assert {run.status for run in runs} == {"Completed"}
        outputs = [
            output.path
            for run in runs
            for step in store.runs.children(run.id)
            for output in store.records.outputs(step.id)
        ]
        assert len(set(outputs)) == 2


@pytest.mark.parametrize("number", [0, 1])
def test_the_view_of_a_submit_is_the_only_output_of_its_cell(pair, number):
    folder, _ = pair
    cells = nbformat.read(folder / f"out-{number}.ipynb", as_version=4).cells
    (output,) = next(cell.outputs for cell in cells if cell.source.startswith("%synapse_submit"))
    assert output.output_type == "display_data"
    assert "hello  python  cpucluster  Completed" in output.data["text/plain"]
