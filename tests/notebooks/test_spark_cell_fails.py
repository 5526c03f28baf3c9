"""A Spark cell that fails shows its own line and Spark's message, not a stack of Java."""

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.spark]

SETUP = """\
%load_ext synapse_magics
%synapse_workspace bookish
%synapse_link synapselink1 --synapse-workspace local
%synapse_attach link1-spark01 --pool spark01
with open("tiny.csv", "w") as file:
    file.write("name,size\\nant,1\\nbee,2\\n")
%synapse_dataset tiny tiny.csv
"""
SPOILS = """\
%%spark_step spoils -i tiny --driver-memory 1g
print(tiny.count(), "rows")

def heavy(frame):
    return frame.select("weight")

heavy(tiny).show()
"""


@pytest.fixture(scope="module")
def spoilt(books):
    return books.run(books.write(SETUP, SPOILS, "%synapse_submit spoilt"))


def test_the_notebook_fails_with_the_message_and_the_line_of_the_cell(spoilt):
    assert spoilt.code == 1
    text = "\n".join(spoilt.error("%synapse_submit").traceback)
    assert "step spoils failed: AnalysisException" in text
    assert "`weight` cannot be resolved" in text
    assert '    return frame.select("weight")' in text
    assert "where: cell of step spoils, line 5" in text.splitlines()
    assert "org.apache.spark" not in text


def test_what_the_step_printed_before_is_kept(spoilt):
    assert "2 rows" in spoilt.log("spoils").splitlines()
    assert 'spoils.py", line 7' in spoilt.log("spoils", "stderr")
