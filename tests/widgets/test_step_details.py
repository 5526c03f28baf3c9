"""What is read of a step when somebody looks."""

from widgets_support import ScriptedSource, make_failed_run, make_run, make_step

from synapse_magics.core.output_preview import Preview
from synapse_magics.core.step_source import SourceFile
from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.step_details import DetailReader, StepDetails

CODE = (SourceFile("train.py", "fit(1)"),)
ROWS = (Preview("out: 1 row"),)


def made(name, **fields):
    return make_step(name, outputs=("out",), output_stats={"out": OutputStats(1, 9, 1)}, **fields)


def reader(**found):
    source = ScriptedSource([make_run()], **found)
    return source, DetailReader(source)


def test_the_saved_view_of_a_failed_run_has_the_code_that_failed():
    _, read = reader(code={"id-train": CODE})

    assert read.for_twin(make_failed_run()) == {"id-train": StepDetails(code=CODE)}


def test_the_saved_view_has_the_outputs_of_a_run_that_has_ended():
    source, read = reader(previews={"id-a": ROWS})
    run = make_run(made("a"), make_step("b"), status=RunStatus.COMPLETED)

    assert read.for_twin(run) == {"id-a": StepDetails(previews=ROWS)}
    assert source.asked == [("previews", "id-a")]


def test_of_many_outputs_only_some_are_read_for_it():
    source, read = reader()
    read.for_twin(make_run(*(made(f"s{n}") for n in range(50)), status=RunStatus.COMPLETED))

    assert len(source.asked) == 6


def test_while_a_run_goes_on_no_output_is_read_for_it():
    source, read = reader(previews={"id-a": ROWS})

    assert read.for_twin(make_run(made("a"))) == {}
    assert source.asked == []


def test_a_report_has_everything_of_every_step():
    _, read = reader(code={"id-a": CODE}, previews={"id-a": ROWS})
    run = make_run(made("a"), make_step("b"))

    assert read.everything(run) == {"id-a": StepDetails(CODE, ROWS), "id-b": StepDetails()}


def test_what_cannot_be_read_is_asked_for_once_and_left_out():
    source, read = reader()
    calls = []

    def fail(step_id):
        calls.append(step_id)
        raise OSError("gone")

    source.code = source.previews = fail
    step = made("a")

    assert [read.code(step), read.code(step), read.previews(step)] == [(), (), ()]
    assert calls == ["id-a", "id-a"]
