"""The studio as a widget: walked through by its buttons, kept up to date, left behind clean."""

import threading
from unittest.mock import Mock

import pytest
from ipywidgets import HTML, Button, Widget
from studio_support import SCRIPT, add_runs, end_run, set_status
from support import make_step, submit, wait_until

from synapse_magics.agent import client
from synapse_magics.core.run import Run
from synapse_magics.store.database import StoreError
from synapse_magics.widgets import studio as studio_module
from synapse_magics.widgets import studio_pages
from synapse_magics.widgets.run_details import RunDetails
from synapse_magics.widgets.run_source import StoredRun
from synapse_magics.widgets.studio import Studio
from synapse_magics.widgets.studio_model import Place, Section

MIME = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def _widgets(monkeypatch):
    monkeypatch.delenv("SYNAPSE_MAGICS_WIDGETS", raising=False)
    monkeypatch.setattr(studio_module, "_EVERY", 0.01)


@pytest.fixture
def opened(workspace):
    """Open studios; they are closed at the end."""
    made = []

    def opened(place=None):
        made.append(Studio(workspace, place))
        return made[-1]

    yield opened
    for studio in made:
        studio.close()
    assert following() == []


@pytest.fixture
def displayed(opened, monkeypatch):
    """Open studios as a notebook does that displays them."""
    monkeypatch.setattr(studio_module, "in_kernel", lambda: True)

    def displayed(place=None):
        studio = opened(place)
        studio._repr_mimebundle_()
        return studio

    return displayed


def following():
    return [one for one in threading.enumerate() if one.name == "synapse-studio"]


def all_of(widget, kind):
    found = [widget] if isinstance(widget, kind) else []
    for child in getattr(widget, "children", ()):
        found += all_of(child, kind)
    return found


def press(studio, text):
    """Click the first button of that text that can be clicked."""
    buttons = all_of(studio, Button)
    next(one for one in buttons if one.description == text and not one.disabled).click()


def html_of(studio):
    return "\n".join(one.value for one in all_of(studio, HTML))


def test_it_begins_with_the_newest_runs(opened, workspace):
    add_runs(workspace.store, 2)
    studio = opened()
    assert studio.place == Place()
    assert [row.name for row in studio.page.listings[0].rows] == ["00000002", "00000001"]
    assert "titanic" in html_of(studio)


@pytest.mark.parametrize("section", list(Section))
def test_the_buttons_at_the_side_lead_to_the_sections(opened, section):
    studio = opened()
    press(studio, section.heading)
    assert studio.place == Place(section)


def test_from_experiments_to_a_step_and_back(opened, workspace):
    ids = add_runs(workspace.store, 2)
    studio = opened()
    press(studio, "Experiments")
    press(studio, "titanic")
    press(studio, "00000002")
    assert studio.place == Place(Section.RUNS, ids[1])
    assert all_of(studio, RunDetails)
    press(studio, "step1")
    assert studio.page.title == "step1"
    assert not all_of(studio, RunDetails)
    press(studio, "titanic · run 2")
    assert studio.place == Place(Section.RUNS, ids[1])
    for _ in range(5):
        press(studio, "Back")
    assert studio.place == Place()
    back = next(one for one in all_of(studio, Button) if one.description == "Back")
    assert back.disabled


def test_the_workspace_in_the_path_leads_to_the_beginning(opened):
    studio = opened(Place(Section.POOLS))
    press(studio, "test-ws")
    assert studio.place == Place()


def test_more_shows_more_and_the_next_page_begins_small_again(opened, workspace):
    add_runs(workspace.store, 120)
    studio = opened()
    press(studio, "More")
    assert len(studio.page.listings[0].rows) == 100
    press(studio, "More")
    assert len(studio.page.listings[0].rows) == 120
    assert "More" not in [one.description for one in all_of(studio, Button)]
    press(studio, "Experiments")
    press(studio, "titanic")
    assert len(studio.page.listings[0].rows) == 50


def test_refresh_finds_what_is_new(opened, workspace):
    studio = opened()
    submit(workspace.store, make_step("one"))
    press(studio, "Refresh")
    assert len(studio.page.listings[0].rows) == 1


@pytest.mark.parametrize("error", [StoreError("the disk is full"), ValueError("the disk is full")])
def test_a_page_that_cannot_be_read_says_why(opened, monkeypatch, error):
    studio = opened()
    monkeypatch.setattr(studio_pages, "run_lines", Mock(side_effect=error))
    press(studio, "Refresh")
    assert "the disk is full" in studio.page.trouble
    assert "the disk is full" in html_of(studio)


def test_while_a_run_goes_on_it_keeps_up_and_then_it_stops(displayed, workspace):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = displayed()
    assert len(following()) == 1
    end_run(workspace.store, run_id)
    wait_until(lambda: not following())
    assert "Completed" in html_of(studio)


