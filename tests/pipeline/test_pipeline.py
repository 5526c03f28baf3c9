"""Pipelines: steps are collected, their graph is checked, and the whole is stored."""

import pytest

from synapse_magics import (
    AmlCompute,
    ComputeTarget,
    Dataset,
    Experiment,
    HDFSOutputDatasetConfig,
    OutputFileDatasetConfig,
    Pipeline,
    PipelineParameter,
    PythonScriptStep,
    SynapseSparkStep,
)
from synapse_magics.agent import client
from synapse_magics.core.exceptions import ComputeTargetException, NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.store.specs import Argument, ArgumentKind


@pytest.fixture(autouse=True)
def no_agent(monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)


@pytest.fixture
def code(workspace, tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "a.py").write_text("print('a')\n")
    return str(folder)


@pytest.fixture
def step(code, pool):
    def step(name, **options):
        given = {"script_name": "a.py", "name": name, "compute_target": "cpucluster"}
        return PythonScriptStep(**{**given, "source_directory": code, **options})

    return step


@pytest.fixture
def chain(step):
    """Make three steps, each of which reads what the one before it writes."""
    one, two = OutputFileDatasetConfig("one"), OutputFileDatasetConfig("two")
    return [
        step("a", outputs=[one]),
        step("b", inputs=[one.as_input("x")], outputs=[two]),
        step("c", inputs=[two.as_input("x")]),
    ]


def named(steps):
    return [item.name for item in steps]


def test_producers_are_added(workspace, chain):
    pipeline = Pipeline(workspace, steps=[chain[2]])

    assert sorted(named(pipeline.steps)) == ["a", "b", "c"]
    assert named(pipeline.specs()) == ["a", "b", "c"]


def test_two_steps_of_one_name_do_not_make_one_output(workspace, step):
    made = OutputFileDatasetConfig("made")
    steps = [step("fit", outputs=[made]), step("fit", outputs=[made])]

    with pytest.raises(PipelineError) as caught:
        Pipeline(workspace, steps)
    assert caught.value.message == (
        "Step output made can not be used as an output for step fit, as it is already an output of "
        "step fit."
    )
    assert named(Pipeline(workspace, steps[1]).steps) == ["fit"]


def test_parameters_of_one_name_are_one(workspace, step):
    steps = [step(name, arguments=[PipelineParameter("n", name)]) for name in ("a", "b")]

    with pytest.raises(PipelineError, match="with same name n but different values a, b used"):
        Pipeline(workspace, steps)


def test_steps_of_run_after_are_added(workspace, step):
    first, second = step("a"), step("b")
    second.run_after(first)
    specs = Pipeline(workspace, [second]).specs()

    assert named(specs) == ["a", "b"]
    assert specs[1].after == (first.node,)


def test_without_closure_a_missing_producer_is_told(workspace, chain):
    pipeline = Pipeline(workspace, [chain[2]], resolve_closure=False)

    assert pipeline.validate() == ["Step c takes an output of step b, which is not in the pipeline"]
    with pytest.raises(PipelineError, match="Step c takes an output of step b, which is not in"):
        pipeline.submit("exp")


def test_lists_may_be_nested_and_steps_repeated(workspace, step):
    a, b, c = step("a"), step("b"), step("c")

    assert named(Pipeline(workspace, [a, [b, (c, a)]]).steps) == ["a", "b", "c"]


def test_steps_may_have_one_name(workspace, step):
    assert named(Pipeline(workspace, [step("a"), step("a")]).specs()) == ["a", "a"]


def test_a_pipeline_has_steps(workspace):
    with pytest.raises(PipelineError, match="the pipeline has no steps"):
        Pipeline(workspace, [])


@pytest.mark.parametrize("steps", ["a", None, [5]])
def test_what_is_no_step(workspace, steps):
    with pytest.raises(NotSupportedError, match=r"^Can not add object of type .* to Pipeline\."):
        Pipeline(workspace, steps)


def test_steps_that_wait_for_each_other(workspace, step):
    a, b = step("a"), step("b")
    a.run_after(b)
    b.run_after(a)

    pipeline = Pipeline(workspace, [a, b])
    (problem,) = pipeline.validate()
    assert problem.startswith("Cycle detected including node ")
    assert f"a({a.node})" in problem
    assert f"b({b.node})" in problem
    with pytest.raises(PipelineError, match="Cycle detected including node"):
        pipeline.submit("exp")
    assert workspace.store.runs.submitted() == []


def test_a_good_graph_has_no_problems_and_is_told(workspace, chain, capsys):
    assert Pipeline(workspace, chain).validate() == []

    assert capsys.readouterr().out.splitlines() == [
        f"Step {step.name} is ready to be created [{step.node}]" for step in chain
    ]


def test_a_script_that_is_missing(workspace, step, code):
    with pytest.raises(PipelineError) as caught:
        Pipeline(workspace, [step("fit", script_name="gone.py")])

    assert caught.value.message == (
        f"Step [fit]: script not found at: {code}/gone.py. Make sure to specify an appropriate "
        "source_directory on the Step or default_source_directory on the Pipeline."
    )


