"""What changed in the parts of a fingerprint, in words."""

import pytest
from support import make_step

from synapse_magics.store.comparison import differences
from synapse_magics.store.fingerprint import DatasetFiles, take
from synapse_magics.store.specs import Argument, ArgumentKind, InputSpec


def parts(*items, files=None, dataset="d1"):
    """Return the parts of a step with a command line."""
    step = make_step(
        "a",
        arguments=tuple(Argument(ArgumentKind.LITERAL, item) for item in items),
        inputs=(InputSpec("t", "mount", dataset_id=dataset),),
    )
    return take(step, {}, {}, {"t": DatasetFiles(files or {})}).parts


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["--alpha", "0.1"], ["--alpha", "0.2"], ["argument --alpha 0.1 -> 0.2"]),
        (["x"], ["y"], ["argument number 1 x -> y"]),
        (["--a"], ["--a", ""], ["the arguments are in another order or form"]),
        (["--a"], ["--a", "1"], ["argument --a nothing -> 1"]),
        ([], ["--a"], ["argument --a is new"]),
        (["--a", "1"], [], ["argument --a is gone"]),
        (
            ["--a", "1", "--b", "2"],
            ["--b", "2", "--a", "1"],
            ["the arguments are in another order or form"],
        ),
        (["--a", "1", "--a", "2"], ["--a", "1", "--a", "3"], ["argument --a 1 2 -> 1 3"]),
        (
            ["--a", "x" * 80 + " end"],
            ["--a", "x" * 80 + " other"],
            ["argument --a ...xxxxxxxxx end -> ...xxxxxxxxx other"],
        ),
        (["--a", "x y"], ["--a", "x  y"], ["argument --a changed"]),
        (["--a", "f()"], ["--a", "f ()"], ["argument --a f() -> f ()"]),
    ],
)
def test_arguments(before, after, expected):
    assert differences(parts(*before), parts(*after)) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            {"d1": "titanic:1", "d2": "titanic:2"},
            "input t has a new version (titanic:1 -> titanic:2)",
        ),
        ({"d1": "titanic:1", "d2": "ships:1"}, "input t is another dataset (titanic:1 -> ships:1)"),
        ({"d1": "titanic:1"}, "input t is another dataset (it is defined anew)"),
    ],
)
def test_a_dataset_is_called_by_its_registered_name(known, expected):
    assert differences(parts(), parts(dataset="d2"), known.get) == [expected]


def test_files_are_called_by_their_names_alone():
    before = parts(files={"main/uploads/0123abcd/t.csv": "a"})
    after = parts(files={"main/uploads/0123abcd/t.csv": "b"})

    assert differences(before, after) == ["input t: t.csv changed"]


def test_a_fingerprint_of_another_version_of_the_rules_says_so():
    (told,) = differences({**parts(), "format": 0}, parts())
    assert told.startswith("another version of synapse_magics")
