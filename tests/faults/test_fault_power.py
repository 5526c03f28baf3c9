"""A copy of the state folder, taken at any moment, opens and recovers."""

import contextlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from faults_support import (
    HERE,
    end,
    is_whole,
    kill_all,
    lost_runs,
    noting,
    outputs_registered_twice,
    two_steps,
)
from support import make_step, processes_of

from synapse_magics.agent import client
from synapse_magics.store.specs import RetryOn
from synapse_magics.store.states import RunStatus as S
from synapse_magics.store.store import Store

# A slow machine takes more than the five minutes of a test.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

COPIES = 24
RUNS = 60


class Workload:
    """A process that submits, and an agent that works, in one workspace."""

    def __init__(self, store, log):
        self.store = store
        self.told = store.folder.parent / "told"
        noting(store, log, "slow", "time.sleep(0.3)")
        again = f"sys.exit(open({str(log)!r}).read().count(os.environ['AZUREML_RUN_ID']) < 2)\n"
        noting(store, log, "flaky", again)
        steps = [
            *two_steps(store, log, allow_reuse=False),
            make_step("slow", "take", allow_reuse=False),
            make_step("flaky", allow_reuse=False, retries=3, retry_on=RetryOn.ANY),
        ]
        with self.told.open("w") as told:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "submitter.py"), str(self.told.parent), str(RUNS)],
                stdin=subprocess.PIPE,
                stdout=told,
                text=True,
            )
        self.process.stdin.write(json.dumps([step.to_json() for step in steps]))
        self.process.stdin.close()

    @property
    def acknowledged(self):
        return [line.split()[0] for line in self.told.read_text().splitlines()]

    def close(self):
        """End the submitter, if it has not ended."""
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def frozen(self):
        """Stop everybody at once: the submitter, the agent, supervisors, steps."""
        stopped = []
        try:
            # Again and again: who is seen first may have started another one meanwhile.
            while running := [
                process
                for process in [psutil.Process(self.process.pid), *processes_of(self.store.folder)]
                if process not in stopped
            ]:
                for process in running:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.suspend()
                stopped += running
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()


def copy_of(store, place):
    """Copy a state folder; a socket is no file."""
    folder = place / ".synapse"
    shutil.copytree(store.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("socket"))
    return folder


def checkpointed_bytes(folder):
    """Return up to where the journal of a copy was synced: what went from it into the database.

    SQLite syncs the journal before it copies frames of it, and a disk that lost them then would
    leave newer pages in ``state.db`` than the journal knows: nothing repairs that, nor must it.
    """
    index = (folder / "state.db-shm").read_bytes()
    # WalCkptInfo.nBackfillAttempted, https://www.sqlite.org/walformat.html#walidxfmt
    (frames,) = struct.unpack_from("=I", index, 128)
    (page_size,) = struct.unpack_from(">I", (folder / "state.db-wal").read_bytes(), 8)
    return 32 + frames * (24 + page_size)


def recover(folder, acknowledged):
    """Let a copy's agent end every run in it; return what was lost, and what came twice."""
    try:
        with Store(folder) as store:
            assert is_whole(store)
            known = [run.id for run in store.runs.submitted()]
            end(store, *known, seconds=200)
            assert is_whole(store)
            return lost_runs(store, acknowledged), outputs_registered_twice(store)
    finally:
        client.stop(folder)
        kill_all(folder.parent)


@pytest.fixture
def copies(store, tmp_path):
    """Copies taken at random moments of a workload, each with what was acknowledged by then."""
    log, chance, made = tmp_path / "log", random.Random(11), []  # noqa: S311 - the same every time
    with contextlib.closing(Workload(store, log)) as workload:
        for number in range(COPIES):
            time.sleep(chance.uniform(0, 0.25))
            with workload.frozen():
                acknowledged = workload.acknowledged
                made.append((copy_of(store, tmp_path / "copies" / str(number)), acknowledged))
        workload.process.wait(60)
    yield made
    # Nobody has touched the original.
    known = workload.acknowledged
    assert set(end(store, *known, seconds=120)) == {S.COMPLETED}


def test_a_copy_taken_at_any_moment_opens_and_recovers(copies, table):
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda pair: recover(*pair), copies))

    lost = [run_id for runs, _ in found for run_id in runs]
    twice = [output for _, outputs in found for output in outputs]
    table.add(
        "power off: a copy of .synapse at any moment",
        times=len(copies),
        runs=sum(len(acknowledged) for _, acknowledged in copies),
        lost=len(lost),
        outputs_twice=len(twice),
    )
    assert (lost, twice) == ([], [])


def test_a_torn_journal_opens_and_what_is_in_it_ends(copies, table):
    """Its tail is what was never synced; we cut more than a disk that keeps its word does."""
    chance = random.Random(13)  # noqa: S311 - the same every time

    def tear(pair):
        folder, _ = pair
        journal = folder / "state.db-wal"
        size = journal.stat().st_size
        kept = max(size // 2, min(size, checkpointed_bytes(folder)))
        os.truncate(journal, chance.randrange(kept, size + 1))
        if chance.random() < 0.5:
            (folder / "state.db-shm").unlink()
        return recover(folder, [])

    torn = copies[::3]
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(tear, torn))

    twice = [output for _, outputs in found for output in outputs]
    table.add("power off: journal torn", times=len(torn), outputs_twice=len(twice))
    assert twice == []
