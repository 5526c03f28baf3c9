"""Runs that nobody needs are removed, at a terminal."""

import pytest


def test_it_says_what_was_removed_and_what_stays(command, done, workspace):
    first = done({"fit": "1"})
    second = done({"fit": "1"}, regenerate=True)

    asked = command("clean", "--older-than", "0s", "--dry-run")
    assert asked.code == 0
    assert len(workspace.store.runs.submitted()) == 2
    assert asked.out.startswith("1 run would be removed, ")

    shown = command("clean", "--older-than", "0s")

    assert [run.id for run in workspace.store.runs.submitted()] == [second]
    lines = shown.out.splitlines()
    assert lines[0].startswith("1 run removed, ")
    assert [(line.split()[0], line.split("  ")[-1]) for line in lines[3:]] == [
        (first[:8], "removed"),
        (second[:8], "kept: the result of step fit can be reused"),
    ]


def test_all_of_it(command, done, workspace):
    done({"fit": "1"})

    assert command("clean", "--over", "0", "--results").code == 0

    assert workspace.store.runs.submitted() == []


def test_which_runs_has_to_be_said(command):
    shown = command("clean")
    assert shown.code == 1
    assert "hint:  an age, a size or both: --older-than 30d" in shown.err


@pytest.mark.parametrize("options", [["--older-than", "soon"], ["--over", "much"]])
def test_usage_errors_are_2(command, options):
    shown = command("clean", *options)
    assert shown.code == 2
    assert "usage: synapse-magics clean" in shown.err
    assert "30d" in shown.err or "10GB" in shown.err
