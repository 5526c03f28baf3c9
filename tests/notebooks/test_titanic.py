"""The first notebook that a user runs, from its cells to what it leaves."""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.spark]

SOURCE = Path(__file__).parents[2] / "notebooks" / "01_titanic.ipynb"


@pytest.fixture(scope="module")
def titanic(books):
    return books.run(SOURCE, "-p", "test_share=0.4", "--html", books.folder / "out.html")


@pytest.fixture(scope="module")
def submitted(titanic):
    return titanic.outputs("run = %synapse_submit")


def test_it_ends_well(titanic):
    assert titanic.stderr == ""
    assert titanic.code == 0


def test_the_terminal_shows_each_change_of_a_status(titanic):
    for pattern in (
        r"submitted  synapse-pipeline #1",
        r"prep +Preparing -> Running",
        r"prep +Finalizing -> Completed  \([\d.]+ s\)",
        r"train +Finalizing -> Completed  \([\d.]+ s\)",
        r"pipeline +Running -> Completed",
    ):
        assert re.search(pattern, titanic.stdout)
    assert str(titanic.folder / "out.html") in titanic.stdout


def test_the_submit_cell_holds_one_output_with_the_end_of_the_run(submitted):
    (output,) = submitted
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/html", "text/plain"}
    for form in output.data.values():
        assert form.count("Completed") >= 3  # the run and both steps
        assert "Running" not in form
        assert "accuracy" in form


def test_the_stored_view_needs_no_script(submitted):
    assert "<script" not in submitted[0].data["text/html"]


def test_the_model_is_better_than_a_guess(titanic):
    train = next(step for step in titanic.runs[0].steps if step.name == "train")
    assert train.metrics["rows"] == 2201
    # 68 % died.
    assert 0.7 < train.metrics["accuracy"] < 0.9
    assert re.fullmatch(r"accuracy 0\.7\d\d on 2201 people\n", titanic.outputs("metrics =")[0].text)


def test_the_driver_said_what_it_read(titanic):
    assert "2201 people read" in titanic.log("prep").splitlines()
    assert "2201 people read" in titanic.outputs("%synapse_logs prep")[0].data["text/plain"]


def test_the_parameter_reached_the_notebook_and_the_step(titanic):
    assert "trained on 1320 people, tested on 881" in titanic.log("train")


def test_the_csv_has_the_published_counts(titanic):
    with (titanic.folder / "Titanic.csv").open(newline="") as file:
        people = list(csv.DictReader(file))
    assert len(people) == 2201
    assert Counter(person["Survived"] for person in people) == {"yes": 711, "no": 1490}
    assert Counter(person["Class"] for person in people) == {
        "1st": 325,
        "2nd": 285,
        "3rd": 706,
        "crew": 885,
    }
    assert Counter(person["Sex"] for person in people) == {"male": 1731, "female": 470}
    assert Counter(person["Age"] for person in people) == {"adult": 2092, "child": 109}


def test_the_html_shows_the_end_of_the_run(titanic):
    page = (titanic.folder / "out.html").read_text()
    assert "2201 people read" in page
    assert "synapse-run" in page


def test_no_checksum_files_lie_beside_the_data(titanic):
    assert list((titanic.folder / ".synapse").rglob("*.parquet"))
    assert not list((titanic.folder / ".synapse").rglob("*.crc"))


def test_every_run_is_listed_at_the_end(titanic):
    (output,) = titanic.outputs("%synapse_runs")
    assert "prep Completed, train Completed" in output.data["text/plain"]


def test_the_notebook_of_the_project_holds_no_outputs():
    cells = nbformat.read(SOURCE, as_version=4).cells
    nbformat.validate(json.loads(SOURCE.read_text()))
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
