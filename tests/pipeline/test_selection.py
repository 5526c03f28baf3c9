"""Which steps of a graph run, which are kept, which are left out."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.selection import EVERYTHING, Selection, above, below, choose


def graph(text):
    """Return the graph of ``a->b->c, a->d``: what each step waits for."""
    found = {}
    for chain in text.split(","):
        steps = [name.strip() for name in chain.split("->")]
        for name in steps:
            found.setdefault(name, set())
        for before, after in pairwise(steps):
            found[after].add(before)
    return {name: frozenset(upstream) for name, upstream in found.items()}


FORK = "a->b->c, a->d"
DIAMOND = "a->b->d, a->c->d, d->e"


def selection(text):
    """Return the selection of ``resume from a until c``."""
    words = text.split()
    fields = {"from": "first", "only": "only", "until": "until"}
    given = {"resume": "run-1" if "resume" in words else None}
    for option, name in pairwise(words):
        if option in fields:
            given[fields[option]] = (*given.get(fields[option], ()), name)
    return Selection(**given)


@pytest.mark.parametrize(
    ("steps", "text", "completed", "run", "kept", "forced"),
    [
        (FORK, "", "", "abcd", "", ""),
        (FORK, "from b", "", "bc", "a", "b"),
        (FORK, "from a", "", "abcd", "", "a"),
        (FORK, "from c", "", "c", "b", "c"),
        (FORK, "from b from d", "", "bcd", "a", "bd"),
        (FORK, "only c", "", "c", "b", "c"),
        (FORK, "only b", "", "b", "a", "b"),
        (FORK, "only b only d", "", "bd", "a", "bd"),
        (FORK, "only a only b", "", "ab", "", "ab"),
        (FORK, "until b", "", "ab", "", ""),
        (FORK, "until c until d", "", "abcd", "", ""),
        (FORK, "from b until c", "", "bc", "a", "b"),
        (FORK, "from b until b", "", "b", "a", "b"),
        (FORK, "resume", "a", "bcd", "a", ""),
        (FORK, "resume", "ab", "cd", "ab", ""),
        (FORK, "resume", "", "abcd", "", ""),
        (FORK, "resume", "abd", "c", "abd", ""),
        (FORK, "resume until b", "ad", "b", "a", ""),
        (FORK, "resume from b", "abc", "bcd", "a", "b"),
        (FORK, "resume from d", "abcd", "d", "abc", "d"),
        # What depends on something that did not complete runs, though it completed.
        (FORK, "resume", "bcd", "abcd", "", ""),
        (DIAMOND, "from b", "", "bde", "ac", "b"),
        (DIAMOND, "from b until d", "", "bd", "ac", "b"),
        (DIAMOND, "only d", "", "d", "bc", "d"),
        (DIAMOND, "until c", "", "ac", "", ""),
        (DIAMOND, "resume", "ac", "bde", "ac", ""),
        ("a, b", "only a", "", "a", "", "a"),
        ("a, b", "from a from b until b", "", "b", "", "b"),
    ],
)
def test_a_part_of_a_graph(steps, text, completed, run, kept, forced):
    found = choose(graph(steps), selection(text), set(completed))

    assert (sorted(found.run), sorted(found.kept), sorted(found.forced)) == (
        sorted(run),
        sorted(kept),
        sorted(forced),
    )


def test_who_asked_is_told():
    found = choose(graph(FORK), selection("from b"))
    assert found.forced == {"b": "asked for by --from"}
    assert choose(graph(FORK), selection("only b")).forced == {"b": "asked for by --only"}


@pytest.mark.parametrize(
    ("text", "completed", "message", "hint"),
    [
        ("from e", "", "there is no step 'e' to run from", "steps: a, b, c, d"),
        ("only e", "", "there is no step 'e' to run only", "steps: a, b, c, d"),
        ("until e", "", "there is no step 'e' to run until", "steps: a, b, c, d"),
        ("only b from b", "", "--only goes with no other", "--from A --until B"),
        ("only b resume", "", "--only goes with no other", "--from A --until B"),
        ("resume", "abcd", "no step is left to run", "all of them completed"),
        ("from c until d", "", "no step is left to run", "look at %synapse_pipeline"),
    ],
)
def test_what_makes_no_sense(text, completed, message, hint):
    with pytest.raises(PipelineError, match=message) as caught:
        choose(graph(FORK), selection(text), set(completed))
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["", "resume", "from a", "only a", "until a"])
def test_everything_is_everything(text):
    assert selection(text).is_everything == (not text)
    assert EVERYTHING.is_everything


def test_above_and_below():
    assert below(graph(DIAMOND), ["b"]) == set("bde")
    assert above(graph(DIAMOND), ["d"]) == set("abcd")


names = "abcdefg"
graphs = st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=7).map(
    lambda rows: {
        names[number]: frozenset(names[other] for other in row if other < number)
        for number, row in enumerate(rows)
    }
)


@st.composite
def choices(draw):
    found = draw(graphs)
    some = st.lists(st.sampled_from(sorted(found)), max_size=2).map(tuple)
    if draw(st.booleans()):
        return found, Selection(only=draw(some)), frozenset()
    resume = draw(st.sampled_from([None, "run"]))
    chosen = Selection(resume=resume, first=draw(some), until=draw(some))
    return found, chosen, draw(st.frozensets(st.sampled_from(sorted(found))))


@settings(deadline=None)
@given(choices())
def test_every_choice_can_be_run(given):
    found, chosen, completed = given
    try:
        choice = choose(found, chosen, completed)
    except PipelineError:
        return  # no step is left to run

    assert choice.run
    assert choice.run | choice.kept <= set(found)
    assert not choice.run & choice.kept
    assert set(choice.forced) <= choice.run
    assert all(found[step] <= choice.run | choice.kept for step in choice.run)
    if chosen.resume is not None:
        assert choice.kept <= completed
    assert choose(found, chosen, completed) == choice


@settings(deadline=None)
@given(choices())
def test_what_is_chosen_of_the_chosen_part_is_the_same(given):
    found, chosen, completed = given
    try:
        choice = choose(found, chosen, completed)
    except PipelineError:
        return
    there = choice.run | choice.kept
    part = {
        name: upstream & there if name in choice.kept else upstream
        for name, upstream in found.items()
        if name in there
    }
    # An option that named a step that was left out names nothing any more.
    again = Selection(
        resume=chosen.resume,
        first=tuple(name for name in chosen.first if name in there),
        only=chosen.only,
        until=tuple(name for name in chosen.until if name in there),
    )
    if bool(again.first) == bool(chosen.first) and bool(again.until) == bool(chosen.until):
        assert choose(part, again, completed).run == choice.run
