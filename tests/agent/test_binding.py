"""Every name of a step becomes a place or a value."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support import carry_out, make_step, submit, write_snapshot

from synapse_magics.agent.binding import BindingError, bind
from synapse_magics.store.file_hashes import manifest
from synapse_magics.store.locations import LocationError
from synapse_magics.store.specs import Argument, ArgumentKind, InputSpec, OutputSpec, StepKind

TABLE = {
    "type": "tabular",
    "sources": [{"datastore": "main", "path": "t/*.csv"}],
    "reader": {"format": "delimited", "separator": ","},
}
OUT = OutputSpec("model", "mount", "main", "x/{run-id}/{output-name}")


@pytest.fixture
def data(store):
    """Files on the datastore."""
    root = store.datastore_root("main")
    for name in ("t/a.csv", "t/b.csv", "t/_SUCCESS", "one.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    store.registry.save("saved_dataset", "table-id", TABLE)
    for name, path in (("file-id", "one.txt"), ("folder-id", "t"), ("glob-id", "t/*.csv")):
        source = {"datastore": "main", "path": path}
        store.registry.save("saved_dataset", name, {"type": "file", "sources": [source]})
    return root


@pytest.fixture
def bound(store, data):
    """Submit a step and bind it."""
    write_snapshot(store, "step", "print()")

    def bound(parameters=None, **fields):
        _, (step,) = submit(store, make_step("step", **fields))
        job = bind(store, store.runs.get(step), parameters or {})
        carry_out(job.folder.path, job.before)
        return job

    return bound


def arguments(*pairs):
    return tuple(Argument(kind, value) for kind, value in pairs)


def test_every_kind_of_argument_is_resolved(bound, data):
    job = bound(
        {"alpha": "0.5", "names": ["x", "y"]},
        inputs=(InputSpec("table", "direct", dataset_id="table-id"),),
        outputs=(OUT,),
        arguments=arguments(
            (ArgumentKind.LITERAL, "--in"),
            (ArgumentKind.INPUT, "table"),
            (ArgumentKind.INPUT_BINDING, "table"),
            (ArgumentKind.OUTPUT, "model"),
            (ArgumentKind.PARAMETER, "alpha"),
            (ArgumentKind.PARAMETER_JSON, "names"),
        ),
    )

    literal, table, binding, model, alpha, names = job.arguments
    assert (literal, table, alpha, names) == ("--in", "table-id", "0.5", '["x", "y"]')
    assert json.loads(binding) == {
        "kind": "tabular",
        "format": "delimited",
        "separator": ",",
        "paths": [str(data / "t/a.csv"), str(data / "t/b.csv")],
    }
    assert model == str(data / "x" / job.run_id / "model")


def test_a_table_of_very_many_files_fits_into_a_command_line(bound, data):
    for number in range(2000):
        (data / "t" / f"{number:050}.csv").touch()

    job = bound(
        inputs=(InputSpec("table", "direct", dataset_id="table-id"),),
        arguments=arguments((ArgumentKind.INPUT_BINDING, "table")),
    )

    (argument,) = job.arguments
    assert argument == "@table.input.json"
    binding = json.loads((job.folder.work / "table.input.json").read_text())
    assert len(binding["paths"]) == 2002


def test_a_spark_step_gets_addresses_and_a_python_step_paths(bound, data):
    fields = {
        "inputs": (InputSpec("file", "hdfs", dataset_id="file-id"),),
        "outputs": (OUT,),
        "arguments": arguments((ArgumentKind.INPUT, "file"), (ArgumentKind.OUTPUT, "model")),
    }
    spark = bound(kind=StepKind.SPARK, **fields)
    python = bound(**fields)

    assert spark.arguments == (
        (data / "one.txt").as_uri(),
        (data / "x" / spark.run_id / "model").as_uri(),
    )
    assert python.arguments == (
        str(data / "one.txt"),
        str(data / "x" / python.run_id / "model"),
    )


def test_outputs_are_recorded_where_they_will_be(bound, store):
    job = bound(outputs=(OUT,))

    (output,) = store.records.outputs(job.run_id)
    assert (output.datastore, output.path) == ("main", f"x/{job.run_id}/model")
    assert output.dataset_id is None


def test_an_output_folder_is_made_except_where_spark_makes_it(bound, data):
    mounted = bound(outputs=(OUT,))
    assert (data / "x" / mounted.run_id / "model").is_dir()

    for_spark = bound(outputs=(OutputSpec("model", "hdfs", "main", OUT.path),))
    assert (data / "x" / for_spark.run_id).is_dir()
    assert not (data / "x" / for_spark.run_id / "model").exists()


def test_an_output_cannot_leave_its_datastore(bound):
    with pytest.raises(LocationError, match="leaves the datastore"):
        bound(outputs=(OutputSpec("model", "mount", "main", "../x"),))


@pytest.fixture
def taker(store, data):
    """Submit a step that makes ``out`` and one that takes it."""
    for name in ("maker", "taker"):
        write_snapshot(store, name, "print()")
    maker = make_step("maker", outputs=(OutputSpec("out", "hdfs", "main", "made/{run-id}"),))
    made = InputSpec("got", "mount", node="maker", output="out")
    taker = make_step("taker", inputs=(made,), arguments=arguments((ArgumentKind.INPUT, "got")))
    _, (maker_id, taker_id) = submit(store, maker, taker)
    bind(store, store.runs.get(maker_id), {})
    return store.runs.get(maker_id), store.runs.get(taker_id)


def test_an_upstream_output_is_taken_from_where_it_was_written(store, data, taker):
    maker, taker = taker
    (data / "made" / maker.id).mkdir()

    assert bind(store, taker, {}).arguments == (str(data / "made" / maker.id),)


def test_an_upstream_output_that_was_never_written_names_the_step(store, taker):
    _, taker = taker

    with pytest.raises(BindingError, match="maker completed without writing its output 'out'") as e:
        bind(store, taker, {})

    assert e.value.where == "input got of step taker"
    assert "write to the variable out" in e.value.hint


def test_a_dataset_that_is_gone_is_named(bound):
    with pytest.raises(BindingError, match="dataset of input table is gone"):
        bound(inputs=(InputSpec("table", "direct", dataset_id="nothing"),))


def test_data_that_is_gone_is_named(bound, data):
    (data / "one.txt").unlink()

    with pytest.raises(LocationError, match=r"one\.txt"):
        bound(inputs=(InputSpec("file", "mount", dataset_id="file-id"),))


@pytest.mark.parametrize(
    ("dataset", "path", "files"),
    [
        ("file-id", "inputs/file/one.txt", ["one.txt"]),
        ("folder-id", "inputs/file", ["_SUCCESS", "a.csv", "b.csv"]),
    ],
)
def test_a_download_is_a_copy_in_the_runs_folder(bound, dataset, path, files):
    job = bound(
        inputs=(InputSpec("file", "download", dataset_id=dataset),),
        arguments=arguments((ArgumentKind.INPUT, "file")),
    )

    assert job.arguments == (str(job.folder.path / path),)
    copied = job.folder.path / "inputs" / "file"
    assert sorted(item.name for item in copied.iterdir()) == files
    assert not any(item.is_symlink() for item in copied.iterdir())


def test_a_mount_is_the_place_itself(bound, data):
    job = bound(
        inputs=(InputSpec("folder", "mount", dataset_id="folder-id"),),
        arguments=arguments((ArgumentKind.INPUT, "folder"), (ArgumentKind.INPUT_BINDING, "folder")),
    )

    assert job.arguments[0] == str(data / "t")
    assert json.loads(job.arguments[1]) == {"kind": "path", "path": str(data / "t")}


@pytest.mark.parametrize(("mode", "links"), [("mount", True), ("hdfs", True), ("download", False)])
def test_several_files_are_handed_over_in_a_folder_without_others(bound, data, mode, links):
    job = bound(
        inputs=(InputSpec("files", mode, dataset_id="glob-id"),),
        arguments=arguments((ArgumentKind.INPUT, "files")),
    )

    folder = job.folder.path / "inputs" / "files"
    assert job.arguments == (str(folder),)
    assert {item.name: item.read_text() for item in folder.iterdir()} == {
        "a.csv": "t/a.csv",
        "b.csv": "t/b.csv",
    }
    assert {item.is_symlink() for item in folder.iterdir()} == {links}


def test_files_of_several_folders_keep_the_names_that_to_path_gives_them(bound, store, data):
    sources = [{"datastore": "main", "path": path} for path in ("t/a.csv", "one.txt")]
    store.registry.save("saved_dataset", "two-id", {"type": "file", "sources": sources})

    job = bound(inputs=(InputSpec("files", "mount", dataset_id="two-id"),))

    folder = job.folder.path / "inputs" / "files"
    found = sorted(str(item.relative_to(folder)) for item in folder.rglob("*") if item.is_file())
    assert found == ["one.txt", "t/a.csv"]


def test_files_are_gathered_again_when_a_step_is_taken_up_again(bound, store, data):
    job = bound(inputs=(InputSpec("files", "mount", dataset_id="glob-id"),))

    bind(store, store.runs.get(job.run_id), {})

    assert (job.folder.path / "inputs" / "files" / "a.csv").read_text() == "t/a.csv"


def test_a_long_parameter_goes_to_a_file_and_not_into_the_environment(bound):
    text = "x" * 200_000

    job = bound({"text": text}, arguments=arguments((ArgumentKind.PARAMETER_JSON, "text")))

    assert job.arguments == ("@text.parameter.json",)
    assert json.loads((job.folder.work / "text.parameter.json").read_text()) == text
    assert "AML_PARAMETER_text" not in job.environment


def test_a_parameter_too_long_for_a_script_of_the_users_is_refused_in_words(bound):
    with pytest.raises(BindingError, match="text has 200,000 bytes"):
        bound({"text": "x" * 200_000}, arguments=arguments((ArgumentKind.PARAMETER, "text")))


def test_a_direct_file_dataset_is_its_id_and_a_path_for_the_cell(bound, data):
    job = bound(
        inputs=(InputSpec("file", "direct", dataset_id="file-id"),),
        arguments=arguments((ArgumentKind.INPUT, "file"), (ArgumentKind.INPUT_BINDING, "file")),
    )

    assert job.arguments[0] == "file-id"
    assert json.loads(job.arguments[1])["path"] == str(data / "one.txt")


def test_the_environment_tells_the_step_who_and_where_it_is(bound, store, data):
    job = bound(
        {"learning-rate": 0.1},
        inputs=(
            InputSpec("file", "mount", dataset_id="file-id"),
            InputSpec("table", "direct", dataset_id="table-id"),
        ),
        outputs=(OUT,),
        arguments=arguments((ArgumentKind.PARAMETER, "learning-rate")),
        environment_variables={"MINE": "1", "AZUREML_RUN_ID": "forged"},
    )

    place = str(data / "one.txt")
    assert job.environment == {
        "MINE": "1",
        "AZUREML_RUN_ID": job.run_id,
        "AZUREML_ROOT_RUN_ID": store.runs.get(job.run_id).root_id,
        "AZUREML_ARM_PROJECT_NAME": "exp",
        "model": str(data / "x" / job.run_id / "model"),
        "file": place,
        "FILE": place,
        "AZURE_ML_INPUT_file": place,
        "AZURE_ML_INPUT_table": "table-id",
        "AZURE_ML_OUTPUT_model": str(data / "x" / job.run_id / "model"),
        "SYNAPSE_MAGICS_OUTPUTS": json.dumps(
            {"model": {"place": str(data / "x" / job.run_id / "model")}}
        ),
        "AZUREML_DATAREFERENCE_file": place,
        "table": "table-id",
        "AML_PARAMETER_learning_rate": "0.1",
        "AZUREML_DATASET_ENVIRONMENT_VARS": "file:mount,table:direct",
        "AZUREML_DATASET_FILE_OUTPUTS": "model",
        "SYNAPSE_MAGICS_WORKSPACE": str(store.folder.parent),
    }


def test_the_working_directory_is_a_writable_copy_with_links_to_the_run(bound, store):
    (store.snapshot_folder("step") / "step.py").chmod(0o400)
    store.snapshot_folder("step").chmod(0o500)

    job = bound()

    script = job.folder.work / job.script
    script.write_text("changed")
    assert (store.snapshot_folder("step") / "step.py").read_text() == "print()"
    (job.folder.work / "outputs" / "m.txt").write_text("model")
    (job.folder.work / "logs" / "l.txt").write_text("log")
    assert {"outputs/m.txt", "logs/l.txt"} <= set(job.folder.file_names())
    store.snapshot_folder("step").chmod(0o700)


def test_a_step_that_is_taken_up_again_starts_from_its_sources(bound, store):
    job = bound()
    (job.folder.work / "left.txt").touch()

    bind(store, store.runs.get(job.run_id), {})

    assert sorted(item.name for item in job.folder.work.iterdir()) == ["logs", "outputs", "step.py"]


def test_an_input_called_path_does_not_replace_the_search_path(bound, data):
    job = bound(
        inputs=(InputSpec("path", "mount", dataset_id="file-id"),),
        outputs=(OutputSpec("HOME", "mount", "main", "x/{output-name}"),),
    )

    assert job.environment["path"] == str(data / "one.txt")
    assert {"PATH", "HOME"} & set(job.environment) == set()


def test_no_input_replaces_the_run_id(bound, data):
    job = bound(inputs=(InputSpec("AZUREML_RUN_ID", "mount", dataset_id="file-id"),))

    assert job.environment["AZUREML_RUN_ID"] == job.run_id


def test_a_step_sees_the_parameters_of_its_own_arguments_and_no_others(bound):
    job = bound(
        {"own": 1, "as-json": [2], "others": 3, "text": 4},
        arguments=arguments(
            (ArgumentKind.PARAMETER, "own"),
            (ArgumentKind.PARAMETER_JSON, "as-json"),
            (ArgumentKind.LITERAL, "text"),
        ),
    )

    seen = {name: text for name, text in job.environment.items() if name.startswith("AML_")}
    assert seen == {"AML_PARAMETER_own": "1", "AML_PARAMETER_as_json": "[2]"}


def test_a_job_knows_its_time_limit_and_whose_values_are_secret(bound, store):
    store.registry.put("secret", "CUSTOMER", {"variable": "CUSTOMER"})
    job = bound(timeout=2.5)

    assert (job.timeout, job.secrets) == (2.5, ("CUSTOMER",))


@pytest.fixture
def second(store, data):
    """Bind the first attempt of a step, and return the record of the second one."""
    write_snapshot(store, "step", "print()")

    def second(**fields):
        _, (step,) = submit(store, make_step("step", **fields))
        job = bind(store, store.runs.get(step), {})
        carry_out(job.folder.path, job.before)
        return replace(store.runs.get(step), attempt=2)

    return second


def test_another_attempt_finds_nothing_of_the_one_before(store, data, second):
    run = second(
        outputs=(OUT, OutputSpec("table", "hdfs", "main", "x/{run-id}/table")),
        inputs=(InputSpec("folder", "download", dataset_id="folder-id"),),
    )
    folder, mine = store.run_folder(run.id), data / "x" / run.id
    (mine / "model" / "half").touch()
    (mine / "table").mkdir()
    folder.stdout.write_text("first")
    folder.records.write_text("{}")
    (folder.path / "inputs" / "folder" / "made.csv").touch()
    (folder.work / "made").touch()

    bind(store, run, {})

    assert list((mine / "model").iterdir()) == []
    assert not (mine / "table").exists()
    assert (folder.stdout.read_text(), folder.records.exists()) == ("", False)
    assert not (folder.path / "inputs" / "folder" / "made.csv").exists()
    assert not (folder.work / "made").exists()
    assert (folder.path / "attempts/1/logs/azureml/driver/stdout").read_text() == "first"


def test_outputs_that_lie_in_each_other_are_all_there_in_another_attempt(store, data, second):
    inner = OutputSpec("inner", "mount", "main", "x/{run-id}/inner")
    run = second(outputs=(inner, OutputSpec("outer", "mount", "main", "x/{run-id}")))

    bind(store, run, {})

    assert (data / "x" / run.id / "inner").is_dir()


def test_another_attempt_leaves_a_place_alone_that_other_runs_write_to(store, data, second):
    run = second(outputs=(OutputSpec("shared", "mount", "main", "t"),))

    bind(store, run, {})

    assert (data / "t" / "a.csv").exists()


def test_a_link_in_the_place_of_an_output_is_not_followed(store, data, tmp_path, second):
    run = second(outputs=(OUT,))
    place, elsewhere = data / "x" / run.id / "model", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    place.rmdir()
    place.symlink_to(elsewhere)

    bind(store, run, {})

    assert (elsewhere / "file").exists()
    assert place.is_dir()
    assert not place.is_symlink()


def test_a_spark_step_has_no_mounts(bound, data):
    with pytest.raises(BindingError, match="a Spark step has no input in mode mount") as caught:
        bound(kind=StepKind.SPARK, inputs=(InputSpec("file", "mount", dataset_id="file-id"),))

    assert caught.value.hint == ".as_hdfs() on the input"


def test_a_place_on_a_datastore_is_told_by_one_variable(bound, data):
    job = bound(
        inputs=(InputSpec("raw", "mount", datastore="main", path="t", reference=True),),
        arguments=arguments(
            (ArgumentKind.INPUT, "raw"),
            (ArgumentKind.LITERAL, "$AZUREML_DATAREFERENCE_raw/a.csv"),
            (ArgumentKind.LITERAL, "${AZUREML_DATAREFERENCE_raw} $AZUREML_DATAREFERENCE_other"),
        ),
    )

    place = str(data / "t")
    assert job.arguments == (place, f"{place}/a.csv", f"{place} $AZUREML_DATAREFERENCE_other")
    assert job.environment["AZUREML_DATAREFERENCE_raw"] == place
    assert {"raw", "RAW"} & set(job.environment) == set()
    assert job.environment["AZUREML_DATASET_ENVIRONMENT_VARS"] == ""


def test_a_place_where_nothing_lies_is_told_all_the_same(bound, data):
    job = bound(
        inputs=(InputSpec("raw", "mount", datastore="main", path="new", reference=True),),
        arguments=arguments((ArgumentKind.INPUT, "raw")),
    )

    assert job.arguments == (str(data / "new"),)


def test_pipeline_data_are_told_by_one_variable_and_not_made(bound, data):
    output = OutputSpec("port", "mount", "main", "azureml/{run-id}/{output-name}", reference="data")
    job = bound(outputs=(output,), arguments=arguments((ArgumentKind.OUTPUT, "port")))

    place = data / "azureml" / job.run_id / "port"
    assert (place.exists(), place.parent.is_dir()) == (False, True)
    for name in ("port", "data"):
        assert job.environment[f"AZUREML_DATAREFERENCE_{name}"] == str(place)
    assert "port" not in job.environment
    assert "AZUREML_DATASET_FILE_OUTPUTS" not in job.environment


def test_an_uploaded_output_is_a_local_folder(bound, data):
    job = bound(
        outputs=(replace(OUT, mode="upload"),),
        arguments=arguments((ArgumentKind.OUTPUT, "model")),
    )

    local = job.folder.path / "uploads" / "model"
    assert (job.arguments, local.is_dir()) == ((str(local),), True)
    assert not (data / "x" / job.run_id / "model").exists()


def test_a_link_has_no_place(bound, store):
    job = bound(outputs=(OutputSpec("made", "link", "main", ""),))

    assert job.environment["AZUREML_LINK_DATASET_OUTPUTS"] == "made"
    assert "made" not in job.environment
    assert store.records.outputs(job.run_id) == []


@pytest.mark.parametrize(("mode", "link"), [("mount", True), ("download", False)])
def test_an_input_in_the_working_directory(bound, mode, link):
    inputs = (
        InputSpec("folder", mode, dataset_id="folder-id", path_on_compute="in/t"),
        InputSpec("file", mode, dataset_id="file-id", path_on_compute="one"),
    )
    job = bound(inputs=inputs, arguments=arguments((ArgumentKind.INPUT, "file")))

    work = job.folder.work
    assert (work / "in" / "t" / "a.csv").read_text() == "t/a.csv"
    assert (work / "in" / "t").is_symlink() is link
    assert job.arguments == (str(work / "one" / "one.txt"),)


def test_parameters_that_variables_hold(bound):
    job = bound({"rate": 0.5}, parameter_variables={"AML_PARAMETER_r": "rate"})

    assert job.environment["AML_PARAMETER_r"] == "0.5"


def test_a_table_of_what_a_step_made_is_a_saved_dataset(store, data, taker):
    maker, taker = taker
    (data / "made" / maker.id).mkdir()
    table = {"format": "parquet", "glob": "**/*.parquet"}
    item = InputSpec("got", "direct", node="maker", output="out", table=table)
    run = replace(taker, spec=replace(taker.step, inputs=(item,)).to_json())

    (identity,) = bind(store, run, {}).arguments
    assert store.registry.by_id("saved_dataset", identity).body == {
        "type": "tabular",
        "sources": [{"datastore": "main", "path": f"made/{maker.id}/**/*.parquet"}],
        "table": {"format": "parquet"},
    }


@pytest.fixture
def consumer(store):
    """A step that reads what another one has made, whose output's manifest is known."""
    write_snapshot(store, "step", "print()")
    made = replace(OUT, name="out")
    reads = InputSpec("data", "mount", node="make", output="out")

    def consumer(path="x/{run-id}/{output-name}"):
        steps = (
            make_step("make", outputs=(replace(made, path=path),)),
            make_step("step", inputs=(reads,)),
        )
        _, (make, step) = submit(store, *steps)
        place = store.datastore_root("main") / "made"
        place.mkdir()
        (place / "part").write_text("all of it")
        with store.database.transaction() as connection:
            connection.execute(
                "INSERT INTO outputs (run_id, name, datastore, path, manifest)"
                " VALUES (?, 'out', 'main', 'made', ?)",
                (make, json.dumps(manifest(place))),
            )
        return place / "part", lambda: bind(store, store.runs.get(step), {})

    return consumer


