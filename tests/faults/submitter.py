"""What a kernel does: submit runs, and say which are acknowledged.

``submitter.py FOLDER COUNT [sdk]``; a negative count goes on for ever.

It writes the id of each acknowledged run to its standard output, unbuffered. With ``sdk`` it works
through the workspace and its objects, as a notebook does; without, on the store.
"""

import contextlib
import io
import itertools
import json
import os
import sys
import time
from pathlib import Path


def say(word):
    os.write(1, f"{word}\n".encode())


def count(number):
    return itertools.count() if number < 0 else range(number)


def by_store(folder, number):
    from synapse_magics.agent import client
    from synapse_magics.store.specs import PipelineSpec, StepSpec
    from synapse_magics.store.store import Store

    steps = [StepSpec.from_json(text) for text in json.loads(sys.stdin.read())]
    with Store(folder / ".synapse") as store:
        for _ in count(number):
            begin = time.perf_counter()
            run_id = store.runs.submit("exp", PipelineSpec(), steps)
            client.wake(store.folder)
            say(f"{run_id} {time.perf_counter() - begin:.6f}")


def by_sdk(folder, number):
    import synapse_magics as sm

    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "step.py").write_text("pass\n")
    workspace = sm.Workspace.from_config(str(folder))
    experiment = sm.Experiment(workspace, "exp")
    step = {"compute_target": "cpucluster", "source_directory": str(source), "allow_reuse": False}
    say("ready")
    for _ in count(number):
        first, second = (
            sm.PythonScriptStep(name=name, script_name="step.py", **step) for name in ("a", "b")
        )
        second.run_after(first)
        with contextlib.redirect_stdout(io.StringIO()):  # the SDK's own words
            run = experiment.submit(sm.Pipeline(workspace, steps=[first, second]))
        say(run.id)


if __name__ == "__main__":
    act = by_sdk if sys.argv[3:] == ["sdk"] else by_store
    act(Path(sys.argv[1]), int(sys.argv[2]))
