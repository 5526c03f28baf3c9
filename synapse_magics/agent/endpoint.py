"""The HTTP endpoint of published pipelines: on this machine only, and nothing without the token.

It is served by a thread beside the agent's loop, with a store of its own. The loop starts processes
and waits at its bell; neither must wait for a client that sends a byte a second.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.agent import client
from synapse_magics.store import documents, published
from synapse_magics.store.database import StoreError
from synapse_magics.store.http_access import Served, bearer_token, served_by, tell
from synapse_magics.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.registry import Entry

_HOST = "127.0.0.1"
_BODY_BYTES = 1 << 20
_CLIENT_SECONDS = 10.0
_REQUEST_SECONDS = 60.0
_POLL_SECONDS = 0.1
_CLIENTS = 16
_UNEXPECTED = "the request was not carried out, by an error of the agent; its log agent.log has it"

log = logging.getLogger(__name__)


class Endpoint:
    """What serves the published pipelines of a workspace, as soon as there is one.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: _Server | None = None

    def keep(self, store: Store) -> None:
        """Serve if there is a published pipeline; called at each turn of the agent's loop.

        Parameters
        ----------
        store : Store
            The agent's.
        """
        if self._server is not None or not _anything_to_serve(store):
            return
        before = served_by(self._folder)
        try:
            # The address of before, if it is free: it may be in somebody's script.
            self._server = _serve(self._folder, before.port if before is not None else 0)
        except OSError as error:
            log.warning("published pipelines are not served: %s", error)
            return
        port = self._server.server_address[1]
        tell(self._folder, Served(port, os.getpid()))
        log.info("published pipelines are served on port %s", port)

    def close(self) -> None:
        """Serve no longer; no run is submitted after this."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def _anything_to_serve(store: Store) -> bool:
    found = store.database.row(
        "SELECT 1 FROM registry WHERE kind = ? LIMIT 1", (published.PIPELINE,)
    )
    return found is not None


def _serve(folder: Path, port: int) -> _Server:
    try:
        server = _Server(folder, port)
    except OSError:
        if port == 0:
            raise
        server = _Server(folder, 0)
    threading.Thread(
        target=server.serve_forever, args=(_POLL_SECONDS,), name="endpoint", daemon=True
    ).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # nobody waits for a client that says nothing

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__((_HOST, port), _Handler)
        self.folder = folder
        self.hosts = {f"{name}:{self.server_address[1]}" for name in (_HOST, "localhost")}
        self._store = Store(folder)
        self._gate = threading.Lock()
        self._open = True
        self._places = threading.BoundedSemaphore(_CLIENTS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)  # too many at once; it may come again
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    @contextlib.contextmanager
    def store(self) -> Any:
        """Give the store, to one client at a time, until the agent leaves."""
        with self._gate:
            if not self._open:
                raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "the agent is leaving")
            yield self._store

    def stop(self) -> None:
        """Stop for good."""
        with self._gate:
            self._open = False
            self._store.close()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in the log that a client has gone, and no more."""
        del request, client_address
        log.info("endpoint: a request has ended early: %s", sys.exc_info()[1])


class _RefusedError(Exception):
    """A request is not carried out."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _CLIENT_SECONDS
    server_version = "synapse-magics"
    sys_version = ""

    def do_GET(self) -> None:
        """Describe a published pipeline."""
        self._answer(self._describe)

    def do_POST(self) -> None:
        """Run a published pipeline."""
        self._answer(self._run)

    def _answer(self, work: Any) -> None:
        status, body = HTTPStatus.OK, {}
        try:
            self._check_visitor()
            body = work()
        except _RefusedError as error:
            status, body = error.status, _error(error.message)
        except StoreError as error:
            status, body = HTTPStatus.SERVICE_UNAVAILABLE, _error(error.message)
        except SynapseMagicsError as error:
            status, body = HTTPStatus.BAD_REQUEST, _error("\n".join(error.lines()))
        except (ConnectionError, TimeoutError):
            raise  # there is nobody to answer any more
        except Exception:
            log.exception("endpoint: a request was not carried out")
            status, body = HTTPStatus.INTERNAL_SERVER_ERROR, _error(_UNEXPECTED, "ServiceError")
        text = json.dumps(body).encode()
        self.send_response(status)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        if "Id" in body and self.command == "POST":
            self.wfile.flush()
            client.ring(self.server.folder)  # so that it starts at once

    def _check_visitor(self) -> None:
        # A page in a browser that was led here under another name asks for that name.
        if self.headers.get("Host", "") not in self.server.hosts:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "this host is not served")
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(
            token.strip().encode(), bearer_token(self.server.folder).encode()
        )
        if kind.lower() != "bearer" or not right:
            raise _RefusedError(
                HTTPStatus.UNAUTHORIZED,
                "a bearer token is needed: "
                "InteractiveLoginAuthentication().get_authentication_header()",
            )

    def _run(self) -> dict[str, Any]:
        request = self._body()
        experiment = request.get("ExperimentName")
        if not isinstance(experiment, str):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "ExperimentName is required")
        given: dict[str, Any] = {}
        for part in (
            "ParameterAssignments",
            "DataPathAssignments",
            "DataSetDefinitionValueAssignments",
        ):
            values = request.get(part) or {}
            if not isinstance(values, dict):
                raise _RefusedError(HTTPStatus.BAD_REQUEST, f"{part} is not a mapping")
            given |= values
        go_on = request.get("ContinueRunOnStepFailure")
        if go_on is not None and not isinstance(go_on, bool):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "ContinueRunOnStepFailure is true or false")
        with self.server.store() as store:
            entry = self._pipeline(store)
            run_id = published.submit(
                store, entry.id, experiment, given, texts=True, continue_on_step_failure=go_on
            )
        return {"Id": run_id}

    def _describe(self) -> dict[str, Any]:
        with self.server.store() as store:
            entry = self._pipeline(store)
            body = entry.body
            return {
                "Id": entry.id,
                "Name": body["name"],
                "Description": body["description"],
                "Version": body["version"],
                "Status": body["status"],
                "Parameters": body["pipeline"]["parameters"],
                "Steps": [step["name"] for step in body["steps"]],
            }

    def _pipeline(self, store: Store) -> Entry:
        address = urlsplit(self.path)
        place, _, identity = address.path.rpartition("/")
        if place == published.ENDPOINT_PATH:
            if documents.find(store, published.ENDPOINT, identity) is None:
                raise _RefusedError(HTTPStatus.NOT_FOUND, f"no pipeline endpoint {identity}")
            version = parse_qs(address.query).get("pipelineVersion", [None])[-1]
            identity = published.chosen_version(store, identity, version)
        elif place != published.PIPELINE_PATH:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "nothing is served here")
        entry = documents.find(store, published.PIPELINE, identity)
        if entry is None:
            raise _RefusedError(HTTPStatus.NOT_FOUND, f"no published pipeline {identity}")
        return entry

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "Content-Length is required")
        if len(length) > 10 or int(length) > _BODY_BYTES:
            raise _RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {_BODY_BYTES} bytes"
            )
        try:
            found = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
        return found

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Log a request; the token is in a header and is not logged."""
        log.info("endpoint: " + format, *args)  # noqa: G003 - made of two constants

    def handle(self) -> None:
        """Carry out a request, within a limited time."""
        timer = threading.Timer(_REQUEST_SECONDS, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            super().handle()
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def _error(message: str, code: str = "UserError") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
