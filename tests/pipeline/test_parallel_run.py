"""A parallel run divides its inputs among worker processes, and loses nothing when one dies."""

import json
from pathlib import Path

import pandas as pd
import pytest
from support import processes_of, wait_until

from synapse_magics import (
    Dataset,
    Environment,
    OutputFileDatasetConfig,
    Pipeline,
    PipelineParameter,
    PythonScriptStep,
)
from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.parallel_run import ParallelRunConfig, ParallelRunStep

FILES = """
import os

def init():
    print("init", os.getpid())

def run(mini_batch):
    return [f"{os.path.basename(path)} {len(mini_batch)}" for path in mini_batch]

def shutdown():
    print("shutdown", os.getpid())
"""


@pytest.fixture
def code(pool, tmp_path):
    """Write an entry script; return a function that does."""
    folder = tmp_path / "code"
    folder.mkdir()

    def write(text):
        (folder / "batch.py").write_text(text)

    write(FILES)
    return write


@pytest.fixture
def data(workspace):
    """Upload 25 small files."""
    folder = Path("images")
    folder.mkdir()
    for number in range(25):
        (folder / f"{number:02d}.txt").write_text(str(number))
    store = workspace.get_default_datastore()
    store.upload("images", "images", show_progress=False)
    return Dataset.File.from_files((store, "images")).as_named_input("images")


def table_of(workspace, text, name="table.csv"):
    Path(name).write_text(text)
    store = workspace.get_default_datastore()
    store.upload_files([name], overwrite=True, show_progress=False)
    return Dataset.Tabular.from_delimited_files((store, name)).as_named_input("table")


def config(**options):
    given = {
        "environment": Environment("batch"),
        "entry_script": "batch.py",
        "source_directory": "code",
        "error_threshold": 0,
        "output_action": "append_row",
        "compute_target": "cpucluster",
        "node_count": 1,
        "process_count_per_node": 2,
    }
    return ParallelRunConfig(**{**given, **options})


def make(inputs, *, arguments=None, side_inputs=None, **options):
    action = options.get("output_action", "append_row")
    output = OutputFileDatasetConfig("scores") if action == "append_row" else None
    settings = config(**options)
    return ParallelRunStep("score", settings, inputs, output, side_inputs, arguments)


class Ended:
    """A step that has run to its end."""

    def __init__(self, workspace, step, **parameters):
        self.run = Pipeline(workspace, [step]).submit("exp", pipeline_parameters=parameters)
        wait_until(lambda: self.run.record.status.is_terminal, 60, "the end of the run")
        self.step = next(self.run.get_children())

    @property
    def status(self):
        return self.step.status

    @property
    def error(self):
        return self.step.get_details()["error"]["error"]

    def lines(self, name="parallel_run_step.txt"):
        assert self.status == "Completed", self.step.log_tail("stderr") + self.step.log_tail()
        return sorted((self.step.output_path("scores") / name).read_text().splitlines())

    def file(self, name):
        return (self.step.log_path().parents[3] / name).read_text()

    def files(self, pattern):
        found = sorted(self.step.log_path().parents[3].glob(pattern))
        return [path.read_text() for path in found]


def test_files_are_divided_among_processes(workspace, code, data):
    ended = Ended(workspace, make([data]))

    sizes = [10] * 20 + [5] * 5
    assert ended.lines() == [f"{n:02d}.txt {size}" for n, size in enumerate(sizes)]
    printed = "".join(ended.files("logs/user/stdout/*")).splitlines()
    assert sorted(line.split()[0] for line in printed) == ["init"] * 2 + ["shutdown"] * 2
    assert len({line.split()[1] for line in printed}) == 2
    assert "mini-batches done: 3" in ended.file("logs/overview.txt")
    assert "status: completed" in ended.file("logs/overview.txt")
    assert "3 mini-batches done, 0 failed" in ended.step.log_tail()
    assert "logs/overview.txt" in ended.step.get_file_names()


def test_the_result_is_reused(workspace, code, data):
    def again():
        return Ended(workspace, make([data])).step

    first = again()
    assert again().record.source_id == first.id