def test_what_is_left_of_an_output_after_a_crash_is_not_handed_over(consumer):
    part, read = consumer()
    read()
    part.write_text("all")
    with pytest.raises(BindingError, match="has lost the end of part: 3 of 9 bytes") as caught:
        read()
    assert caught.value.hint == "%synapse_submit --from make makes it anew"
    part.unlink()
    with pytest.raises(BindingError, match="has lost part"):
        read()


def test_an_output_may_have_grown(consumer):
    part, read = consumer()
    part.write_text("all of it, and more")
    (part.parent / "other").touch()
    read()


def test_at_a_place_that_all_runs_share_others_may_have_written(consumer):
    part, read = consumer("fixed")
    part.write_text("new")
    read()


CHOICE = {
    "type": "file",
    "sources": [{"datastore": "main", "path": "t"}],
    "operations": [
        {
            "name": "filter",
            "expression": ["==", ["column", "Extension"], ["value", ".csv"]],
        },
        {"name": "take", "count": 1},
    ],
}


@pytest.mark.parametrize("mode", ["mount", "download", "hdfs"])
def test_a_choice_of_files_is_handed_over_and_nothing_else(store, bound, mode):
    store.registry.save("saved_dataset", "choice-id", CHOICE)
    job = bound(
        inputs=(InputSpec("files", mode, dataset_id="choice-id"),),
        arguments=arguments((ArgumentKind.INPUT, "files")),
    )

    assert [file.name for file in Path(job.arguments[0]).iterdir()] == ["a.csv"]


