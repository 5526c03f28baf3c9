"""What follows the end of a job: records, outputs, the status that it earned."""

import json
import os
import shutil

import pytest
from support import make_step, submit

from synapse_magics.agent import finishing
from synapse_magics.agent.finishing import finish, ingest
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.engines.python_process import PythonProcess
from synapse_magics.store import regular_files
from synapse_magics.store.records import OutputRecord
from synapse_magics.store.registry import content_id
from synapse_magics.store.specs import OutputSpec, Registration, RetryOn, StepKind
from synapse_magics.store.states import RunStatus as S

JOB = {"pid": 1, "born": "long ago", "run": "a"}  # never alive
GOOD = JobState(JobStatus.ENDED, 0)
OUTPUT = OutputSpec("model", "mount", "main", "x", Registration("champion", "words", {"k": "v"}))


@pytest.fixture
def running(store):
    """Bring a step with an output to ``Running``, with a job."""
    _, (step,) = submit(store, make_step("step", outputs=(OUTPUT,)))
    store.run_folder(step).create()
    store.records.set_job(step, "python_process", JOB)
    store.records.set_outputs(step, [OutputRecord("model", "main", "x", None)])
    written = store.datastore_root("main") / "x"
    written.mkdir()
    (written / "model.bin").touch()
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)
    return store.runs.get(step)


def write(store, run, text):
    with store.run_folder(run.id).records.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def metrics(store, run):
    return [(metric.name, metric.value) for metric in store.records.metrics(run.id)]


def line(name, value):
    return json.dumps({"metric": name, "value": value, "step": None, "time": 1.0}) + "\n"


def test_records_are_taken_over_once(store, running):
    write(store, running, line("rows", 1) + '{"tag": "k", "value": "v"}\n')

    ingest(store, running.id)
    ingest(store, running.id)

    assert metrics(store, running) == [("rows", 1)]
    assert store.records.tags(running.id) == {"k": "v"}


def test_half_a_line_waits_for_its_other_half(store, running):
    whole = line("loss", 0.5)
    write(store, running, line("rows", 1) + whole[:9])
    ingest(store, running.id)
    assert metrics(store, running) == [("rows", 1)]

    write(store, running, whole[9:])
    ingest(store, running.id)
    assert metrics(store, running) == [("rows", 1), ("loss", 0.5)]


@pytest.mark.parametrize(
    "junk",
    [
        "no json",
        "[1, 2]",
        b"\xff\xfe",
        "",
        "{}",
        '{"metric"',
        "[" * 100_000,
    ],
)
def test_a_line_of_junk_is_passed_over(store, running, junk):
    write(store, running, junk)
    write(store, running, "\n" + line("rows", 1))

    ingest(store, running.id)

    assert metrics(store, running) == [("rows", 1)]


@pytest.mark.parametrize(
    "odd",
    [
        {"metric": "odd"},
        {"metric": ["odd"], "value": 1},
        {"metric": "odd", "value": 1, "step": [1]},
        {"metric": "odd", "value": 1, "step": 2**70},
        {"metric": "odd", "value": 1, "time": {}},
        {"tag": "odd"},
        {"tag": {}, "value": {"a": 1}},
    ],
)
def test_an_odd_record_harms_nobody(store, running, odd):
    write(store, running, json.dumps(odd) + "\n" + line("rows", 1))

    ingest(store, running.id)

    assert metrics(store, running)[-1] == ("rows", 1)
    assert store.records.job(running.id)[2] > 0


def test_a_step_that_recorded_nothing_is_fine(store, running):
    ingest(store, running.id)

    assert metrics(store, running) == []


def test_the_last_records_are_taken_over_at_the_end(store, running):
    write(store, running, line("rows", 1))

    finish(store, running, GOOD)

    assert metrics(store, running) == [("rows", 1)]


def test_scratch_files_go_at_the_end(store, running):
    scratch = store.run_folder(running.id).path / "scratch"
    (scratch / "blockmgr").mkdir(parents=True)

    finish(store, running, GOOD)

    assert not scratch.exists()


def test_an_output_is_registered_when_its_step_completes_and_once(store, running):
    assert store.registry.get("dataset", "champion") is None

    finish(store, running, GOOD)
    finish(store, running, GOOD)  # an agent that believes in an old status

    assert store.runs.get(running.id).status is S.COMPLETED
    entry = store.registry.get("dataset", "champion")
    assert entry.version == 1
    assert (entry.body["run_id"], entry.body["tags"]) == (running.id, {"k": "v"})
    (output,) = store.records.outputs(running.id)
    assert output.dataset_id == entry.body["saved_id"]
    saved = store.registry.by_id("saved_dataset", output.dataset_id)
    assert saved.body["sources"] == [{"datastore": "main", "path": "x"}]


