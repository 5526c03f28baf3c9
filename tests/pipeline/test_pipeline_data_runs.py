"""Pipelines of everything that a step may read and write, run by the agent."""

from pathlib import Path

import pytest

from synapse_magics import (
    Dataset,
    OutputFileDatasetConfig,
    Pipeline,
    PipelineParameter,
    PythonScriptStep,
    SynapseSparkStep,
)
from synapse_magics.core.data_config import DatasetConsumptionConfig
from synapse_magics.core.data_reference import DataPath, DataPathComputeBinding, DataReference
from synapse_magics.core.dataset_types import DataType
from synapse_magics.core.exceptions import DatasetValidationError
from synapse_magics.core.link_output import (
    LinkFileOutputDatasetConfig,
    LinkTabularOutputDatasetConfig,
)
from synapse_magics.core.tabular_output import OutputTabularDatasetConfig
from synapse_magics.pipeline.command_step import CommandStep
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.pipeline.step_sequence import StepSequence
from synapse_magics.store.states import RunStatus


@pytest.fixture
def datastore(workspace, pool):
    datastore = workspace.get_default_datastore()
    for name, text in (("a.txt", "A"), ("b.txt", "B"), ("d/c.txt", "C"), ("t.csv", "n,m\n1,2\n")):
        (datastore.root / name).parent.mkdir(exist_ok=True)
        (datastore.root / name).write_text(text)
    return datastore


@pytest.fixture
def script(tmp_path):
    """Make a step of a script."""

    def script(name, text, **options):
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / f"{name}.py").write_text(f"import os, sys, pathlib\n{text}\n")
        given = {"name": name, "compute_target": "cpucluster", "source_directory": "code"}
        return PythonScriptStep(f"{name}.py", **{**given, **options})

    return script


@pytest.fixture
def run(workspace):
    """Run steps and return what each of them printed."""

    def run(*steps, parameters=None, status=RunStatus.COMPLETED):
        run = Pipeline(workspace, list(steps)).submit("exp", parameters)
        done = run.wait(timeout_seconds=60)
        children = {step.name: step for step in run.get_steps()}
        words = "".join(step.get_stderr_log() for step in children.values())
        assert done is status, [words, *(step.record.error for step in children.values())]
        return {name: step.get_stdout_log() for name, step in children.items()}, children

    return run


def test_pipeline_data_is_a_place_that_the_script_makes(datastore, script, run):
    data = PipelineData("made", datastore)
    write = script(
        "write",
        "out = sys.argv[1]\n"
        "print(os.path.exists(out), out == os.environ['AZUREML_DATAREFERENCE_made'])\n"
        "print('made' in os.environ, sys.argv[2] == out + '/x.txt')\n"
        "os.makedirs(out)\n"
        "pathlib.Path(out, 'x.txt').write_text('hello')",
        arguments=[data, f"{data}/x.txt"],
        outputs=[data],
    )
    read = script(
        "read",
        "print(pathlib.Path(os.environ['AZUREML_DATAREFERENCE_made'], 'x.txt').read_text())\n"
        "print(pathlib.Path('got/x.txt').read_text(), sys.argv[1:])",
        inputs=[data, data.as_download("copy", "got")],
        arguments=[data.as_input("copy")],
    )
    printed, steps = run(read)

    assert printed["write"] == "False True\nFalse True\n"
    place = f"azureml/{steps['write'].id}/made"
    assert (datastore.root / place / "x.txt").read_text() == "hello"
    assert printed["read"] == f"hello\nhello ['{datastore.root / place}']\n"
    assert write.name == "write"


def test_pipeline_data_may_be_uploaded(datastore, script, run):
    data = PipelineData("made", output_mode="upload", output_path_on_compute="local/made")
    write = script(
        "write", "os.makedirs('local/made')\nopen('local/made/x', 'w').write('1')", outputs=[data]
    )
    _, steps = run(write)

    assert (datastore.root / f"azureml/{steps['write'].id}/made/x").read_text() == "1"


def test_pipeline_data_in_the_working_directory(datastore, script, run):
    data = PipelineData("made", output_path_on_compute="local/made")
    text = "os.makedirs(sys.argv[1], exist_ok=True)\nopen('local/made/x', 'w').write('1')"
    _, steps = run(script("write", text, outputs=[data], arguments=[data]))

    assert (datastore.root / f"azureml/{steps['write'].id}/made/x").read_text() == "1"