def test_a_choice_of_no_files_is_an_empty_folder(store, bound):
    none = {**CHOICE, "operations": [{"name": "take", "count": 0}]}
    store.registry.save("saved_dataset", "none-id", none)
    job = bound(
        inputs=(InputSpec("files", "mount", dataset_id="none-id"),),
        arguments=arguments((ArgumentKind.INPUT, "files")),
    )

    assert list(Path(job.arguments[0]).iterdir()) == []


def test_a_table_comes_with_its_operations(store, bound):
    operations = [{"name": "take", "count": 1}]
    store.registry.save("saved_dataset", "taken-id", {**TABLE, "operations": operations})
    job = bound(
        inputs=(InputSpec("table", "direct", dataset_id="taken-id"),),
        arguments=arguments((ArgumentKind.INPUT_BINDING, "table")),
    )

    assert json.loads(job.arguments[0])["operations"] == operations


def test_a_table_comes_with_the_values_in_its_paths(store, data, bound):
    reader = {**TABLE["reader"], "path": {"include": True, "format": "/{name}.csv"}}
    store.registry.save("saved_dataset", "named-id", {**TABLE, "reader": reader})
    fields = {
        "inputs": (InputSpec("table", "direct", dataset_id="named-id"),),
        "arguments": arguments((ArgumentKind.INPUT_BINDING, "table")),
    }
    binding = json.loads(bound(**fields).arguments[0])

    assert binding["path_columns"] == [
        {"name": "Path", "type": "string"},
        {"name": "name", "type": "string"},
    ]
    assert binding["path_values"] == [["/a.csv", "a"], ["/b.csv", "b"]]

    reader["path"]["format"] = "/{year:yyyy}.csv"
    store.registry.save("saved_dataset", "year-id", {**TABLE, "reader": reader})
    fields["inputs"] = (InputSpec("table", "direct", dataset_id="year-id"),)
    with pytest.raises(LocationError, match=r"the path /t/a\.csv does not have the form"):
        bound(**fields)


