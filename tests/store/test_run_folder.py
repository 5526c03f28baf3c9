"""The folder of a run: layout, files, the end of a log."""

import stat

import pytest

from synapse_magics.store.run_folder import RunFolder, read_json, tail


def test_it_is_made_for_the_owner_only(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create()

    made = [folder.path, *folder.path.rglob("*")]
    modes = {stat.S_IMODE(item.stat().st_mode) for item in made if item.is_dir()}
    assert modes == {0o700}
    assert stat.S_IMODE(folder.stdout.stat().st_mode) == 0o600
    assert folder.stdout == tmp_path / "run/logs/azureml/driver/stdout"
    assert folder.stderr == tmp_path / "run/logs/azureml/driver/stderr"


def test_creating_it_again_keeps_what_is_there(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create()
    folder.stdout.write_text("said")
    folder.create()

    assert folder.stdout.read_text() == "said"


def test_the_files_of_a_run_are_its_logs_and_outputs(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create()
    (folder.outputs / "model").mkdir()
    (folder.outputs / "model" / "m.bin").touch()
    folder.result.touch()

    assert folder.file_names() == [
        "logs/azureml/driver/stderr",
        "logs/azureml/driver/stdout",
        "outputs/model/m.bin",
    ]


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff"])
def test_json_that_is_no_object_is_nothing(tmp_path, text):
    file = tmp_path / "error.json"
    file.write_text(text, encoding="latin-1")

    assert read_json(file) is None
    assert read_json(tmp_path / "missing") is None


def test_tail_gives_the_last_lines(tmp_path):
    file = tmp_path / "log"
    file.write_text("one\ntwo\nthree\n")

    assert tail(file, 2) == "two\nthree"
    assert tail(file, 9) == "one\ntwo\nthree"
    assert tail(file, 0) == ""


def test_tail_of_a_missing_file_is_empty(tmp_path):
    assert tail(tmp_path / "missing", 5) == ""


def test_tail_leaves_out_the_line_that_its_limit_cuts(tmp_path):
    file = tmp_path / "log"
    file.write_text("a long first line\nsecond\nthird\n")

    assert tail(file, 9, limit=20) == "second\nthird"


def test_tail_keeps_the_end_of_one_endless_line(tmp_path):
    file = tmp_path / "log"
    file.write_text("x" * 100 + "end")

    assert tail(file, 9, limit=10) == "xxxxxxxend"


def test_tail_reads_no_more_than_its_limit_however_long_the_file(tmp_path):
    file = tmp_path / "log"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)  # a terabyte of nothing
        sparse.seek(0, 2)
        sparse.write(b"\nlast\n")

    assert tail(file, 1) == "last"


def test_tail_survives_half_a_character(tmp_path):
    file = tmp_path / "log"
    file.write_bytes("größe\n".encode()[3:] + b"good\n\xff\n")

    assert tail(file, 2) == "good\n\ufffd"


def test_files_of_other_names_lie_apart(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create()
    for name in ("outputs/a", "conf/b", "result.json"):
        place = folder.place(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()

    assert folder.place("outputs/a") == tmp_path / "run" / "outputs" / "a"
    assert folder.place("result.json") != folder.result
    assert {"outputs/a", "conf/b", "result.json"} <= set(folder.file_names())
    for name in ("../a", "outputs/../../a", "/etc/a", ""):
        with pytest.raises(ValueError, match="leaves the run's folder"):
            folder.place(name)
