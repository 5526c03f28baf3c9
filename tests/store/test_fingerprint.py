"""What is part of a step's fingerprint, and what is not."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import make_step

from synapse_magics.store.comparison import differences
from synapse_magics.store.fingerprint import (
    DatasetFiles,
    Upstream,
    arguments,
    take,
)
from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputIdentity,
    InputSpec,
    OutputSpec,
    Registration,
    RetryOn,
    StepKind,
)

FILES = {
    "prep.py": b"# %%spark_step prep -i titanic\nimport cleaning\nprint(1)\n",
    "prep_main.py": b"generated",
    "cleaning.py": b"# %%step_module cleaning\nx = 1\n",
    "other.py": b"# %%step_module other\ny = 1\n",
}
TITANIC = InputSpec("titanic", "direct", dataset_id="d1")
MADE = InputSpec("made", "hdfs", node="n1", output="prepared")
FOUND = {
    "titanic": DatasetFiles({"main/t.csv": "aaa"}),
    "made": Upstream("first", "prepared", "c1", "d1"),
}
STEP = make_step(
    "prep",
    kind=StepKind.SPARK,
    script="prep_main.py",
    cell="prep.py",
    inputs=(TITANIC, MADE),
    outputs=(OutputSpec("prepared", "hdfs", "main", "{run-id}/x"),),
    arguments=(
        Argument(ArgumentKind.LITERAL, "--input"),
        Argument(ArgumentKind.LITERAL, "titanic"),
        Argument(ArgumentKind.INPUT_BINDING, "titanic"),
        Argument(ArgumentKind.LITERAL, "--parameter"),
        Argument(ArgumentKind.LITERAL, "alpha"),
        Argument(ArgumentKind.PARAMETER_JSON, "alpha"),
    ),
    environment={"pandas": "2.3.0", "python": "3.11"},
    environment_variables={"MODE": "fast"},
    spark_conf={"spark.app.name": "prep", "spark.sql.ansi.enabled": "true"},
    version="1",
)
VALUES = {"alpha": 0.1}


def fingerprint(step=STEP, files=None, values=None, found=None):
    return take(step, FILES if files is None else files, values or VALUES, found or FOUND)


def words(other):
    before = fingerprint()
    assert other.content != before.content
    return differences(before.parts, other.parts)


def changed_file(name, text):
    return {**FILES, name: FILES[name].replace(b"1", text)}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": StepKind.PYTHON}, ["step type spark -> python"]),
        ({"version": "2"}, ["version 1 -> 2"]),
        ({"version": None}, ["version 1 -> none"]),
        ({"script": "b_main.py"}, ["script prep_main.py -> b_main.py"]),
        (
            {"environment": {"pandas": "2.3.1", "python": "3.11"}},
            ["environment: pandas 2.3.0 -> 2.3.1"],
        ),
        ({"environment": {"python": "3.11"}}, ["environment: pandas is gone"]),
        ({"environment_variables": {"MODE": "slow"}}, ["environment variable MODE changed"]),
        ({"environment_variables": {}}, ["environment variable MODE is gone"]),
        (
            {"spark_conf": {"spark.sql.ansi.enabled": "false"}},
            ["Spark setting spark.sql.ansi.enabled true -> false"],
        ),
        (
            {"compute_definition": {"spark_conf": {"spark.sql.shuffle.partitions": "2"}}},
            ["Spark setting spark.sql.shuffle.partitions is new (2)"],
        ),
        ({"inputs": (replace(TITANIC, mode="hdfs"), MADE)}, ["input titanic: direct -> hdfs"]),
        ({"inputs": (TITANIC,)}, ["input made is gone"]),
        (
            {"inputs": (replace(TITANIC, dataset_id="d2"), MADE)},
            ["input titanic is another dataset (it is defined anew)"],
        ),
        ({"outputs": ()}, ["output prepared is gone"]),
        (
            {"outputs": (OutputSpec("prepared", "hdfs", "main", "fixed"),)},
            ["output prepared goes elsewhere"],
        ),
        (
            {"outputs": (OutputSpec("prepared", "hdfs", "main", "{run-id}/x", globs=("*.csv",)),)},
            ["output prepared goes elsewhere"],
        ),
        (
            {"inputs": (TITANIC, replace(MADE, path_on_compute="in"))},
            ["input made is handed over in another way"],
        ),
        (
            {"inputs": (TITANIC, replace(MADE, table={"format": "parquet"}))},
            ["input made is handed over in another way"],
        ),
        (
            {"inputs": (InputSpec("titanic", "direct", datastore="main", path="t"), MADE)},
            ["input titanic is another dataset (it is defined anew)"],
        ),
        (
            {"parameter_variables": {"AML_PARAMETER_rate": "alpha"}},
            ["environment variable AML_PARAMETER_rate is new"],
        ),
    ],
)
def test_each_part_changes_it_and_is_told(fields, expected):
    assert words(fingerprint(replace(STEP, **fields))) == expected


def test_a_parameter_that_a_variable_holds_changes_it():
    step = replace(STEP, arguments=(), parameter_variables={"AML_PARAMETER_rate": "alpha"})
    one, two = (fingerprint(step, values={"alpha": value}) for value in (0.1, 0.2))

    assert differences(one.parts, two.parts) == ["environment variable AML_PARAMETER_rate changed"]


def test_a_parameter_changes_it_and_is_told():
    assert words(fingerprint(values={"alpha": 0.2})) == ["argument alpha 0.1 -> 0.2"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main/t.csv": "bbb"}, "input titanic: t.csv changed"),
        ({"main/t.csv": "aaa", "main/u.csv": "b"}, "input titanic: u.csv is new"),
        ({"main/u.csv": "b"}, "input titanic: u.csv is new, t.csv is gone"),
        (
            {f"main/{n}.csv": "b" for n in range(5)},
            "input titanic: 5 files (0.csv, 1.csv, 2.csv, ...) are new, t.csv is gone",
        ),
        ({f"{n}": "b" for n in range(101)}, "input titanic: its files changed"),
    ],
)
def test_the_bytes_of_an_input_change_it_but_not_its_definition(files, expected):
    before, after = fingerprint(), fingerprint(found={**FOUND, "titanic": DatasetFiles(files)})

    assert words(after) == [expected]
    assert after.definition == before.definition
    assert after.by(InputIdentity.DEFINITION) != after.by(InputIdentity.CONTENT)


def test_of_many_files_a_changed_one_changes_it():
    many = {str(number): "a" for number in range(200)}
    one = fingerprint(found={**FOUND, "titanic": DatasetFiles(many)})
    two = fingerprint(found={**FOUND, "titanic": DatasetFiles({**many, "7": "b"})})

    assert one.content != two.content
    assert len(json.dumps(two.parts)) < 5000


@pytest.mark.parametrize("part", ["content", "definition", "step", "output"])
def test_the_fingerprint_of_an_upstream_output_is_part_of_it(part):
    other = replace(FOUND["made"], **{part: "other"})
    after = fingerprint(found={**FOUND, "made": other})
    both = (after.content != fingerprint().content, after.definition != fingerprint().definition)

    assert both == (part != "definition", part != "content")


@pytest.mark.parametrize("name", ["prep.py", "cleaning.py"])
def test_the_cell_and_the_step_modules_that_it_mentions_are_part_of_it(name):
    assert fingerprint(files=changed_file(name, b"2")).content != fingerprint().content


def test_another_generated_main_file_changes_it():
    assert fingerprint(files={**FILES, "prep_main.py": b"x"}).content != fingerprint().content


@pytest.mark.parametrize(
    "same",
    [
        changed_file("other.py", b"2"),
        {name: body for name, body in FILES.items() if name != "other.py"},
        {**FILES, "prep.py": FILES["prep.py"].replace(b"-i titanic", b"  --input titanic")},
        {**FILES, "prep.py": b"\n\n" + FILES["prep.py"]},
        {**FILES, "prep.py": FILES["prep.py"].replace(b"import", b"\n  \n\nimport") + b"\n \n"},
        {**FILES, "cleaning.py": FILES["cleaning.py"] + b"\n\n"},
        {**FILES, "prep.py": FILES["prep.py"].replace(b"\n", b"\r\n")},
    ],
    ids=["a module", "without it", "magic line", "above", "empty lines", "below it", "line ends"],
)
def test_what_is_around_the_cell_is_no_part_of_it(same):
    assert fingerprint(files=same) == fingerprint()


def test_what_is_inside_of_the_cell_is_part_of_it_even_an_empty_line():
    text = FILES["prep.py"].replace(b"\nprint", b"\n\nprint")
    assert fingerprint(files={**FILES, "prep.py": text}).content != fingerprint().content


def test_where_a_function_stands_is_no_part_of_it():
    one, two = (
        b"# step function prep" + b"\n" * lines + b"def prep():\n    pass\n\nprep()\n"
        for lines in (3, 70)
    )
    assert fingerprint(files={**FILES, "prep.py": one}) == fingerprint(
        files={**FILES, "prep.py": two}
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"compute": "other", "compute_definition": {"engine": "e", "slots": 9, "master": "x"}},
        {"node": "n9"},
        {"snapshot": "other"},
        {"after": ("n7",)},
        {"timeout": 5.0, "retries": 3, "retry_on": RetryOn.ANY},
        {"allow_reuse": False, "must_run": "yes"},
        {"inputs": (MADE, TITANIC)},
        {"outputs": (replace(STEP.outputs[0], registration=Registration("champion")),)},
        *(
            {"spark_conf": {**STEP.spark_conf, key: "7"}}
            for key in (
                "spark.app.name",
                "spark.driver.memory",
                "spark.driver.cores",
                "spark.executor.memory",
                "spark.executor.memoryOverhead",
                "spark.executor.instances",
                "spark.ui.port",
                "spark.local.dir",
            )
        ),
    ],
)
def test_what_changes_no_result_is_no_part_of_it(fields):
    assert fingerprint(replace(STEP, **fields)) == fingerprint()


def test_a_value_that_may_be_a_secret_is_not_written_down():
    found = fingerprint(replace(STEP, environment_variables={"KEY": "hush"}))
    assert "hush" not in json.dumps(found.parts)


def test_a_module_that_is_not_the_cells_own_reads_no_parameter_for_it():
    other = {**FILES, "other.py": b"AML_PARAMETER_"}
    assert fingerprint(files=other) == fingerprint()


def literal(*texts):
    return make_step("a", arguments=tuple(Argument(ArgumentKind.LITERAL, t) for t in texts))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("--alpha", "0.1"), [["--alpha", "0.1"]]),
        (("--flag", "--alpha", "0.1"), [["--flag"], ["--alpha", "0.1"]]),
        (("x", "--flag"), [["number 1", "x"], ["--flag"]]),
        (("--alpha", "-1"), [["--alpha", "-1"]]),
        (("--alpha=0.1",), [["number 1", "--alpha=0.1"]]),
    ],
)
def test_places_of_a_command_line_are_called_by_their_option(texts, expected):
    assert arguments(literal(*texts), {}) == expected


word = st.one_of(st.sampled_from(["", "--a", "--b", "-1", "x", "number 1", "--a=1"]), st.text())


@settings(deadline=None)
@given(st.lists(word, max_size=6), st.lists(word, max_size=6))
def test_two_command_lines_are_told_apart(one, two):
    same = arguments(literal(*one), {}) == arguments(literal(*two), {})
    assert same == (one == two)


def test_an_input_is_no_text_that_looks_like_one():
    item = Argument(ArgumentKind.INPUT, "titanic")
    found = arguments(make_step("a", arguments=(item,)), {})

    assert found == [["number 1", "input", "titanic"]]


def test_a_parameter_in_a_command_line_is_what_the_step_finds_there():
    item = Argument(ArgumentKind.PARAMETER, "who")
    assert arguments(make_step("a", arguments=(item,)), {"who": "ant"}) == [["number 1", "ant"]]


def test_the_arguments_of_a_cell_have_no_order():
    def cell(*names):
        texts = [text for name in names for text in ("--parameter", name, "1")]
        return replace(literal(*texts), cell="a.py")

    assert arguments(cell("x", "y"), {}) == arguments(cell("y", "x"), {})


names = st.sampled_from(["a", "b", "c"])
texts = st.dictionaries(names, st.sampled_from(["1", "2", " 2", "x" * 80, "x" * 81]))
steps = st.builds(
    lambda kind, version, environment, variables, spark, words, outputs: replace(
        literal(*words),
        kind=kind,
        version=version,
        environment=environment,
        environment_variables=variables,
        spark_conf=spark,
        outputs=tuple(OutputSpec(name, "mount", "main", path) for name, path in outputs.items()),
    ),
    st.sampled_from(StepKind),
    st.sampled_from([None, "1", "2"]),
    *[texts] * 3,
    st.lists(word, max_size=3),
    texts,
)
files = st.dictionaries(names, st.sampled_from(["h1", "h2"]))


@settings(deadline=None)
@given(steps, steps, files, files)
def test_equal_parts_are_equal_fingerprints_and_no_difference(one, two, here, there):
    item = (InputSpec("t", "mount", dataset_id="d"),)
    before, after = (
        take(replace(step, inputs=item), {}, {}, {"t": DatasetFiles(found)})
        for step, found in ((one, here), (two, there))
    )

    assert (before.content == after.content) == (before.parts == after.parts)
    assert (before.parts == after.parts) == (not differences(before.parts, after.parts))
    assert take(replace(one, inputs=item), {}, {}, {"t": DatasetFiles(here)}) == before