def test_a_table_is_divided_by_size_and_its_types_stay(workspace, code):
    code(
        "def run(mini_batch):\n"
        "    assert str(mini_batch.dtypes.to_dict()['n']) == 'int64'\n"
        "    mini_batch['rows'] = len(mini_batch)\n"
        "    return mini_batch[['n', 'word', 'rows']]\n"
    )
    rows = [f'{n},"w {n}"' for n in range(1000)]
    ended = Ended(
        workspace,
        make([table_of(workspace, "\n".join(["n,word", *rows]) + "\n")], mini_batch_size="1KB"),
    )

    ended.lines()
    file = ended.step.output_path("scores") / "parallel_run_step.txt"
    found = pd.read_csv(file, sep=" ", header=None).sort_values(0)
    assert found[0].tolist() == list(range(1000))
    assert found[1].tolist() == [f"w {n}" for n in range(1000)]
    assert 0 < found[2].max() < 200


def test_partition_keys_bring_together_what_belongs_together(workspace, code):
    code(
        "def run(mini_batch):\n"
        "    key = mini_batch.partition_key_value\n"
        "    assert set(mini_batch['store']) == {key['store']}\n"
        "    return [f\"{key['store']} {mini_batch['sold'].sum()}\"]\n"
    )
    rows = "".join(f"s{n % 3},{n}\n" for n in range(30))
    table = table_of(workspace, "store,sold\n" + rows)

    ended = Ended(workspace, make([table], partition_keys=["store"]))

    assert ended.lines() == ["s0 135", "s1 145", "s2 155"]


def test_the_keys_of_files_that_a_step_writes_are_those_of_its_output(workspace, code):
    Path("code/write.py").write_text(
        "import os, sys\n"
        "for store in 'ab':\n"
        "    os.makedirs(f'{sys.argv[1]}/{store}')\n"
        "    for number in '12':\n"
        "        open(f'{sys.argv[1]}/{store}/{number}.txt', 'w').write(number)\n"
    )
    code(
        "def run(mini_batch):\n"
        "    key = mini_batch.partition_key_value\n"
        "    return [f\"{key['store']} {len(mini_batch)}\"]\n"
    )
    made = OutputFileDatasetConfig("sold", partition_format="/{store}/*.txt")
    PythonScriptStep(
        "write.py",
        arguments=[made.register_on_complete("sold")],
        compute_target="cpucluster",
        source_directory="code",
    )

    ended = Ended(workspace, make([made.as_input("sold")], partition_keys=["store"]))

    assert ended.lines() == ["a 2", "b 2"]
    sold = Dataset.get_by_name(workspace, "sold")
    assert sold.partition_keys == ["store"]
    assert sold.get_partition_key_values() == [{"store": "a"}, {"store": "b"}]


def test_summary_only_writes_no_results(workspace, code, data):
    ended = Ended(workspace, make([data], output_action="summary_only"))

    assert ended.status == "Completed"
    assert "items processed: 25" in ended.file("logs/overview.txt")


ARGUMENTS = """
import argparse, os
from azureml.core import Run
from azureml_user.parallel_run import EntryScript

parser = argparse.ArgumentParser()
parser.add_argument("--labels")
parser.add_argument("--factor", type=int)
args, unknown = parser.parse_known_args()

def init():
    global labels
    labels = open(os.path.join(args.labels, "labels.txt")).read().strip()
    EntryScript().logger.info("init of %s", Run.get_context().id)

def run(mini_batch):
    logger = EntryScript().logger
    logger.info("has %s", len(mini_batch))
    return [f"{labels} {args.factor} {os.environ['MODE']} {unknown}" for _ in mini_batch]
"""


def test_arguments_side_inputs_and_the_entry_scripts_logger(workspace, code, data):
    code(ARGUMENTS)
    Path("side").mkdir()
    Path("side/labels.txt").write_text("cat\n")
    store = workspace.get_default_datastore()
    store.upload("side", "side", show_progress=False)
    side = Dataset.File.from_files((store, "side")).as_named_input("labels").as_mount()
    factor = PipelineParameter("factor", 3)
    step = make(
        [data],
        arguments=["--labels", side, "--factor", factor, "-x"],
        side_inputs=[side],
        mini_batch_size=PipelineParameter("batch", "10"),
        append_row_file_name="labels.csv",
        environment_variables={"MODE": "fast"},
    )

    ended = Ended(workspace, step, factor=4, batch="13")

    assert ended.lines("labels.csv") == ["cat 4 fast ['-x']"] * 25
    log = "".join(ended.files("logs/user/entry_script_log/*"))
    assert f"init of {ended.step.id}" in log
    assert ("has 13" in log, "has 12" in log) == (True, True)