def test_a_step_goes_through_finalizing(store, running):
    finish(store, running, GOOD)

    after = [event.after for event in store.runs.events(running.root_id)]
    assert after == ["Running", "Finalizing", "Completed"]


def test_a_step_that_was_being_finalized_is_completed(store, running):
    store.runs.transition(running.id, S.RUNNING, S.FINALIZING)

    finish(store, store.runs.get(running.id), GOOD)

    assert store.runs.get(running.id).status is S.COMPLETED


@pytest.mark.parametrize(
    ("state", "words", "code"),
    [
        (JobState(JobStatus.ENDED, 3), "exit code 3", "UserError"),
        (JobState(JobStatus.ENDED, -9), "signal 9 (SIGKILL)", "SystemError"),
        (JobState(JobStatus.VANISHED), "vanished without a result", "SystemError"),
    ],
)
def test_a_failed_step_says_how_it_ended_and_registers_nothing(store, running, state, words, code):
    finish(store, running, state)

    record = store.runs.get(running.id)
    assert record.status is S.FAILED
    assert words in record.reason
    assert record.error["code"] == code
    assert record.error["exit_code"] == state.exit_code
    assert store.registry.get("dataset", "champion") is None
    assert store.records.outputs(running.id)[0].dataset_id is None


def test_the_exception_of_a_step_is_its_reason(store, running):
    error = {"code": "UserError", "type": "ValueError", "message": "first\nsecond", "line": 4}
    store.run_folder(running.id).error.write_text(json.dumps(error))

    finish(store, running, JobState(JobStatus.ENDED, 1))

    record = store.runs.get(running.id)
    assert record.reason == "ValueError: first"
    assert record.error == {**error, "exit_code": 1}


def test_an_error_without_a_message_gets_one(store, running):
    store.run_folder(running.id).error.write_text('{"mine": 1}')

    finish(store, running, JobState(JobStatus.ENDED, 1))

    assert store.runs.get(running.id).reason == "the process ended with exit code 1"


@pytest.mark.parametrize("state", [GOOD, JobState(JobStatus.ENDED, -15)])
def test_a_step_that_was_to_be_canceled_is_canceled_however_it_ended(store, running, state):
    store.runs.transition(running.id, S.RUNNING, S.CANCEL_REQUESTED)

    finish(store, store.runs.get(running.id), state)

    assert store.runs.get(running.id).status is S.CANCELED
    assert store.registry.get("dataset", "champion") is None


@pytest.mark.parametrize("made", [True, False], ids=["an empty folder", "nothing"])
def test_a_registered_output_that_was_not_written_fails_its_step(store, running, made):
    folder = store.datastore_root("main") / "x"
    shutil.rmtree(folder)
    if made:
        folder.mkdir()

    finish(store, running, GOOD)

    record = store.runs.get(running.id)
    assert record.status is S.FAILED
    assert "without writing its output 'model'" in record.reason
    assert record.error["hint"] == "write to the variable model in the cell of step step"
    assert store.registry.get("dataset", "champion") is None


def test_an_output_that_nobody_registers_need_not_be_written(store):
    _, (step,) = submit(store, make_step("step", outputs=(OutputSpec("o", "mount", "main", "y"),)))
    store.records.set_outputs(step, [OutputRecord("o", "main", "y", None)])
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)

    finish(store, store.runs.get(step), GOOD)

    assert store.runs.get(step).status is S.COMPLETED


def test_the_saved_definition_is_the_one_that_a_user_would_save(store, running):
    finish(store, running, GOOD)

    (output,) = store.records.outputs(running.id)
    source = {"datastore": "main", "path": "x"}
    assert output.dataset_id == content_id({"type": "file", "sources": [source]})


@pytest.mark.parametrize("record", [{"metric": "\udce9", "value": 1}, {"tag": "\udce9"}])
def test_a_name_that_cannot_be_encoded_is_spelled_out(store, running, record):
    write(store, running, json.dumps(record) + "\n")

    ingest(store, running.id)

    names = [name for name, _ in metrics(store, running)] + [*store.records.tags(running.id)]
    assert names == [r"\udce9"]


