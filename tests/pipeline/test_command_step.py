"""Steps that are a command line."""

from types import SimpleNamespace

import pytest

from synapse_magics import Dataset, PipelineParameter
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.command_step import CommandStep
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.store.specs import Argument, ArgumentKind


def command(given, **options):
    return CommandStep(given, **{"compute_target": "cpu", **options})


def texts(step):
    return [argument.value for argument in step.arguments]


def test_a_text_is_split_at_blanks():
    step = command("python train.py --name 'a b' --path \"c d\" x\\ y")

    assert texts(step) == ["python", "train.py", "--name", "a b", "--path", "c d", "x y"]
    assert (step.name, step.script) == ("CommandStep_python", "")


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ("cat a | wc", "|"),
        ("a && b", "&"),
        ("a > b", ">"),
        ("a; b", ";"),
        ("echo $HOME", "$"),
        ('echo "$HOME"', "$"),
        ('echo "`date`"', "`"),
        ("ls *.py", "*"),
        ("ls ~/x", "~"),
        ("A=1 python a.py", "A=1"),
        ("a\nb", "\n"),
    ],
)
def test_a_shells_syntax_is_refused_with_the_shell_as_the_alternative(text, syntax):
    with pytest.raises(NotSupportedError) as caught:
        command(text)

    assert caught.value.message == (
        f"the command needs a shell for {syntax!r}, and is started without one"
    )
    assert caught.value.hint == f"command=['bash', '-c', {text!r}]"


@pytest.mark.parametrize("text", ["echo '$HOME | *'", 'echo "a | b; *"', "echo \\$HOME"])
def test_what_is_quoted_is_no_syntax(text):
    assert command(text).name == "CommandStep_echo"


def test_a_reference_in_a_text_is_ours_to_put_in():
    data = PipelineData("made")
    step = command(f"touch {data}/x", outputs=[data])

    assert texts(step) == ["touch", "$AZUREML_DATAREFERENCE_made/x"]


def test_a_list_holds_inputs_and_parameters(workspace):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.txt").write_text("x")
    item = Dataset.File.from_files((datastore, "t.txt")).as_named_input("x").as_mount()
    step = command(["bash", "-c", "cat $0 | wc", item, PipelineParameter("n", 1)])

    assert step.arguments[2:] == [
        Argument(ArgumentKind.LITERAL, "cat $0 | wc"),
        Argument(ArgumentKind.INPUT, "x"),
        Argument(ArgumentKind.PARAMETER, "n"),
    ]
    assert step.inputs == [item]


def test_a_script_run_config_says_what_is_missing():
    config = SimpleNamespace(
        command="echo hello",
        source_directory="code",
        run_config=SimpleNamespace(environment_variables={"A": 1}, target="cpu"),
    )
    step = CommandStep(runconfig=config)

    assert (texts(step), step.sources, step.compute_target) == (["echo", "hello"], "code", "cpu")
    assert step.environment_variables == {"A": "1"}


@pytest.mark.parametrize("given", [None, "", []])
def test_a_command_is_required(given):
    with pytest.raises(PipelineError, match=r"^command is required"):
        command(given)


def test_a_command_is_a_text_or_a_list():
    with pytest.raises(PipelineError, match=r"^command must be a str or a list"):
        command({"a": 1})
    with pytest.raises(PipelineError, match="cannot be split: No closing quotation"):
        command("echo 'a")
