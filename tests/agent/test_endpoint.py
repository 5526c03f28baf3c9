"""The HTTP endpoint: a real agent answers real requests, and runs nothing for strangers."""

import http.client
import json
import os
import socket
import stat

import psutil
import pytest
from support import make_step, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.store import documents, published
from synapse_magics.store.http_access import bearer_token, served_by
from synapse_magics.store.published import Definition
from synapse_magics.store.specs import Argument, ArgumentKind, PipelineSpec
from synapse_magics.store.states import RunStatus as S


@pytest.fixture
def pipeline(store):
    """Publish a script that prints a parameter."""
    write_snapshot(store, "show", "import sys\nprint(sys.argv[1:])")
    step = make_step("show", arguments=(Argument(ArgumentKind.PARAMETER, "n"),))
    definition = Definition(PipelineSpec(parameters={"n": 1}), (step,))
    body = {
        "name": "p",
        "description": None,
        "version": "1",
        "status": published.ACTIVE,
        **definition.body(),
    }
    return documents.create(store, published.PIPELINE, body).id


@pytest.fixture
def port(store, pipeline):
    client.wake(store.folder)
    wait_until(lambda: served_by(store.folder), what="the endpoint")
    return served_by(store.folder).port


@pytest.fixture
def ask(store, port, pipeline):
    """Send a request as somebody who may; a test changes one thing of it."""

    def ask(method="POST", body=None, *, token=None, host=None, path=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        token = bearer_token(store.folder) if token is None else token
        given = {"Authorization": f"Bearer {token}", **headers}
        if host is not None:
            given["Host"] = host
        text = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection.request(method, path or f"{published.PIPELINE_PATH}/{pipeline}", text, given)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    return ask


def test_a_request_runs_the_pipeline(store, ask, pipeline):
    status, body = ask(
        body={
            "ExperimentName": "rest",
            "RunSource": "SDK",
            "ParameterAssignments": {"n": "7"},
            "DataPathAssignments": {},
        }
    )

    assert status == 200
    run_id = body["Id"]
    wait_until(lambda: store.runs.get(run_id).status.is_terminal, 30)
    run, step = store.runs.get(run_id), store.runs.children(run_id)[0]
    assert (run.status, run.experiment, run.pipeline.pipeline_id) == (S.COMPLETED, "rest", pipeline)
    assert store.run_folder(step.id).stdout.read_text() == "['7']\n"


def test_it_describes_itself(ask, pipeline):
    status, body = ask("GET")
    assert (status, body["Id"], body["Parameters"], body["Steps"]) == (
        200,
        pipeline,
        {"n": 1},
        ["show"],
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"token": ""}, 401),
        ({"token": "x" * 43}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"host": "evil.example:80"}, 403),
        ({"host": "127.0.0.1"}, 403),
        ({"path": "/"}, 404),
        ({"path": f"{published.PIPELINE_PATH}/x"}, 404),
        ({"path": f"{published.ENDPOINT_PATH}/x"}, 404),
        ({"body": b"no json"}, 400),
        ({"body": [1]}, 400),
        ({"body": b"[" * 100_000}, 400),
        ({"body": {}}, 400),
        ({"body": {"ExperimentName": "../x"}}, 400),
        ({"body": {"ExperimentName": "e", "ParameterAssignments": {"m": 1}}}, 400),
        ({"body": {"ExperimentName": "e", "ParameterAssignments": {"n": [1]}}}, 400),
        ({"body": {"ExperimentName": "e", "ParameterAssignments": 1}}, 400),
        ({"body": {"ExperimentName": "e", "ContinueRunOnStepFailure": "x"}}, 400),
        ({"Content-Length": str(2 << 20)}, 413),
        ({"Content-Length": "-1"}, 411),
        ({"method": "GET", "token": "wrong"}, 401),
    ],
)
def test_what_is_not_right_runs_nothing(store, ask, changed, expected):
    status, body = ask(**{"body": {"ExperimentName": "exp"}, **changed})
    assert (status, store.runs.submitted()) == (expected, [])
    assert body["error"]["message"]


def test_a_parameter_that_is_not_known_is_named(ask):
    status, body = ask(body={"ExperimentName": "exp", "ParameterAssignments": {"rate": 1}})
    assert status == 400
    assert "Pipeline parameter with name rate does not exist" in body["error"]["message"]
    assert "parameters: n" in body["error"]["message"]


def test_an_error_of_the_agent_is_answered_and_logged(store, ask, pipeline):
    documents.change(store, published.PIPELINE, pipeline, lambda body: {"status": body["status"]})

    for method in ("GET", "POST"):
        status, body = ask(method, {"ExperimentName": "exp"})
        assert (status, body["error"]["code"]) == (500, "ServiceError")
        assert "agent.log" in body["error"]["message"]

    text = (store.folder / "agent" / "agent.log").read_text()
    assert "a request was not carried out\nTraceback" in text
    assert ask("GET", path="/elsewhere")[0] == 404  # it serves on


def test_a_disabled_pipeline_is_not_run(store, ask, pipeline):
    documents.change(
        store, published.PIPELINE, pipeline, lambda body: {**body, "status": published.DISABLED}
    )
    status, body = ask(body={"ExperimentName": "exp"})
    assert (status, store.runs.submitted()) == (400, [])
    assert "is Disabled" in body["error"]["message"]


def test_a_pipeline_endpoint_runs_the_version_that_is_asked_for(store, ask, pipeline):
    body = {
        "name": "e",
        "status": published.ACTIVE,
        "default_version": "0",
        "versions": {"0": pipeline},
    }
    path = f"{published.ENDPOINT_PATH}/{documents.create(store, published.ENDPOINT, body).id}"
    for query, expected in (("", 200), ("?pipelineVersion=0", 200), ("?pipelineVersion=1", 400)):
        assert ask(body={"ExperimentName": "exp"}, path=path + query)[0] == expected
    assert len(store.runs.submitted()) == 2


def test_it_listens_to_this_machine_only_and_its_files_are_the_owners(store, port):
    bearer_token(store.folder)
    for name in ("token", "endpoint"):
        assert stat.S_IMODE(os.stat(store.folder / "agent" / name).st_mode) == 0o600  # noqa: PTH116
    pid = client.running(store.folder)
    listening = [
        item.laddr.ip
        for item in psutil.Process(pid).net_connections("tcp")
        if item.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_a_client_that_says_nothing_keeps_nobody_from_being_served(ask, port):
    with socket.create_connection(("127.0.0.1", port)):
        assert ask("GET")[0] == 200


def test_a_token_that_others_could_read_is_another_one_from_then_on(store, ask):
    before = bearer_token(store.folder)
    (store.folder / "agent" / "token").chmod(0o644)
    after = bearer_token(store.folder)
    assert before != after
    assert ask("GET", token=before)[0] == 401
    assert ask("GET", token=after)[0] == 200


def test_the_next_agent_serves_the_same_address(store, port):
    client.stop(store.folder)
    client.wake(store.folder)
    pid = wait_until(lambda: client.running(store.folder))
    wait_until(lambda: served_by(store.folder).pid == pid)
    assert served_by(store.folder).port == port


def test_nothing_is_served_where_nothing_is_published(store):
    client.wake(store.folder)
    client.stop(store.folder)
    assert served_by(store.folder) is None


def test_the_log_holds_no_token(store, ask):
    ask(body={"ExperimentName": "exp"})
    text = (store.folder / "agent" / "agent.log").read_text()
    assert "PipelineSubmit" in text
    assert bearer_token(store.folder) not in text
