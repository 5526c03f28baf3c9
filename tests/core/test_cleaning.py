"""Runs that are old, or too many, are removed."""

import pytest
from reuse_support import execute
from support import make_step, write_snapshot

from synapse_magics.core.cleaning import clean
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store.specs import PipelineSpec


@pytest.fixture
def run_id(workspace):
    write_snapshot(workspace.store, "fit", "print(1)\n")
    made = workspace.store.runs.submit("exp", PipelineSpec(), [make_step("fit")])
    execute(workspace.store, made)
    return made


def test_an_age_is_counted_from_now(workspace, run_id):
    assert clean(workspace, older_than=3600, results=True).removed == ()
    assert [run.id for run in clean(workspace, older_than=0, results=True).removed] == [run_id]


def test_results_are_kept_unless_somebody_says_so(workspace, run_id):
    found = clean(workspace, older_than=0)
    assert [(run.id, why) for run, why in found.kept] == [
        (run_id, "the result of step fit can be reused")
    ]


def test_a_size_is_enough(workspace, run_id):
    assert [run.id for run in clean(workspace, over=0, results=True).removed] == [run_id]


def test_a_dry_run_removes_nothing(workspace, run_id):
    assert clean(workspace, over=0, results=True, dry_run=True).removed != ()
    assert workspace.store.runs.get(run_id) is not None


@pytest.mark.parametrize("options", [{}, {"older_than": -1}, {"over": -5}])
def test_what_is_to_go_has_to_be_said(workspace, options):
    with pytest.raises(UserErrorException):
        clean(workspace, **options)
