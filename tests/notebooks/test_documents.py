"""The example of the README and of the guide does what they say, word for word."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.spark]

ROOT = Path(__file__).parents[2]
PEOPLE = "Name,Age\nAnn,31\nBob,\nCid,5\n"


@pytest.mark.parametrize(
    ("page", "title"),
    [("README.md", "## What it looks like"), ("docs/guide.md", "## A pipeline in a notebook")],
)
def test_the_example_runs_as_it_stands(books, page, title):
    section = (ROOT / page).read_text().split(title)[1].split("\n## ")[0]
    cells = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    data = f"with open('Titanic.csv', 'w') as file:\n    file.write({PEOPLE!r})"

    done = books.run(books.write(data, *cells))

    assert done.code == 0, done.stderr
    run = done.runs[-1]
    assert [(step.name, str(step.status)) for step in run.steps] == [
        ("prep", "Completed"),
        ("train", "Completed"),
    ]
    assert done.log("prep") == "3 rows read\n"
    assert run.steps[1].metrics == {"rows": 2}


def test_the_session_of_the_guide_runs_as_it_stands(books):
    section = (ROOT / "docs/guide.md").read_text().split("## An interactive session")[1]
    cells = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    attached = """
%load_ext synapse_magics
%synapse_workspace titanic
%synapse_link synapselink1 --synapse-workspace local
%synapse_attach link1-spark01 --linked-service synapselink1 --pool spark01
"""

    done = books.run(books.write(attached, *cells))

    assert done.code == 0, done.stderr
    printed = [
        "".join(item.get("text", "") for item in cell.outputs) for cell in done.notebook.cells
    ]
    assert "| Ann| 31|" in "".join(printed)
    assert "3\n" in "".join(printed)
    assert printed[-1] == "Session stopped.\n"


def test_the_cloud_code_of_the_guide_runs_as_it_stands(books):
    section = (ROOT / "docs/guide.md").read_text().split("## Cloud code on a laptop")[1]
    cells = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    attached = f"""
import pathlib
pathlib.Path("testdata").mkdir(exist_ok=True)
pathlib.Path("testdata/Titanic.csv").write_text({PEOPLE!r})
%load_ext synapse_magics
%synapse_workspace titanic
%synapse_link synapselink1 --synapse-workspace local
%synapse_attach link1-spark01 --linked-service synapselink1 --pool spark01
"""

    done = books.run(books.write(attached, *cells, "%synapse_submit clouds --wait"))

    assert done.code == 0, done.stderr
    assert done.log("count") == "3 rows\n"