def test_the_sources_are_to_be_read_and_new_files_may_lie_beside_them(bound, store):
    (store.snapshot_folder("step") / "lib").mkdir()
    (store.snapshot_folder("step") / "lib" / "util.py").write_text("X = 1")
    work = bound().folder.work

    assert (work / "lib" / "util.py").stat().st_mode & 0o777 == 0o400
    (work / "lib" / "made.py").write_text("Y = 2")


def test_folders_of_an_earlier_run_in_the_sources_do_not_take_what_the_script_writes(bound, store):
    folder = store.snapshot_folder("step")
    for name in ("outputs/deep/old.txt", "logs/old.txt", "logs/azureml/driver/stdout"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("old")
    job = bound()

    work = job.folder.work
    (work / "outputs" / "new.txt").write_text("new")
    (work / "logs" / "new.txt").write_text("new")
    found = {
        path.relative_to(job.folder.path).as_posix()
        for path in job.folder.path.rglob("*.txt")
        if work not in path.parents
    }
    assert found == {"outputs/deep/old.txt", "outputs/new.txt", "logs/old.txt", "logs/new.txt"}
    assert (work / "outputs" / "deep" / "old.txt").read_text() == "old"
    assert (work / "outputs" / "deep" / "old.txt").stat().st_mode & 0o777 == 0o600
    assert job.folder.stdout.read_text() == ""


@pytest.mark.parametrize(
    ("code", "kind", "plain"),
    [
        ("import os", StepKind.PYTHON, True),
        ("import pandas", StepKind.PYTHON, False),
        ("import os", StepKind.SPARK, False),
    ],
)
def test_a_python_step_that_imports_nothing_is_known_as_such(bound, store, code, kind, plain):
    write_snapshot(store, "other", code)

    assert bound(snapshot="other", kind=kind, script="other.py").is_plain is plain


def test_a_step_with_outputs_needs_what_looks_at_them(bound):
    assert not bound(outputs=(OUT,)).is_plain


def test_a_step_that_reads_a_table_needs_what_reads_it(bound):
    job = bound(inputs=(InputSpec("table", "direct", dataset_id="table-id"),))

    assert not job.is_plain
