"""The pipeline that the cells make, from its plan to the end of its run."""

import signal
import threading
import time

import pytest
from support import make_step, submit, wait_until

from synapse_magics.core.exceptions import (
    ActivityFailedException,
    ExperimentExecutionException,
    ServiceException,
    UserErrorException,
)
from synapse_magics.core.pipeline_run import PipelineRun
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.errors import PipelineError, StepDefinitionError
from synapse_magics.pipeline.pipeline import Pipeline

TWO_STEPS = (
    "%%spark_step prep -i tiny -o prepared\ntiny.write.parquet(prepared)",
    "%%python_step train -i prepared\nprint(prepared)",
)
HELLO = """\
%%python_step hello --param who="'you'"
print("hello", who)
run.log("greetings", 1)
"""
# The step says that it runs, then waits: for a file, or for somebody to end it.
PATIENT = """\
%%python_step patient --arg here=here
import pathlib, time
here = pathlib.Path(here)
(here / "started").touch()
while not (here / "go").exists():
    time.sleep(0.02)
print("gone on")
"""


@pytest.fixture
def two_steps(notebook):
    for cell in TWO_STEPS:
        notebook.run(cell)
    return notebook


@pytest.fixture
def patient(notebook, tmp_path):
    notebook.names["here"] = str(tmp_path)
    notebook.run(PATIENT)
    yield notebook
    (tmp_path / "go").touch()


def test_the_pipeline_is_shown_with_its_graph_and_its_steps(two_steps):
    found = two_steps.run("%synapse_pipeline")
    assert isinstance(found, Pipeline)
    shown = two_steps.shown(found)
    assert shown["text/plain"].splitlines()[0] == "prep -> train"
    assert "link1-spark01" in shown["text/plain"]
    assert "<svg" in shown["text/html"]
    assert "link1-spark01" in shown["text/html"]


def test_the_plan_says_what_waits_for_what(two_steps):
    plan = two_steps.run("%synapse_pipeline --plan")
    assert plan.rows == (
        (
            "1",
            "prep",
            "link1-spark01",
            "nothing",
            "runs, because: it has not completed before",
        ),
        (
            "2",
            "train",
            "cpucluster",
            "prep",
            "runs, because: input prepared is new: step prep runs",
        ),
    )
    assert two_steps.run("%synapse_pipeline plan") == plan
    assert two_steps.run("%synapse_runs").rows == ()


def test_remove_forgets_one_step(two_steps):
    names = list(collection.current.cells)
    said = two_steps.run(f"%synapse_pipeline remove {names[-1]}")
    assert repr(said).startswith(f"step {names[-1]} forgotten")
    assert list(collection.current.cells) == names[:-1]
    with pytest.raises(PipelineError, match="there is no step 'nobody'"):
        two_steps.run("%synapse_pipeline remove nobody")
    with pytest.raises(MagicUsageError, match="one argument too many: nobody"):
        two_steps.run("%synapse_pipeline show nobody")


@pytest.mark.parametrize("form", ["clear", "--clear"])
def test_clear_forgets_the_steps(two_steps, form):
    two_steps.run("%%step_module cleaning\nx = 1")
    said = two_steps.run(f"%synapse_pipeline {form}")
    assert repr(said).startswith("2 steps forgotten")
    assert not collection.current.cells
    assert not collection.current.modules


@pytest.mark.parametrize(
    "line", ["%synapse_pipeline", "%synapse_pipeline --plan", "%synapse_submit"]
)
def test_without_steps_there_is_no_pipeline(notebook, line):
    with pytest.raises(PipelineError, match="there are no steps yet") as caught:
        notebook.run(line)
    assert "%%spark_step" in caught.value.hint


def test_a_step_whose_input_nobody_writes_any_more_is_refused_at_submit(two_steps):
    two_steps.run("%%spark_step prep -i tiny\ntiny.show()")
    with pytest.raises(StepDefinitionError, match="'prepared' is unknown"):
        two_steps.run("%synapse_submit")


def test_before_the_first_run_there_is_nothing_to_look_at(notebook):
    assert notebook.run("%synapse_runs").rows == ()
    for line in ("%synapse_status", "%synapse_logs"):
        with pytest.raises(ServiceException, match="nothing was submitted yet"):
            notebook.run(line)
    with pytest.raises(ServiceException, match="Run 3f2a not found"):
        notebook.run("%synapse_status 3f2a")


def test_a_parameter_that_no_step_has_is_refused(notebook):
    notebook.run(HELLO)
    with pytest.raises(PipelineError, match="parameter with name whom does not exist") as caught:
        notebook.run("%synapse_submit -p whom=1")
    assert "'who'" in caught.value.hint
    assert notebook.run("%synapse_runs").rows == ()