def test_a_value_that_cannot_be_encoded_is_spelled_out(store, running):
    write(store, running, line("word", {"a": ["\udce9"]}))

    ingest(store, running.id)

    assert metrics(store, running) == [("word", {"a": [r"\udce9"]})]


def test_an_error_too_deep_to_be_read_is_none(store, running):
    store.run_folder(running.id).error.write_text("[" * 100_000)

    finish(store, running, JobState(JobStatus.ENDED, 1))

    assert store.runs.get(running.id).reason == "the process ended with exit code 1"


@pytest.fixture
def spark_failed(store):
    """Let a Spark step of 512m fail with an error and a log."""

    def spark_failed(error, log):
        conf = {"spark.driver.memory": "512m"}
        _, (step,) = submit(store, make_step("step", kind=StepKind.SPARK, spark_conf=conf))
        folder = store.run_folder(step)
        folder.create()
        folder.error.write_text(json.dumps(error))
        folder.stderr.write_text(log)
        store.records.set_job(step, "local_spark", JOB)
        store.runs.transition(step, S.NOT_STARTED, S.RUNNING)
        finish(store, store.runs.get(step), JobState(JobStatus.ENDED, 1))
        return store.runs.get(step).error

    return spark_failed


OUT_OF_MEMORY = "WARN x\njava.lang.OutOfMemoryError: Java heap space\n\tat java.base/x\n"


def test_a_lost_connection_to_a_driver_without_memory_is_told_as_that(spark_failed):
    refused = {"type": "ConnectionRefusedError", "message": "[Errno 111] refused", "line": 3}
    error = spark_failed(refused, OUT_OF_MEMORY)

    assert error["message"] == (
        "the driver ran out of memory, of which it had 512m "
        "(java.lang.OutOfMemoryError: Java heap space)"
    )
    assert (error["hint"], error["line"]) == ("give the step more: --driver-memory", 3)


@pytest.mark.parametrize("log", [OUT_OF_MEMORY, "nothing"])
def test_another_error_stays_what_it_is(spark_failed, log):
    assert spark_failed({"type": "KeyError", "message": "'Age'"}, log)["message"] == "'Age'"


def test_a_connection_that_was_lost_for_another_reason_stays_one(spark_failed):
    refused = {"type": "ConnectionRefusedError", "message": "[Errno 111] refused"}
    assert spark_failed(refused, "nothing")["message"] == "[Errno 111] refused"


def test_a_job_whose_time_was_over_says_so_and_how_to_get_more(store):
    _, (step,) = submit(store, make_step("step", timeout=30.0))
    store.run_folder(step).create()
    store.run_folder(step).error.write_text('{"type": "Interrupted", "message": "signal 15"}')
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)

    finish(store, store.runs.get(step), JobState(JobStatus.ENDED, -15, timed_out=True))

    record = store.runs.get(step)
    assert record.reason == "TimeoutError: the step did not end within 30 s"
    assert record.error == {
        "code": "UserError",
        "type": "TimeoutError",
        "message": "the step did not end within 30 s",
        "hint": "--timeout SECONDS gives it longer",
        "exit_code": -15,
    }


def test_a_step_that_ends_well_once_its_time_is_over_has_failed(store, running):
    finish(store, running, JobState(JobStatus.ENDED, 0, timed_out=True))

    assert store.runs.get(running.id).status is S.FAILED


@pytest.mark.parametrize(
    ("retry_on", "status"), [(RetryOn.INFRASTRUCTURE, S.FAILED), (RetryOn.ANY, S.QUEUED)]
)
@pytest.mark.parametrize(
    "state", [JobState(JobStatus.ENDED, -15, timed_out=True), JobState(JobStatus.ENDED, 1)]
)
def test_a_failure_of_the_code_is_repeated_only_if_asked(store, state, retry_on, status):
    _, (step,) = submit(store, make_step("step", retries=1, retry_on=retry_on))
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)

    finish(store, store.runs.get(step), state)

    assert store.runs.get(step).status is status


def test_a_registered_output_that_was_not_written_may_be_written_by_another_attempt(store):
    fields = {"outputs": (OUTPUT,), "retries": 1, "retry_on": RetryOn.ANY}
    _, (step,) = submit(store, make_step("step", **fields))
    store.records.set_outputs(step, [OutputRecord("model", "main", "x", None)])
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)

    finish(store, store.runs.get(step), GOOD)

    record = store.runs.get(step)
    assert (record.status, record.attempt) == (S.QUEUED, 2)
    assert "without writing its output 'model'" in record.reason


