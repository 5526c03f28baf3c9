"""What is reused, what is left out, how to go on: said before, chosen by options."""

import re

import pytest
from reuse_support import execute

from synapse_magics.agent import client
from synapse_magics.core.exceptions import ServiceException
from synapse_magics.magics import submission
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.store.specs import RetryOn

PREP = "%%python_step prep -i tiny -o prepared\nopen(prepared + '/x', 'w').write(str(tiny))\n"
TRAIN = (
    "%%python_step train -i prepared -o model --param alpha=0.1\nprint(prepared, alpha, model)\n"
)
REPORT = "%%python_step report -i model\nprint(model)\n"


@pytest.fixture
def book(notebook, monkeypatch):
    """Open a notebook of three steps, whose runs the test executes itself."""
    monkeypatch.setattr(client, "wake", lambda _: None)
    monkeypatch.setattr(submission, "watch", lambda *_, **__: None)
    for cell in (PREP, TRAIN, REPORT):
        notebook.run(cell)
    return notebook


@pytest.fixture
def submit(book, workspace):
    def submit(options="", **how):
        run = book.run(f"%synapse_submit {options}")
        return run, execute(workspace.store, run.id, **how)

    return submit


def planned(book, options=""):
    return {row[1]: row[-1] for row in book.run(f"%synapse_pipeline --plan {options}").rows}


def test_the_plan_says_what_is_reused(book, submit):
    run, _ = submit()

    assert planned(book) == dict.fromkeys(
        ["prep", "train", "report"], f"reused from run {run.id[:8]}"
    )


def test_the_plan_says_which_line_changed_and_what_follows(book, submit):
    run, _ = submit()
    book.run(TRAIN + "print(1)\n")

    assert planned(book) == {
        "prep": f"reused from run {run.id[:8]}",
        "train": "runs, because: line 3 of the cell is new",
        "report": "runs, because: input model is new: step train runs",
    }


def test_the_plan_of_other_parameters(book, submit):
    submit()
    assert planned(book, "-p alpha=0.2")["train"] == "runs, because: argument alpha 0.1 -> 0.2"


def test_the_plan_of_everything_anew(book, submit):
    submit()
    told = planned(book, "--regenerate-outputs")
    assert set(told.values()) == {"runs, because: all outputs are generated anew"}


@pytest.mark.parametrize("identity", ["content", "definition"])
def test_the_plan_without_a_look_at_the_bytes(book, submit, workspace, identity):
    submit()
    for file in workspace.get_default_datastore().root.rglob("tiny.csv"):
        file.chmod(0o600)
        file.write_text("name,size\nant,1\nbee,3\n")
    told = planned(book, f"--inputs-by {identity}")["prep"]

    changed = "runs, because: input tiny: tiny.csv changed"
    assert told == changed if identity == "content" else told.startswith("reused from run ")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--from train", {"prep": "kept", "train": "asked", "report": "input"}),
        ("--only train", {"prep": "kept", "train": "asked"}),
        ("--until train", {"prep": "reused", "train": "reused"}),
        ("--from train --until train", {"prep": "kept", "train": "asked"}),
        ("--only prep,train", {"prep": "asked", "train": "asked"}),
    ],
)
def test_the_plan_of_a_part_is_what_a_submit_does(book, submit, workspace, options, expected):
    submit()
    told = planned(book, options)
    _, done = submit(options)

    assert {name: re.search("kept|asked|input|reused", text)[0] for name, text in told.items()} == (
        expected
    )
    assert {name: bool(record.source_id) for name, record in done.items()} == {
        name: word in {"kept", "reused"} for name, word in expected.items()
    }


def test_the_plan_compares_with_the_own_experiment(book, submit):
    run, _ = submit("mine")
    book.run(TRAIN + "print(1)\n")
    submit("other")

    assert planned(book, "--experiment mine")["prep"].startswith("reused from run ")
    assert run.experiment.name == "mine"


def test_the_diff_shows_the_code_of_what_changed(book, submit):
    submit()
    assert repr(book.run("%synapse_pipeline --diff")) == "no code differs from the runs before"
    book.run(TRAIN + "print(1)\n")
    for line in ("--diff", "diff", "diff train"):
        text = repr(book.run(f"%synapse_pipeline {line}"))
        assert text.startswith("step train:\n--- the cell")
        assert text.endswith("+print(1)")
    assert repr(book.run("%synapse_pipeline diff prep")) == "no code differs from the runs before"


def test_the_diff_of_a_step_that_is_none(book):
    with pytest.raises(MagicUsageError, match="there is no step 'trian'") as caught:
        book.run("%synapse_pipeline diff trian")
    assert caught.value.hint == "did you mean 'train'?"


