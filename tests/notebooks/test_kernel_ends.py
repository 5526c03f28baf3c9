"""A run does not need the kernel that has submitted it."""

import os
import time

import pytest
from jupyter_client.manager import KernelManager
from support import is_alive, wait_until

from synapse_magics.store.store import Store

pytestmark = pytest.mark.notebook

SETUP = """\
%load_ext synapse_magics
%synapse_workspace bookish
%synapse_compute cpucluster
"""
STEP = """\
%%python_step patient
import pathlib, time
while not pathlib.Path({go!r}).exists():
    time.sleep(0.02)
print("gone on")
"""


@pytest.fixture
def kernel(books):
    """Start a kernel without a front end."""
    manager = KernelManager()
    manager.start_kernel(cwd=str(books.folder), env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=30)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@pytest.fixture
def go(books):
    """Name the file that the step waits for; it comes with the end of the test at the latest."""
    path = books.folder / "go"
    yield path
    path.touch()


def execute(client, code):
    """Run a cell and return the seconds that it took."""
    started = time.monotonic()
    reply = client.execute_interactive(code, timeout=30, output_hook=lambda _message: None)
    assert reply["content"]["status"] == "ok", reply["content"]
    return time.monotonic() - started


def test_a_run_goes_on_when_its_kernel_is_killed(kernel, books, go):
    manager, client = kernel
    execute(client, SETUP)
    execute(client, STEP.format(go=str(go)))
    # The step cannot have ended: it waits for a file that is not there.
    assert execute(client, "%synapse_submit patience") < 5

    with Store(books.folder / ".synapse") as store:
        (run,) = store.runs.submitted("patience", 1)
        wait_until(lambda: store.runs.get(run.id).status == "Running", what="the start")
        pid = manager.provisioner.process.pid
        manager.shutdown_kernel(now=True)
        wait_until(lambda: not is_alive(pid), what="the end of the kernel")
        assert store.runs.get(run.id).status == "Running"
        go.touch()
        wait_until(lambda: store.runs.get(run.id).status == "Completed", 30, "the end")
        (step,) = store.runs.children(run.id)
        assert store.run_folder(step.id).path.joinpath(
            "logs/azureml/driver/stdout"
        ).read_text() == ("gone on\n")
