"""The disk is full: a submit says so, the agent waits, a step says so."""

import contextlib
import ctypes
import errno
import os
import resource
import time

import psutil
import pytest
from faults_support import end, is_whole, kill_all, new_store, noting
from support import make_step, processes_of, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.store.database import StoreError
from synapse_magics.store.specs import Argument, ArgumentKind
from synapse_magics.store.states import RunStatus as S

pytestmark = pytest.mark.faults

BYTES = 16 << 20
_DETACH = 2


@pytest.fixture
def small(tmp_path):
    """A disk of a few megabytes; only root may make one."""
    place, system = tmp_path / "disk", ctypes.CDLL(None, use_errno=True)
    place.mkdir()
    if not hasattr(system, "mount"):
        pytest.skip("no small disk can be made on this system")
    options = f"size={BYTES},mode=0700".encode()
    if system.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options):
        pytest.skip(f"no small disk can be made: {os.strerror(ctypes.get_errno())}")
    yield place
    kill_all(place)
    system.umount2(os.fsencode(place), _DETACH)


@pytest.fixture
def full_store(small):
    """A store on the small disk."""
    with new_store(small) as store:
        yield store


@contextlib.contextmanager
def full(place, spare=0):
    """Leave no room on a disk, or a little, while the block runs."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    if spare:
        os.truncate(filler, filler.stat().st_size - spare)
    try:
        yield
    finally:
        filler.unlink()


def test_a_submit_on_a_full_disk_says_so_and_leaves_nothing(small, full_store, table):
    store, acknowledged, refused = full_store, [], 0
    noting(store, small / "log", "step")
    with full(small, spare=64 << 10):  # room for some
        while not refused:
            with contextlib.suppress(StoreError):
                acknowledged.append(submit(store, make_step("step", allow_reuse=False))[0])
                continue
            refused += 1
        with pytest.raises(StoreError, match="full") as failed:
            submit(store, make_step("step", allow_reuse=False))
        assert "make room on the disk" in failed.value.hint
        assert sorted(run.id for run in store.runs.submitted()) == sorted(acknowledged)
        assert is_whole(store)
    acknowledged.append(submit(store, make_step("step", allow_reuse=False))[0])

    assert set(end(store, *acknowledged)) == {S.COMPLETED}
    table.judge("disk full at a submit", store, acknowledged, times=refused, log=small / "log")


def test_an_agent_on_a_full_disk_waits_and_goes_on(small, full_store, table):
    store, log = full_store, small / "log"
    noting(store, log, "step")
    steps = [
        make_step("step", allow_reuse=False),
        make_step("step2", "step", script="step.py", snapshot="step", allow_reuse=False),
    ]
    client.launch(store.folder)
    agent = wait_until(lambda: client.running(store.folder))
    psutil.Process(agent).suspend()  # it begins when there is no room any more
    run_id, _ = submit(store, *steps)
    with full(small):
        psutil.Process(agent).resume()
        wait_until(lambda: client.ring(store.folder))
        time.sleep(2.5)  # it looks every second
        assert client.running(store.folder) == agent
        assert store.runs.get(run_id).status is S.NOT_STARTED

    end(store, run_id)
    assert store.runs.get(run_id).status is S.COMPLETED
    table.judge("disk full under the agent", store, [run_id], log=log)


def test_a_disk_that_is_full_again_and_again_loses_nothing(small, full_store, table):
    store, log = full_store, small / "log"
    noting(store, log, "step", "time.sleep(0.05)")
    wide = {"engine": "python_process", "slots": 2}
    step = make_step("step", allow_reuse=False, compute_definition=wide, retries=5)
    run_ids = [submit(store, step)[0] for _ in range(20)]
    client.wake(store.folder)
    times = 0
    while store.runs.unfinished() and times < 40:
        with full(small):
            time.sleep(0.1)
        times += 1
        time.sleep(0.15)

    end(store, *run_ids, seconds=60)
    assert is_whole(store)
    table.judge("disk full under the agent", store, run_ids, times=times, log=log)


def test_a_step_that_fills_the_disk_fails_and_says_so(small, full_store, table):
    store = full_store
    write_snapshot(
        store,
        "glutton",
        "with open('/'.join((__import__('sys').argv[1], 'big')), 'wb', buffering=0) as file:\n"
        "    while True:\n"
        "        file.write(bytes(1 << 16))\n",
    )
    run_id, (step,) = submit(
        store, make_step("glutton", arguments=(Argument(ArgumentKind.LITERAL, str(small)),))
    )
    client.wake(store.folder)
    wait_until((small / "big").exists, what="the step's file")
    wait_until(lambda: not jobs_of(store), 20, "the end of the step")
    (small / "big").unlink()

    assert end(store, run_id) == [S.FAILED]
    table.judge("step fills the disk", store, [run_id])
    assert os.strerror(errno.ENOSPC) in store.runs.get(step).reason


def jobs_of(store):
    """Return the supervisors and steps that live in a store."""
    agent = client.running(store.folder)
    return [one for one in processes_of(store.folder / "runs") if one.pid != agent]


@pytest.fixture
def limited():
    """Limit how large the files of a process may get, as a quota does; ours in the end as well."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limited(pid, size):
        if not hasattr(resource, "prlimit"):
            pytest.skip("this system limits no other process")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]) if size else before)

    yield limited
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_submit_beyond_a_quota_says_so_and_leaves_nothing(store, limited, table):
    limited(os.getpid(), 1)
    with pytest.raises(StoreError) as failed:
        submit(store, make_step("step"))
    limited(os.getpid(), None)

    assert failed.value.hint
    assert store.runs.submitted() == []
    assert is_whole(store)
    table.add("quota reached at a submit")


def test_an_agent_beyond_its_quota_waits_and_goes_on(store, tmp_path, limited, table):
    noting(store, tmp_path / "log", "step")
    client.launch(store.folder)
    agent = wait_until(lambda: client.running(store.folder))
    limited(agent, 1)
    run_id, _ = submit(store, make_step("step"))
    client.wake(store.folder)
    time.sleep(2)
    assert client.running(store.folder) == agent
    assert store.runs.get(run_id).status is S.NOT_STARTED
    limited(agent, None)

    assert end(store, run_id) == [S.COMPLETED]
    table.judge("quota reached under the agent", store, [run_id], log=tmp_path / "log")
