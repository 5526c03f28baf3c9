"""Neither front end asks anybody but its own server: both work without a network."""

import pytest
from browser_books import EVERY_STATUS, write_book
from run_view_page import RunView

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("front_end", ["lab", "notebook7"])
def test_a_page_with_a_view_asks_only_its_server(front_end, request, windows):
    shown = request.getfixturevalue(front_end)
    folder = request.getfixturevalue(f"{front_end}_folder")
    window = windows()
    opened = shown.open(window.page, write_book(folder, EVERY_STATUS))
    opened.run_all()
    RunView(window.page).wait_for("Running")

    assert len(window.asked) > 10
    assert [url for url in window.asked if "127.0.0.1" not in url and ":" in url[:6]] == []
    assert window.foreign == []