@pytest.mark.parametrize("state", [JobState(JobStatus.VANISHED), JobState(JobStatus.ENDED, -9)])
def test_a_step_that_was_to_be_canceled_is_never_repeated(store, state):
    _, (step,) = submit(store, make_step("step", retries=3, retry_on=RetryOn.ANY))
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)
    store.runs.transition(step, S.RUNNING, S.CANCEL_REQUESTED)

    finish(store, store.runs.get(step), state)

    assert store.runs.get(step).status is S.CANCELED


DAMAGED = {
    "half": '{"exit_code": ',
    "a list": "[0]",
    "a word": '{"exit_code": "zero"}',
    "a truth": '{"exit_code": false}',
    "a fraction": '{"exit_code": 0.0}',
    "huge": f'{{"exit_code": {10**30}}}',
    "huger than Python reads": f'{{"exit_code": {"9" * 5000}}}',
    "a list for a code": '{"exit_code": [0]}',
    "no code": "{}",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_result_fails_its_step_and_says_so(store, running, text):
    handle = {**JOB, "run": running.id}
    store.run_folder(running.id).result.write_text(text)

    finish(store, running, PythonProcess(store.folder).poll(handle))

    record = store.runs.get(running.id)
    assert record.status is S.FAILED
    assert record.reason == "the process ended, but how is not known: its result.json is damaged"
    assert (record.error["code"], record.error["exit_code"]) == ("SystemError", None)


def test_metrics_and_tags_are_stored_without_secrets(store, running, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "abcdefgh12345678")
    write(store, running, line("found", "abcdefgh12345678"))
    write(store, running, '{"tag": "found", "value": "abcdefgh12345678"}\n')

    ingest(store, running.id)

    assert metrics(store, running) == [("found", "***")]
    assert store.records.tags(running.id) == {"found": "***"}


@pytest.mark.parametrize(
    "error",
    [
        {"type": "Py4JNetworkError", "message": "no answer"},
        {"type": "EOFError", "message": "no answer", "traceback": "File /x/py4j/clientserver.py"},
    ],
)
def test_a_jvm_that_was_lost_is_told_as_that(spark_failed, error):
    assert spark_failed(error, "nothing")["message"] == "the driver's JVM was lost: no answer"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_nobody_waits_at_what_is_no_file(store, running, make):
    folder = store.run_folder(running.id)
    for place in (folder.records, folder.error, folder.result):
        make(place)

    with pytest.raises(OSError, match=r"regular file|link"):
        ingest(store, running.id)
    regular_files.remove(folder.records)
    finish(store, running, JobState(JobStatus.ENDED, 1))
    assert store.runs.get(running.id).status is S.FAILED


def test_many_records_are_taken_over_in_pieces(store, running, monkeypatch):
    monkeypatch.setattr(finishing, "_AT_ONCE", 200)
    for number in range(20):
        write(store, running, line("rows", number))

    ingest(store, running.id)
    assert 0 < len(metrics(store, running)) < 20

    finish(store, running, GOOD)
    assert metrics(store, running) == [("rows", number) for number in range(20)]


def test_a_line_without_an_end_is_given_up(store, running, monkeypatch):
    monkeypatch.setattr(finishing, "_AT_ONCE", 200)
    write(store, running, "x" * 1000 + "\n" + line("rows", 1))

    finish(store, running, GOOD)

    assert metrics(store, running) == [("rows", 1)]


def test_a_very_long_error_is_cut_in_its_middle(store, running):
    message = "begin" + "x" * 10**6 + "end"
    store.run_folder(running.id).error.write_text(json.dumps({"type": "E", "message": message}))

    finish(store, running, JobState(JobStatus.ENDED, 1))

    record = store.runs.get(running.id)
    assert record.reason.startswith("E: begin")
    assert len(record.reason) < 600
    assert record.error["message"].endswith("end")
    assert len(record.error["message"]) < 21_000


def test_what_a_killed_supervisor_left_holds_no_secret(store, running, monkeypatch):
    secret = "abcdefgh-12345678"  # noqa: S105 - nobody's
    monkeypatch.setenv("API_TOKEN", secret)
    folder = store.run_folder(running.id)
    folder.error.write_text(json.dumps({"type": "E", "message": secret}))
    write(store, running, line(secret, 1))

    finish(store, running, JobState(JobStatus.VANISHED))

    assert secret not in folder.error.read_text()
    assert secret not in folder.records.read_text()
    assert metrics(store, running) == [("*" * len(secret), 1)]
