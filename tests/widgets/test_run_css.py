"""The style sheet."""

import re
from pathlib import Path

import pytest

import synapse_magics.widgets
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import style_tag

SHEET = Path(synapse_magics.widgets.__file__).with_name("static").joinpath("run.css").read_text()
HUES = dict(re.findall(r"--sr-(\w+): (#\w{6})", SHEET))
MIX = 0.72


def test_every_rule_stands_under_the_one_class():
    rules = re.sub(r"/\*.*?\*/|@keyframes[^\n]*", "", SHEET, flags=re.DOTALL)
    rules = re.sub(r"@media[^{]*\{", "", rules)
    selectors = [one.strip() for one in re.findall(r"([^{}]+)\{", rules)]

    assert [one for many in selectors for one in many.split(",") if not _is_ours(one)] == []


@pytest.mark.parametrize("status", list(RunStatus))
def test_every_status_has_a_colour(status):
    assert f".sr-{status.value.lower()}" in SHEET


@pytest.mark.parametrize(("page", "text"), [("#ffffff", "#212121"), ("#111111", "#e0e0e0")])
def test_status_words_can_be_read_on_light_and_on_dark(page, text):
    hues = [*re.findall(r"--sr-hue: (#\w{6})", SHEET), HUES["grey"]]

    assert len(hues) >= 6
    for hue in hues:
        mixed = [MIX * h + (1 - MIX) * t for h, t in zip(_rgb(hue), _rgb(text), strict=True)]
        assert _contrast(mixed, _rgb(page)) >= 4.5, hue


def test_nothing_moves_for_who_wants_that():
    assert "prefers-reduced-motion: reduce" in SHEET
    assert "animation: none" in SHEET


def test_a_page_of_its_own_is_light_or_dark_as_the_reader_wants():
    assert "prefers-color-scheme: dark" in style_tag("report.css")
    assert "@media print" in style_tag("report.css")


@pytest.mark.parametrize(
    ("name", "root"), [("ansi.css", ".synapse-run"), ("log_view.css", ".synapse-log")]
)
def test_the_log_s_rules_stand_under_one_class_too(name, root):
    sheet = re.sub(r"/\*.*?\*/|@media[^{]*", "", _sheet(name), flags=re.DOTALL)
    selectors = [one.strip() for one in re.findall(r"([^{}]+)\{[^{]", sheet)]

    assert [one for one in selectors if one and not one.startswith(root)] == []


@pytest.mark.parametrize(
    ("page", "text"), [("#f5f5f5", "#212121"), ("#212121", "#e0e0e0"), ("#332626", "#e0e0e0")]
)
def test_the_colours_of_a_log_can_be_read_on_light_and_on_dark(page, text):
    colours = re.findall(r"--sr-f: (#\w{6})", _sheet("ansi.css"))

    assert len(colours) == 15
    for colour in colours:
        mixed = [0.58 * c + 0.42 * t for c, t in zip(_rgb(colour), _rgb(text), strict=True)]
        assert _contrast(mixed, _rgb(page)) >= 4.5, colour


def test_a_row_is_as_tall_in_the_module_as_in_its_style_sheet():
    module = _sheet("log_view.js")
    [row] = re.findall(r"const ROW = (\d+);", module)
    [most] = re.findall(r"const MOST_ROWS = (\d+);", module)

    assert f"  height: {row}px;\n" in _sheet("log_view.css")
    assert int(most) < 200


def test_the_style_element_has_no_comments_and_no_empty_lines():
    assert "/*" not in style_tag()
    assert "\n\n" not in style_tag()


def _sheet(name):
    return (Path(synapse_magics.widgets.__file__).parent / "static" / name).read_text()


def _rgb(colour):
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _contrast(one, other):
    def luminance(rgb):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (part / 255 for part in rgb)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _is_ours(selector):
    return ".synapse-run" in selector or ".synapse-twin" in selector
