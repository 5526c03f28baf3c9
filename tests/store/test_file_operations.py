"""Operations choose among the files of a dataset, by what is known of them."""

import os

import pytest

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store.file_operations import choose

SIZE, EXTENSION, TIME = (["column", name] for name in ("Size", "Extension", "LastModifiedTime"))


@pytest.fixture
def files(tmp_path):
    """Write ten files, of 0 to 9 bytes."""
    found = []
    for number in range(10):
        file = tmp_path / f"{number}.{'csv' if number % 2 else 'txt'}"
        file.write_text("x" * number)
        os.utime(file, (1_577_836_800 + number, 1_577_836_800 + number))  # from 2020 on
        found.append((f"main/{file.name}", file))
    return found


def numbers(files):
    return [int(name[len("main/")]) for name, _ in files]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"name": "take", "count": 2}, [0, 1]),
        ({"name": "skip", "count": 8}, [8, 9]),
        ({"name": "filter", "expression": [">", SIZE, ["value", 7]]}, [8, 9]),
        ({"name": "filter", "expression": ["==", EXTENSION, ["value", ".csv"]]}, [1, 3, 5, 7, 9]),
        ({"name": "filter", "expression": ["ends_with", EXTENSION, "txt"]}, [0, 2, 4, 6, 8]),
        ({"name": "filter", "expression": ["contains", EXTENSION, "xt"]}, [0, 2, 4, 6, 8]),
        ({"name": "filter", "expression": ["<", TIME, ["time", "2020-01-01 00:00:02"]]}, [0, 1]),
        ({"name": "filter", "expression": ["null", SIZE]}, []),
        (
            {
                "name": "filter",
                "expression": [
                    "and",
                    ["not", ["<", SIZE, ["value", 5]]],
                    ["or", ["==", SIZE, ["value", 6]], ["==", SIZE, ["value", 2]]],
                ],
            },
            [6],
        ),
        ({"name": "filter", "expression": ["==", ["column", "CanSeek"], ["value", False]]}, []),
    ],
)
def test_what_is_chosen(files, operation, expected):
    assert numbers(choose(files, [operation])) == expected


def test_the_parts_of_a_split_are_the_files(files):
    split = {"name": "split", "share": 0.5, "seed": 1}
    first, rest = (numbers(choose(files, [{**split, "part": part}])) for part in ("first", "rest"))

    assert sorted(first + rest) == list(range(10))
    assert first
    assert rest


def test_another_file_changes_nothing_of_a_sample(files):
    sample = {"name": "sample", "share": 0.5, "seed": 1}

    assert numbers(choose(files[1:], [sample])) == [
        number for number in numbers(choose(files, [sample])) if number != 0
    ]


def test_an_operation_that_files_have_not(files):
    with pytest.raises(SynapseMagicsError, match="no operation of files is called 'keep'"):
        choose(files, [{"name": "keep", "columns": []}])