def test_results_of_a_step_are_the_input_of_the_next(workspace, code, data):
    Path("code/make.py").write_text(
        "import sys, pathlib\n"
        "for n in range(3):\n"
        "    pathlib.Path(sys.argv[1], f'{n}.txt').write_text(str(n))\n"
    )
    made = OutputFileDatasetConfig("made")
    first = PythonScriptStep(
        "make.py", arguments=[made], compute_target="cpucluster", source_directory="code"
    )
    run = Pipeline(workspace, [first, make([made.as_input("images")])]).submit("exp")
    wait_until(lambda: run.record.status.is_terminal, 60, "the end of the run")

    score = next(step for step in run.get_children() if step.name == "score")
    lines = (score.output_path("scores") / "parallel_run_step.txt").read_text().splitlines()
    assert sorted(lines) == ["0.txt 3", "1.txt 3", "2.txt 3"]


@pytest.mark.parametrize(
    "death", ["os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)", "time.sleep(600)"]
)
def test_a_worker_that_dies_or_hangs_loses_no_mini_batch(workspace, code, data, death):
    code(
        "import os, pathlib, signal, time\n"
        "def run(mini_batch):\n"
        "    for path in mini_batch:\n"
        "        mark = pathlib.Path(os.path.basename(path) + '.seen')\n"
        "        if '07' in path and not mark.exists():\n"
        "            mark.touch()\n"
        f"            {death}\n"
        "    return [os.path.basename(path) for path in mini_batch]\n"
    )

    ended = Ended(workspace, make([data], mini_batch_size="3", run_invocation_timeout=2))

    assert ended.lines() == [f"{n:02d}.txt" for n in range(25)]
    assert "tries repeated: 1" in ended.file("logs/overview.txt")
    assert "is tried again" in ended.step.log_tail()


FAILING = """
import os

def run(mini_batch):
    if any("07" in path for path in mini_batch):
        raise ValueError("seven is bad")
    return [os.path.basename(path) for path in mini_batch]
"""


def test_the_step_fails_above_the_threshold_and_names_the_first_error(workspace, code, data):
    code(FAILING)

    ended = Ended(workspace, make([data], mini_batch_size="3", error_threshold=2))

    assert ended.status == "Failed"
    assert "3 items have failed, which is more than error_threshold 2" in ended.error["message"]
    assert "ValueError: seven is bad" in ended.error["message"]
    assert ended.error["where"] == "entry script batch.py, line 6"
    assert "status: failed" in ended.file("logs/overview.txt")
    assert "seven is bad" in "".join(ended.files("logs/user/error/*"))


@pytest.mark.parametrize("threshold", [3, -1])
def test_the_step_completes_within_the_threshold(workspace, code, data, threshold):
    code(FAILING)

    ended = Ended(workspace, make([data], mini_batch_size="3", error_threshold=threshold))

    assert ended.lines() == [f"{n:02d}.txt" for n in range(25) if n not in {6, 7, 8}]
    assert "items failed: 3" in ended.file("logs/overview.txt")
    assert "tries repeated: 2" in ended.file("logs/overview.txt")


def test_fewer_results_than_items_are_failures(workspace, code, data):
    code("def run(mini_batch):\n    return mini_batch[1:]\n")

    ended = Ended(workspace, make([data], error_threshold=2))

    assert ended.status == "Failed"
    assert "returned 9 results for 10 items" in ended.error["message"]


def test_failed_mini_batches_have_limits_of_their_own(workspace, code, data):
    code(FAILING)

    counted = Ended(workspace, make([data], error_threshold=-1, allowed_failed_count=0))
    percent = Ended(workspace, make([data], error_threshold=-1, allowed_failed_percent=30))

    assert "allowed_failed_count 0" in counted.error["message"]
    assert "allowed_failed_percent 30" in percent.error["message"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("def init():\n    raise OSError('no model')\ndef run(b):\n    return b\n", "no model"),
        ("import nothing_at_all\n", "nothing_at_all"),
        ("def init():\n    pass\n", "has no function run"),
        ("import os\nos._exit(3)\n", "no worker process gets ready"),
    ],
)
def test_an_entry_script_that_does_not_start_fails_the_step(workspace, code, data, script, words):
    code(script)

    ended = Ended(workspace, make([data]))

    assert ended.status == "Failed"
    assert words in ended.error["message"]


