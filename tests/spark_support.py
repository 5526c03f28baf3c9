"""Pictures of a Spark application, as a step's process writes them."""

from __future__ import annotations

import json

from synapse_magics.store.spark_progress import read_spark_progress

BEGAN = 1_700_000_000.0


def job(number, *stages, **fields):
    common = {"name": "count", "status": "SUCCEEDED", "tasks": 8, "active": 0, "completed": 8}
    times = {"failed": 0, "started": BEGAN + number, "ended": BEGAN + number + 4}
    return {"id": number, "stages": list(stages), **common, **times, **fields}


def stage(number, **fields):
    common = {"attempt": 0, "name": "count", "status": "COMPLETE", "tasks": 8, "active": 0}
    counts = {"completed": 8, "failed": 0, "input_bytes": 0, "output_bytes": 0}
    shuffled = {"shuffle_read_bytes": 0, "shuffle_write_bytes": 0}
    times = {"started": BEGAN + number, "ended": BEGAN + number + 4}
    return {"id": number, **common, **counts, **shuffled, **times, **fields}


def running_job(number, *stages, **fields):
    now = {"status": "RUNNING", "active": 2, "completed": 3, "ended": None}
    return job(number, *stages, **{**now, **fields})


def running_stage(number, **fields):
    now = {"status": "ACTIVE", "active": 2, "completed": 3, "ended": None}
    return stage(number, **{**now, **fields})


def application(jobs, stages, **fields):
    """Return what a step's process writes of an application."""
    totals = {
        "jobs": len(jobs),
        "stages": len(stages),
        **{
            name: sum(one[name] for one in stages)
            for name in (
                *("completed", "failed"),
                *("input_bytes", "shuffle_read_bytes", "shuffle_write_bytes"),
            )
        },
    }
    common = {"id": "local-1", "ui_url": None, "started": BEGAN, "ended": None}
    return {**common, "jobs": jobs, "stages": stages, "totals": totals, **fields}


def write_progress(path, *applications):
    path.write_text(json.dumps({"applications": list(applications)}))


def progress_of(folder, *applications):
    """Return what views get of applications, read from a file."""
    path = folder / "spark.json"
    write_progress(path, *applications)
    return read_spark_progress(path)
