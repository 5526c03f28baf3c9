"""The contract of engines: found by name, ends told in words."""

import pytest

from synapse_magics.engines import base
from synapse_magics.engines.python_process import PythonProcess

OUT_OF_MEMORY = (
    "the process was killed by signal 9 (SIGKILL); "
    "this is what the system does when it runs out of memory"
)


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (None, "the process vanished without a result"),
        (0, "the process ended with exit code 0"),
        (3, "the process ended with exit code 3"),
        (-15, "the process was killed by signal 15 (SIGTERM)"),
        (-99, "the process was killed by signal 99 (unknown)"),
        (
            -9,
            OUT_OF_MEMORY,
        ),
    ],
)
def test_an_end_is_told_in_words(exit_code, words):
    assert base.describe_exit(exit_code) == words


def test_an_engine_is_found_by_its_name(tmp_path):
    assert isinstance(base.create("python_process", tmp_path), PythonProcess)


def test_an_unknown_engine_tells_the_known_ones(tmp_path):
    with pytest.raises(base.EngineError, match="no engine 'abacus'") as error:
        base.create("abacus", tmp_path)

    assert "python_process" in error.value.hint
