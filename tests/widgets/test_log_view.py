"""The log view as a widget, and its place in the view of a run."""

import json
import threading
from dataclasses import replace

import pytest
from ipywidgets import HTML
from log_support import append, numbered
from support import wait_until
from widgets_support import (
    FileSource,
    ScriptedSource,
    control,
    controls,
    make_run,
    make_step,
    make_story,
)

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets import _log_panel, run_details
from synapse_magics.widgets._log_panel import ADVICE
from synapse_magics.widgets._log_place import LogPlace
from synapse_magics.widgets.render_log import clip_log
from synapse_magics.widgets.run_details import RunDetails

anywidget = pytest.importorskip("anywidget", reason="the extra live is not installed")

from synapse_magics.widgets.log_view import LogView  # noqa: E402 - it needs anywidget

INJECTION = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("SYNAPSE_MAGICS_WIDGETS", raising=False)
    monkeypatch.setattr(run_details, "show_output", lambda *_: None)
    monkeypatch.setattr(run_details, "update_output", lambda *_: None)
    monkeypatch.setattr(run_details, "in_kernel", lambda: True)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "id-train-stdout"


@pytest.fixture
def sent(monkeypatch):
    """Record the answers that views send."""
    found = []
    monkeypatch.setattr(LogView, "send", lambda _, content, *__: found.append(content))
    return found


def log_view(view):
    return control(view, LogView)


def running(tmp_path):
    return RunDetails(FileSource(make_story()[1:2], tmp_path))


def texts(view):
    return [row[4] for row in view.tail["rows"]]


def our_threads():
    return [one.name for one in threading.enumerate() if one.name.startswith("synapse-")]


def test_a_run_whose_logs_are_files_shows_them_whole(tmp_path, log):
    append(log, numbered(1000))

    view = log_view(running(tmp_path))

    assert (view.tail["title"], view.tail["count"]) == ("train", 1000)
    assert view.tail["paths"] == ["/runs/id-train/stdout", "/runs/id-train/stderr"]


def test_new_lines_come_while_the_run_is_followed(tmp_path, log):
    view = running(tmp_path)
    view.show()
    try:
        append(log, "epoch 1\n")
        wait_until(lambda: "epoch 1" in texts(log_view(view)), what="the line")
    finally:
        view.close()

    assert our_threads() == []


def test_nothing_is_left_running_when_the_run_has_ended(tmp_path, log):
    append(log, numbered(50_000))
    view = RunDetails(FileSource(make_story()[1:], tmp_path))

    assert view.follow().status is RunStatus.COMPLETED
    wait_until(lambda: not our_threads(), what="the end of all threads")

    assert log_view(view).tail["ended"] is True
    assert texts(log_view(view))[-1] == "line 49999"


def test_a_log_of_a_run_that_has_ended_is_read_to_its_end(tmp_path, log):
    append(log, numbered(200_000))
    run = make_run(make_step("train"), status=RunStatus.COMPLETED)

    view = log_view(RunDetails(FileSource([run], tmp_path)))

    wait_until(lambda: view.tail["looked"] == 1.0, what="the end of the log")
    wait_until(lambda: not our_threads(), what="the end of all threads")
    assert view.tail["count"] == 200_000


def test_the_browser_is_answered(tmp_path, log, sent):
    append(log, numbered(1000))
    view = log_view(running(tmp_path))
    page = {"view": 0, "log": view.tail["log"], "first": 10, "count": 5}

    view._handle_custom_msg({"kind": "page", **page}, [])
    wait_until(lambda: sent, what="the page")

    assert [row[4] for row in sent[0]["rows"]] == [f"line {number}" for number in range(10, 15)]


def test_what_the_budget_puts_off_comes_without_another_message(tmp_path, log, sent):
    append(log, numbered(1000))
    view = log_view(running(tmp_path))
    while view._feed._budget.take(0):
        pass
    page = {"view": 0, "log": view.tail["log"], "first": 10, "count": 5}

    view._handle_custom_msg({"kind": "page", **page}, [])
    assert sent == []

    wait_until(lambda: sent, what="the page")
    wait_until(lambda: not our_threads(), what="the end of the worker")


def test_the_static_twin_shows_the_stream_that_was_picked_in_the_list(tmp_path, log, sent):
    append(tmp_path / "id-train-stderr", "24/05/01 WARN here\n")
    view = running(tmp_path)

    choice = {"kind": "view", "view": 5, "stream": "stderr", "level": 0, "collapse": True}
    log_view(view)._handle_custom_msg(choice, [])

    assert "WARN here" in view._repr_mimebundle_()["text/html"]


