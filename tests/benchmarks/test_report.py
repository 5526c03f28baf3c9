"""The page of results."""

from benchmarks.figures import Figure, Goal, Row, Unit
from benchmarks.report import page

OURS, PEER = Figure("ours", (0.3, 0.4, 0.6)), Figure("peer", (1.0,))
ROW = Row(
    "A chain",
    (OURS, PEER),
    (
        Goal("in all", OURS, 0.3, 0.1),
        Goal("times peer", Figure("", (0.3,), Unit.TIMES), 0.35),
        Goal("marginal cost", OURS, None),
        Goal("times other", None, 0.35, missing="other is missing"),
    ),
    ("How it was checked.",),
)


def test_target_and_moonshot_stand_beside_each_figure():
    text = page([ROW], {"cores": "2"})

    assert (
        "| A chain | in all | 0.400 s (0.300 s - 0.600 s) | 0.3 s | 0.1 s "
        "| **missed by 0.100 s** (33 %) |"
    ) in text
    assert "| A chain | times peer | 0.30x (0.30x - 0.30x) | 0.35x |  | reached |" in text
    assert ("| A chain | times other |  | 0.35 |  | not measured: other is missing |") in text
    assert "1 of 2 targets are reached." in text


def test_each_way_has_its_median_its_range_and_its_rounds():
    text = page([ROW], {"cores": "2"})

    assert "| ours | 0.400 s | 0.300 s - 0.600 s | 3 |" in text
    assert "| peer | 1.000 s | 1.000 s - 1.000 s | 1 |" in text
    assert text.endswith("\n\nHow it was checked.\n")


def test_machine_and_what_could_not_be_measured_are_told():
    text = page([], {"cores": "2", "Java": "17"}, ["lines: it broke"])

    assert "| cores | 2 |\n| Java | 17 |" in text
    assert "**Not measured:** lines: it broke" in text
