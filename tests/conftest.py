"""Fixtures of all rooms: a workspace that leaves nothing running behind."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from storage_support import azurite_server, hdfs_server, s3_server, web_server
from support import processes_of, wait_until

IDLE_SECONDS = "20"


@pytest.fixture(scope="session", autouse=True)
def no_agent_stays(tmp_path_factory):
    """Let agents leave soon whatever happens, and look at the end whether any is left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNAPSE_MAGICS_AGENT_IDLE", IDLE_SECONDS)
        # Each would warm a JVM that few of the tests need; `warm_drivers` lets those have them.
        patch.setenv("SYNAPSE_MAGICS_WARM_DRIVERS", "0")
        yield
    base = tmp_path_factory.getbasetemp()
    left = [item for item in processes_of(base) if "synapse_magics.agent" in item.cmdline()]
    for process in left:
        process.kill()
    assert left == []


@pytest.fixture(scope="session", autouse=True)
def class_archives(tmp_path_factory):
    """Keep what is made of Spark's classes out of the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("classes")
        patch.setenv("SYNAPSE_MAGICS_CLASS_ARCHIVES", str(folder))
        yield folder


@pytest.fixture(scope="session")
def class_archive(class_archives):
    """Make the archive that a cold JVM starts from; return its folder, None if Java is too old."""
    from synapse_magics.engines import class_archive_builder
    from synapse_magics.engines.class_archives import archive_of, variable
    from synapse_magics.engines.local_spark import driver_settings

    environment = {**dict(driver_settings({}).environment), **variable()}
    command = [sys.executable, "-m", class_archive_builder.__name__]
    subprocess.run(command, env=environment, check=False)
    return archive_of(*(Path(environment[name]) for name in ("JAVA_HOME", "SPARK_HOME")))


MANY = 20


@pytest.fixture(autouse=True)
def fast_spark(request):
    """Let Spark start faster in tests that need it, if they are so many that it pays."""
    if request.node.get_closest_marker("spark"):
        session = request.session
        if sum(1 for item in session.items if item.get_closest_marker("spark")) > MANY:
            request.getfixturevalue("class_archive")


@pytest.fixture(scope="module")
def warm_drivers():
    """Let agents of this module's tests keep warm drivers, as they do unless told not to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SYNAPSE_MAGICS_WARM_DRIVERS")
        yield


def end_everything(store):
    """End the agent of a store and the jobs of its runs."""
    from synapse_magics.agent import client
    from synapse_magics.engines import process

    client.stop(store.folder)
    for run in store.runs.unfinished():
        for step in store.runs.children(run.id):
            job = store.records.job(step.id)
            if job is not None:
                process.cancel(job[1], store.folder)


def nothing_runs_in(folder):
    try:
        wait_until(lambda: not processes_of(folder), 10, "the end of every process")
    except AssertionError:
        left = processes_of(folder)
        lines = []
        for process in left:
            with contextlib.suppress(psutil.Error):
                lines.append(" ".join(process.cmdline()))
                process.kill()
        pytest.fail("left running:\n" + "\n".join(lines))


@pytest.fixture
def workspace_folder(tmp_path, monkeypatch):
    """Work in an empty folder; no process may be left that works there."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    nothing_runs_in(tmp_path)


@contextlib.contextmanager
def fresh_workspace(folder):
    """Create a workspace in the working directory; end its agent and jobs afterwards."""
    from synapse_magics.core import open_stores
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline import chosen_workspace, collection
    from synapse_magics.store.store import Store

    made = Workspace.create("test-ws", show_output=False)
    yield made
    chosen_workspace.use_workspace(None)
    collection.current.clear()
    if (made.store.folder / "state.db").exists():
        with Store(made.store.folder) as store:  # the test may have closed the workspace's own
            end_everything(store)
    made.store.close()
    open_stores.close_store(folder)


@pytest.fixture
def workspace(workspace_folder):
    """Create a workspace in an empty folder; its agent and jobs end with the test."""
    with fresh_workspace(workspace_folder) as made:
        yield made


@pytest.fixture(scope="module")
def module_workspace(tmp_path_factory):
    """Create a workspace in an empty folder; its agent and jobs end with the module's tests."""
    folder = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with fresh_workspace(folder) as made:
            yield made
    nothing_runs_in(folder)


@pytest.fixture
def store(workspace_folder):
    """Open a bare store with one datastore, ``main``; its agent and jobs end with the test."""
    from synapse_magics.store.store import Store

    with Store(workspace_folder / ".synapse") as made:
        made.registry.put("datastore", "main", {"root": "datastores/main", "default": True})
        (made.folder / "datastores" / "main").mkdir()
        yield made
        if (made.folder / "state.db").exists():
            end_everything(made)


@pytest.fixture
def pool(workspace):
    """Attach the pool ``spark01`` as ``link1-spark01`` and create ``cpucluster``."""
    from synapse_magics import (
        AmlCompute,
        ComputeTarget,
        LinkedService,
        SynapseCompute,
        SynapseWorkspaceLinkedServiceConfiguration,
    )

    local = SynapseWorkspaceLinkedServiceConfiguration("sub", "group", "local")
    link = LinkedService.register(workspace, "synapselink1", local)
    attach = SynapseCompute.attach_configuration(link, "SynapseSpark", "spark01")
    target = ComputeTarget.attach(workspace, "link1-spark01", attach)
    nodes = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=2)
    ComputeTarget.create(workspace, "cpucluster", nodes)
    return target


@pytest.fixture(scope="session")
def s3():
    """Start an S3 server on loopback; its credential is in the environment."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory, request):
    """Start an HDFS; return its address."""
    cache = request.config.cache.mkdir("hdfs")
    with hdfs_server(tmp_path_factory.mktemp("hdfs"), cache) as address:
        yield address


@pytest.fixture(scope="session")
def azurite(tmp_path_factory, request):
    """Start Azurite on loopback; its account's key is in the environment."""
    cache = request.config.cache.mkdir("azurite")
    with azurite_server(tmp_path_factory.mktemp("azurite"), cache) as server:
        yield server


@pytest.fixture
def web():
    """Start a web server on loopback."""
    with web_server() as server:
        yield server
