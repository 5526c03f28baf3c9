"""What is displayed below a cell of a session."""

from types import SimpleNamespace

import pytest
from spark_support import application, job, progress_of, running_job, running_stage, stage

from synapse_magics.magics.session_output import CellOutput
from synapse_magics.widgets import _front_end


@pytest.fixture
def outputs(monkeypatch):
    """Record what is displayed, as a kernel would send it."""
    seen = SimpleNamespace(shown=[], updated=[])
    monkeypatch.delenv("SYNAPSE_MAGICS_WIDGETS", raising=False)
    monkeypatch.setattr(_front_end, "in_kernel", lambda: True)
    for name, items in (("show_output", seen.shown), ("update_output", seen.updated)):
        monkeypatch.setattr(
            _front_end,
            name,
            lambda view, display_id, items=items: items.append((display_id, str(view))),
        )
    return seen


@pytest.fixture
def running(tmp_path):
    return progress_of(tmp_path, application([running_job(1, 1)], [running_stage(1)]))


@pytest.fixture
def done(tmp_path):
    return progress_of(tmp_path, application([job(1, 1)], [stage(1)]))


def test_bars_are_displayed_once_and_replaced_in_place(outputs, running, done):
    cell = CellOutput()
    cell.spark(running, ended=False)
    cell.spark(done, ended=True)

    ((first, live),) = outputs.shown
    ((second, end),) = outputs.updated
    assert first == second
    assert "Stage 1: count · running" in live
    assert end == "Spark: 1 job, 8 tasks done"


def test_what_has_not_changed_is_not_sent_again_at_once(outputs, running):
    cell = CellOutput()
    for _ in range(5):
        cell.spark(running, ended=False)

    assert (len(outputs.shown), outputs.updated) == (1, [])


@pytest.mark.parametrize("why", ["no kernel", "no widgets"])
def test_without_a_front_end_nothing_is_displayed(outputs, running, monkeypatch, why):
    if why == "no kernel":
        monkeypatch.setattr(_front_end, "in_kernel", lambda: False)
    else:
        monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", "0")

    CellOutput().spark(running, ended=False)

    assert outputs.shown == []
