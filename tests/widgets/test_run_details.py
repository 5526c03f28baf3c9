"""The live view of a run."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ipywidgets import HTML, Button, Dropdown, Widget
from widgets_support import (
    ScriptedSource,
    choice,
    control,
    controls,
    make_failed_run,
    make_run,
    make_step,
    make_story,
)

from synapse_magics import Pipeline
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.output_preview import Preview
from synapse_magics.core.step_source import SourceFile
from synapse_magics.pipeline.command_step import CommandStep
from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets import run_details
from synapse_magics.widgets.run_details import RunDetails
from synapse_magics.widgets.run_source import BOTH, STREAMS
from synapse_magics.widgets.step_tabs import TABS

MIME = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(run_details, "_FASTEST", 0.001)
    monkeypatch.setattr(run_details, "_SLOWEST", 0.002)
    monkeypatch.delenv("SYNAPSE_MAGICS_WIDGETS", raising=False)


@pytest.fixture
def outputs(monkeypatch):
    """Record what is displayed, as a kernel would send it."""
    seen = SimpleNamespace(shown=[], updated=[], update=threading.Event())

    def show(view, display_id):
        seen.shown.append((display_id, view._repr_mimebundle_()))

    def update(view, display_id):
        seen.updated.append((display_id, view._repr_mimebundle_()))
        seen.update.set()

    monkeypatch.setattr(run_details, "show_output", show)
    monkeypatch.setattr(run_details, "update_output", update)
    monkeypatch.setattr(run_details, "in_kernel", lambda: True)
    return seen


def stream_of(view):
    return choice(view, (*STREAMS, BOTH))


def tab_of(view):
    return choice(view, tuple(TABS))


def shown(view):
    """Return the HTML that can be seen, without what is in a tab that is not open."""
    found, todo = "", [view]
    while todo:
        one = todo.pop(0)
        if one.layout.display != "none":
            found += one.value if isinstance(one, HTML) else ""
            todo = [*getattr(one, "children", ()), *todo]
    return found


def command_step(name):
    """Make a step that starts nothing but Python."""
    return CommandStep("python --version", name, "cpucluster")


def html_of(view):
    return "".join(one.value for one in controls(view) if hasattr(one, "placeholder"))


def test_a_view_shows_header_graph_steps_and_log():
    logs = {("id-prep", "stdout"): "891 rows read"}
    view = RunDetails(ScriptedSource(make_story(), logs))

    page = html_of(view)

    for part in ("sr-header", "<svg", "sr-steps", "891 rows read", "/runs/id-prep/stdout"):
        assert part in page


def test_a_failed_step_is_shown_with_its_error_and_stderr():
    view = RunDetails(ScriptedSource([make_failed_run()], {("id-train", "stderr"): "Killed"}))

    assert control(view, Dropdown).value == "id-train"
    assert stream_of(view).value == "stderr"
    assert "sr-error" in html_of(view)
    assert "Killed" in html_of(view)


def test_a_refresh_that_brings_nothing_new_changes_nothing():
    view = RunDetails(ScriptedSource(make_story()[:1]))
    changes = []
    for one in controls(view):
        one.observe(changes.append)

    assert view.refresh() is False
    assert changes == []


def test_a_refresh_changes_only_what_is_new():
    first, second = make_story()[1:3]
    view = RunDetails(ScriptedSource([first, second]))
    changes = []
    for one in controls(view):
        one.observe(changes.append)

    view.refresh()

    # A second has passed: the elapsed time of the run and of its running step. The table says
    # since when that runs, so that it stays as it is.
    assert [change["name"] for change in changes] == ["value"]
    assert "sr-header" in changes[0]["new"]
    assert "Running: train 1 m 15 s" in changes[0]["new"]
    assert "since " in shown(view)


def test_a_refresh_tells_when_the_run_has_ended():
    view = RunDetails(ScriptedSource(make_story()[-2:]))

    assert view.refresh() is True


def test_the_selected_step_follows_the_run():
    view = RunDetails(ScriptedSource(make_story()))
    first = control(view, Dropdown).value

    view.refresh()

    assert (first, control(view, Dropdown).value) == ("id-prep", "id-train")


def test_the_step_that_a_person_picked_stays_selected():
    logs = {("id-train", "stdout"): "log of train", ("id-prep", "stdout"): "log of prep"}
    view = RunDetails(ScriptedSource(make_story(), logs))

    control(view, Dropdown).value = "id-train"
    assert "log of train" in html_of(view)
    control(view, Dropdown).value = "id-prep"
    view.refresh()

    assert control(view, Dropdown).value == "id-prep"
    assert "log of prep" in html_of(view)


def test_the_stream_that_a_person_picked_stays_selected():
    view = RunDetails(ScriptedSource(make_story(), {("id-train", "stderr"): "a warning"}))

    stream_of(view).value = "stderr"
    view.refresh()

    assert "a warning" in html_of(view)


def test_names_logs_and_reasons_are_escaped_in_every_control():
    wicked = "<script>alert(1)</script>"
    run = make_run(make_step(wicked, reason=wicked), experiment=wicked, reason=wicked)
    view = RunDetails(ScriptedSource([run], {(f"id-{wicked}", "stdout"): wicked}))

    assert "<script" not in html_of(view)


def test_a_tab_shows_the_picked_step_in_place_of_its_log():
    logs = {("id-prep", "stdout"): "891 rows read"}
    view = RunDetails(ScriptedSource([make_story()[-1]], logs))

    tab_of(view).value = "Metrics"
    control(view, Dropdown).value = "id-train"

    assert '<p class="sr-value">714</p>' in shown(view)
    assert "891 rows read" not in shown(view)


def test_the_tab_that_a_person_picked_stays_open():
    view = RunDetails(ScriptedSource(make_story()))

    tab_of(view).value = "Timeline"
    view.refresh()

    assert tab_of(view).value == "Timeline"
    assert "sr-timeline" in shown(view)


def test_the_code_is_read_when_somebody_looks_at_it_and_once():
    source = ScriptedSource(
        make_story()[-2:], code={"id-train": (SourceFile("train.py", "fit(1)"),)}
    )
    view = RunDetails(source)
    assert source.asked == []

    for tab in ("Code", "Log", "Code"):
        tab_of(view).value = tab

    assert source.asked == [("code", "id-train")]
    assert "train.py" in shown(view)


def test_the_first_rows_of_an_output_are_read_when_its_step_has_completed():
    running = make_step("prep", status=RunStatus.RUNNING, outputs=("prepared",))
    done = make_step("prep", outputs=("prepared",))
    rows = Preview("prepared: 1 row", ("Age",), ("int64",), (("22",),))
    source = ScriptedSource([make_run(running), make_run(done)], previews={"id-prep": (rows,)})
    view = RunDetails(source)

    tab_of(view).value = "Output"
    assert source.asked == []
    assert "Shown when the step has completed: prepared." in shown(view)
    view.refresh()
    view.refresh()

    assert source.asked == [("previews", "id-prep")]
    assert "<td>22</td>" in shown(view)


def test_what_cannot_be_read_is_left_out():
    source = ScriptedSource([make_story()[-1]])
    source.code = lambda _: 1 / 0
    view = RunDetails(source)

    tab_of(view).value = "Code"

    assert "There is no code to show" in shown(view)


def test_a_failed_step_opens_with_the_users_own_line_above_the_folded_traceback():
    code = (
        "# %%python_step train\nimport pandas as pd\ndf = pd.read_parquet(prepared)\nmodel.fit(df)"
    )
    files = {"id-train": (SourceFile("train.py", code),)}
    page = shown(RunDetails(ScriptedSource([make_failed_run()], code=files)))

    own, trace = page.index("&gt;4 "), page.index("<summary>Traceback")
    assert page.index("sr-error") < own < trace
    assert page.index("sr-error") < page.index("<svg")


def test_the_error_is_that_of_the_step_that_a_person_picked():
    second = make_step("other", status=RunStatus.FAILED, error={"message": "no memory"})
    run = make_failed_run()
    view = RunDetails(ScriptedSource([make_run(*run.steps, second, status=RunStatus.FAILED)]))

    control(view, Dropdown).value = "id-other"
    assert "Step other failed" in shown(view)
    control(view, Dropdown).value = "id-prep"
    assert "Step train failed" in shown(view)


def test_the_timeline_of_a_running_step_is_not_drawn_again_within_a_second():
    first, second = make_story()[1:3]
    view = RunDetails(ScriptedSource([first, replace(second, taken=first.taken + 0.4)]))
    tab_of(view).value = "Timeline"
    changes = []
    for one in controls(view):
        one.observe(changes.append)

    view.refresh()

    assert changes == []


def test_the_panels_of_a_large_run_are_not_sent_at_every_change():
    steps = [make_step(f"s{n}", status=RunStatus.RUNNING) for n in range(200)]
    story = []
    for n in range(20):
        steps[n] = make_step(f"s{n}")
        story.append(make_run(*steps))
    view = RunDetails(ScriptedSource([*story, make_run(*steps, status=RunStatus.COMPLETED)]))
    sent = []
    for one in controls(view):
        one.observe(lambda change: sent.append(str(change["new"])), "value")

    while not view.refresh():
        pass

    assert sum("<svg" in page for page in sent) == 1
    assert html_of(view).count(">Completed</text>") == 20


def test_a_long_log_is_cut():
    logs = {("id-prep", "stdout"): "x" * 1_000_000}
    view = RunDetails(ScriptedSource(make_story(), logs))

    assert len(html_of(view)) < 100_000


def test_the_cancel_button_cancels():
    source = ScriptedSource(make_story()[:1])
    view = RunDetails(source)

    control(view, Button).click()

    assert source.canceled == 1


def test_a_cancel_that_fails_says_so():
    source = ScriptedSource(make_story()[:1])
    source.cancel = lambda: 1 / 0
    view = RunDetails(source)

    control(view, Button).click()

    assert "It could not be canceled: ZeroDivisionError" in html_of(view)


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.CANCEL_REQUESTED])
def test_the_cancel_button_is_off_when_there_is_nothing_to_cancel(status):
    view = RunDetails(ScriptedSource([make_run(make_step("prep"), status=status)]))

    assert control(view, Button).disabled


def test_a_view_can_do_without_a_cancel_button():
    view = RunDetails(ScriptedSource(make_story()), cancel_button=False)

    assert not [one for one in controls(view) if isinstance(one, Button)]


def test_the_output_holds_the_view_as_html_and_text():
    bundle = RunDetails(ScriptedSource(make_story()))._repr_mimebundle_()

    assert MIME in bundle
    assert '<div class="synapse-run' in bundle["text/html"]
    assert bundle["text/plain"].startswith("titanic, run 12")


def test_follow_returns_the_final_state(outputs):
    assert RunDetails(ScriptedSource(make_story())).follow().status is RunStatus.COMPLETED


def test_follow_displays_once_and_updates_once_more_at_the_end(outputs):
    RunDetails(ScriptedSource(make_story())).follow()

    [(shown, first)], [(updated, last)] = outputs.shown, outputs.updated
    assert shown == updated
    assert "Running" in first["text/plain"]
    assert "Completed" in last["text/html"]
    assert "rows = 714" in last["text/plain"]


def test_a_run_that_has_ended_is_displayed_once_and_never_updated(outputs):
    view = RunDetails(ScriptedSource([make_failed_run()]))

    view.follow()
    view.show()
    view.refresh()

    assert (len(outputs.shown), len(outputs.updated)) == (1, 0)


def test_follow_tells_of_new_statuses_and_of_nothing_else(outputs):
    told = []

    RunDetails(ScriptedSource(make_story())).follow(on_change=told.append)

    assert [[str(step.status) for step in state.steps] for state in told] == [
        ["Completed", "Running"],
        ["Completed", "Completed"],
    ]


def test_follow_stops_waiting_when_it_is_told_to(outputs):
    view = RunDetails(ScriptedSource(make_story()[:1]))

    assert view.follow(until=time.time()).status is RunStatus.RUNNING
    assert outputs.updated == []


def test_an_interrupt_reaches_the_caller_after_a_last_refresh(outputs):
    story = make_story()
    view = RunDetails(ScriptedSource([story[0], KeyboardInterrupt(), story[1]]))

    with pytest.raises(KeyboardInterrupt):
        view.follow()

    assert "Completed" in outputs.updated[-1][1]["text/plain"]


def test_an_error_of_the_source_reaches_who_follows(outputs):
    view = RunDetails(ScriptedSource([make_story()[0], OSError("disk full")]))

    with pytest.raises(OSError, match="disk full"):
        view.follow()


def test_show_follows_in_the_background_to_the_end(outputs):
    view = RunDetails(ScriptedSource(make_story()))

    view.show()
    thread = view._thread

    assert outputs.update.wait(10)
    thread.join(10)
    assert not thread.is_alive()
    assert len(outputs.updated) == 1
    assert "Completed" in html_of(view)


def test_showing_twice_displays_once_in_one_thread(outputs):
    view = RunDetails(ScriptedSource(make_story()[:1]))

    view.show()
    thread = view._thread
    view.show()

    assert view._thread is thread
    assert thread.daemon
    assert len(outputs.shown) == 1
    view.close()


def test_close_stops_the_thread(outputs):
    view = RunDetails(ScriptedSource(make_story()[:1]))
    view.show()
    thread = view._thread

    view.close()

    assert not thread.is_alive()
    assert outputs.updated == []


def test_a_source_that_fails_stops_the_thread_and_says_so_in_the_header(outputs):
    view = RunDetails(ScriptedSource([make_story()[0], OSError("<b>disk</b> full")]))

    view.show()
    thread = view._thread

    assert outputs.update.wait(10)
    thread.join(10)
    assert not thread.is_alive()
    assert "This view has stopped: OSError: &lt;b&gt;disk&lt;/b&gt; full" in html_of(view)


def test_a_source_that_fails_at_once_makes_no_view():
    with pytest.raises(OSError, match="no store"):
        RunDetails(ScriptedSource([OSError("no store")]))


def test_without_widgets_there_is_only_the_static_view(monkeypatch, outputs):
    monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", "0")
    made = []
    monkeypatch.setattr(Widget, "open", made.append)

    RunDetails(ScriptedSource(make_story())).follow()

    assert made == []
    assert outputs.shown[0][1].keys() == {"text/html", "text/plain"}


def test_without_widgets_each_new_status_updates_the_static_view(monkeypatch, outputs):
    monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", "0")

    RunDetails(ScriptedSource(make_story())).follow()

    texts = [bundle["text/plain"] for _, bundle in outputs.updated]
    assert ["Running" in text for text in texts] == [True, False]


def test_outside_a_notebook_the_text_is_shown(capsys):
    RunDetails(ScriptedSource(make_story())).show()

    assert capsys.readouterr().out.startswith("titanic, run 12 (7f3a91c2): Running")


def test_outside_a_notebook_following_shows_the_text_at_both_ends(capsys):
    RunDetails(ScriptedSource(make_story())).follow()

    assert capsys.readouterr().out.count("titanic, run 12") == 2


def test_outside_a_notebook_no_thread_is_started(capsys):
    view = RunDetails(ScriptedSource(make_story()))

    view.show()

    assert view._thread is None


def test_the_run_is_given_by_the_name_of_the_sdk():
    view = RunDetails(run_instance=ScriptedSource(make_story()))

    assert "titanic" in str(view)


def test_a_function_that_displays_html_is_given_the_run_as_it_is_now(outputs):
    pages = []
    view = RunDetails(ScriptedSource(make_story()[-2:]))

    view.show(pages.append, {"debug": True, "send_telemetry": False})

    assert "Completed" in pages[0]
    assert (len(pages), outputs.shown) == (1, [])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"render_lib": "displayHTML"}, "render_lib is a function"),
        ({"widget_settings": {"childWidgetDisplay": "popup"}}, "childWidgetDisplay is no setting"),
    ],
)
def test_show_refuses_what_it_cannot_do(outputs, given, words):
    view = RunDetails(ScriptedSource(make_story()))

    with pytest.raises(NotSupportedError, match=words):
        view.show(**given)
    assert outputs.shown == []


def test_the_data_of_a_view_are_the_run_as_it_is_now():
    logs = {("id-train", "stdout"): "714 rows trained"}
    view = RunDetails(ScriptedSource(make_story()[:2], logs))

    found = view.get_widget_data()

    assert [step["status"] for step in found["child_runs"]] == ["Completed", "Running"]
    assert found["run_logs"]["text"] == "714 rows trained"


def test_the_data_of_a_view_take_no_other_settings():
    with pytest.raises(NotSupportedError, match="colour is no setting"):
        RunDetails(ScriptedSource(make_story())).get_widget_data({"colour": "red"})


def test_the_view_of_a_step_run_shows_that_step_alone(workspace, pool):
    first, second = command_step("first"), command_step("second")
    second.run_after(first)
    run = Pipeline(workspace, [second]).submit("two")
    run.wait_for_completion(show_output=False)
    (shown,) = run.find_step_run("second")

    text = str(RunDetails(shown))

    assert text.startswith(f"two · second, run 1 ({short_id(shown.id)}): Completed")
    assert "first" not in text
    assert "first" in str(RunDetails(run))


def test_a_view_that_cannot_be_drawn_is_no_reason_for_a_cell_to_fail(outputs, monkeypatch):
    def fail(*_):
        raise ValueError("an odd run")

    monkeypatch.setattr("synapse_magics.widgets._panels.render_header", fail)
    monkeypatch.setattr("synapse_magics.widgets.render_run.render_header", fail)

    view = RunDetails(ScriptedSource(make_story()))
    assert view.follow().status is RunStatus.COMPLETED

    assert "cannot be drawn: ValueError: an odd run" in html_of(view)
    assert "cannot be drawn" in outputs.updated[-1][1]["text/html"]


def test_at_the_end_of_a_cell_a_view_is_as_live_as_after_show(outputs):
    view = RunDetails(ScriptedSource(make_story()))

    view._ipython_display_()

    assert outputs.update.wait(5)
    view._thread and view._thread.join(5)
    assert "Completed" in outputs.updated[-1][1]["text/html"]
