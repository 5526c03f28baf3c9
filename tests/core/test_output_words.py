"""What an output holds, in words."""

import pytest

from synapse_magics.core.output_words import describe_change, describe_output
from synapse_magics.store.output_stats import OutputStats

AGE, FARE, NAME = ("Age", "int64"), ("Fare", "double"), ("Name", "string")


def people(rows=714, columns=(AGE, NAME), files=2, size=34_100, **fields):
    return OutputStats(files, size, rows, columns, len(columns), **fields)


def change(before, after):
    fields = {name: getattr(after, name) for name in after.__dataclass_fields__}
    return describe_change(OutputStats(**{**fields, "since": 3, "previous": before}))


@pytest.mark.parametrize(
    ("stats", "words"),
    [
        (people(), "714 rows, 2 columns, 2 files, 34.1 kB"),
        (people(1, (AGE,), 1, 9), "1 row, 1 column, 1 file, 9 bytes"),
        (people(1_234_567), "1,234,567 rows, 2 columns, 2 files, 34.1 kB"),
        (OutputStats(1, 2_000_000), "1 file, 2.0 MB"),
        (OutputStats(1, 9, unknown="why"), "rows unknown (why), 1 file, 9 bytes"),
        (OutputStats(0, 0), "nothing"),
    ],
)
def test_what_an_output_holds(stats, words):
    assert describe_output(stats) == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            people(702),
            people(columns=(AGE, NAME, FARE)),
            "+12 rows, column Fare is new, since run 3",
        ),
        (people(715), people(columns=(AGE,)), "-1 row, column Name is gone, since run 3"),
        (
            people(),
            people(columns=(("Age", "double"), NAME)),
            "column Age: int64 -> double, since run 3",
        ),
        (people(), people(files=9), "as many rows, the same columns as in run 3"),
        (OutputStats(1, 1000), OutputStats(2, 4000), "+1 file, +3.0 kB, since run 3"),
        (OutputStats(1, 1000), OutputStats(1, 1000), "as many files and bytes as in run 3"),
        (people(), OutputStats(1, 34_000, unknown="why"), "-1 file, -100 bytes, since run 3"),
    ],
)
def test_how_it_differs_from_the_run_before(before, after, words):
    assert change(before, after) == words


def test_many_new_columns_are_told_in_short():
    more = tuple((f"c{number}", "string") for number in range(5))

    assert change(people(), people(columns=(AGE, NAME, *more))) == (
        "5 columns c0, c1, c2, ... are new, since run 3"
    )


def test_without_a_run_before_there_is_nothing_to_say():
    assert describe_change(people()) == ""
