"""Ages and sizes as people type them."""

import pytest

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.quantities import parse_age, parse_size, render_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m", 120), ("1.5h", 5400), ("30d", 30 * 86400), (" 2 W ", 14 * 86400)],
)
def test_an_age_is_a_number_and_a_unit(text, seconds):
    assert parse_age(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "30 years", "1d2h"])
def test_what_is_no_age(text):
    with pytest.raises(UserErrorException, match="is not an age") as caught:
        parse_age(text)
    assert "30d" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("0", 0), ("512", 512), ("512B", 512), ("500MB", 500_000_000), ("1.5g", 1_500_000_000)),
        *(("2KiB", 2048), ("1 TiB", 2**40), ("10 gb", 10**10)),
    ],
)
def test_a_size_is_a_number_and_a_unit(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1iB", "ten MB", "1GBit"])
def test_what_is_no_size(text):
    with pytest.raises(UserErrorException, match="is not a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        *((0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (123_456, "123 kB")),
        *((5_600_000, "5.6 MB"), (10**10, "10.0 GB"), (3 * 10**12, "3.0 TB")),
    ],
)
def test_a_size_is_said_in_its_unit(size, text):
    assert render_size(size) == text
