"""A failure that is worth it is followed by another attempt, which begins anew."""

import pytest
from support import make_step, submit

from synapse_magics.agent.attempts import (
    Cause,
    cause_of,
    fail_attempt,
    is_worth_another,
    set_aside,
)
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.store.records import Metric
from synapse_magics.store.specs import RetryOn, StepKind
from synapse_magics.store.states import RunStatus as S

SYSTEM = {"code": "SystemError"}
USER = {"code": "UserError", "message": ""}
LATE = JobState(JobStatus.ENDED, -15, timed_out=True)
TRACE = "An error occurred while calling o1.f. Trace:\npy4j.Py4JException: no such method"


def ended(code):
    return JobState(JobStatus.ENDED, code)


@pytest.mark.parametrize(
    ("kind", "state", "error", "cause"),
    [
        # The process vanished, or nobody knows how it ended.
        ("python", JobState(JobStatus.VANISHED), SYSTEM, "infrastructure"),
        ("python", ended(None), SYSTEM, "infrastructure"),
        # It was killed from outside ...
        ("python", ended(-9), SYSTEM, "infrastructure"),
        ("python", ended(-15), SYSTEM, "infrastructure"),
        ("spark", ended(-9), SYSTEM, "infrastructure"),
        # ... or by what it did itself ...
        ("python", ended(-11), SYSTEM, "code"),
        ("python", ended(-6), SYSTEM, "code"),
        # ... or by us.
        ("python", LATE, {"type": "TimeoutError"}, "code"),
        ("python", JobState(JobStatus.ENDED, 0, timed_out=True), {}, "code"),
        # It could not be started.
        ("python", ended(127), SYSTEM, "infrastructure"),
        # It ended itself.
        ("python", ended(127), USER, "code"),
        ("python", ended(1), {**USER, "type": "ValueError"}, "code"),
        ("python", ended(3), USER, "code"),
        # The driver's JVM was lost, or lacked memory, or answered with an error.
        ("spark", ended(1), {**USER, "type": "Py4JNetworkError"}, "infrastructure"),
        ("spark", ended(1), {**USER, "type": "ConnectionRefusedError"}, "infrastructure"),
        ("spark", ended(1), {**USER, "type": "Py4JError"}, "infrastructure"),
        ("spark", ended(1), {"type": "Py4JError", "message": TRACE}, "code"),
        ("spark", ended(1), {**USER, "type": "OutOfMemoryError"}, "code"),
        ("spark", ended(-9), {**USER, "type": "OutOfMemoryError"}, "code"),
        ("spark", ended(1), {**USER, "type": "AnalysisException"}, "code"),
        ("spark", ended(1), {**USER, "type": ["odd"]}, "code"),
        ("spark", ended(1), USER, "code"),
        # A plain Python step has no JVM: the server that refused is one of its own.
        ("python", ended(1), {**USER, "type": "ConnectionRefusedError"}, "code"),
    ],
)
def test_who_is_to_blame(kind, state, error, cause):
    assert cause_of(StepKind(kind), state, error) == cause


@pytest.mark.parametrize(
    ("retries", "attempt", "retry_on", "cause", "again"),
    [
        (0, 1, RetryOn.INFRASTRUCTURE, Cause.INFRASTRUCTURE, False),
        (0, 1, RetryOn.ANY, Cause.CODE, False),
        (2, 1, RetryOn.INFRASTRUCTURE, Cause.INFRASTRUCTURE, True),
        (2, 2, RetryOn.INFRASTRUCTURE, Cause.INFRASTRUCTURE, True),
        (2, 3, RetryOn.INFRASTRUCTURE, Cause.INFRASTRUCTURE, False),
        (2, 1, RetryOn.INFRASTRUCTURE, Cause.CODE, False),
        (2, 1, RetryOn.ANY, Cause.CODE, True),
        (2, 3, RetryOn.ANY, Cause.CODE, False),
    ],
)
def test_who_gets_another_attempt(retries, attempt, retry_on, cause, again):
    step = make_step("step", retries=retries, retry_on=retry_on)

    assert is_worth_another(step, attempt, cause) is again


@pytest.fixture
def running(store):
    """Return a running step with a job and a metric."""

    def running(**fields):
        _, (step,) = submit(store, make_step("step", **fields))
        store.runs.transition(step, S.NOT_STARTED, S.RUNNING)
        store.records.set_job(step, "python_process", {"pid": 1})
        store.records.add_metrics(step, [Metric("rows", 1)])
        return store.runs.get(step)

    return running


