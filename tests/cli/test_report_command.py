"""``synapse-magics report``."""

from pathlib import Path


def test_the_last_run_goes_to_a_file_named_after_it(command, done):
    done({"fit": "print('the code')"})

    shown = command("report")

    assert (shown.code, shown.out) == (0, "wrote exp-run-1.html\n")
    page = Path("exp-run-1.html").read_text()
    assert "the code" in page or "&#x27;the code&#x27;" in page
    assert "said by fit" in page


def test_a_run_goes_to_the_file_that_is_named(command, done, tmp_path):
    run = done({"fit": "1"})
    file = tmp_path / "made" / "report.html"

    assert command("report", run[:8], "--output", file).out == f"wrote {file}\n"
    assert "exp, run 1" in file.read_text()


def test_what_is_no_report_is_not_overwritten(command, done, tmp_path):
    done({"fit": "1"})
    (tmp_path / "thesis.html").write_text("years of work")

    shown = command("report", "-o", tmp_path / "thesis.html")

    assert shown.code == 1
    assert "is no report of a run" in shown.err
    assert (tmp_path / "thesis.html").read_text() == "years of work"


def test_the_command_for_what_failed_is_one_for_a_terminal(command, done, tmp_path):
    done({"fit": "1"}, fails=("fit",))
    command("report", "-o", tmp_path / "a.html")

    assert "synapse-magics resume" in (tmp_path / "a.html").read_text()