def test_a_script_that_lies_outside_of_its_folder(workspace, step, tmp_path):
    (tmp_path / "b.py").write_text("")
    with pytest.raises(PipelineError, match="script not found at") as caught:
        Pipeline(workspace, [step("fit", script_name="../b.py")])
    assert caught.value.hint == "the script lies outside of the source directory"


def test_a_script_is_looked_for_where_the_pipeline_says(workspace, step, code):
    pipeline = Pipeline(
        workspace, [step("fit", source_directory=None)], default_source_directory=code
    )
    (spec,) = pipeline.specs()

    folder = workspace.store.snapshot_folder(spec.snapshot)
    assert (folder / "a.py").read_text() == "print('a')\n"


def test_sources_are_those_of_the_first_submit(workspace, step, tmp_path):
    pipeline = Pipeline(workspace, [step("fit")])
    script = tmp_path / "code" / "a.py"

    def ran(**options):
        run = pipeline.submit("exp", **options)
        (child,) = workspace.store.runs.children(run.id)
        return (workspace.store.snapshot_folder(child.step.snapshot) / "a.py").read_text()

    script.write_text("second")
    assert ran() == "second"
    script.write_text("third")
    assert ran() == "second"
    assert ran(regenerate_outputs=True) == "third"


def test_a_spark_script_that_is_missing_is_found_out_when_it_runs(workspace, pool, code):
    spark = SynapseSparkStep("gone.py", code, "link1-spark01", "2g", 1, "2g", 1, 1)

    assert Pipeline(workspace, [spark]).problems() == []
    spark.sources = f"{code}/gone"
    with pytest.raises(PipelineError, match="source directory not found at"):
        Pipeline(workspace, [spark])


def test_the_graph_of_a_pipeline(workspace, chain, step):
    last = step("d")
    last.run_after(chain[2])
    graph = Pipeline(workspace, [*chain, last, step("e")]).graph

    assert [(node.name, node.inputs, node.outputs) for node in graph.nodes][:2] == [
        ("a", (), ("one",)),
        ("b", ("x",), ("two",)),
    ]
    assert [(edge.source.name, edge.output, edge.target.name) for edge in graph.edges] == [
        ("a", "one", "b"),
        ("b", "two", "c"),
        ("c", None, "d"),
    ]
    assert graph.get_node(last.node).name == "d"
    assert repr(graph) == "Graph(a -> b, b -> c, c -> d, e)"


def test_options_of_a_pipeline(workspace, step):
    Pipeline(workspace, [step("fit")], enable_email_notification=True)
    with pytest.raises(ValueError, match=r"^parameter colour is not recognized for Pipeline"):
        Pipeline(workspace, [step("fit")], colour="red")
    with pytest.raises(ValueError, match="parameter colour is not recognized"):
        Pipeline(workspace, [step("fit")]).submit("exp", colour="red")


def test_a_single_step_is_a_pipeline(workspace, step):
    assert named(Pipeline(workspace, step("fit")).steps) == ["fit"]


def test_what_has_no_counterpart_here(workspace, step):
    with pytest.raises(NotSupportedError, match="has no endpoint here"):
        Pipeline(workspace, [step("fit")]).service_endpoint()
    with pytest.raises(NotSupportedError, match="not read from YAML files"):
        Pipeline.load_yaml(workspace, "pipeline.yml")


def test_a_parameter_named_by_text_is_some_steps_parameter(workspace, step):
    by_text = step("b", arguments=["--alpha", "parameter:alpha"])
    with pytest.raises(PipelineError, match="Pipeline parameter with name alpha does not exist"):
        Pipeline(workspace, [by_text])

    both = Pipeline(workspace, [by_text, step("a", params={"a": PipelineParameter("alpha", 1)})])
    assert both.specs()[0].arguments[1] == Argument(ArgumentKind.PARAMETER, "alpha")


@pytest.mark.parametrize("kind", [ValueError, ComputeTargetException])
def test_a_target_that_is_not_there(workspace, step, kind):
    with pytest.raises(kind, match=r"^Target cpuclusterr does not exist in the workspace\.") as e:
        Pipeline(workspace, [step("fit", compute_target="cpuclusterr")])
    assert (e.value.where, e.value.hint) == ("step fit", "did you mean 'cpucluster'?")


def test_a_python_step_does_not_run_on_local(workspace, step):
    with pytest.raises(ValueError, match="Please specify a remote compute_target"):
        Pipeline(workspace, [step("fit", compute_target="local")])


def test_a_target_of_the_wrong_kind(workspace, step, code):
    spark = SynapseSparkStep("a.py", code, "cpucluster", "2g", 1, "2g", 1, 1)
    with pytest.raises(ValueError, match="a spark step runs on a SynapseCompute") as caught:
        Pipeline(workspace, [spark])
    assert caught.value.hint == "of that kind there are: link1-spark01"

    with pytest.raises(ValueError, match="a python step runs on an AmlCompute"):
        Pipeline(workspace, [step("fit", compute_target="link1-spark01")])