def test_what_a_step_writes_as_a_table(workspace, datastore, script, run):
    made = PipelineData("made").as_dataset()
    made.parse_delimited_files(file_extension=".csv").register("people")
    write = script(
        "write",
        "os.makedirs(sys.argv[1])\n"
        "pathlib.Path(sys.argv[1], 'x.csv').write_text('age\\n5\\n6\\n')\n"
        "pathlib.Path(sys.argv[1], 'x.log').write_text('no table')",
        arguments=[made],
        outputs=[made],
    )
    read = script(
        "read",
        "from azureml.core import Run\n"
        "table = Run.get_context().input_datasets['table']\n"
        "print(table.to_pandas_dataframe().age.sum())",
        inputs=[made.parse_delimited_files(file_extension=".csv").as_named_input("table")],
    )
    printed, _ = run(write, read)

    assert printed["read"] == "11\n"
    people = Dataset.get_by_name(workspace, "people")
    assert [column["type"] for column in people.columns] == ["integer"]
    assert people.version == 1


def test_an_output_is_registered_as_a_table(workspace, datastore, script, run):
    output = OutputFileDatasetConfig("out", (datastore, "tables/{run-id}")).as_upload()
    table = output.read_delimited_files().register_on_complete("people")
    assert isinstance(table, OutputTabularDatasetConfig)
    write = script(
        "write", "pathlib.Path(sys.argv[1], 'x.csv').write_text('age\\n5\\n')", arguments=[table]
    )
    read = script(
        "read",
        "from azureml.core import Dataset, Run\n"
        "ws = Run.get_context().experiment.workspace\n"
        "print(Dataset.get_by_id(ws, sys.argv[1]).to_pandas_dataframe().age.sum())",
        arguments=[table.as_input("t")],
    )
    printed, _ = run(write, read)
    people = Dataset.get_by_name(workspace, "people")
    # A step of a later pipeline reads it by its columns.
    later, _ = run(script("later", "print('later')", inputs=[people.as_named_input("people")]))

    assert (printed["read"], later["later"]) == ("5\n", "later\n")
    assert (type(people).__name__, people.columns[0]["name"]) == ("TabularDataset", "age")


def test_what_more_is_said_of_the_table_that_a_step_writes(datastore, script, run):
    output = OutputFileDatasetConfig("out", (datastore, "tables/{run-id}"))
    write = script(
        "write",
        "place = pathlib.Path(sys.argv[1], 'nl', '2020-01')\n"
        "place.mkdir(parents=True)\n"
        "(place / 'x.csv').write_text('code,age\\n007,5\\n')",
        arguments=[output],
    )
    table = output.read_delimited_files(
        include_path=True,
        partition_format="/{country}/{month:yyyy-MM}/*.csv",
        set_column_types={"code": DataType.to_string()},
    )
    read = script(
        "read",
        "from azureml.core import Run\n"
        "table = Run.get_context().input_datasets['t']\n"
        "print(*table.to_pandas_dataframe().iloc[0])\n"
        "print(table.get_partition_key_values(['country']))\n"
        "print(table.profile().columns['age'].max)",
        inputs=[table.as_input("t")],
    )
    printed, _ = run(write, read)

    assert printed["read"] == (
        "/nl/2020-01/x.csv nl 2020-01-01 00:00:00 007 5\n[{'country': 'nl'}]\n5\n"
    )


def test_some_columns_of_what_a_step_writes(datastore, script, run):
    output = OutputFileDatasetConfig("out", (datastore, "tables/{run-id}"))
    write = script(
        "write",
        "pathlib.Path(sys.argv[1], 'x.csv').write_text('age,name,size\\n5,x,1\\n')",
        arguments=[output],
    )
    table = output.read_delimited_files()
    read = script(
        "read",
        "from azureml.core import Run\n"
        "for name in ('kept', 'left'):\n"
        "    print(*Run.get_context().input_datasets[name].to_pandas_dataframe().columns)",
        inputs=[
            table.keep_columns(["age", "name"]).as_input("kept"),
            table.drop_columns("age").drop_columns("size").as_input("left"),
        ],
    )
    printed, _ = run(write, read)

    assert printed["read"] == "age name\nname\n"


def test_a_table_that_is_none_says_so_when_it_is_read(workspace, datastore, script, run):
    output = OutputFileDatasetConfig("out").read_parquet_files().register_on_complete("people")
    run(script("write", "open(sys.argv[1] + '/x', 'w').write('text')", arguments=[output]))

    with pytest.raises(DatasetValidationError, match="Failed to validate the data"):
        Dataset.get_by_name(workspace, "people").to_pandas_dataframe()