def test_where_nothing_goes_on_there_is_no_thread(displayed, workspace):
    add_runs(workspace.store, 1)
    displayed()
    assert following() == []


def test_walking_on_keeps_one_thread(displayed, workspace):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = displayed()
    for title in ("Experiments", "titanic", "00000001", "step0", "Back", "Pools", "Runs"):
        press(studio, title)
    assert len(following()) == 1
    set_status(workspace.store, run_id, "Completed")


def test_it_rests_while_no_output_shows_it(displayed, workspace):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = displayed()
    studio._view_count = 1  # as a front end says
    studio._view_count = 0  # the output was cleared, or the cell run again
    wait_until(lambda: not following())
    studio._view_count = 1
    assert len(following()) == 1
    set_status(workspace.store, run_id, "Completed")


def test_what_has_not_changed_is_not_sent(opened, workspace, monkeypatch):
    add_runs(workspace.store, 120)
    sent = []
    studio = opened()
    monkeypatch.setattr(Widget, "_send", lambda one, message, **_: sent.append((one, message)))
    studio.refresh()
    assert sent == []
    studio.go(Place(Section.EXPERIMENTS, "titanic"))
    assert 0 < len(sent) < 150


def test_a_line_of_the_log_does_not_wait_for_the_page(displayed, workspace, monkeypatch):
    pytest.importorskip("anywidget")
    monkeypatch.setattr(studio_module, "_EVERY", 60.0)
    [run_id] = add_runs(workspace.store, 1, status="Running", steps=1)
    studio = displayed()
    studio.go(Place(Section.RUNS, run_id))
    [view] = all_of(studio, RunDetails)
    folder = workspace.store.run_folder(view._log.step)
    folder.create()
    folder.stdout.write_text("a line is here\n")
    wait_until(lambda: "a line is here" in str(view._panels.log.widget.tail))
    set_status(workspace.store, run_id, "Completed")


def test_a_log_that_cannot_be_read_does_not_end_following(displayed, workspace, monkeypatch):
    [run_id] = add_runs(workspace.store, 1, status="Running", steps=1)
    displayed(Place(Section.RUNS, run_id))
    rest = Mock(side_effect=OSError("no such log"))
    monkeypatch.setattr(RunDetails, "rest", rest)
    wait_until(lambda: rest.call_count > 1)
    assert len(following()) == 1
    end_run(workspace.store, run_id)
    wait_until(lambda: not following())


@pytest.mark.parametrize("error", [StoreError("it is locked"), OSError("it is locked")])
def test_a_page_that_could_not_be_read_for_a_while_is_followed_again(
    displayed, workspace, monkeypatch, error
):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = displayed()
    with monkeypatch.context() as patch:
        patch.setattr(studio_pages, "run_lines", Mock(side_effect=error))
        wait_until(lambda: "it is locked" in html_of(studio))
        assert "titanic" in html_of(studio)  # what was read before is still there
    wait_until(lambda: "it is locked" not in html_of(studio))
    end_run(workspace.store, run_id)
    wait_until(lambda: not following())
    assert "Completed" in html_of(studio)


def test_the_view_of_a_run_stays_while_it_cannot_be_read(displayed, workspace, monkeypatch):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = displayed(Place(Section.RUNS, run_id))
    view = all_of(studio, RunDetails)
    locked = Mock(side_effect=StoreError("it is locked"))
    with monkeypatch.context() as patch:
        patch.setattr(studio_pages, "_step_rows", locked)
        wait_until(lambda: "it is locked" in html_of(studio))
        assert all_of(studio, RunDetails) == view
    set_status(workspace.store, run_id, "Completed")


def test_trouble_that_cannot_be_drawn_ends_following_in_silence(
    displayed, workspace, monkeypatch, capfd
):
    add_runs(workspace.store, 1, status="Running")
    studio = displayed()
    with monkeypatch.context() as patch:
        patch.setattr(studio._panels, "draw", Mock(side_effect=OSError("a closed channel")))
        wait_until(lambda: not following())
    assert studio._thread is None
    assert capfd.readouterr() == ("", "")
    studio.refresh()
    assert len(following()) == 1


def test_closing_ends_the_thread(displayed, workspace):
    add_runs(workspace.store, 1, status="Running")
    studio = displayed(Place(Section.RUNS, "00000001-0000-4000-8000-000000000000"))
    before = threading.active_count()
    studio.close()
    assert following() == []
    assert threading.active_count() == before - 1


def test_the_page_of_a_run_that_goes_on_starts_no_agent(displayed, workspace):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = displayed(Place(Section.RUNS, run_id))
    for _ in range(3):
        studio.refresh()
    assert client.running(workspace.store.folder) is None


def test_nobody_cancels_a_run_from_here(opened, workspace):
    [run_id] = add_runs(workspace.store, 1, status="Running")
    studio = opened(Place(Section.RUNS, run_id))
    assert "Cancel" not in [one.description for one in all_of(studio, Button)]


