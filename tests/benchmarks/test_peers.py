"""What the peers are given."""

import argparse
import ast
import re
import subprocess
import sys

import pytest

from benchmarks import titanic
from benchmarks.__main__ import ROWS, chosen
from benchmarks.environments import KFP, METAFLOW, PAPERMILL, PROGRAMS, MissingPeerError, Peer
from benchmarks.metaflow_flow import flow


@pytest.mark.parametrize("peer", [KFP, METAFLOW, PAPERMILL], ids=lambda peer: peer.package)
def test_everything_that_a_peer_needs_is_pinned(peer):
    lines = peer.requirements.read_text().splitlines()

    assert all(re.match(r"[\w.-]+==[\w.]+( ;|$)", line) for line in lines)
    assert re.fullmatch(r"[\d.]+", peer.version)


def test_a_peer_that_cannot_be_installed_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.environments.PROGRAMS", tmp_path)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    (tmp_path / "nobody.txt").write_text("nobody==1.0\n")

    with pytest.raises(MissingPeerError, match="nobody"):
        Peer("Nobody", "nobody").python(tmp_path / "cache")


def test_the_loop_runs_a_process_for_each_step(tmp_path):
    script = tmp_path / "step.py"
    script.write_text("import sys\nprint('step', sys.argv[1])\n")
    done = subprocess.run(
        ["/bin/sh", PROGRAMS / "chain.sh", sys.executable, script, "3"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "step 0\nstep 1\nstep 2\n"


def test_a_flow_of_metaflow_has_each_step_once():
    methods = [
        node.name for node in ast.walk(ast.parse(flow(4))) if isinstance(node, ast.FunctionDef)
    ]

    assert methods == ["start", "step1", "step2", "end"]
    assert re.findall(r'print\("step (\d)"\)', flow(4)) == ["0", "1", "2", "3"]


def test_the_script_has_the_lines_of_the_notebook(tmp_path):
    cells = titanic.notebook_cells()
    titanic.write_scripts(tmp_path, cells)

    for name in ("prep", "train"):
        text = (tmp_path / f"{name}.py").read_text()
        cell = next(cell for cell in cells if cell.startswith("%%") and f"_step {name} " in cell)
        ast.parse(text)
        assert cell.partition("\n")[2] in text


def test_rows_are_chosen_by_their_names():
    assert chosen("chain, load") == ["chain", "load"]
    assert chosen("") == list(ROWS)
    with pytest.raises(argparse.ArgumentTypeError, match="there is no row 'chian'"):
        chosen("chian")
