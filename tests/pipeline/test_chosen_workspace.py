"""The workspace that magics and decorators work in."""

from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline.chosen_workspace import current_workspace, use_workspace


def test_the_workspace_is_that_of_the_folder_or_the_chosen_one(workspace, tmp_path):
    other = Workspace.in_folder(tmp_path / "other", "other")

    assert current_workspace() == workspace
    use_workspace(other)
    assert current_workspace() is other
    use_workspace(None)
    assert current_workspace() == workspace
    other.store.close()
