"""What is told of a run beside its status."""

from support import make_step

from synapse_magics.core.run_details import run_definition
from synapse_magics.store.specs import Argument, ArgumentKind


def literal(text):
    return Argument(ArgumentKind.LITERAL, text)


def test_a_script_and_its_arguments():
    found = run_definition(make_step("fit", arguments=(literal("--n"), literal("1"))))

    assert found["script"] == make_step("fit").script
    assert (found["command"], found["arguments"]) == ("", ["--n", "1"])


def test_a_command_has_no_script():
    line = (literal("echo"), literal("a b"), Argument(ArgumentKind.PARAMETER, "n"))
    found = run_definition(make_step("say", script="", arguments=line))

    assert (found["script"], found["arguments"]) == (None, [])
    assert found["command"] == "echo 'a b' $AML_PARAMETER_n"
