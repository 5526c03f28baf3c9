"""The run of a script that was started by hand: what it prints."""

import pytest

from synapse_magics import Run
from synapse_magics.core.exceptions import UserErrorException


@pytest.fixture
def run(monkeypatch):
    monkeypatch.delenv("AZUREML_RUN_ID", raising=False)
    return Run.get_context()


def test_it_prints_what_it_is_told(run, capsys):
    run.log("rows", 3)
    run.log_list("fib", [1, 2])
    run.log_table("t", {"x": 1})
    run.log_row("r", x=1)
    run.log_image("i", path="a.png")
    run.upload_file("outputs/a", "a.txt")
    run.tag("k", "v")

    assert capsys.readouterr().out.splitlines() == [
        *("Attempted to log scalar metric rows:", "3"),
        *("Attempted to log list metric fib:", "[1, 2]"),
        *("Attempted to log table metric t:", "{'x': 1}"),
        *("Attempted to log row metric r:", "dict_items([('x', 1)])"),
        *("Attempted to log image metric i:", "a.png"),
        "Attempted to track file outputs/a at a.txt",
        "Attempted to add tag k with value v",
    ]
    assert run.get_tags() == {"k": "v"}


def test_it_takes_no_step_and_no_list(run):
    with pytest.raises(TypeError):
        run.log("rows", 3, step=1)
    with pytest.raises(UserErrorException, match=r"Use run\.log_list instead"):
        run.log("rows", [3])


def test_its_children_are_named_after_it(run):
    with run.child_run() as child:
        assert child.id.startswith(f"{run.id}.")


@pytest.mark.parametrize(
    "name", ["experiment", "input_datasets", "output_datasets", "get_details", "get_metrics"]
)
def test_what_it_has_not(run, name):
    assert not hasattr(run, name)
