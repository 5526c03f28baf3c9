"""A supervisor is killed while it brings inputs from S3, or sends an output there."""

import hashlib

import psutil
import pytest
from faults_support import end
from support import PYTHON, make_step, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.pipeline.input_listings import with_listings
from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputSpec,
    OutputSpec,
    Registration,
)
from synapse_magics.store.states import RunStatus as S

pytestmark = pytest.mark.faults

FILES, SIZE = 60, 1_000_000
SOURCES = [{"datastore": "lake", "path": "in"}]

WRITE = f"""
import os, sys
for number in range({FILES}):
    with open(os.path.join(sys.argv[1], f"part-{{number:02}}"), "wb") as file:
        file.write(bytes([number]) * {SIZE})
"""
READ = """
import hashlib, os, sys
found = hashlib.sha256()
for name in sorted(os.listdir(sys.argv[1])):
    with open(os.path.join(sys.argv[1], name), "rb") as file:
        found.update(file.read())
print(found.hexdigest())
"""


def content(number):
    return bytes([number]) * SIZE


@pytest.fixture
def lake(store, s3):
    """Register an empty bucket as the datastore ``lake``; return the server."""
    s3.make_bucket("lake")
    store.registry.put("datastore", "lake", {"type": "S3", "place": s3.place("lake").to_json()})
    return s3


@pytest.fixture
def start(store, lake):
    """Submit a step with an input or an output of the lake; return the ids of run and step."""

    def start(text, kind, retries, **ports):
        write_snapshot(store, "step", text)
        (name,) = (port.name for found in ports.values() for port in found)
        fields = {"arguments": (Argument(kind, name),), "compute_definition": PYTHON, **ports}
        step = make_step("step", retries=retries, **fields)
        run_id, (step_id,) = submit(store, *with_listings(store, [step]))
        client.wake(store.folder)
        return run_id, step_id

    return start


def kill_supervisor(store, step):
    supervisor = psutil.Process(store.records.job(step)[1]["pid"])
    for process in [supervisor, *supervisor.children(recursive=True)]:
        process.kill()


@pytest.mark.parametrize(("retries", "ending"), [(0, S.FAILED), (1, S.COMPLETED)])
def test_who_is_killed_while_an_output_is_sent_registers_no_half(
    store, lake, start, table, retries, ending
):
    output = OutputSpec(
        "made", "upload", "lake", "out", registration=Registration("made"), overwrite=True
    )
    run_id, step = start(WRITE, ArgumentKind.OUTPUT, retries, outputs=(output,))
    wait_until(lambda: lake.keys("lake"), 60)

    kill_supervisor(store, step)
    sent = len(lake.keys("lake"))

    assert sent < FILES, "it was killed too late"
    assert end(store, run_id) == [ending]
    made = store.registry.get("dataset", "made")
    assert (made and made.version) == (1 if ending is S.COMPLETED else None)
    if made:
        keys = lake.keys("lake")
        assert keys == [f"out/part-{number:02}" for number in range(FILES)]
        for number in (0, FILES // 2, FILES - 1):
            body = lake.client.get_object(Bucket="lake", Key=keys[number])["Body"].read()
            assert body == content(number)
    table.judge("supervisor killed while it sends an output", store, [run_id])


def test_who_is_killed_while_an_input_is_brought_reads_all_of_it_at_last(store, lake, start, table):
    for number in range(FILES):
        lake.put("lake", f"in/part-{number:02}", content(number))
    store.registry.save("saved_dataset", "folder", {"type": "file", "sources": SOURCES})
    item = InputSpec("data", "download", dataset_id="folder")
    run_id, step = start(READ, ArgumentKind.INPUT, 1, inputs=(item,))

    def brought():
        return [file for file in store.folder.rglob("part-*") if file.is_file()]

    wait_until(brought, 60)
    kill_supervisor(store, step)
    assert len(brought()) < FILES, "it was killed too late"

    assert end(store, run_id) == [S.COMPLETED]
    expected = hashlib.sha256(b"".join(map(content, range(FILES)))).hexdigest()
    assert expected in store.run_folder(step).stdout.read_text()
    table.judge("supervisor killed while it brings an input", store, [run_id])
