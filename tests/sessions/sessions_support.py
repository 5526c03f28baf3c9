"""What tests of sessions share: a session without a notebook, and what it shows."""

from __future__ import annotations

from synapse_magics.sessions.session import Session
from synapse_magics.sessions.settings import SessionSettings

COMPUTE = {"engine": "local_spark", "slots": 1, "master": "local[2]", "spark_conf": {}}


class Recorder:
    """Keep what a statement prints and shows, in order."""

    def __init__(self):
        self.items = []

    def text(self, stream, text):
        self.items.append((stream, text))

    def show(self, data):
        self.items.append(("shown", dict(data)))

    def spark(self, progress, *, ended):
        self.items.append(("ended" if ended else "spark", progress))

    def of(self, stream):
        return "".join(text for name, text in self.items if name == stream)


def make_session(folder, **options):
    """Return a session of a small driver, which is not started."""
    conf = {"spark.driver.memory": "512m", **options.pop("spark_conf", {})}
    state = folder / ".synapse"
    return Session(SessionSettings(state, options.pop("compute", COMPUTE), conf, **options))


def run(session, code, kind="pyspark", view=None):
    """Run a statement and return what it printed to stdout."""
    view = view or Recorder()
    session.run(code, kind, "cell", view)
    return view.of("stdout")
