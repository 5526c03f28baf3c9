"""Which steps of a pipeline run, which are kept from earlier runs, and which are left out.

Plain functions on names; the graph is that of the pipeline as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_magics.core import names
from synapse_magics.pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Selection:
    """A part of a pipeline.

    Parameters
    ----------
    resume : str, optional
        The id of a pipeline run: what completed there is kept, the rest runs.
    first : tuple of str
        Run these steps and all that depend on them.
    only : tuple of str
        Run these steps and nothing else.
    until : tuple of str
        Run no step that these do not depend on.
    """

    resume: str | None = None
    first: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    until: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out and nothing kept."""
        return not (self.resume or self.first or self.only or self.until)


EVERYTHING = Selection()


@dataclass(frozen=True)
class Choice:
    """What becomes of the steps: ``kept`` ones are not run, ``forced`` ones run in any case."""

    run: frozenset[str]
    kept: frozenset[str] = field(default_factory=frozenset)
    forced: Mapping[str, str] = field(default_factory=dict)


def choose(graph: Graph, selection: Selection, completed: Collection[str] = ()) -> Choice:
    """Return which steps run and which are kept.

    Parameters
    ----------
    graph : mapping
        The steps that each step waits for.
    selection : Selection
    completed : collection of str
        The steps that completed in the run that is resumed.

    Returns
    -------
    Choice
        Steps that are in neither set are left out.

    Raises
    ------
    PipelineError
        If a step is unknown, or nothing is left to run.
    """
    for option, given in (
        ("--from", selection.first),
        ("--only", selection.only),
        ("--until", selection.until),
    ):
        for name in given:
            if name not in graph:
                raise PipelineError(
                    f"there is no step {name!r} to run {option[2:]}",
                    where=f"{option} {name}",
                    hint=names.did_you_mean(name, graph, "steps"),
                )
    if selection.only and (selection.first or selection.until or selection.resume):
        raise PipelineError(
            "--only goes with no other choice of steps",
            hint="--from A --until B runs what is between",
        )
    if selection.only:
        run = set(selection.only)
        return _choice(graph, run, dict.fromkeys(selection.only, "asked for by --only"))
    chosen = set(graph)
    forced: dict[str, str] = {}
    if selection.resume is not None:
        chosen = below(graph, set(graph) - set(completed))
    if selection.first:
        started = below(graph, selection.first)
        chosen = started if selection.resume is None else chosen | started
        forced = dict.fromkeys(selection.first, "asked for by --from")
    if selection.until:
        chosen &= above(graph, selection.until)
    if not chosen:
        raise PipelineError(
            "no step is left to run",
            hint="all of them completed" if selection.resume else "look at %synapse_pipeline",
        )
    everything = selection.resume is not None and not selection.until
    return _choice(graph, chosen, forced, everything=everything)


def _choice(
    graph: Graph, run: set[str], forced: Mapping[str, str], *, everything: bool = False
) -> Choice:
    # Of a resumed run all that completed is shown; else what the chosen steps read.
    needed = set(graph) if everything else {name for step in run for name in graph[step]}
    wanted = {name: why for name, why in forced.items() if name in run}
    return Choice(frozenset(run), frozenset(needed - run), wanted)


def below(graph: Graph, start: Iterable[str]) -> set[str]:
    """Return some steps and all that wait for them, however far.

    Parameters
    ----------
    graph : mapping
    start : iterable of str

    Returns
    -------
    set of str
    """
    waiting: dict[str, list[str]] = {}
    for step, upstream in graph.items():
        for name in upstream:
            waiting.setdefault(name, []).append(step)
    return _reach(start, lambda name: waiting.get(name, []))


def above(graph: Graph, start: Iterable[str]) -> set[str]:
    """Return some steps and all that they wait for, however far.

    Parameters
    ----------
    graph : mapping
    start : iterable of str

    Returns
    -------
    set of str
    """
    return _reach(start, lambda name: graph[name])


def _reach(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        new = [name for name in following(todo.pop()) if name not in found]
        found.update(new)
        todo += new
    return found
