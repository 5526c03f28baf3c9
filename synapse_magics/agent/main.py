"""The loop of the agent: commands, jobs, schedule, sleep until the bell rings."""

from __future__ import annotations

import json
import logging
import os
import time
from typing import TYPE_CHECKING

from synapse_magics.agent import recovery
from synapse_magics.agent.bell import Bell
from synapse_magics.agent.endpoint import Endpoint
from synapse_magics.agent.jobs import Jobs
from synapse_magics.agent.progress import Progress
from synapse_magics.agent.scheduler import ACTIVE
from synapse_magics.agent.schedules import Schedules
from synapse_magics.engines import local_spark, python_process
from synapse_magics.engines.fork_servers import servers
from synapse_magics.engines.warm_drivers import drivers
from synapse_magics.store import schedules
from synapse_magics.store.database import StoreError
from synapse_magics.store.runs import WARM
from synapse_magics.store.states import RunStatus
from synapse_magics.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

IDLE_VARIABLE = "SYNAPSE_MAGICS_AGENT_IDLE"
_IDLE_SECONDS = 600.0
_BUSY_PAUSE = 0.1
_CALM_PAUSE = 1.0

ENGINES = (local_spark.LocalSpark, python_process.PythonProcess)
"""The engines that this agent runs; importing a module registers its engine."""

log = logging.getLogger(__name__)


class Agent:
    """The one background process of a workspace.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``; the process works in its ``agent`` folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = Store(folder)
        self._jobs = Jobs(self._store)
        self._progress = Progress(self._store, self._jobs)
        self._bell = Bell()
        self._endpoint = Endpoint(folder)
        self._schedules = Schedules(self._store)
        self._stopping = False
        self._idle = float(os.environ.get(IDLE_VARIABLE, _IDLE_SECONDS))

    def stop(self, *_: object) -> None:
        """Leave the loop soon; running jobs go on and the next agent adopts them."""
        self._stopping = True

    def run(self) -> None:
        """Work until there has been nothing to do for the idle time."""
        servers.open()
        drivers.open(self._folder / "agent" / "drivers")
        try:
            self._run()
        finally:
            drivers.close()
            servers.close()

    def _run(self) -> None:
        last, recovered, needed, trouble = time.monotonic(), False, False, ""
        while not self._stopping:
            try:
                if not recovered:
                    recovery.recover(self._store)
                    recovered = True
                self._endpoint.keep(self._store)
                needed = self._schedules.turn()
                busy = self.tick()
                pause = _BUSY_PAUSE if busy else _CALM_PAUSE
                if self._progress.behind:
                    pause = 0.0
                trouble = ""
            except StoreError as error:  # a full disk, say: no step is to blame
                if error.message != trouble:  # it may last for days
                    log.warning("the agent waits: %s", error.message)
                busy, pause, trouble = True, _CALM_PAUSE, error.message
            now = time.monotonic()
            servers.turn(now, busy=busy)
            drivers.rest(now)
            if busy or needed:
                last = now
            elif now - last > self._idle and self._leave():
                return
            if not self._store.database.is_in_place:
                # Another agent serves what is there now; jobs of before are not ours to end.
                log.info("the workspace is gone, or another one is in its place")
                return
            # Who rings once it is to leave hears nothing, and starts the next one.
            self._bell.wait(pause, lambda: not self._stopping)
        self._leave()

    def tick(self) -> bool:
        """Do what is to be done now.

        Returns
        -------
        bool
            Whether a run is unfinished.
        """
        for command_id, subject, command in self._store.runs.pending_commands():
            if command == WARM:
                self._jobs.warm(json.loads(subject))
            else:
                self._request_cancel(subject)
            self._store.runs.finish_command(command_id)
        for step in self._store.runs.active():
            with self._jobs.blaming(step):
                self._jobs.poll(step)
        self._progress.turn()
        self._store.database.settle()
        return bool(self._progress.board.runs)

    def _request_cancel(self, run_id: str) -> None:
        run = self._store.runs.get(run_id)
        if run is None or run.status.is_terminal:
            return
        if run.parent_id is None:
            if run.status is not RunStatus.CANCEL_REQUESTED:
                self._store.runs.transition(run.id, run.status, RunStatus.CANCEL_REQUESTED)
        elif run.status in ACTIVE:
            with self._jobs.blaming(run):
                self._jobs.cancel(run)
        else:
            self._store.runs.transition(run.id, run.status, RunStatus.CANCELED, message="canceled")

    def _leave(self) -> bool:
        """Take bell and endpoint down, and look once more: who came in vain starts the next one."""
        self._bell.close()
        self._endpoint.close()
        if not self._stopping and (
            self._store.runs.unfinished_ids() or schedules.active(self._store)
        ):
            self._bell = Bell()
            return False
        self._store.close()
        return True
