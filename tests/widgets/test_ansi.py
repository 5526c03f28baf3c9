"""The colours of a log."""

import pytest

from synapse_magics.widgets.ansi import Style, ansi_spans, keep_colours, render_ansi


def test_plain_text_is_one_span():
    assert [(span.text, span.style) for span in ansi_spans("epoch 1")] == [("epoch 1", Style())]


def test_an_empty_line_has_no_spans():
    assert ansi_spans("\x1b[32m\x1b[0m") == []


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("31", Style(foreground="1")),
        ("92", Style(foreground="10")),
        ("43", Style(background="3")),
        ("107", Style(background="15")),
        ("1;3;4", Style(bold=True, italic=True, underline=True)),
        ("2;7;9", Style(faint=True, inverse=True, strike=True)),
        ("1;31;22", Style(foreground="1")),
        ("31;39;44;49", Style()),
        ("31;0", Style()),
        ("31;", Style()),
        ("38;5;9", Style(foreground="9")),
        ("38;5;208", Style(foreground="#ff8700")),
        ("48;5;244", Style(background="#808080")),
        ("38;2;1;2;255", Style(foreground="#0102ff")),
        ("38:2::1:2:255", Style(foreground="#0102ff")),
        ("48;2;300;0;0;1", Style(background="#ff0000", bold=True)),
    ],
)
def test_a_sequence_sets_the_style_of_what_follows(codes, style):
    [span] = ansi_spans(f"\x1b[{codes}mtext")

    assert span.style == style


@pytest.mark.parametrize("codes", ["38", "38;5", "38;2;1", "38;7;1", "999999999999", ":::"])
def test_a_broken_sequence_is_no_error(codes):
    [span] = ansi_spans(f"\x1b[{codes}mtext")

    assert span.text == "text"


def test_what_is_no_colour_goes():
    line = "\x1b[2K\x1b]0;title\x07a\x00b\x1b[1A\x1b(B\tc\x1b"

    assert [span.text for span in ansi_spans(line)] == ["ab\tc"]


def test_keeping_colours_drops_everything_else():
    text = "\x1b[2K\x1b[31mred\x1b[0m\x07\n\x1b[1Anext\x1b"

    assert keep_colours(text) == "\x1b[31mred\x1b[0m\nnext"


def test_html_has_classes_and_own_colours():
    assert render_ansi("\x1b[1;31mred\x1b[0m \x1b[38;5;208mown\x1b[0m") == (
        '<span class="sr-bold sr-f1">red</span> '
        '<span class="sr-fx" style="--sr-f:#ff8700">own</span>'
    )


def test_every_line_begins_plain():
    assert render_ansi("\x1b[31mone\ntwo") == '<span class="sr-f1">one</span>\ntwo'


def test_html_is_escaped_inside_and_outside_of_spans():
    page = render_ansi("<b>\x1b[31m<script>alert(1)</script>\x1b[0m")

    assert "<b>" not in page
    assert "<script" not in page
