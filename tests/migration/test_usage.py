"""What code uses of Azure ML SDK v1, found without running it."""

import textwrap

import pytest

from synapse_magics.migration.expressions import CANONICAL
from synapse_magics.migration.member_types import BASES, TYPES
from synapse_magics.migration.sources import Piece, Place, parse
from synapse_magics.migration.usage import uses

HEAD = "from azureml.core import Workspace\nws = Workspace.from_config()\n"


def used(*cells, file="nb.ipynb"):
    pieces = [
        Piece(Place(file, 1, number), parse(textwrap.dedent(cell)))
        for number, cell in enumerate(cells, 1)
    ]
    found = uses(pieces)
    return list(dict.fromkeys(use.name.removeprefix("azureml.") for use in found))


def members(code):
    return [name for name in used(HEAD + textwrap.dedent(code)) if name.count(".") > 1][1:]


def test_imports_by_every_path_are_one_name():
    code = """\
    from azureml.core.workspace import Workspace
    from azureml.core import Workspace as Place
    import azureml.core as core
    core.Workspace
    """
    assert used(code) == ["core.Workspace"]


def test_modules_are_followed():
    code = """\
    import azureml.core
    from azureml import core
    azureml.core.compute.AmlCompute
    core.VERSION
    """
    assert used(code) == ["core.compute.AmlCompute", "core.VERSION"]


def test_a_module_and_a_name_that_are_unknown():
    code = """\
    import azureml.nothing
    from azureml.core import Nothing
    """
    assert used(code) == ["nothing", "core.Nothing"]


def test_a_star_brings_what_is_used():
    assert used("from azureml.core import *\nWorkspace.get('x')") == [
        "core.Workspace",
        "core.Workspace.get",
    ]


def test_objects_are_followed_across_cells():
    assert used(HEAD, "ws.get_default_datastore().upload_files(['a'])") == [
        "core.Workspace",
        "core.Workspace.from_config",
        "core.Workspace.get_default_datastore",
        "data.azure_storage_datastore.AzureBlobDatastore.upload_files",
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("ws.compute_targets['a'].get_status()", "core.compute.ComputeTarget.get_status"),
        ("for n, c in ws.compute_targets.items(): c.type", "core.compute.ComputeTarget.type"),
        ("[e.name for e in ws.experiments.values()]", "core.Experiment.name"),
        ("list(ws.experiments.values())[0].tags", "core.Experiment.tags"),
        ("next(ws.get_run('a').get_children()).number", "core.Run.number"),
        ("with ws.experiments['a'].start_logging() as r: r.log('a', 1)", "core.Run.log"),
        ("ws.datasets['a'].take(1).tags", "data.abstract_dataset.AbstractDataset.tags"),
        (
            "a, b = ws.datasets['a'].random_split(1)\nb.id",
            "data.abstract_dataset.AbstractDataset.id",
        ),
        ("if (run := ws.get_run('a')): run.status", "core.Run.status"),
        ("def f(ws):\n    ws.name", "core.Workspace.name"),
        ("def f(w: Workspace):\n    w.name", "core.Workspace.name"),
        ("def f():\n    return ws.get_run('a')\nf().cancel()", "core.Run.cancel"),
        ("run: Workspace = load()\nrun.sku", "core.Workspace.sku"),
        (
            "class A:\n def b(self):\n  self.ws = ws\n def c(self):\n  self.ws.sku",
            "core.Workspace.sku",
        ),
    ],
)
def test_objects_are_followed(code, found):
    assert members(code)[-1] == found


def test_a_member_of_the_base_is_found_there():
    code = """\
    from azureml.core.compute import AmlCompute
    AmlCompute(ws, "a").name
    """
    assert members(code) == ["core.compute.AmlCompute", "core.compute.ComputeTarget.name"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("ws.datasets['a'].to_spark_dataframe()", "data.TabularDataset.to_spark_dataframe"),
        ("ws.compute_targets['a'].vm_size", "core.compute.AmlCompute.vm_size"),
        ("ws.experiments['a'].submit(p).find_step_run('b')[0].pipeline_run_id", None),
    ],
)
def test_a_member_of_one_of_the_kinds_is_found_there(code, found):
    assert members(code)[-1] == (found or "pipeline.core.StepRun.pipeline_run_id")


@pytest.mark.parametrize(("given", "refused"), [("['a']", True), ("None", False), ("False", False)])
def test_a_parameter_that_is_refused_is_a_use(given, refused):
    code = f"""\
    from azureml.pipeline.core import PipelineData
    PipelineData("out", training_output={given})
    """
    name = "pipeline.core.PipelineData(training_output=)"
    assert (name in used(code)) is refused


