"""The program of a chain of steps in Metaflow, which reads a flow's graph from its source."""

from __future__ import annotations

_HEAD = """\
from metaflow import FlowSpec, step


class Chain(FlowSpec):
"""
_STEP = """\
    @step
    def {name}(self):
        print("step {number}")
        self.next(self.{following})

"""
_END = """\
    @step
    def end(self):
        print("step {number}")


if __name__ == "__main__":
    Chain()
"""


def flow(count: int) -> str:
    """Return a flow of so many steps, of which each prints its number.

    Parameters
    ----------
    count : int
        At least 2: a flow has a start and an end.
    """
    names = ["start", *(f"step{number}" for number in range(1, count - 1)), "end"]
    steps = "".join(
        _STEP.format(name=name, number=number, following=names[number + 1])
        for number, name in enumerate(names[:-1])
    )
    return _HEAD + steps + _END.format(number=count - 1)
