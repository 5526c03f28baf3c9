"""Modules: scripts published by version, and the steps that use them."""

import os
import shutil

import pytest

from synapse_magics import Dataset, OutputFileDatasetConfig, Pipeline, PipelineParameter
from synapse_magics.core.exceptions import NotSupportedError, ServiceException, UserErrorException
from synapse_magics.pipeline.module import Module, ModuleVersion
from synapse_magics.pipeline.module_step import ModuleStep
from synapse_magics.pipeline.port_defs import InputPortDef, OutputPortDef, ParamDef
from synapse_magics.store.removal import sweep
from synapse_magics.store.states import RunStatus

COPY = """
import pathlib, sys
source, target, times = sys.argv[1:]
path = pathlib.Path(source)
text = (path / "f" if path.is_dir() else path).read_text()
pathlib.Path(target, "f").write_text(text * int(times))
print(text * int(times))
"""


@pytest.fixture
def module(workspace):
    return Module.create(workspace, "copy", "copies a file")


@pytest.fixture
def publish(module, tmp_path):
    """Publish the script that repeats a file as the next version."""

    def publish(**options):
        code = tmp_path / "code"
        code.mkdir(exist_ok=True)
        (code / "copy.py").write_text(COPY)
        source, target = InputPortDef("source"), OutputPortDef("target")
        given = {
            "inputs": [source],
            "outputs": [target],
            "arguments": [source, target, 2],
            "source_directory": str(code),
        }
        return module.publish_python_script("copy.py", "repeats", **{**given, **options})

    return publish


@pytest.fixture
def data(workspace):
    datastore = workspace.get_default_datastore()
    (datastore.root / "in.txt").write_text("ab")
    return Dataset.File.from_files((datastore, "in.txt")).as_named_input("anything").as_mount()


def test_steps_run_it_when_its_sources_are_gone(workspace, pool, publish, module, data):
    publish()
    shutil.rmtree("code")
    for snapshot in (workspace.store.folder / "snapshots").iterdir():
        os.utime(snapshot, (0, 0))
    sweep(workspace.store)
    one, two = OutputFileDatasetConfig("one"), OutputFileDatasetConfig("two")
    common = {"module": module, "compute_target": "cpucluster"}
    inputs, outputs = {"source": data}, {"target": one}
    first = ModuleStep(inputs_map=inputs, outputs_map=outputs, name="first", **common)
    source, target = module.resolve().inputs[0], module.resolve().outputs[0]
    last = ModuleStep(
        inputs_map={"source": one},
        outputs_map={"target": two},
        arguments=[source, target, PipelineParameter("times", 3)],
        **common,
    )

    assert last.producers == [first]
    run = Pipeline(workspace, [last]).submit("exp")

    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    assert run.find_step_run("first")[0].get_stdout_log() == "abab\n"
    copied = run.find_step_run("copy")[0]
    assert copied.get_stdout_log() == "ab" * 6 + "\n"
    by_port, by_name = copied.get_output_data("target"), copied.get_output_data("two")
    assert by_port.path_on_datastore == by_name.path_on_datastore
    assert copied.get_output("target").name == "two"
    with pytest.raises(UserErrorException, match="has no output 'three'") as caught:
        copied.get_output_data("three")
    assert caught.value.hint == "its outputs: ['two', 'target']"


def test_versions(workspace, publish, module):
    zero, one = publish(), publish()
    named = publish(version="new", is_default=True)

    assert [item.version for item in module.module_version_list()] == ["0", "1", "new"]
    assert module.get_default_version() == "new"
    assert module.get_default().id == named.id
    assert module.resolve("1").id == one.id
    assert module.resolve("7") is None
    module.set_default_version("0")
    assert Module.get(workspace, name="copy").resolve().id == zero.id
    assert Module.get_versions(workspace, "copy")[0].module_version_id == zero.id
    assert ModuleVersion.get(workspace, zero.id).description == "repeats"
    with pytest.raises(ValueError, match="version new exists already"):
        publish(version="new")
    with pytest.raises(ValueError, match="there is no version 7"):
        module.set_default_version("7")


def test_where_it_is_found(workspace, module):
    assert module.get_default() is None
    for found in (Module.get(workspace, module.id), Module.get(workspace, name="copy")):
        assert (found.id, found.name, found.description) == (module.id, "copy", "copies a file")
    assert repr(module) == f"Module(Name: copy,\nId: {module.id},\nStatus: Active)"
    with pytest.raises(ServiceException, match="Module copi not found"):
        Module.get(workspace, name="copi")
    with pytest.raises(ServiceException, match="Module x not found"):
        Module.get(workspace, "x")
    with pytest.raises(ValueError, match="either module_id or name"):
        Module.get(workspace)
    with pytest.raises(ValueError, match="there is a module copy already"):
        Module.create(workspace, "copy", "")
    module.set_name("other")
    module.set_description("d")
    assert Module.get(workspace, name="other").description == "d"


def test_its_status(publish, module, data):
    publish()
    step = {"module": module, "compute_target": "cpucluster", "inputs_map": {"source": data}}
    module.disable()
    with pytest.raises(ValueError, match="the module copy is Disabled"):
        ModuleStep(**step)
    module.deprecate()
    assert module.status == "Deprecated"
    module.enable()
    assert ModuleStep(**step, outputs_map={"target": OutputFileDatasetConfig("o")}).name == "copy"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "input port source is not bound"),
        ({"inputs_map": {"sauce": 1}}, "no input port sauce"),
        ({"outputs_map": {"goal": 1}}, "no output port goal"),
        ({"module": None}, "either module or module_version"),
        ({"module": "copy"}, "must be a Module, not a str"),
        ({"version": "7"}, "has no version 7"),
    ],
)
def test_a_step_that_does_not_fit_is_refused(publish, module, data, options, message):
    publish()
    given = {"module": module, "compute_target": "cpucluster", **options}
    if "outputs_map" in options:
        given["inputs_map"] = {"source": data}
    with pytest.raises(ValueError, match=message):
        ModuleStep(**given)


def test_a_port_that_is_left_open_and_used_is_refused(publish, data):
    version = publish()
    with pytest.raises(ValueError, match="port target is in the arguments and is not bound"):
        ModuleStep(module_version=version, inputs_map={"source": data}, compute_target="cpucluster")


def test_what_cannot_be_published(publish, module):
    with pytest.raises(ValueError, match="script not found at"):
        module.publish_python_script("none.py", "", [], [])
    with pytest.raises(ValueError, match="appears in arguments list but is not in"):
        publish(arguments=[InputPortDef("source")])
    with pytest.raises(NotSupportedError):
        publish(runconfig=object())
    with pytest.raises(NotSupportedError):
        InputPortDef("a", default_path_on_compute="x")
    with pytest.raises(NotSupportedError, match="transform the data in the step's script"):
        InputPortDef("a", additional_transformations=object())
    with pytest.raises(NotSupportedError):
        OutputPortDef("a", default_overwrite=True)
    with pytest.raises(NotSupportedError, match=r"publish_python_script\(..., params="):
        ParamDef("a", 1, False, True, False, True, None)
    assert module.module_version_list() == []