def test_of_both_streams_the_static_twin_shows_both(tmp_path, log, sent):
    append(log, "printed")
    append(tmp_path / "id-train-stderr", "logged\n")
    view = running(tmp_path)

    choice = {"kind": "view", "view": 5, "stream": "stderr", "level": 0, "collapse": True}
    log_view(view)._handle_custom_msg(choice, [])
    log_view(view)._handle_custom_msg({**choice, "stream": "all"}, [])

    page = view._repr_mimebundle_()["text/html"]
    assert page.index("printed\n") < page.index("logged")


def test_the_log_follows_the_step_that_is_shown(tmp_path, log):
    append(tmp_path / "id-prep-stdout", "prepared\n")
    append(log, "trained\n")
    view = RunDetails(FileSource(make_story()[:2], tmp_path))
    assert texts(log_view(view)) == ["prepared"]

    view.refresh()
    wait_until(lambda: log_view(view).turn() or texts(log_view(view)) == ["trained"])


def test_a_log_goes_to_the_browser_as_text_only(tmp_path, log):
    append(log, INJECTION + "\n")
    view = running(tmp_path)

    assert texts(log_view(view)) == [INJECTION]
    assert "<script" not in view._repr_mimebundle_()["text/html"]
    assert "<img" not in view._repr_mimebundle_()["text/html"]


def test_the_module_makes_no_markup_and_asks_no_network():
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in LogView._esm
    assert "http" not in LogView._esm
    assert "http" not in LogView._css
    assert "url(" not in LogView._css


def test_a_source_without_files_keeps_the_tail():
    logs = {("id-train", "stdout"): "714 rows trained"}
    view = RunDetails(ScriptedSource(make_story()[1:2], logs))

    assert not [child for child in controls(view) if isinstance(child, LogView)]
    assert any(
        "714 rows trained" in child.value for child in controls(view) if isinstance(child, HTML)
    )


def test_without_anywidget_the_tail_says_what_to_install(tmp_path, log, monkeypatch):
    append(log, "714 rows trained\n")
    monkeypatch.setattr(_log_panel, "find_spec", lambda _: None)

    view = running(tmp_path)

    page = "".join(child.value for child in controls(view) if isinstance(child, HTML))
    assert "714 rows trained" in page
    assert page.count(ADVICE.replace("'", "&#x27;")) == 1
    assert "synapse-magics[live]" in page


def test_a_server_that_has_no_anywidget_can_have_the_tail(tmp_path, log, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_LOG_VIEW", "0")
    append(log, "714 rows trained\n")

    view = running(tmp_path)

    page = "".join(child.value for child in controls(view) if isinstance(child, HTML))
    assert "714 rows trained" in page
    assert "pip install" not in page


def test_without_widgets_no_list_is_made(tmp_path, log, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", "0")
    append(log, "714 rows trained\n")

    view = running(tmp_path)

    assert view.children == ()
    assert "714 rows trained" in view._repr_mimebundle_()["text/html"]


def test_the_tail_stays_within_the_budget_and_its_last_state_is_shown():
    step = make_step("train", status=RunStatus.RUNNING)
    states = [make_run(replace(step, attempt=number)) for number in range(50)]
    source = ScriptedSource([*states, make_run(make_step("train"), status=RunStatus.COMPLETED)])
    view = RunDetails(source)
    values = []
    tail = view._panels.log.widget
    tail.observe(lambda change: values.append(change["new"]), "value")

    for number in range(50):
        source.logs = {("id-train", "stdout"): f"{number} {'x' * 48_000}"}
        view.refresh()

    assert len(values) <= 3
    assert values[-1].count("49 xxx") == 1


def test_a_tail_that_grows_as_html_is_shortened_until_it_can_be_sent():
    line = json.dumps({f"key {number}": "<value>" for number in range(12)})
    text = "".join(f"{number} {line}\n" for number in range(300))
    source = ScriptedSource(make_story()[1:2], {("id-train", "stdout"): clip_log(text)})

    tail = RunDetails(source)._panels.log.widget

    assert "299 {&quot;key" in tail.value
    assert 20_000 < len(tail.value.encode()) <= 50_000


def test_a_view_shows_the_log_that_it_is_given(tmp_path):
    path = tmp_path / "stdout"
    append(path, "one\n")
    view = LogView()

    view.show_log(LogPlace("key", "train", (path, tmp_path / "stderr"), ("o", "e")), ended=True)

    assert texts(view) == ["one"]
