"""The tail of a log."""

from synapse_magics.widgets.render_log import clean_log, clip_log, render_log


def test_a_log_is_escaped():
    log = render_log("<script>alert(1)</script>", title="<script>", path="<script>")

    assert "<script" not in log
    assert "&lt;script&gt;alert(1)" in log


def test_it_says_whose_log_it_is_and_where_the_whole_file_is():
    log = render_log("text", title="train · stdout", path="/runs/7/stdout")

    assert "train · stdout" in log
    assert "whole file:</span> <code>/runs/7/stdout</code>" in log


def test_an_empty_log_says_so():
    assert "No output yet." in render_log("\n")


def test_of_a_line_that_was_rewritten_the_last_version_stays():
    assert clean_log("start\n 0%\r 50%\r100%\ndone") == "start\n100%\ndone"


def test_a_bar_that_ends_in_a_carriage_return_is_still_there():
    assert clean_log("10%\r20%\r") == "20%"


def test_windows_line_ends_are_line_ends():
    assert clean_log("one\r\ntwo\r\n") == "one\ntwo\n"


def test_colours_titles_and_control_characters_go():
    assert clean_log("\x1b[1;32mok\x1b[0m \x1b]0;title\x07\x1b[2K\x00\ttab\x1b(B") == "ok \ttab"


def test_only_the_last_lines_are_kept():
    assert clip_log("1\n2\n3\n4\n", lines=2) == "3\n4"


def test_only_whole_lines_are_kept_when_there_are_too_many_bytes():
    assert clip_log("aaaa\nbbbb\ncccc", size=11) == "bbbb\ncccc"


def test_one_line_that_is_too_long_keeps_its_end():
    assert clip_log("ä" * 100, size=11) == "äääää"
