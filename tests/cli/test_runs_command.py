"""What was submitted, and how it goes, at a terminal."""

import json

from synapse_magics.agent import client
from synapse_magics.store.states import RunStatus as S


def test_runs_are_listed(command, done):
    first, second = done({"fit": "1"}, tags={"by": "ann"}), done({"fit": "2"})

    shown = command("runs")

    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0].split()[:3] == ["run", "experiment", "number"]
    assert [line.split()[0] for line in lines[2:]] == [second[:8], first[:8]]
    assert command("runs", "--tag", "by=ann").out.splitlines()[2:] == [lines[3]]
    assert command("runs", "other").out == "no runs\n"
    assert command("runs", "-n", "1").out.splitlines()[2:] == [lines[2]]


def test_runs_for_other_programs(command, done):
    run_id = done({"fit": "1"}, tags={"by": "ann"})

    (run,) = json.loads(command("runs", "--json").out)

    assert (run["id"], run["status"], run["tags"]) == (run_id, "Completed", {"by": "ann"})
    assert run["steps"] == [{"name": "fit", "status": "Completed"}]
    assert json.loads(command("runs", "other", "--json").out) == []


def test_runs_are_compared(command, done):
    one, two = done({"fit": "1"}), done({"fit": "2"})

    shown = command("runs", "--compare", one[:8], "last").out

    assert shown.splitlines()[0].split() == [one[:8], two[:8], "difference"]
    facts = json.loads(command("runs", "--compare", f"{one[:8]},{two[:8]}", "--json").out)
    assert facts["fit"] == {one: "Completed", two: "Completed"}


def test_a_run_is_shown(command, done):
    run_id = done({"fit": "1"})

    shown = command("status")

    assert shown.code == 0
    assert shown.out.startswith(f"exp, run 1 ({run_id[:8]}): Completed")
    assert command("status", run_id[:8]).out == shown.out


def test_after_a_failure_it_says_the_commands_to_type(command, done):
    run_id = done({"fit": "1"}, fails=("fit",))

    shown = command("status")

    assert shown.code == 0  # it was shown, which is what was asked for
    assert shown.out.splitlines()[-2:] == [
        f"  synapse-magics resume {run_id[:8]}  # runs it once more, keeping what completed",
        f"  synapse-magics logs fit --run {run_id[:8]} --stream stderr  # shows the whole log",
    ]
    assert command("status", "--wait").code == 1


def test_a_run_for_other_programs(command, done):
    done({"fit": "1"})

    state = json.loads(command("status", "--json").out)

    assert state["status"] == "Completed"
    assert state["steps"][0]["metrics"] == {"rows": 3}
    assert state["steps"][0]["kind"] == "python"


def test_who_waits_sees_each_change_and_gets_the_exit_code(command, submit, workspace):
    submit({"fine": "print(1)"})
    client.wake(workspace.store.folder)

    shown = command("status", "--wait")

    assert shown.code == 0
    assert "fine  Running -> Finalizing\n" in shown.out
    assert shown.out.rstrip().splitlines()[-1].startswith("fine")
    submit({"bad": "1 / 0"})
    client.wake(workspace.store.folder)
    shown = command("status", "--wait")
    assert shown.code == 1
    assert "bad  Running -> Failed  ZeroDivisionError: division by zero\n" in shown.out


def test_what_nobody_has_submitted_is_one_message(command):
    shown = command("status", "3f2a")

    assert (shown.code, shown.out) == (1, "")
    assert shown.err.startswith("ServiceException: Run 3f2a not found\n")


def test_another_folder_is_named(command, done, tmp_path, monkeypatch):
    done({"fit": "1"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert command("runs", "--folder", tmp_path).code == 0
    monkeypatch.chdir("/")
    shown = command("runs")
    assert shown.code == 1
    assert shown.err.startswith("ConfigNotFoundError: ")


def test_a_run_is_canceled(command, submit, workspace):
    run_id = submit({"long": "import time; time.sleep(600)"})
    client.wake(workspace.store.folder)

    shown = command("cancel", run_id[:8])

    assert (shown.code, shown.out) == (0, f"run {run_id[:8]}: Canceled\n")
    assert workspace.store.runs.get(run_id).status is S.CANCELED
    again = command("cancel", "last")
    assert (again.code, again.out) == (0, f"run {run_id[:8]} had ended before: Canceled\n")


def test_a_run_is_resumed_as_it_was(command, submit, workspace, tmp_path):
    flag = tmp_path / "mended"
    scripts = {
        "make": f"open({str(tmp_path / 'made')!r}, 'a').write('x')",
        "take": f"import os, sys; sys.exit(not os.path.exists({str(flag)!r}))",
    }
    submit(scripts, after={"take": ("make",)})
    client.wake(workspace.store.folder)
    assert command("status", "--wait").code == 1
    flag.touch()

    shown = command("resume", "--wait")

    assert shown.code == 0
    assert shown.out.startswith("submitted run ")
    assert "make  NotStarted -> Completed  kept from run" in shown.out
    assert (tmp_path / "made").read_text() == "x"  # it did not run again


def test_resume_returns_at_once(command, done, workspace):
    done({"fit": "print(1)"}, fails=("fit",))

    shown = command("resume")

    newest = workspace.store.runs.submitted(limit=1)[0].id
    assert (shown.code, shown.out) == (
        0,
        f"submitted run {newest}\nsynapse-magics status {newest[:8]} shows it\n",
    )
    assert command("status", "--wait").code == 0


def test_there_is_nothing_to_resume_when_all_completed(command, done):
    done({"fit": "1"})

    shown = command("resume")

    assert shown.code == 1
    assert "no step is left to run" in shown.err