def test_a_run_from_submit_to_its_logs(notebook, workspace):
    notebook.run(HELLO)
    notebook.names["name"] = "ant"
    _, outputs = notebook.outputs("run = %synapse_submit greetings --wait -p who='$name'")
    run = notebook.names["run"]
    assert isinstance(run, PipelineRun)
    assert (run.status, run.experiment.name, run.number) == ("Completed", "greetings", 1)
    assert "Completed" in outputs[-1].data["text/plain"]

    status = notebook.shown(notebook.run("%synapse_status"))
    assert "greetings = 1" in status["text/plain"]
    assert "Completed" in status["text/html"]
    assert notebook.shown(notebook.run(f"%synapse_status {run.id[:6]}"))["text/plain"].startswith(
        "greetings, run 1"
    )

    log = notebook.run("%synapse_logs hello")
    assert repr(log).strip() == "hello ant"
    assert notebook.run("%synapse_logs") == log
    assert notebook.run(f"%synapse_logs hello --run {run.id} -n 1") == log
    assert "hello ant" in notebook.shown(log)["text/html"]
    assert notebook.run("%synapse_logs hello --stream stderr").text == ""
    with pytest.raises(UserErrorException, match="the run has no step 'helo'") as caught:
        notebook.run("%synapse_logs helo")
    assert caught.value.hint == "did you mean 'hello'?; --run RUN names another run"

    listed = notebook.run("%synapse_runs")
    assert [row[:3] for row in listed.rows] == [(run.id[:8], "greetings", "1")]
    assert (listed.rows[0][4], listed.rows[0][6]) == ("Completed", "hello Completed")
    assert notebook.run("%synapse_runs other").rows == ()
    assert notebook.run("%synapse_runs greetings -n 1") == listed

    # Another kernel has submitted nothing itself and sees the same.
    notebook.ipython.run_line_magic("reload_ext", "synapse_magics")
    assert notebook.run("%synapse_logs hello") == log


def test_the_run_that_a_submit_returns_is_not_shown_below_its_view(notebook):
    notebook.run(HELLO)
    _, outputs = notebook.outputs("%synapse_submit --wait")
    assert [item.update for item in outputs] == [False, True]  # the view, and its final state
    # In a cell of its own it is shown.
    notebook.run("run = %synapse_submit --wait")
    _, outputs = notebook.outputs("run")
    assert "Completed" in outputs[-1].data["text/html"]


def test_submit_returns_while_the_steps_run_on(patient, tmp_path):
    run = patient.run("%synapse_submit")
    wait_until((tmp_path / "started").exists, what="the start of the step")
    assert not run.status.endswith("ed")
    assert "Running" in repr(patient.run("%synapse_status"))
    (tmp_path / "go").touch()
    assert run.wait(30) == "Completed"


def test_interrupting_the_wait_cancels_the_run(patient, tmp_path):
    main = threading.main_thread().ident

    def interrupt():
        wait_until((tmp_path / "started").exists, what="the start of the step")
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    started = time.monotonic()
    with pytest.raises(ExperimentExecutionException, match="is canceled"):
        patient.run("%synapse_submit --wait")
    thread.join()
    run = patient.run("%synapse_status")._run
    assert run.wait(10) == "Canceled"
    assert time.monotonic() - started < 30
    assert not (tmp_path / "go").exists()


def test_a_failed_run_fails_the_cell_that_waits_for_it_and_only_that(notebook):
    notebook.run("%%python_step bad\nvalues = {}\nvalues['key']")
    run = notebook.run("%synapse_submit")
    assert run.wait(30) == "Failed"
    with pytest.raises(ActivityFailedException, match="step bad failed: KeyError: 'key'") as caught:
        notebook.run("%synapse_submit --wait")
    assert "line 3" in caught.value.where
    newest = notebook.run("%synapse_runs -n 1").rows[0][0]
    assert caught.value.hint.splitlines() == [
        "%synapse_logs bad --stream stderr shows the whole log",
        f"%synapse_submit test-ws --resume {newest}  # goes on once it is mended",
        f"%synapse_load bad --run {newest}  # brings its inputs to the notebook",
    ]
    # The one to look at is the failed step of the failed run.
    assert "KeyError" in repr(notebook.run("%synapse_logs --stream stderr"))


def test_the_own_run_is_the_last_one_though_it_failed_and_others_submit(notebook, workspace):
    notebook.run("%%python_step bad\nraise ValueError")
    with pytest.raises(ActivityFailedException):
        notebook.run("%synapse_submit mine --wait")
    others, _ = submit(workspace.store, make_step("other"))
    workspace.store.runs.request_cancel(others)
    assert repr(notebook.run("%synapse_status")).startswith("mine, run 1")


@pytest.mark.parametrize(
    ("option", "status"), [("", "Canceled"), ("--continue-on-failure", "Completed")]
)
def test_other_branches_go_on_after_a_failure_if_that_is_asked_for(
    patient, tmp_path, option, status
):
    patient.run("%%python_step bad\nraise ValueError")
    patient.run(PATIENT.replace("--arg", "-o table --arg") + "open(table + '/x', 'w').close()\n")
    patient.run("%%python_step below -i table\nprint(table)")
    run = patient.run(f"%synapse_submit {option}")
    wait_until(lambda: run.find_step_run("bad")[0].status == "Failed", what="the failure")
    (tmp_path / "go").touch()
    assert run.wait(30) == "Failed"
    assert run.find_step_run("below")[0].status == status