def test_a_target_without_nodes(workspace, step):
    nodes = AmlCompute.provisioning_configuration(max_nodes=0)
    ComputeTarget.create(workspace, "empty", nodes)

    with pytest.raises(ValueError, match="empty has no nodes"):
        Pipeline(workspace, [step("fit", compute_target="empty")])


def test_a_spec_has_what_an_engine_needs(workspace, step):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    files = Dataset.File.from_files((datastore, "t.csv"))
    output = HDFSOutputDatasetConfig("out").register_on_complete("result")
    fit = step("fit", inputs=[files.as_named_input("x").as_mount()], outputs=[output])
    (spec,) = Pipeline(workspace, [fit]).specs()

    assert spec.compute_definition == {"engine": "python_process", "slots": 2}
    assert (spec.inputs[0].name, spec.inputs[0].dataset_id) == ("x", files.id)
    (made,) = spec.outputs
    assert (made.datastore, made.path) == (
        "workspaceblobstore",
        "dataset/{run-id}/{output-name}",
    )
    assert made.registration.name == "result"


def test_the_default_datastore_takes_outputs_without_a_destination(workspace, step):
    other = workspace.datastores["workspacefilestore"]
    fit = step("fit", outputs=[OutputFileDatasetConfig("out")])
    (spec,) = Pipeline(workspace, [fit], default_datastore=other).specs()

    assert spec.outputs[0].datastore == "workspacefilestore"


def test_submit_prints_what_azure_ml_prints(workspace, chain, capsys):
    run = Pipeline(workspace, chain).submit("synapse-pipeline", regenerate_outputs=True)
    steps = {child.name: child for child in workspace.store.runs.children(run.id)}

    assert capsys.readouterr().out.splitlines() == [
        *(
            f"Created step {name} [{steps[name].node}][{steps[name].id}], "
            "(This step will run and generate new outputs)"
            for name in "abc"
        ),
        f"Submitted PipelineRun {run.id}",
    ]


def test_a_second_submit_does_not_repeat_the_steps(workspace, chain, capsys):
    pipeline = Pipeline(workspace, chain)
    pipeline.submit("exp")
    capsys.readouterr()
    run = pipeline.submit("exp")

    assert capsys.readouterr().out == f"Submitted PipelineRun {run.id}\n"
    pipeline.submit("exp", regenerate_outputs=True)
    assert "Created step a" in capsys.readouterr().out


def test_submit_stores_parameters_and_options(workspace, step):
    parameter = PipelineParameter("alpha", 0.5)
    pipeline = Pipeline(workspace, [step("fit", arguments=[parameter])], description="words")
    run = pipeline.submit("exp", {"alpha": 2}, continue_on_step_failure=True)
    spec = run.record.pipeline

    assert spec.parameters == {"alpha": 2.0}
    assert (spec.description, spec.continue_on_step_failure) == ("words", True)


def test_submit_with_an_unknown_parameter_stores_nothing(workspace, step):
    pipeline = Pipeline(workspace, [step("fit")])
    with pytest.raises(PipelineError, match="with name alpha does not exist"):
        pipeline.submit("exp", {"alpha": 2})
    assert workspace.store.runs.submitted() == []


def test_a_run_that_nobody_takes_up_is_recorded_and_says_so(workspace, step, monkeypatch):
    def wake(folder):
        raise client.AgentError("the workspace's agent did not start", where="see agent.log")

    monkeypatch.setattr(client, "wake", wake)
    with pytest.raises(client.AgentError) as caught:
        Pipeline(workspace, [step("fit")]).submit("exp")

    (run,) = workspace.store.runs.submitted()
    assert caught.value.message == (
        f"run {run.id} is recorded and will run as soon as an agent does; "
        "the workspace's agent did not start"
    )
    assert caught.value.where == "see agent.log"
    assert caught.value.hint == f"do not submit it again: %synapse_status {run.id} shows it"


@pytest.mark.parametrize("option", ["parent_run_id", "credential_passthrough"])
def test_submit_options_that_are_not_supported(workspace, step, option):
    with pytest.raises(NotSupportedError, match=f"{option} is not supported here"):
        Pipeline(workspace, [step("fit")]).submit("exp", **{option: "x"})


def test_an_experiment_submits_a_pipeline(workspace, step):
    run = Experiment(workspace, "exp").submit(Pipeline(workspace, [step("fit")]))

    assert (run.experiment.name, run.status) == ("exp", "NotStarted")


def test_the_same_token_is_the_same_run(workspace, step):
    pipeline, token = Pipeline(workspace, [step("fit")]), "t"
    first, again = (pipeline.start("exp", client_token=token) for _ in range(2))

    assert first.id == again.id
