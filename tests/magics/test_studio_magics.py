"""``%synapse_studio``."""

import pytest
from support import make_step, submit

from synapse_magics.agent import client
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.widgets.studio_model import Place, Section


@pytest.fixture
def studio(shell, workspace):
    """Open studios by the magic; they are closed at the end."""
    made = []

    def studio(options=""):
        made.append(shell.run(f"%synapse_studio {options}"))
        return made[-1]

    yield studio
    for one in made:
        one.close()


def test_it_begins_with_the_runs(studio):
    assert studio().place == Place()


def test_a_section_to_begin_with(studio):
    assert studio("--page pools").place == Place(Section.POOLS)


def test_an_experiment_to_begin_with(studio, workspace):
    submit(workspace.store, make_step("one"))
    found = studio("--experiment exp")
    assert found.place == Place(Section.EXPERIMENTS, "exp")
    assert len(found.page.listings[0].rows) == 1


@pytest.mark.parametrize("reference", ["last", "the beginning of its id"])
def test_a_run_to_begin_with(studio, workspace, reference):
    run_id, _ = submit(workspace.store, make_step("one"))
    found = studio(f"--run {'last' if reference == 'last' else run_id[:6]}")
    assert found.place == Place(Section.RUNS, run_id)


def test_two_places_to_begin_with_are_refused(shell, workspace):
    with pytest.raises(MagicUsageError, match="--page and --run are two places"):
        shell.run("%synapse_studio --page pools --run last")


def test_it_starts_no_agent(studio, workspace):
    submit(workspace.store, make_step("one"))
    studio("--run last")
    assert client.running(workspace.store.folder) is None


def test_tab_completes_sections_experiments_and_runs(shell, workspace):
    run_id, _ = submit(workspace.store, make_step("one"))
    workspace.store.registry.save("experiment", "exp", {})
    assert shell.complete("%synapse_studio --page po") == {"%synapse_studio --page pools": "page"}
    assert "%synapse_studio --experiment exp" in shell.complete("%synapse_studio --experiment ")
    assert f"%synapse_studio --run {run_id[:8]}" in shell.complete("%synapse_studio --run ")


def test_in_a_terminal_it_is_a_text(shell, studio):
    text = shell.shown(studio())["text/plain"]
    assert text.startswith("Workspace test-ws")
    for section in Section:
        assert section.heading in text
