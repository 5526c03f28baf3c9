"""Fixtures of the engines' tests: Python steps that leave nothing behind."""

import sys

import pytest
from support import wait_until

from synapse_magics.engines import process
from synapse_magics.engines.base import StepJob
from synapse_magics.engines.fork_servers import ForkServers
from synapse_magics.engines.python_process import PythonProcess


@pytest.fixture
def engine(store):
    return PythonProcess(store.folder)


@pytest.fixture(scope="session")
def forking():
    """Open fork servers, that of this interpreter being ready."""
    made = ForkServers()
    made.open()
    server = made.warm(sys.executable, process.interpreter_environment())
    assert server.is_ready(120)
    yield made
    made.close()


@pytest.fixture(scope="session")
def plain_forking(forking):
    """Have the fork server of steps that import nothing but Python's own modules ready as well."""
    server = forking.warm(sys.executable, process.interpreter_environment(), plain=True)
    assert server.is_ready(60)
    return forking


@pytest.fixture
def run(store, engine):
    """Start a script and return its handle; whatever is left of it ends with the test."""
    handles = []

    def run(
        text,
        *arguments,
        record=None,
        run_id="run",
        timeout=None,
        secrets=(),
        before=(),
        after=(),
        plain=False,
        **environment,
    ):
        folder = store.run_folder(run_id)
        folder.create()
        folder.work.mkdir()
        (folder.work / "step.py").write_text(text)
        job = StepJob(
            run_id,
            folder,
            "step.py",
            arguments,
            environment,
            timeout=timeout,
            secrets=secrets,
            before=before,
            after=after,
            is_plain=plain,
        )
        handles.append(engine.start(job, record or (lambda _handle: None)))
        return handles[-1]

    yield run
    for handle in handles:
        process.cancel(handle, store.folder)
        wait_until(lambda handle=handle: not process._is_alive(handle))


@pytest.fixture
def folder(store):
    return store.run_folder("run")
