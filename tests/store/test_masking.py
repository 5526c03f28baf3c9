"""Secrets go from a stream, wherever it is cut, and nothing else is kept back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_magics.store.masking import Masker, spans

SECRET = b"abcdefgh"


def masked(pieces, *secrets):
    masker = Masker(secrets)
    return [*(masker.feed(piece) for piece in pieces), masker.flush()]


def test_a_secret_is_replaced():
    assert b"".join(masked([b"one abcdefgh, two abcdefgh\n"], SECRET)) == b"one ***, two ***\n"


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_secret_does_not_slip_through_a_cut(cut):
    text = b"it is abcdefgh here\n"

    assert b"".join(masked([text[:cut], text[cut:]], SECRET)) == b"it is *** here\n"


def test_a_secret_that_comes_byte_by_byte_is_replaced():
    assert b"".join(masked([b"%c" % byte for byte in b"x abcdefgh y"], SECRET)) == b"x *** y"


def test_only_what_may_become_a_secret_is_held_back():
    pieces = masked([b"a line\n", b"a prompt, abc", b"de", b"x", b"abc"], SECRET)

    assert pieces == [b"a line\n", b"a prompt, ", b"", b"abcdex", b"", b"abc"]


def test_of_two_that_begin_together_the_longer_one_goes():
    secrets = (b"abcdefgh", b"abcdefgh-long")

    assert b"".join(masked([b"abcdefgh", b"-long abcdefgh", b"-lo"], *secrets)) == b"*** ***-lo"


def test_a_secret_of_several_lines_is_replaced_across_them():
    key = b"-----BEGIN-----\nfirst line\nsecond line\n-----END-----"
    pieces = masked([line + b"\n" for line in b"a\n".join([b"", key]).split(b"\n")], key)

    assert b"".join(pieces) == b"a\n***\n"


def test_without_secrets_everything_passes():
    assert masked([b"abc", b""]) == [b"abc", b"", b""]
    assert masked([b"abc"], b"") == [b"abc", b""]


def test_what_is_held_back_is_never_longer_than_a_secret():
    masker = Masker([b"a" * 10 + b"b"])
    out = sum(len(masker.feed(b"a" * 1000)) for _ in range(100))

    assert out == 100 * 1000 - 10


texts = st.text("ab\n", max_size=40).map(str.encode)


@given(
    texts, st.lists(st.text("ab\n", min_size=1, max_size=5).map(str.encode), max_size=4), st.data()
)
def test_the_pieces_together_are_what_one_replacement_gives(text, secrets, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    ordered = sorted(set(secrets), key=len, reverse=True)
    whole = re.sub(b"|".join(ordered), b"***", text) if ordered else text

    assert b"".join(masked(pieces, *secrets)) == whole


def test_places_are_told_from_the_left_and_do_not_overlap():
    assert list(spans(b"aabbaab", [b"aab", b"aa", b"ba"])) == [(0, 3), (3, 5)]
    assert list(spans(b"aab", [])) == []
