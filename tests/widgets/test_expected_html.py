"""The HTML of each part of a view, as it is kept in ``expected/``.

``SYNAPSE_MAGICS_WRITE_EXPECTED=1 pytest tests/widgets/test_expected_html.py`` writes the files
anew: look at the differences before they are committed.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from widgets_support import START, make_failed_run, make_run, make_step

from synapse_magics.core.output_preview import Preview
from synapse_magics.core.step_source import SourceFile
from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.graph_svg import render_graph
from synapse_magics.widgets.render_code import render_code
from synapse_magics.widgets.render_error import render_error
from synapse_magics.widgets.render_log import render_log
from synapse_magics.widgets.render_metrics import render_metrics
from synapse_magics.widgets.render_outputs import render_outputs, render_previews
from synapse_magics.widgets.render_report import render_report
from synapse_magics.widgets.render_run import render_clock, render_header, render_run
from synapse_magics.widgets.render_steps import render_steps
from synapse_magics.widgets.render_timeline import render_timeline
from synapse_magics.widgets.step_details import StepDetails

FOLDER = Path(__file__).with_name("expected")
WRITE = os.environ.get("SYNAPSE_MAGICS_WRITE_EXPECTED") == "1"

PREPARED = OutputStats(
    2, 34_100, 714, (("Age", "double"),), 1, since=11, previous=OutputStats(1, 900, 700)
)
FIT = make_step(
    *("train", "prep"),
    kind=StepKind.PYTHON,
    compute="cpucluster",
    engine="python_process",
    status=RunStatus.RUNNING,
    started=START + 20.0,
    because=("line 3 of the cell changed",),
    attempt=2,
    metrics={
        "rows": 714,
        "loss": [0.9, 0.5, 0.3, 0.25],
        "epochs": {"epoch": [1, 2, 3], "score": [0.5, 0.7, 0.8]},
        "best": {"depth": 3, "word": "gini"},
    },
)
PREP = make_step(
    "prep",
    engine="local_spark",
    reused=True,
    started=None,
    ended=START + 0.5,
    because=("reused from run 11",),
    outputs=("prepared",),
    output_stats={"prepared": PREPARED},
)
RUN = make_run(PREP, FIT, make_step("report", "train", status=RunStatus.NOT_STARTED))
FAILED = make_failed_run()
CODE = (
    SourceFile("train.py", "# %%python_step train\nimport pandas as pd\ndf = 1\nmodel.fit(df)\n"),
    SourceFile("cleaning.py", 'WORDS = """\none"""\n'),
)
ROWS = (Preview("prepared: 714 rows", ("Age",), ("double",), (("22.0",), ("",))),)
DETAILS = {"id-train": StepDetails(code=CODE), "id-prep": StepDetails(previews=ROWS)}

PARTS = {
    "header": lambda: render_header(RUN) + render_clock(RUN),
    "graph": lambda: render_graph(RUN),
    "steps": lambda: render_steps(RUN),
    "timeline": lambda: render_timeline(RUN),
    "metrics": lambda: render_metrics(FIT),
    "outputs": lambda: render_outputs(RUN) + render_previews(ROWS),
    "code": lambda: render_code(CODE, FAILED.failed.error),
    "error": lambda: render_error(FAILED, code=CODE),
    "log": lambda: render_log("one\ntwo", title="prep · stdout", path="runs/1/stdout"),
    "run": lambda: render_run(
        replace(FAILED, steps=(PREP, *FAILED.steps[1:])), "Killed", "train · stderr", DETAILS
    ),
    "report": lambda: render_report(FAILED, DETAILS, {("id-train", "stderr"): "Killed"}),
}


@pytest.mark.parametrize("part", PARTS)
def test_the_html_is_as_expected(part):
    file = FOLDER / f"{part}.html"
    # Styles have tests of their own; moments are told in the reader's own time.
    found = re.sub(r"<style>.*?</style>", "<style></style>", PARTS[part](), flags=re.DOTALL)
    found = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}", "TIME", found) + "\n"
    if WRITE:
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


def test_no_file_is_left_of_a_part_that_is_gone():
    assert {file.stem for file in FOLDER.glob("*.html")} == set(PARTS)