def test_nothing_is_left_when_the_run_is_canceled(workspace, code, data):
    code(
        "import subprocess, time\n"
        "def run(mini_batch):\n"
        "    subprocess.Popen(['sleep', '600'])\n"
        "    print('here', flush=True)\n"
        "    time.sleep(600)\n"
    )
    run = Pipeline(workspace, [make([data], run_invocation_timeout=1000)]).submit("exp")
    step = wait_until(lambda: next(run.get_children(), None), 10, "the step")
    folder = workspace.store.run_folder(step.id).path
    logs = folder / "logs" / "user" / "stdout"
    wait_until(
        lambda: sum("here" in path.read_text() for path in logs.glob("*")) == 2, 30, "two workers"
    )

    run.cancel()

    wait_until(lambda: run.record.status.is_terminal, 30, "the end of the run")
    assert run.status == "Canceled"
    assert processes_of(folder / "work") == []


# What is refused when it is made.


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"environment": None}, "Parameter environment is required"),
        ({"environment": "batch"}, "must be an instance of Environment"),
        ({"entry_script": ""}, "Parameter entry_script is required"),
        ({"compute_target": None}, "Parameter compute_target is required"),
        ({"error_threshold": None}, "Parameter error_threshold is required"),
        ({"error_threshold": -2}, "error_threshold must be greater than or equal to -1"),
        ({"error_threshold": "many"}, "error_threshold must be an int value"),
        ({"output_action": "print"}, "output_action must be one of append_row, summary_only"),
        ({"node_count": 0}, "node_count must be greater than or equal to 1"),
        ({"node_count": True}, "node_count must be an int value"),
        ({"run_max_try": 0}, "run_max_try must be"),
        ({"run_invocation_timeout": 0}, "run_invocation_timeout must be"),
        ({"mini_batch_size": "many"}, "mini_batch_size must be"),
        ({"mini_batch_size": "1MB", "partition_keys": ["a"]}, "mutually exclusive"),
        ({"partition_keys": []}, "partition_keys must be a list of strings"),
        ({"logging_level": "LOUD"}, "logging_level must be one of"),
        ({"append_row_file_name": "a/b.txt"}, "without folders"),
        ({"allowed_failed_percent": 101}, "between 0 and 100"),
    ],
)
def test_the_configuration_refuses(options, words):
    with pytest.raises(ValueError, match=words):
        config(**options)


def test_a_configuration_in_a_file_is_refused_with_the_alternative(tmp_path):
    with pytest.raises(NotSupportedError, match="load_yaml"):
        ParallelRunConfig.load_yaml(None, "config.yml")
    with pytest.raises(NotSupportedError, match="save_to_yaml"):
        config().save_to_yaml("config.yml")


def test_more_nodes_than_the_cluster_has_are_refused(workspace, code, data):
    target = ComputeTarget(workspace, "cpucluster")
    with pytest.raises(ValueError, match=r"node_count 3 must not exceed .* 2 of .*cpucluster"):
        config(compute_target=target, node_count=3)
    step = make([data], node_count=3)
    with pytest.raises(ValueError, match="node_count 3 must not exceed"):
        Pipeline(workspace, [step])


def test_the_step_refuses(workspace, code, data):
    table = table_of(workspace, "a\n1\n")
    with pytest.raises(ValueError, match="of the same type"):
        make([data, table])
    with pytest.raises(ValueError, match="list of at least one dataset"):
        make([])
    with pytest.raises(ValueError, match="call the as_named_input"):
        make([data.dataset])
    with pytest.raises(ValueError, match="a number of files for a FileDataset"):
        make([data], mini_batch_size="1MB")
    with pytest.raises(NotSupportedError, match="have no partition key 'store'"):
        make([data], partition_keys=["store"])
    with pytest.raises(ValueError, match="Please specify output parameter"):
        ParallelRunStep("score", config(), [data])
    with pytest.raises(ValueError, match="an instance of ParallelRunConfig"):
        ParallelRunStep("score", {}, [data])


def test_a_missing_entry_script_is_refused_with_the_pipeline(workspace, code, data):
    step = make([data], entry_script="other.py")
    with pytest.raises(ValueError, match=r"entry script not found at: .*other\.py"):
        Pipeline(workspace, [step])


def test_the_main_file_stands_alone(workspace, code, data):
    text = make([data]).files()["parallel_run_main.py"].decode()

    assert "from synapse_magics" not in "\n".join(
        line for line in text.splitlines() if not line.startswith(" ")
    )
    compile(text, "main", "exec")
    assert json.dumps("batch.py") in text
