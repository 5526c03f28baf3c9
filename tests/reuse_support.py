"""A store whose steps complete at once, as the agent has them complete, without a process."""

from __future__ import annotations

from support import make_step

from synapse_magics.agent import reusing
from synapse_magics.agent.binding import output_place
from synapse_magics.agent.finishing import finish
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.store.locations import locate
from synapse_magics.store.records import Metric, OutputRecord
from synapse_magics.store.registry import content_id
from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputSpec,
    OutputSpec,
    PipelineSpec,
    StepSpec,
)
from synapse_magics.store.states import RunStatus as S

PLACE = "runs/{run-id}/{output-name}"


def output(name="out", **fields):
    return OutputSpec(
        **{"name": name, "mode": "mount", "datastore": "main", "path": PLACE, **fields}
    )


def reads(node, name="data", made="out"):
    """Return an input that another step makes."""
    return InputSpec(name, "mount", node=node, output=made)


def dataset(store, *paths, name="table"):
    """Return an input that is a saved dataset."""
    sources = [{"datastore": "main", "path": path} for path in paths]
    definition = {"type": "file", "sources": sources}
    identity = content_id(definition)
    store.registry.save("saved_dataset", identity, definition)
    return InputSpec(name, "mount", dataset_id=identity)


def literals(*texts):
    return tuple(Argument(ArgumentKind.LITERAL, text) for text in texts)


def step(store, name="fit", text="print(1)\n", **fields):
    """Return the spec of a script, its snapshot stored."""
    snapshot = content_id({"text": text})
    folder = store.snapshot_folder(snapshot)
    if not folder.exists():
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
    return make_step(name, **{"snapshot": snapshot, "outputs": (output(),), **fields})


def submit(store, *steps, experiment="exp", **options):
    return store.runs.submit(experiment, PipelineSpec(**options), steps)


def work(store, run, *, text="made", during=lambda: None):
    """Have a step write its outputs and complete."""
    store.runs.transition(run.id, run.status, S.RUNNING)
    for item in run.step.outputs:
        path = output_place(run.id, item)
        place = locate(store.datastore_root(item.datastore), path)
        place.mkdir(parents=True, exist_ok=True)
        (place / "part").write_text(text)
        store.records.set_outputs(run.id, [OutputRecord(item.name, item.datastore, path, None)])
    store.run_folder(run.id).create()
    store.run_folder(run.id).stdout.write_text(f"said by {run.name}\n")
    store.records.add_metrics(run.id, [Metric("rows", 3)])
    during()
    finish(store, store.runs.get(run.id), JobState(JobStatus.ENDED, 0))


def execute(store, run_id, *, fails=(), **options):
    """Run all steps of a run in order; return its step runs by name."""
    run = store.runs.get(run_id)
    store.runs.transition(run_id, S.NOT_STARTED, S.RUNNING)
    blocked = set()
    for record in store.runs.children(run_id):
        if record.step.upstream & blocked:
            store.runs.transition(record.id, record.status, S.CANCELED, message="skipped")
        elif not reusing.take_over(store, run, record):
            if record.name in fails:
                store.runs.transition(record.id, record.status, S.RUNNING)
                store.runs.transition(record.id, S.RUNNING, S.FAILED, message="it broke")
                blocked.add(record.node)
                continue
            work(store, record, **options)
            continue
        else:
            continue
        blocked.add(record.node)
    store.runs.transition(run_id, S.RUNNING, S.FAILED if blocked else S.COMPLETED)
    return steps_of(store, run_id)


def steps_of(store, run_id):
    return {record.name: record for record in store.runs.children(run_id)}


def do(store, *steps: StepSpec, **options):
    """Submit steps and run them; return their step runs by name."""
    chosen = {key: options.pop(key) for key in ("text", "during", "fails") if key in options}
    return execute(store, submit(store, *steps, **options), **chosen)
