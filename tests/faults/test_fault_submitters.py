"""Kernels are killed while they submit, and twenty of them submit at once."""

import json
import random
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults_support import HERE, end, is_whole, noting
from support import make_step, wait_until

from synapse_magics.agent import client
from synapse_magics.store.states import RunStatus as S

pytestmark = pytest.mark.faults

KILLS = 15
PROCESSES, EACH = 20, 50


def submitter(folder, count, *, sdk=False):
    return subprocess.Popen(
        [sys.executable, str(HERE / "submitter.py"), str(folder), str(count), *(["sdk"] * sdk)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def test_what_a_killed_kernel_was_told_runs_and_nothing_is_half_there(
    workspace, pool, workspace_folder, table
):
    """It is killed at random moments of its submissions, some ten milliseconds each."""
    store, chance, acknowledged = workspace.store, random.Random(7), []  # noqa: S311 - the same every time

    def kill_one(seconds):
        with submitter(workspace_folder, -1, sdk=True) as kernel:
            assert kernel.stdout.readline() == "ready\n"
            time.sleep(seconds)
            kernel.kill()
            # A line that it had begun was written by one call, so it is whole.
            acknowledged.extend(kernel.stdout.read().split())

    with ThreadPoolExecutor(2) as threads:
        moments = [chance.uniform(0, 0.3) for _ in range(KILLS)]
        list(threads.map(kill_one, moments))

    known = [run.id for run in store.runs.submitted()]
    assert set(acknowledged) <= set(known)
    assert set(end(store, *known, seconds=120)) == {S.COMPLETED}
    assert all(len(store.runs.children(run_id)) == 2 for run_id in known)
    assert is_whole(store)
    table.judge("kernel killed while it submits", store, acknowledged, times=KILLS)


def test_a_thousand_runs_of_twenty_processes_each_run_once(store, workspace_folder, table):
    log = workspace_folder / "log"
    noting(store, log, "tiny")
    wide = {"engine": "python_process", "slots": 8}
    step = make_step("tiny", compute_definition=wide, allow_reuse=False)
    begin = time.monotonic()
    kernels = [submitter(workspace_folder, EACH) for _ in range(PROCESSES)]
    for kernel in kernels:
        kernel.stdin.write(json.dumps([step.to_json()]))
        kernel.stdin.close()
    lines = []
    for kernel in kernels:
        with kernel:
            lines += [line.split() for line in kernel.stdout]
        assert kernel.returncode == 0
    submitted = time.monotonic() - begin
    acknowledged = [run_id for run_id, _ in lines]
    waits = sorted(float(seconds) for _, seconds in lines)

    assert len(set(acknowledged)) == PROCESSES * EACH
    client.wake(store.folder)
    wait_until(lambda: not store.runs.unfinished(), 240, "the end of the runs")
    took = time.monotonic() - begin

    runs = [store.runs.get(run_id) for run_id in acknowledged]
    assert {run.status for run in runs} == {S.COMPLETED}
    assert sorted(run.number for run in runs) == list(range(1, len(runs) + 1))
    started = [line.split()[1] for line in log.read_text().splitlines()]
    assert len(started) == len(set(started)) == len(runs)
    table.judge(f"load: {PROCESSES} processes submit at once", store, acknowledged, log=log)
    table.figures[f"{len(runs)} runs from {PROCESSES} processes, a real process each"] = (
        f"submitted in {submitted:.1f} s ({len(runs) / submitted:.0f}/s; median of one"
        f" {statistics.median(waits) * 1000:.0f} ms, 99 % within"
        f" {waits[len(waits) * 99 // 100] * 1000:.0f} ms),"
        f" all ended after {took:.1f} s ({len(runs) / took:.0f}/s)"
    )


def test_retried_submits_with_one_token_make_one_run(store, workspace_folder, table):
    """Five kernels are killed and send the same again; so does somebody who never was."""
    from support import submit

    noting(store, workspace_folder / "log", "tiny")
    step = make_step("tiny", allow_reuse=False)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: submit(store, step, key="one")[0], range(200)))

    assert len(set(found)) == 1
    assert end(store, found[0]) == [S.COMPLETED]
    table.judge(
        "the same submit sent again (client token)",
        store,
        [found[0]],
        times=199,
        log=workspace_folder / "log",
    )
