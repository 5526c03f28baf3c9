"""Every public object shows something useful, in HTML and as text, made of the same rows."""

import html
import re

import pytest

from synapse_magics import (
    ComputeTarget,
    Dataset,
    Datastore,
    Environment,
    Experiment,
    HDFSOutputDatasetConfig,
    LinkedService,
    OutputFileDatasetConfig,
    Pipeline,
    PipelineParameter,
    PythonScriptStep,
    RunConfiguration,
    ScriptRunConfig,
    SynapsePool,
)
from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.core.model import Model
from synapse_magics.magics.object_rows import ROWS
from synapse_magics.magics.registration import _ROWS, _SHOWN
from synapse_magics.pipeline.module import Module
from synapse_magics.pipeline.parallel_run_config import ParallelRunConfig
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.pipeline.pipeline_draft import PipelineDraft
from synapse_magics.pipeline.pipeline_endpoint import PipelineEndpoint
from synapse_magics.pipeline.schedule import Schedule
from synapse_magics.pipeline.schedule_recurrence import ScheduleRecurrence

WICKED = "<script>alert(1)</script>"


@pytest.fixture
def objects(workspace, pool, tmp_path):
    """Make one object of each kind; whatever people write into one is wicked."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "train.py").write_text("print(1)\n")
    tags = {WICKED: WICKED}
    store = Datastore.get_default(workspace)
    (store.root / "in").mkdir()
    (store.root / "in" / "a.csv").write_text("a\n1\n")
    files = Dataset.File.from_files((store, "in")).register(
        workspace, "tiny", description=WICKED, tags=tags
    )
    step = PythonScriptStep(
        "train.py", name=WICKED, source_directory=str(source), compute_target="cpucluster"
    )
    parameter = PipelineParameter("rows", WICKED)
    pipeline = Pipeline(workspace, [step], description=WICKED)
    published = pipeline.publish(WICKED, WICKED, WICKED)
    endpoint = PipelineEndpoint.publish(workspace, WICKED, pipeline=published, description=WICKED)
    environment = Environment("env")
    environment.environment_variables["API_TOKEN"] = "hush-hush"  # noqa: S105
    environment.python.conda_dependencies.set_pip_option(
        "--extra-index-url https://me:hush-hush@host.org/simple"
    )
    vault = workspace.get_default_keyvault()
    config = RunConfiguration()
    config.script = WICKED
    config.environment_variables = {"API_TOKEN": "hush-hush"}
    (tmp_path / "model.pkl").write_text("1")
    schedule = Schedule.create(
        workspace,
        WICKED,
        published.id,
        "exp",
        recurrence=ScheduleRecurrence("Day", 1),
        description=WICKED,
    )
    schedule.disable()
    return [
        workspace,
        pool,
        ComputeTarget(workspace, "cpucluster"),
        LinkedService.get(workspace, "synapselink1"),
        SynapsePool("local", WICKED, spark_conf={WICKED: WICKED}),
        store,
        files.as_named_input("tiny"),
        HDFSOutputDatasetConfig("made", destination=(store, WICKED)),
        OutputFileDatasetConfig("made2"),
        DataReference(store, "data", path_on_datastore=WICKED),
        DataPath(store, WICKED),
        environment,
        Experiment(workspace, "exp"),
        vault,
        Model.register(
            workspace, str(tmp_path / "model.pkl"), "model", tags=tags, description=WICKED
        ),
        config,
        ScriptRunConfig(str(source), script="train.py", arguments=[WICKED]),
        ParallelRunConfig(
            environment,
            "train.py",
            10,
            "append_row",
            "cpucluster",
            1,
            description=WICKED,
            source_directory=str(source),
        ),
        step,
        parameter,
        PipelineData("data", store),
        published,
        endpoint,
        PipelineDraft.create(workspace, pipeline, WICKED, WICKED, "exp"),
        schedule,
        Module.create(workspace, "module", WICKED),
    ]


def words_of(page):
    """Return the texts of a table's cells."""
    return [html.unescape(cell) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", page)]


def test_html_and_text_say_the_same(shell, objects):
    for one in objects:
        shown = shell.shown(one)
        assert "<table" in shown["text/html"], type(one)
        for word in words_of(shown["text/html"]):
            assert word in shown["text/plain"], type(one)


def test_nothing_that_people_wrote_becomes_markup(shell, objects):
    seen = 0
    for one in objects:
        page = shell.shown(one)["text/html"]
        assert "<script" not in page, type(one)
        seen += "&lt;script&gt;" in page
    assert seen >= 12


def test_no_secret_is_shown(shell, objects, monkeypatch):
    for one in objects:
        for form in shell.shown(one).values():
            assert "hush-hush" not in str(form), type(one)


def test_secrets_in_settings_and_arguments_are_not_shown(shell, objects, tmp_path):
    key = "spark.hadoop.fs.azure.account.key.acc.blob.core.windows.net"
    source = str(tmp_path / "source")
    config = RunConfiguration()
    config.arguments = ["--api-key", "hush-hush"]
    step = next(one for one in objects if isinstance(one, PythonScriptStep))
    step.spark_conf = {key: "hush-hush"}
    for one in (
        SynapsePool("local", "big", spark_conf={key: "hush-hush"}),
        step,
        config,
        ScriptRunConfig(source, script="train.py", arguments=["--password=hush-hush"]),
        ScriptRunConfig(source, command="python train.py --token hush-hush"),
        PipelineParameter("password", "hush-hush"),
    ):
        text = shell.shown(one)["text/plain"]
        assert "***" in text, type(one)
        assert "hush-hush" not in text, type(one)


def test_a_key_vault_shows_the_names_of_its_secrets_alone(shell, workspace, monkeypatch):
    vault = workspace.get_default_keyvault()
    monkeypatch.setattr(type(vault), "list_secrets", lambda _: ["db-password"])
    shown = shell.shown(vault)
    assert "db-password" in shown["text/html"]
    assert "db-password" in shown["text/plain"]


def test_every_kind_with_rows_is_registered():
    assert {name for name, forms in _SHOWN.items() if forms is _ROWS} == set(ROWS)


def test_within_a_list_objects_are_what_their_repr_says(shell, workspace, pool):
    links = LinkedService.list(workspace)
    assert shell.shown(links)["text/plain"] == f"[{links[0]!r}]"


def test_reprs_stay_those_of_azure_ml(workspace, pool):
    assert repr(workspace).startswith("Workspace.create(name='test-ws'")
    assert repr(Experiment(workspace, "exp")) == "Experiment(Name: exp,\nWorkspace: test-ws)"


def test_what_is_not_there_any_more_is_what_its_repr_says(shell, workspace, pool):
    pool.detach()
    workspace.store.registry.delete("pool", "local/spark01")
    shown = shell.shown(pool)
    assert "text/html" not in shown


def test_a_step_of_a_cell_shows_its_line_and_the_rest_behind_it(notebook):
    step = notebook.run("%%python_step one -i tiny -o made\nprint(tiny, made)")
    shown = notebook.shown(step)
    assert shown["text/plain"] == "python step one: reads tiny, writes made, on cpucluster"
    assert "<details>" in shown["text/html"]
    assert "cpucluster" in shown["text/html"]


def test_a_pipeline_shows_its_graph(notebook):
    notebook.run("%%python_step one -i tiny -o made\nprint(tiny, made)")
    notebook.run("%%python_step two -i made\nprint(made)")
    shown = notebook.shown(notebook.run("%synapse_pipeline"))
    assert shown["text/plain"].startswith("one -> two\n")
    assert "one → two" in shown["text/html"]
    assert ">python</text>" in shown["text/html"]
    assert "Not started" not in shown["text/html"]


def test_the_description_of_a_pipeline_is_escaped(shell, objects, workspace):
    step = next(one for one in objects if isinstance(one, PythonScriptStep))
    page = shell.shown(Pipeline(workspace, [step], description=WICKED))["text/html"]
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 3