def test_a_refused_parameter_of_a_call_whose_result_is_followed_no_further_is_a_use():
    code = """\
    from azureml.core import Dataset
    table = Dataset.Tabular.from_parquet_files(path)
    table.partition_by(["k"], target, partition_as_file_dataset=given)
    """

    name = "data.TabularDataset.partition_by(partition_as_file_dataset=)"
    assert name in used(code)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (
            """\
            from azureml.core import Model as M
            add = M.register
            add(ws, resource_configuration=r)
            """,
            "core.Model.register(resource_configuration=)",
        ),
        (
            """\
            from azureml.core import Dataset as D
            T = D.Tabular.from_delimited_files
            write = T(path).partition_by
            write(["k"], target, partition_as_file_dataset=x)
            """,
            "data.TabularDataset.partition_by(partition_as_file_dataset=)",
        ),
        (
            """\
            from azureml.pipeline.steps import PythonScriptStep as P
            Step = P
            Step("a.py", runconfig_pipeline_params=p)
            """,
            "pipeline.steps.PythonScriptStep(runconfig_pipeline_params=)",
        ),
        (
            """\
            from azureml.core import Run
            class Sender:
                def __init__(self):
                    self.send = Run.get_context().upload_file
                def go(self):
                    self.send("a", "b", datastore_name=d)
            """,
            "core.Run.upload_file(datastore_name=)",
        ),
    ],
    ids=["factory", "method", "class", "kept by self"],
)
def test_a_refused_parameter_is_a_use_by_another_name_of_what_is_called(code, name):
    assert name in used(code)


def test_a_name_that_is_called_something_else_by_now_refuses_nothing():
    code = """\
    from azureml.core import Model
    add = Model.register
    add = print
    add(resource_configuration=r)
    """
    assert used(code) == ["core.Model", "core.Model.register"]


def test_setting_is_using():
    code = """\
    from azureml.core.runconfig import RunConfiguration
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    """
    assert used(code)[1:] == [
        "core.RunConfiguration.environment",
        "core.Environment.python",
        "core.environment.PythonSection.user_managed_dependencies",
    ]


def test_a_caught_exception_is_an_object():
    code = """\
    from azureml.exceptions import ComputeTargetException
    try:
        f()
    except ComputeTargetException as error:
        error.message
    """
    assert used(code) == [
        "exceptions.ComputeTargetException",
        "exceptions.ComputeTargetException.message",
    ]


def test_a_name_that_is_something_else_now_is_not_followed():
    assert members("ws = load()\nws.list_keys()\n") == []


def test_members_of_a_class_that_is_not_run_are_the_class():
    code = "from azureml.core.compute import AksCompute\nAksCompute.provisioning_configuration()"

    assert used(code) == ["core.compute.AksCompute"]


def test_what_is_not_of_the_sdk_is_left_alone():
    assert used("import pandas as pd\nfrom . import azureml\npd.DataFrame().name") == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("%synapse start -c pool", ["%synapse"]),
        ("%synapse ?", ["%synapse"]),
        ("%%synapse scala\nvar df = 1", ["%synapse"]),
        ("%%synapse\nfrom azureml.core import Run", ["%synapse", "core.Run"]),
        ("get_ipython().run_line_magic('synapse', 'stop')", ["%synapse"]),
        ("%load_ext azureml.synapse.magics", []),
        ("%load_ext azureml.nothing", ["nothing"]),
        ("%pip install -q azureml-core", ["pip install azureml-core"]),
        ("!pip install -U 'azureml-synapse'", ["pip install azureml-synapse"]),
        ("!jupyter lab build --minimize=False", []),
        ("%%time\nfrom azureml.core import Run", ["core.Run"]),
        ("%%writefile code/x.py\nfrom azureml.core import Run\nRun.get_context()", None),
        ("%%writefile notes.txt\nfrom azureml.core import Run", []),
        ("%%bash\nfrom here to there", []),
        ("%%capture\nthis is not python", []),
        ("files = !ls\nimport azureml.core", []),
        ("print?\nfrom azureml.core import Run", ["core.Run"]),
    ],
)
def test_magics(code, found):
    assert used(code) == (["core.Run", "core.Run.get_context"] if found is None else found)


def test_a_written_script_shares_no_names_with_the_notebook():
    assert used(HEAD, "%%writefile x.py\nws.sku", "ws.name")[-1] == "core.Workspace.name"
    assert "core.Workspace.sku" not in used(HEAD, "%%writefile x.py\nws.sku")


def test_places():
    script = "%%writefile x.py\n\nfrom azureml.core import Run\n"
    found = uses([Piece(Place("nb.ipynb", 1, 4), parse(script))])

    assert [(use.place.cell, use.place.line, use.imported) for use in found] == [(4, 3, True)]


def test_every_type_that_is_followed_is_a_class_of_the_sdk():
    types = {kind.strip("[]") for kind in TYPES.values()} | set(BASES) | set(BASES.values())
    owners = {member.split(".")[0] for member in TYPES}

    assert (types | owners) - set(CANONICAL) == set()
