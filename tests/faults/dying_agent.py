"""An agent that kills itself: ``dying_agent.py FOLDER RULE``, the rule as JSON.

``{"commit": n, "moment": "before"}`` dies at its n-th transaction, before or after it is on disk;
``{"transition": ["Running", "Finalizing"], "moment": ...}`` dies at the first one of these; with
``"nth": 2`` at the second. ``{"point": "recorded"}`` dies when a job's handle is recorded and the
job waits for leave to start. ``{"list": FILE}`` never dies, and writes a line per transaction: the
changes of statuses in it.
"""

import json
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from synapse_magics.agent import service
from synapse_magics.store import runs
from synapse_magics.store.database import Database
from synapse_magics.store.records import Records


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Rule:
    def __init__(self, rule):
        self.rule = rule
        self.commits = self.matches = 0
        self.doomed = False
        self.changes = []

    def changed(self, before, after):
        self.changes.append(f"{before}->{after}")
        if self.rule.get("transition") == [before.value, after.value]:
            self.matches += 1
            self.doomed |= self.matches == self.rule.get("nth", 1)

    def before_commit(self):
        self.commits += 1
        self.doomed |= self.commits == self.rule.get("commit")
        if self.doomed and self.rule.get("moment") == "before":
            die()

    def after_commit(self):
        if self.doomed:
            die()
        if "list" in self.rule:
            with Path(self.rule["list"]).open("a", encoding="utf-8") as file:
                file.write(" ".join(self.changes) + "\n")
        self.changes.clear()


def install(rule):
    real_transition, real_transaction = runs.transition, Database.transaction

    def transition(connection, run_id, before, after, **options):
        done = real_transition(connection, run_id, before, after, **options)
        if done:
            rule.changed(before, after)
        return done

    @contextmanager
    def transaction(database, *options):
        with real_transaction(database, *options) as connection:
            yield connection
            rule.before_commit()
        rule.after_commit()

    runs.transition = transition
    Database.transaction = transaction
    if rule.rule.get("point") == "recorded":
        real_set_job = Records.set_job

        def set_job(*arguments, **options):
            real_set_job(*arguments, **options)
            die()

        Records.set_job = set_job


if __name__ == "__main__":
    install(Rule(json.loads(sys.argv[2])))
    service.serve(Path(sys.argv[1]))
