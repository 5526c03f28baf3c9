"""An error is stored without what nobody may read."""

import pytest
from support import make_step, submit

from synapse_magics.agent.failure import fail, give_up, secrets_of, without_secrets
from synapse_magics.store.states import RunStatus

SECRET = "abcdefgh12345678"  # noqa: S105 - nobody's


@pytest.fixture
def step(store):
    _, (step,) = submit(store, make_step("step", environment_variables={"OWN_TOKEN": "own-secret"}))
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.RUNNING)
    return step


def test_an_error_is_stored_without_secrets(store, step, monkeypatch):
    monkeypatch.setenv("API_TOKEN", SECRET)
    error = {
        "type": "ValueError",
        "message": f"no {SECRET}",
        "where": f"cell {SECRET}",
        "source": f"f('{SECRET}')",
        "traceback": f"line\nValueError: no {SECRET}\n",
        "line": 1,
    }

    fail(store, store.runs.get(step), error)

    run = store.runs.get(step)
    assert run.error["message"] == "no ***"
    assert run.error["source"] == "f('***')"
    assert run.error["line"] == 1
    assert run.reason == "ValueError: no ***"
    assert SECRET not in str(run)


def test_what_kept_a_step_from_starting_is_stored_without_secrets(store, step, monkeypatch):
    monkeypatch.setenv("API_TOKEN", SECRET)

    give_up(store, step, ValueError(f"cannot read {SECRET}"))

    assert store.runs.get(step).error["message"] == "cannot read ***"


def test_variables_of_the_step_and_those_that_the_workspace_names_count(store, step, monkeypatch):
    monkeypatch.setenv("CUSTOMER", "acme corporation")
    store.registry.put("secret", "CUSTOMER", {"variable": "CUSTOMER"})

    secrets = secrets_of(store, store.runs.get(step))

    assert {"acme corporation", "own-secret"} <= set(secrets)
    found = without_secrets({"a": ["acme corporation", "own-secret", 1]}, secrets)
    assert found == {"a": ["***", "***", 1]}


def test_a_pipeline_run_has_no_variables_of_its_own(store, step, monkeypatch):
    monkeypatch.setenv("API_TOKEN", SECRET)
    run = store.runs.get(store.runs.get(step).root_id)

    assert SECRET in secrets_of(store, run)
    assert SECRET in secrets_of(store, None)


def test_the_words_of_an_error_are_no_secrets():
    found = {"message": "a message", "traceback": "message traceback", "traceback-1": 1}

    assert without_secrets(found, ("message", "traceback")) == {
        "message": "a ***",
        "traceback": "*** ***",
        "***-1": 1,
    }
