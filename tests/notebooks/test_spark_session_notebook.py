"""Notebooks shaped like Azure's samples of ``%synapse``, and sessions of kernels that end.

Nothing in them says that they do not run in Azure: they load no extension.
"""

import json
import os
import signal

import pytest
from jupyter_client.manager import KernelManager
from support import processes_of, wait_until

pytestmark = [pytest.mark.notebook, pytest.mark.spark]

CONFIG = {
    "subscription_id": "11111111-2222-3333-4444-555555555555",
    "resource_group": "their-group",
    "workspace_name": "their-workspace",
}
TITANIC = "Name,Age,Survived\nAnn,31,1\nBob,7,0\nCid,31,1\nDan,8,1\n"
ATTACH = """\
from azureml.core import LinkedService, SynapseWorkspaceLinkedServiceConfiguration, Workspace
from azureml.core.compute import ComputeTarget, SynapseCompute

ws = Workspace.from_config()
link = LinkedService.register(ws, "synapselink1", SynapseWorkspaceLinkedServiceConfiguration(
    subscription_id=ws.subscription_id, resource_group=ws.resource_group, name="theirs"))
synapse_compute_name = "linktestpool"
ComputeTarget.attach(ws, synapse_compute_name, SynapseCompute.attach_configuration(
    link, type="SynapseSpark", pool_name="spark01")).wait_for_completion()"""
ADDRESS = "wasbs://demo@dprepdata.blob.core.windows.net"
READ = f"""\
%%synapse

from pyspark.sql.functions import col, desc
df = spark.read.option("header", "true").csv("{ADDRESS}/Titanic.csv")
df.filter(col('Survived') == 1).groupBy('Age').count().orderBy(desc('count')).show(10)"""


@pytest.fixture
def books(books, monkeypatch):
    """Give the folder a workspace of Azure's, the sample's data, and no package index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (books.folder / "config.json").write_text(json.dumps(CONFIG))
    data = books.folder / "testdata"
    data.mkdir(exist_ok=True)
    (data / "Titanic.csv").write_text(TITANIC)
    return books


def printed(done, begin):
    """Return what the cell that begins with a text wrote to stdout."""
    found = [item for item in done.outputs(begin) if item.output_type == "stream"]
    return "".join(item.text for item in found if item.name == "stdout")


def test_the_python_sample_runs_as_it_stands(books):
    done = books.run(
        books.write(
            '!pip install -U "azureml-synapse"',
            ATTACH,
            "from azureml.core import Datastore\n"
            f'Datastore.map_address(ws, "{ADDRESS}/", "testdata")',
            "%synapse ?",
            "%synapse start -c $synapse_compute_name -e AzureML-Minimal",
            READ,
            "%synapse meta",
            "%synapse stop",
        )
    )

    assert done.code == 0, done.stderr
    assert printed(done, "%synapse start").endswith(" Succeeded!\n")
    rows = [line for line in printed(done, READ[:20]).splitlines() if line[:1] == "|"]
    assert rows == ["|Age|count|", "| 31|    2|", "|  8|    1|"]
    assert json.loads(printed(done, "%synapse meta"))["workspace_name"] == "their-workspace"
    assert printed(done, "%synapse stop") == "Session stopped.\n"


def test_a_failing_statement_is_told_by_the_number_and_line_of_its_cell(books):
    done = books.run(
        books.write(ATTACH, "%synapse start -c $synapse_compute_name", "%%synapse\nx = 1\nx / 0")
    )

    (cell,) = (item for item in done.notebook.cells if item.source.startswith("%%synapse\nx"))
    told = "".join(item.get("text", "") for item in cell.outputs)
    assert done.code == 1
    assert f'File "<cell In[{cell.execution_count}]>", line 3, in <module>' in told


def test_the_scala_sample_runs_as_it_stands(books):
    data = (books.folder / "testdata" / "Titanic.csv").as_uri()
    done = books.run(
        books.write(
            ATTACH,
            "%synapse start -c linktestpool --start-timeout 1000",
            "%%synapse scala\n"
            f'var df = spark.read.option("header", "true").csv("{data}")\ndf.show()',
            '%%synapse scala\ndf.filter("Survived = 1").createOrReplaceTempView("survivors")',
            "%%synapse\nprint(spark.table('survivors').count(), 'survivors')",
            "%synapse stop",
        )
    )

    assert done.code == 0, done.stderr
    assert "| Ann| 31|       1|" in printed(done, "%%synapse scala\nvar")
    assert printed(done, "%%synapse\nprint") == "3 survivors\n"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%synapse\n1 / 0", "No active session."),
        ("%synapse start -c nobody", "Can't find compute target: nobody."),
    ],
)
def test_without_a_browser_a_refusal_fails_the_notebook(books, cell, words):
    done = books.run(books.write(ATTACH, cell, "print('not reached')"))

    assert done.code == 1
    assert words in done.stderr
    assert printed(done, "print") == ""


def test_a_cell_whose_code_raises_fails_the_notebook_and_shows_its_line(books):
    cells = ("%synapse start -c linktestpool", "%%synapse\nx = {}\nx['key']")
    done = books.run(books.write(ATTACH, *cells))

    assert done.code == 1
    assert done.error("%%synapse").ename == "SparkStatementException"
    assert "KeyError: 'key'" in done.stderr
    shown = "".join(item.text for item in done.outputs("%%synapse") if item.get("name") == "stderr")
    assert shown.startswith("An error was encountered:\nTraceback")
    assert "line 3, in <module>" in shown  # the magic's line is the first


@pytest.fixture
def kernel(books):
    """Start a kernel without a front end, with a session."""
    manager = KernelManager()
    manager.start_kernel(cwd=str(books.folder), env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=30)
        reply = client.execute_interactive(
            f"%load_ext synapse_magics\n{ATTACH}\n%synapse start -c linktestpool",
            timeout=60,
            output_hook=lambda _message: None,
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def test_the_stop_button_ends_the_statement_and_not_the_session(kernel):
    manager, client = kernel
    texts = []

    def see(message):
        texts.append(message["content"].get("text", ""))
        if "begun" in texts[-1]:
            manager.interrupt_kernel()

    cell = "%%synapse\nimport time\nprint('begun')\ntime.sleep(600)"
    reply = client.execute_interactive(cell, timeout=60, output_hook=see)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert "line 4" in "\n".join(reply["content"]["traceback"])

    texts.clear()
    client.execute_interactive("%%synapse\nspark.range(4).count()", timeout=60, output_hook=see)
    assert "".join(texts) == "4\n"


@pytest.mark.parametrize("how", ["shut down", "killed"])
def test_a_session_ends_with_its_kernel(kernel, books, how):
    manager, client = kernel
    client.execute("%%synapse\nimport time\ntime.sleep(600)")
    drivers = "session_main.py"
    assert any(drivers in str(item.cmdline()) for item in processes_of(books.folder))

    if how == "killed":
        manager.signal_kernel(signal.SIGKILL)
    else:
        manager.interrupt_kernel()
        manager.shutdown_kernel()

    wait_until(lambda: not processes_of(books.folder), 15, "the end of every process")