def test_the_next_attempt_knows_nothing_of_the_one_before(store, running):
    run = running(retries=2)

    fail_attempt(store, run, {"message": "gone\nfor good"}, Cause.INFRASTRUCTURE)

    again = store.runs.get(run.id)
    assert (again.status, again.attempt, again.started, again.error) == (S.QUEUED, 2, None, None)
    assert again.reason == "attempt 1 failed: gone; attempt 2 of 3"
    assert store.records.job(run.id) is None
    assert store.records.metrics(run.id) == []


def test_the_last_attempt_says_how_many_there_were(store, running):
    run = running(retries=1)
    error = {"type": "ValueError", "message": "no\nmore"}
    fail_attempt(store, run, error, Cause.INFRASTRUCTURE)
    store.runs.transition(run.id, S.QUEUED, S.RUNNING)

    fail_attempt(store, store.runs.get(run.id), error, Cause.INFRASTRUCTURE)

    record = store.runs.get(run.id)
    assert (record.status, record.attempt) == (S.FAILED, 2)
    assert record.reason == "ValueError: no (after 2 attempts)"
    assert record.error["message"] == "no (after 2 attempts)\nmore"


def test_who_was_canceled_in_the_meantime_gets_no_other_attempt(store, running):
    run = running(retries=1)
    store.runs.transition(run.id, S.RUNNING, S.CANCEL_REQUESTED)

    fail_attempt(store, run, {"message": "gone"}, Cause.INFRASTRUCTURE)

    record = store.runs.get(run.id)
    assert (record.status, record.attempt) == (S.CANCEL_REQUESTED, 1)
    assert store.records.job(run.id) is not None


def test_a_step_that_is_being_finalized_fails_at_once(store, running):
    run = running(retries=1, retry_on=RetryOn.ANY)
    store.runs.transition(run.id, S.RUNNING, S.FINALIZING)

    fail_attempt(store, store.runs.get(run.id), {"message": "gone"}, Cause.CODE)

    assert store.runs.get(run.id).status is S.FAILED


def test_the_reason_of_another_attempt_holds_no_secret(store, running, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "abcdefgh12345678")
    run = running(retries=1)

    fail_attempt(store, run, {"message": "no abcdefgh12345678"}, Cause.INFRASTRUCTURE)

    assert store.runs.get(run.id).reason == "attempt 1 failed: no ***; attempt 2 of 2"


LEFT = ("error.json", "result.json", "records.jsonl", "spark.json", "started")


@pytest.fixture
def folder(store):
    """The folder of a step run whose first attempt is over."""
    folder = store.run_folder("step")
    folder.create()
    folder.stdout.write_text("first")
    (folder.outputs / "model").write_text("half")
    for name in LEFT:
        (folder.path / name).write_text("first")
    return folder


def test_what_an_attempt_has_left_is_set_aside(folder):
    set_aside(folder, 2)

    before = folder.path / "attempts" / "1"
    assert sorted(item.name for item in before.iterdir()) == sorted([*LEFT, "logs", "outputs"])
    assert (before / "logs/azureml/driver/stdout").read_text() == "first"
    assert [item.name for item in folder.path.iterdir()] == ["attempts"]
    assert folder.file_names() == []


def test_nothing_is_set_aside_for_the_first_attempt(folder):
    set_aside(folder, 1)

    assert folder.stdout.read_text() == "first"


def test_to_set_aside_twice_does_nothing_more(folder):
    """An agent died between this and the start of the attempt."""
    set_aside(folder, 2)
    folder.create()
    folder.stdout.write_text("second")

    set_aside(folder, 2)

    assert folder.stdout.read_text() == "second"
    assert (folder.path / "attempts/1/logs/azureml/driver/stdout").read_text() == "first"


@pytest.mark.parametrize("moved", [("logs",), ("logs", "result.json", "started")])
def test_an_agent_that_died_over_it_is_followed_by_one_that_goes_on(folder, moved):
    part = folder.path / "attempts" / "1.part"
    part.mkdir(parents=True)
    for name in moved:
        (folder.path / name).rename(part / name)

    set_aside(folder, 2)

    before = folder.path / "attempts" / "1"
    assert sorted(item.name for item in before.iterdir()) == sorted([*LEFT, "logs", "outputs"])
    assert not part.exists()


def test_each_attempt_has_a_place_of_its_own(folder):
    set_aside(folder, 2)
    folder.create()
    folder.stdout.write_text("second")

    set_aside(folder, 3)

    logs = [folder.path / f"attempts/{n}/logs/azureml/driver/stdout" for n in (1, 2)]
    assert [log.read_text() for log in logs] == ["first", "second"]
