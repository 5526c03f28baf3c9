"""What a notebook shows, in a real kernel, of things that go wrong."""

import re

import pytest
from nbformat.v4 import new_code_cell

pytestmark = pytest.mark.notebook

SETUP = """\
%load_ext synapse_magics
%synapse_workspace bookish
%synapse_link synapselink1 --synapse-workspace local
%synapse_compute cpucluster --max-nodes 2
import os
"""
ATTACH = "%synapse_attach other-pool --pool spark99"
NO_POOL = "the Synapse workspace 'local' has no Spark pool 'spark99'"
DEBUG = "os.environ['SYNAPSE_MAGICS_DEBUG'] = '1'\n"
UNDECLARED = "%%python_step undeclared\nlimit = 3\n\nprint(limits)"
RAISES = """\
%%python_step raises -o table
values = {"a": 1}

def look(key):
    return values[key]

look("b")
print(table)
"""
LATER = "%%python_step later -i table\nprint(table)"
EXITS = "%%python_step exits\nimport sys\nprint('so far')\nsys.exit(3)"
ENDS_WELL = "%%python_step leaves\nimport sys\nsys.exit()"
KILLED = "%%python_step killed\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
MEMORY = """\
%%python_step memory
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
block = bytearray(2**40)
"""
SUBMIT = "%synapse_submit failure --wait"
SUBMIT_ENDS = "%synapse_submit ends --wait --continue-on-failure"


@pytest.fixture(scope="module")
def bad(books):
    may_fail = {"tags": ["raises-exception"]}
    return books.run(
        books.write(
            SETUP,
            new_code_cell(ATTACH, metadata=may_fail),
            new_code_cell(f"{DEBUG}{ATTACH}", metadata=may_fail),
            "del os.environ['SYNAPSE_MAGICS_DEBUG']",
            new_code_cell(UNDECLARED, metadata=may_fail),
            *(RAISES, LATER),
            new_code_cell(SUBMIT, metadata=may_fail),
            "%synapse_pipeline clear",
            *(EXITS, ENDS_WELL, KILLED, MEMORY),
            new_code_cell(SUBMIT_ENDS, metadata=may_fail),
            "%synapse_status",
        )
    )


def plain(error):
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback))


def test_the_notebook_goes_on_where_errors_are_allowed(bad):
    assert (bad.code, bad.stderr) == (0, "")


def test_an_error_of_ours_is_one_short_block_with_its_hint(bad):
    error = bad.error(ATTACH)
    assert error.ename == "ComputeTargetException"
    assert plain(error).splitlines() == [
        f"ComputeTargetException: {NO_POOL}; its pools: spark01",
        "hint:  did you mean 'spark01'?",
    ]


def test_the_whole_traceback_comes_on_demand(bad):
    text = plain(bad.error(DEBUG.strip()))
    assert text.startswith("Traceback (most recent call last)")
    assert "synapse_magics/magics/workspace_magics.py" in text
    assert "its pools: spark01" in text


def test_a_refused_cell_says_which_line_of_it(bad):
    error = bad.error("%%python_step undeclared")
    assert error.ename == "StepDefinitionError"
    assert plain(error).splitlines()[:2] == [
        "StepDefinitionError: 'limits' is not declared in this step",
        "where: step undeclared, line 4",  # as Jupyter numbers them: the magic is line 1
    ]


def test_a_failed_step_shows_its_message_and_its_line_in_the_notebook(bad):
    error = bad.error(SUBMIT)
    assert error.ename == "ActivityFailedException"
    text = plain(error)
    assert "step raises failed: KeyError: 'b'" in text
    assert "    return values[key]" in text
    assert re.search(r"^where: cell of step raises, line 5$", text, re.MULTILINE)
    assert "hint:  %synapse_logs raises --stream stderr shows the whole log" in text
    assert "synapse_magics/" not in text
    assert len(text.splitlines()) < 20


def test_the_traceback_in_the_log_is_of_the_cell_alone(bad):
    lines = bad.log("raises", "stderr").splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert [int(n) for n in re.findall(r"raises\.py\", line (\d+)", "\n".join(lines))] == [7, 5]
    assert lines[-1] == "KeyError: 'b'"
    assert "raises_main.py" not in "\n".join(lines)


@pytest.fixture
def states(bad):
    assert [run.status for run in bad.runs] == ["Failed", "Failed"]
    return {step.name: step for run in bad.runs for step in run.steps}


def test_what_follows_a_failed_step_is_not_started(states):
    assert states["raises"].status == "Failed"
    assert states["later"].started is None
    assert states["later"].status in {"NotStarted", "Canceled"}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("exits", ["exit", "3"]),
        ("killed", ["SIGKILL"]),
        ("memory", ["MemoryError"]),
    ],
)
def test_how_a_step_ended_is_said_in_words(states, bad, step, words):
    assert states[step].status == "Failed"
    for word in words:
        assert word in states[step].reason
    (shown,) = bad.outputs("%synapse_status")
    line = next(row for row in shown.data["text/plain"].splitlines() if row.startswith(step))
    assert words[0] in line


def test_what_was_printed_before_the_end_is_kept(bad):
    assert bad.log("exits") == "so far\n"


def test_a_step_may_leave_early(states):
    assert states["leaves"].status == "Completed"


def test_the_view_of_a_failed_run_stays_in_the_notebook(bad):
    view = bad.outputs(SUBMIT)[0]
    assert "Failed" in view.data["text/plain"]
    assert "KeyError" in view.data["text/html"]