def test_an_upload_meets_a_file(datastore, script, run):
    def write(name, **options):
        output = OutputFileDatasetConfig("out", (datastore, "shared")).as_upload(**options)
        text = f"open(sys.argv[1] + '/x.txt', 'w').write({name!r})\nopen(sys.argv[1] + '/y', 'w')"
        return script(name, text, arguments=[output])

    run(write("first", source_globs=["**/*.txt"]))
    assert [item.name for item in (datastore.root / "shared").iterdir()] == ["x.txt"]

    _, steps = run(write("second"), status=RunStatus.FAILED)
    assert steps["second"].record.error["message"] == (
        "x.txt is on datastore workspaceblobstore already, and overwrite is False"
    )
    assert sorted(item.name for item in (datastore.root / "shared").iterdir()) == ["x.txt"]

    run(write("third", overwrite=True))
    assert (datastore.root / "shared" / "x.txt").read_text() == "third"


def test_an_output_in_the_working_directory(datastore, script, run):
    mounted = OutputFileDatasetConfig("mounted", (datastore, "m"), source="deep/made")
    uploaded = OutputFileDatasetConfig("uploaded", (datastore, "u"), source="more").as_upload()
    text = "open('deep/made/x', 'w').write('1')\nopen('more/x', 'w').write('2')"
    run(script("write", text, outputs=[mounted, uploaded]))

    assert [(datastore.root / name / "x").read_text() for name in "mu"] == ["1", "2"]


def test_references(datastore, script, run):
    mounted = DataReference(datastore, "file", "a.txt")
    copied = DataReference(datastore, "folder", "d").as_download("in/d")
    sent = DataReference(datastore, "sent", "sent").as_upload(overwrite=True)
    step = script(
        "use",
        "print(open(sys.argv[1]).read(), sys.argv[2].endswith('work/in/d'))\n"
        "print(open('in/d/c.txt').read(), open(os.environ['AZUREML_DATAREFERENCE_file']).read())\n"
        "os.makedirs(sys.argv[3], exist_ok=True)\n"
        "open(sys.argv[3] + '/x', 'w').write('sent')",
        inputs=[mounted, copied, sent],
        arguments=[mounted, copied, sent],
    )
    printed, _ = run(step)

    assert printed["use"] == "A True\nC A\n"
    assert (datastore.root / "sent" / "x").read_text() == "sent"


def test_places_and_datasets_that_are_chosen_at_submission(workspace, datastore, script, run):
    def files(name):
        return Dataset.File.from_files((datastore, name))

    place = PipelineParameter("place", DataPath(datastore, "a.txt"))
    data = PipelineParameter("data", files("a.txt"))
    path = (place, DataPathComputeBinding("mount"))
    step = script(
        "use",
        "print(open(sys.argv[1]).read(), open(sys.argv[2]).read(), sys.argv[3:])\n"
        "print(os.environ['AML_PARAMETER_rate'], os.environ['AML_PARAMETER_n'])",
        inputs=[path],
        arguments=[
            path,
            DatasetConsumptionConfig("x", data).as_mount(),
            "parameter:n",
        ],
        params={"rate": PipelineParameter("rate", 0.5), "n": PipelineParameter("n", 1)},
    )

    assert run(step)[0]["use"] == "A A ['1']\n0.5 1\n"
    chosen = {"place": DataPath(datastore, "b.txt"), "data": files("d/c.txt"), "rate": 2, "n": 7}
    assert run(step, parameters=chosen)[0]["use"] == "B C ['7']\n2.0 7\n"
    # The same again is the same result; another variable is another one.
    again, steps = run(step, parameters=chosen)
    assert steps["use"].properties["azureml.isreused"] == "true"
    assert again["use"] == "B C ['7']\n2.0 7\n"
    assert run(step, parameters={**chosen, "rate": 3})[0]["use"] == "B C ['7']\n3.0 7\n"


def test_a_dataset_by_name_and_version(workspace, datastore, script, run):
    for name in ("a.txt", "b.txt"):
        Dataset.File.from_files((datastore, name)).register(
            workspace, "letters", create_new_version=True
        )
    newest = DatasetConsumptionConfig("newest", (workspace, "letters"), "mount", "in")
    first = DatasetConsumptionConfig("first", (workspace, "letters", 1)).as_download("copy")
    text = "print(open('in/b.txt').read(), open('copy/a.txt').read())"

    assert run(script("use", text, inputs=[newest, first]))[0]["use"] == "B A\n"