def test_the_views_of_runs_that_were_left_are_forgotten(opened, workspace):
    ids = add_runs(workspace.store, 3)
    studio = opened()
    for run_id in ids:  # every control of the pages themselves is there after one round
        studio.go(Place(Section.RUNS, run_id))
    studio.go(Place())
    before = len(_widgets_alive())
    for run_id in ids:
        studio.go(Place(Section.RUNS, run_id))
    studio.go(Place())
    assert len(_widgets_alive()) == before


@pytest.mark.parametrize("switch", ["1", "0"])
def test_a_studio_that_was_closed_leaves_no_widget(workspace, monkeypatch, switch):
    monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", switch)
    ids = add_runs(workspace.store, 60)
    before = _widgets_alive()
    studio = Studio(workspace)
    for place in (*map(Place, Section), Place(Section.RUNS, ids[0])):
        studio.go(place)
    studio._repr_mimebundle_()
    studio.close()
    assert _widgets_alive() - before == set()


def test_a_studio_that_was_closed_makes_no_widget(workspace):
    [run_id] = add_runs(workspace.store, 1)
    studio = Studio(workspace)
    studio.close()
    before = _widgets_alive()
    studio.go(Place(Section.RUNS, run_id))
    assert _widgets_alive() == before


def _widgets_alive():
    from ipywidgets.widgets import widget

    return {key for key, one in widget._instances.items() if isinstance(one, Widget)}


def test_names_from_data_are_escaped_in_every_control(opened, workspace):
    store = workspace.store
    run_id, [step] = submit(store, make_step(SCRIPT, compute=SCRIPT))
    store.records.set_tag(run_id, SCRIPT, SCRIPT)
    store.registry.add_version(
        "dataset",
        SCRIPT,
        {"saved_id": SCRIPT, "type": SCRIPT, "description": SCRIPT, "tags": {SCRIPT: SCRIPT}},
    )
    studio = opened()
    for place in (
        *map(Place, Section),
        Place(Section.RUNS, run_id),
        Place(Section.RUNS, run_id, step),
        Place(Section.DATASETS, SCRIPT),
    ):
        studio.go(place)
        assert "<script" not in html_of(studio).replace("<style", "")
        page = studio._repr_mimebundle_()["text/html"]
        assert "<script" not in page


def test_a_saved_notebook_shows_an_overview(opened, workspace):
    add_runs(workspace.store, 1)
    bundle = opened()._repr_mimebundle_()
    assert MIME in bundle
    for section in Section:
        assert section.heading in bundle["text/html"]
        assert section.heading in bundle["text/plain"]
    assert "00000001" in bundle["text/html"]


def test_a_studio_that_began_with_a_run_is_saved_with_its_view(opened, workspace):
    [run_id] = add_runs(workspace.store, 1)
    bundle = opened(Place(Section.RUNS, run_id))._repr_mimebundle_()
    assert "step1" in bundle["text/html"]
    assert "step1" in bundle["text/plain"]


def test_what_is_saved_of_a_run_is_read_once_and_makes_no_widget(opened, workspace, monkeypatch):
    [run_id] = add_runs(workspace.store, 1)
    studio = opened(Place(Section.RUNS, run_id))
    before = _widgets_alive()
    read = Mock(wraps=StoredRun(Run.get(workspace, run_id), revive=False).state)
    monkeypatch.setattr(StoredRun, "state", read)
    made = Mock(side_effect=AssertionError("a view was made"))
    monkeypatch.setattr(studio_module, "RunDetails", made)
    studio._static_bundle()
    assert read.call_count == 1
    assert _widgets_alive() == before


def test_without_widgets_there_is_only_the_overview(opened, workspace, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", "0")
    add_runs(workspace.store, 1)
    studio = opened()
    assert studio._repr_mimebundle_().keys() == {"text/html", "text/plain"}
    assert "titanic" in str(studio)


@pytest.fixture
def shown(monkeypatch):
    """Record the outputs of a notebook that shows a studio."""
    found = []
    monkeypatch.setattr(studio_module, "in_kernel", lambda: True)
    monkeypatch.setattr(studio_module, "show_bundle", found.append)
    return found


def test_a_notebook_has_the_widget_and_beside_it_what_is_saved(opened, shown):
    opened()._ipython_display_()
    live, twin = shown
    assert live.keys() == {MIME}
    assert twin.keys() == {"text/html", "text/plain"}


def test_a_front_end_that_cannot_hide_one_of_two_outputs_gets_one(opened, shown, monkeypatch):
    monkeypatch.setenv("VSCODE_PID", "1")
    opened()._ipython_display_()
    [output] = shown
    assert output.keys() == {MIME, "text/html", "text/plain"}


def test_a_terminal_has_the_text(opened):
    with pytest.raises(NotImplementedError):
        opened()._ipython_display_()
