"""What a Spark context knows of its jobs and stages, asked in a few questions to its JVM.

It is what Spark's UI shows, and it is there without the UI. A list comes as one JSON text, because
each question through py4j takes about as long as a small task.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NAME = 200
_SETTLE_MILLISECONDS = 500
_RUNNING = "RUNNING"
_BESIDE = "$anonfun$withThreadLocalCaptured"
"""What Spark SQL calls a job that it starts in a thread of its own for a part of a query."""
_NOWHERE = frozenset({"NativeMethodAccessorImpl.java", "<unknown>", "Unknown"})
"""Where Spark says that a job was started if Python has started it through py4j."""


class SparkStatus:
    """Ask the JVM of a context.

    Parameters
    ----------
    context : pyspark.SparkContext
    """

    def __init__(self, context: Any) -> None:
        gateway, jvm = context._gateway, context._jvm  # noqa: SLF001 - there is no other way
        spark = context._jsc.sc()  # noqa: SLF001
        self._store, self._scheduler = spark.statusStore(), spark.dagScheduler()
        self._events, self._tasks = spark.listenerBus(), spark.taskScheduler()
        self._running = jvm.java.util.ArrayList()
        self._running.add(jvm.org.apache.spark.JobExecutionStatus.RUNNING)
        self._every_task, self._quantiles = (
            jvm.java.util.ArrayList(),
            gateway.new_array(jvm.double, 0),
        )
        jackson = jvm.com.fasterxml.jackson
        self._mapper = jackson.databind.ObjectMapper()
        self._mapper.registerModule(jackson.module.scala.DefaultScalaModule())

    def count(self) -> int:
        """Return how many jobs were ever started."""
        return int(self._scheduler.numTotalJobs())

    def is_running(self) -> bool:
        """Return whether there is a job that has not ended."""
        return not self._store.jobsList(self._running).isEmpty()

    def settle(self) -> None:
        """Wait until Spark has taken note of what has happened; it does so a moment later."""
        with contextlib.suppress(Exception):
            self._events.waitUntilEmpty(_SETTLE_MILLISECONDS)

    def picture(self, jobs: int, stages: int) -> dict[str, Any]:
        """Return jobs, stages and totals.

        Parameters
        ----------
        jobs, stages : int
            How many of the newest; what runs is there in any case.

        Returns
        -------
        dict
            ``jobs``, ``stages``, the newest first, and ``totals`` of all that there ever were.
        """
        store = self._store
        told_jobs = self._records(store.jobsList(self._running))
        told_jobs += self._records(store.jobsList(None).take(jobs))
        told_stages = self._with_running_tasks(self._records(store.activeStages()))
        every = store.stageList(None, False, False, self._quantiles, self._every_task)
        told_stages += self._records(every.take(stages))
        found_jobs = {record["id"]: record for record in map(job_record, told_jobs)}
        found_stages = {
            (record["id"], record["attempt"]): record
            # Those that run are the first, and know best.
            for record in map(stage_record, reversed(told_stages))
        }
        active = {stage: record["active"] for (stage, _), record in found_stages.items()}
        for record in found_jobs.values():
            if record["status"] == _RUNNING:
                record["active"] = sum(active.get(stage, 0) for stage in record["stages"])
        shown_stages = [found_stages[key] for key in sorted(found_stages, reverse=True)]
        executors = self._records(store.executorList(False))
        return {
            "jobs": [found_jobs[key] for key in sorted(found_jobs, reverse=True)],
            "stages": shown_stages,
            "totals": {"jobs": self.count(), **totals_of(executors, shown_stages)},
        }

    def _with_running_tasks(self, stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ask the scheduler how many tasks run: the store hears of a task's start late, or never.

        Spark writes there at most ten times a second, so a start right after the stage's own is
        left for the next event, which may be the task's end.
        """
        for stage in stages:
            with contextlib.suppress(Exception):
                found = self._tasks.taskSetManagerForAttempt(stage["stageId"], stage["attemptId"])
                if found.isDefined():
                    stage["numActiveTasks"] = int(found.get().runningTasks())
        return stages

    def _records(self, listed: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._mapper.writeValueAsString(listed))
        return found


def job_record(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a job.

    Parameters
    ----------
    data : mapping
        Spark's ``JobData``.

    Returns
    -------
    dict
    """
    return {
        "id": data["jobId"],
        "name": _title(data),
        "status": data["status"],
        "stages": data["stageIds"],
        "tasks": data["numTasks"] - data["numSkippedTasks"],
        "active": data["numActiveTasks"],
        "completed": data["numCompletedIndices"],
        "failed": data["numFailedTasks"],
        "started": _seconds(data["submissionTime"]),
        "ended": _seconds(data["completionTime"]),
    }


def stage_record(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of an attempt of a stage.

    Parameters
    ----------
    data : mapping
        Spark's ``StageData``.

    Returns
    -------
    dict
    """
    return {
        "id": data["stageId"],
        "attempt": data["attemptId"],
        "name": _title(data),
        "status": data["status"],
        "tasks": data["numTasks"],
        "active": data["numActiveTasks"],
        "completed": data["numCompletedIndices"],
        "failed": data["numFailedTasks"],
        "input_bytes": data["inputBytes"],
        "output_bytes": data["outputBytes"],
        "shuffle_read_bytes": data["shuffleReadBytes"],
        "shuffle_write_bytes": data["shuffleWriteBytes"],
        "started": _seconds(data["submissionTime"]),
        "ended": _seconds(data["completionTime"]),
    }


def totals_of(executors: list[dict[str, Any]], stages: list[dict[str, Any]]) -> dict[str, int]:
    """Return the totals of all stages, those that Spark has forgotten included.

    Executors count all of them, but Spark writes down what they count only now and then; stages
    are exact, but only the newest are there.

    Parameters
    ----------
    executors : list of dict
        Spark's ``ExecutorSummary`` each.
    stages : list of dict
        As :func:`stage_record` returns them.

    Returns
    -------
    dict
    """
    names = {
        "completed": "completedTasks",
        "failed": "failedTasks",
        "input_bytes": "totalInputBytes",
        "shuffle_read_bytes": "totalShuffleRead",
        "shuffle_write_bytes": "totalShuffleWrite",
    }
    totals = {
        name: max(
            sum(int(executor[counted]) for executor in executors),
            sum(int(stage[name]) for stage in stages),
        )
        for name, counted in names.items()
    }
    return {**totals, "stages": max((stage["id"] + 1 for stage in stages), default=0)}


def _title(data: Mapping[str, Any]) -> str:
    """Return the description that a user has given, else which call it was: no path is in it."""
    words = str(data.get("description") or "")
    if not words:
        call, at, place = str(data["name"]).rpartition(" at ")
        file = place.rpartition("/")[2]
        words = call if at and file.partition(":")[0] in _NOWHERE else f"{call}{at}{file}"
        if call.startswith(_BESIDE):
            words = "broadcast or subquery"
    return words[:_LONGEST_NAME]


def _seconds(milliseconds: Any) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