def test_a_script_links_its_outputs(workspace, datastore, script, run):
    files = LinkFileOutputDatasetConfig("files").register_on_complete("linked_files")
    table = LinkTabularOutputDatasetConfig("table").register_on_complete("linked_table")
    link = script(
        "link",
        "from azureml.core import Dataset, Datastore, Run\n"
        "run = Run.get_context()\n"
        "store = Datastore(run.experiment.workspace)\n"
        "made = run.output_datasets\n"
        "made['files'].link(Dataset.File.from_files((store, 'b.txt')))\n"
        "made['files'].link(Dataset.File.from_files((store, 'a.txt')))\n"
        "made['table'].link(Dataset.Tabular.from_delimited_files((store, 't.csv')))",
        outputs=[files, table],
    )
    use = script(
        "use",
        "from azureml.core import Run\n"
        "print(open(sys.argv[1]).read())\n"
        "print(Run.get_context().input_datasets['t'].to_pandas_dataframe().m.sum())",
        arguments=[files.as_input("f"), table.as_input("t")],
    )
    printed, _ = run(link, use)

    assert printed["use"] == "A\n2\n"
    assert Dataset.get_by_name(workspace, "linked_files").to_path() == ["/a.txt"]
    assert Dataset.get_by_name(workspace, "linked_table").columns[1]["name"] == "m"


def test_a_link_that_was_to_be_registered_and_is_none(datastore, script, run):
    output = LinkFileOutputDatasetConfig("files").register_on_complete("linked")
    _, steps = run(script("link", "", outputs=[output]), status=RunStatus.FAILED)

    assert "ended without writing its output 'files'" in steps["link"].record.error["message"]


def test_commands(datastore, tmp_path, run):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "log.py").write_text(
        "import sys\nfrom azureml.core import Run\nRun.get_context().log('n', 3)\nprint(sys.argv)\n"
    )
    common = {"compute_target": "cpucluster", "source_directory": "code"}
    data = PipelineData("made")
    _, steps = run(
        StepSequence(
            [
                CommandStep("python log.py --x 1", name="script", **common),
                CommandStep(
                    ["bash", "-c", 'echo $0 | tr a-z A-Z > "$1"; python -c "print(5)"', "hi", data],
                    name="shell",
                    outputs=[data],
                    **common,
                ),
                CommandStep(["cat", data], name="cat", inputs=[data], **common),
            ]
        )
    )

    printed = {name: step.get_stdout_log() for name, step in steps.items()}
    assert printed["script"].endswith("log.py', '--x', '1']\n")
    assert steps["script"].get_metrics() == {"n": 3}
    assert (printed["shell"], printed["cat"]) == ("5\n", "HI\n")


def test_a_command_that_is_not_there(datastore, run, tmp_path):
    step = CommandStep("no-such-program", compute_target="cpucluster")
    _, steps = run(step, status=RunStatus.FAILED)

    assert "no-such-program" in str(steps["CommandStep_no-such-program"].record.error)


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_an_input_with_a_place_in_the_root_lies_elsewhere(datastore, script, run, tmp_path, mode):
    item = Dataset.File.from_files((datastore, "d")).as_named_input("x")
    item = getattr(item, f"as_{mode}")(str(tmp_path / "not-made"))
    step = script("use", "print(os.listdir(sys.argv[1]))", arguments=[item], inputs=[item])
    _, steps = run(step)

    assert steps["use"].get_stdout_log() == "['c.txt']\n"
    assert not (tmp_path / "not-made").exists()


def test_a_sources_file_is_in_the_way_of_an_input(datastore, script, run, tmp_path):
    item = Dataset.File.from_files((datastore, "d")).as_named_input("x").as_download("in")
    step = script("use", "", inputs=[item])
    Path("code/in").mkdir()
    Path("code/in/x").touch()
    _, steps = run(step, status=RunStatus.FAILED)

    assert "'in' is among the step's sources already" in steps["use"].record.error["message"]


@pytest.mark.spark
def test_a_spark_script_that_is_missing_fails_when_it_runs(datastore, run, tmp_path):
    (tmp_path / "code").mkdir()
    step = SynapseSparkStep("gone.py", "code", "link1-spark01", "1g", 1, "1g", 1, 1)
    _, steps = run(step, status=RunStatus.FAILED)

    assert "gone.py" in steps["gone.py"].record.error["message"]


@pytest.mark.spark
def test_a_mount_that_slipped_into_a_spark_step_fails_when_it_runs(datastore, run, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").touch()
    item = Dataset.File.from_files((datastore, "a.txt")).as_named_input("x").as_mount()
    sizes = ("1g", 1, "1g", 1, 1)
    step = SynapseSparkStep("a.py", "code", "link1-spark01", *sizes, arguments=[item])
    _, steps = run(step, status=RunStatus.FAILED)

    error = steps["a.py"].record.error
    assert (error["message"], error["hint"]) == (
        "a Spark step has no input in mode mount",
        ".as_hdfs() on the input",
    )