def test_a_failed_run_is_resumed_by_the_line_that_it_says(book, submit, workspace):
    run, found = submit("mine", fails=["train"])
    resume, load = run.state.how_to_go_on
    book.run(TRAIN + "print('mended')\n")
    again = book.run(resume)
    done = execute(workspace.store, again.id)

    assert again.experiment.name == "mine"
    assert done["prep"].source_id == found["prep"].id
    assert [record.status for record in done.values()] == ["Completed"] * 3
    shown = book.run(load)
    assert [row[0] for row in shown.rows] == ["run", "prepared", "model", "alpha"]


def test_resume_takes_the_last_run_its_experiment_and_its_parameters(book, submit, workspace):
    submit("mine -p alpha=0.7", fails=["train"])
    assert planned(book, "--resume")["prep"].startswith("kept from run ")
    again, done = submit("--resume")

    assert again.experiment.name == "mine"
    assert workspace.store.runs.get(again.id).pipeline.parameters == {"alpha": 0.7}
    assert done["prep"].source_id is not None


def test_resume_says_what_changed_in_what_it_keeps(book, submit):
    run, _ = submit(fails=["train"])
    book.run(PREP + "print(1)\n")

    assert planned(book, "--resume")["prep"] == (
        f"kept from run {run.id[:8]}; although line 3 of the cell is new"
    )


def test_there_is_nothing_to_resume(book, submit):
    with pytest.raises(ServiceException, match="nothing was submitted yet"):
        book.run("%synapse_submit --resume")
    submit()
    with pytest.raises(PipelineError, match="no step is left to run") as caught:
        book.run("%synapse_submit --resume")
    assert caught.value.hint == "all of them completed"


def test_a_part_without_earlier_results_says_how_to_get_them(book):
    with pytest.raises(PipelineError, match="step prep has never completed") as caught:
        book.run("%synapse_submit --only train")
    assert caught.value.hint == "%synapse_submit --from prep runs it as well"


@pytest.mark.parametrize("option", ["--from", "--only", "--until"])
def test_a_part_of_a_step_that_is_none(book, option):
    with pytest.raises(PipelineError, match="there is no step 'trian'") as caught:
        book.run(f"%synapse_submit {option} trian")
    assert caught.value.hint == "did you mean 'train'?"


def test_the_same_token_is_the_same_run(book):
    first, second = (book.run("%synapse_submit --token nightly-7") for _ in range(2))
    other = book.run("%synapse_submit --token nightly-8")

    assert first.id == second.id != other.id


def test_everything_anew(book, submit):
    submit()
    _, done = submit("--regenerate-outputs")
    _, again = submit()

    assert all(record.source_id is None for record in done.values())
    assert [record.source_id for record in again.values()] == [
        record.id for record in done.values()
    ]


def test_load_brings_a_steps_names_and_says_what_it_hides(book, submit):
    submit(fails=["train"])
    book.names["alpha"] = "mine"
    shown = book.run("%synapse_load train")

    assert [tuple(row) for row in shown.rows] == [
        ("run", "RunContext", ""),
        ("prepared", "str", ""),
        ("model", "str", ""),
        ("alpha", "float", "replaces the notebook's own"),
    ]
    assert book.names["alpha"] == 0.1
    # The body of the cell runs as it is.
    book.run(TRAIN.partition("\n")[2])


def test_load_takes_the_failed_step_of_the_last_run(book, submit):
    submit(fails=["train"])
    assert "prepared" in [row[0] for row in book.run("%synapse_load").rows]


def test_load_of_a_step_whose_input_is_not_there(book, submit):
    submit(fails=["train"])
    with pytest.raises(PipelineError, match="step train has not written model") as caught:
        book.run("%synapse_load report")
    assert caught.value.hint == "%synapse_load train brings the inputs of that step"


def test_attempts_are_options_of_a_cell(book):
    book.run("%%python_step slow --timeout 1.5 --retries 2 --retry-on any\nprint(1)")
    cell = collection.current.cells["slow"]
    assert (cell.timeout, cell.retries, cell.retry_on) == (1.5, 2, RetryOn.ANY)

    step = book.run("%%python_step slow --timeout 2\nprint(1)")
    assert "(changed: timeout, retries)" in repr(step)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--timeout 0", "a timeout is a number of seconds greater than 0, not 0"),
        ("--timeout nan", "a timeout is a number of seconds greater than 0, not nan"),
        ("--timeout inf", "a timeout is a number of seconds greater than 0, not inf"),
        ("--retries -1", "retries are 0 or more, not -1"),
    ],
)
def test_attempts_that_make_no_sense_are_refused_at_the_cell(book, options, words):
    with pytest.raises(PipelineError, match=words) as caught:
        book.run(f"%%python_step slow {options}\nprint(1)")
    assert caught.value.where == "step slow"
    assert "slow" not in collection.current.cells
