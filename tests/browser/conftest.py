"""One browser, one server for each front end, and a page that sees nobody else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

import pytest
from browser_path import NONE_FOUND, find_browser
from browser_server import Server, end_agent
from front_ends import FrontEnd, take_picture
from page_scripts import Traffic

# No name and no other address leads anywhere.
_ONLY_LOOPBACK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="session")
def browser():
    """Start Chromium; without one, or without Playwright, the tests are skipped."""
    path = find_browser()
    if path is None:
        pytest.skip(NONE_FOUND)
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra browser is needed")
    with playwright.sync_playwright() as driver:
        options = [_ONLY_LOOPBACK, "--no-proxy-server"]
        options += ["--no-sandbox"] if os.geteuid() == 0 else []
        running = driver.chromium.launch(executable_path=path, args=options)
        yield running
        running.close()


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """Start JupyterLab."""
    pytest.importorskip("jupyterlab", reason="the extra browser is needed")
    options = ("--LabApp.extension_manager=readonly", "--LabApp.expose_app_in_browser=True")
    server = Server("jupyterlab", tmp_path_factory.mktemp("lab"), *options)
    yield FrontEnd(server, "/lab/tree/{path}?reset&")
    server.end()


@pytest.fixture(scope="session")
def notebook7(browser, tmp_path_factory):
    """Start Notebook 7."""
    pytest.importorskip("notebook", reason="the extra browser is needed")
    options = (
        "--LabApp.extension_manager=readonly",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    )
    server = Server("notebook", tmp_path_factory.mktemp("notebook"), *options)
    yield FrontEnd(server, "/notebooks/{path}?")
    server.end()


@dataclass
class Window:
    """A page that may ask loopback only, and what it asked for and received."""

    page: object
    traffic: Traffic
    asked: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


_LOOPBACK = re.compile(r"^(https?|wss?)://127\.0\.0\.1(:\d+)?/|^(data|blob|about|file):")


_OPENED = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Keep a picture of what was there when a test failed."""
    report = yield
    if report.failed and report.when != "teardown":
        for place, window in enumerate(_OPENED):
            if not window.page.is_closed():
                take_picture(window.page, f"failed-{item.name}-{place}")
    return report


@pytest.fixture(scope="module")
def module_windows(browser):
    """Open windows that last as long as the module's tests."""
    yield from _windows(browser)


@pytest.fixture
def windows(browser):
    """Open windows; each fails the test if it asked for anything but the server."""
    yield from _windows(browser)


def _windows(browser):
    before = len(_OPENED)

    def open_window(*, height=1400):
        context = browser.new_context(viewport={"width": 1300, "height": height})
        page = context.new_page()
        page.set_default_timeout(30_000)
        window = Window(page, Traffic())
        window.traffic.listen(page)

        def note(url):
            window.asked.append(url)
            if not _LOOPBACK.match(url):
                window.foreign.append(url)

        page.on("request", lambda request: note(request.url))
        page.on("websocket", lambda socket: note(socket.url))
        _OPENED.append(window)
        return window

    yield open_window
    opened = _OPENED[before:]
    del _OPENED[before:]
    for window in opened:
        window.page.context.close()
    assert [window.foreign for window in opened if window.foreign] == []


@pytest.fixture
def page(windows):
    """Open one page."""
    return windows().page


@pytest.fixture
def lab_folder(lab, request):
    """Give a folder in JupyterLab's root; nothing may be left running there."""
    yield from _folder(lab, request.node.name)


@pytest.fixture
def notebook7_folder(notebook7, request):
    """Give a folder in Notebook 7's root; nothing may be left running there."""
    yield from _folder(notebook7, request.node.name)


@pytest.fixture(scope="module")
def module_lab_folder(lab, request):
    """Give a folder in JupyterLab's root that lasts as long as the module's tests."""
    yield from _folder(lab, request.node.path.stem)


def _folder(front_end, name):
    folder = front_end.server.root / re.sub(r"\W+", "-", name)
    folder.mkdir()
    yield folder
    try:
        front_end.server.end_kernels()
    finally:
        end_agent(folder)
