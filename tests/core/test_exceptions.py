"""Azure ML's exceptions: caught as Azure ML's and as ours, with a place and a hint."""

import pytest

from synapse_magics import SynapseMagicsError
from synapse_magics.core import exceptions


@pytest.mark.parametrize("name", exceptions.__all__)
def test_every_exception_is_ours(name):
    assert issubclass(getattr(exceptions, name), SynapseMagicsError)


def test_text_has_message_place_and_hint():
    error = exceptions.UserErrorException("wrong", where="cell 1", hint="do that")

    assert str(error) == "wrong\nwhere: cell 1\nhint:  do that"


def test_inner_exception_is_kept():
    inner = KeyError("x")

    assert exceptions.AzureMLException("wrong", inner).inner_exception is inner


def test_activity_failed_begins_as_azure_ml_does():
    assert str(exceptions.ActivityFailedException("why")) == "Activity Failed:\nwhy"


def test_run_environment_has_a_fixed_text():
    assert "Could not load a submitted run" in str(exceptions.RunEnvironmentException())


def test_validation_is_a_user_error():
    assert issubclass(exceptions.DatasetValidationError, exceptions.UserErrorException)


def test_unsupported_names_what_was_given():
    with pytest.raises(NotImplementedError, match="a and c is not supported here"):
        exceptions.unsupported("f", "leave it out", a=1, b=None, c="x", d=False)


def test_unsupported_says_nothing_about_defaults():
    exceptions.unsupported("f", "leave it out", a=None, b=False)


def test_representation_is_the_text_of_azure_ml():
    error = exceptions.UserErrorException("wrong", inner_exception="why", hint="do that")

    assert repr(error) == (
        "UserErrorException:\n\tMessage: wrong\n\tInnerException why\n\tErrorResponse \n"
        '{\n    "error": {\n        "code": "UserError",\n        "message": "wrong"\n    }\n}'
    )


def test_the_message_can_be_set():
    error = exceptions.AzureMLException("wrong", hint="do that")
    error.message = "very wrong"

    assert str(error) == "very wrong\nhint:  do that"


def test_every_parameter_is_kept():
    error = exceptions.AzureMLException("wrong", None, "x", ["a"], "{}", {"b": "c"}, "code")

    assert (error.target, error.details, error.message_format) == ("x", ["a"], "{}")
    assert (error.message_parameters, error.reference_code) == ({"b": "c"}, "code")


def test_several_at_once():
    error = exceptions.AzureMLAggregatedException([KeyError("a"), ValueError("b")])

    assert error.message == "'a'\nb"


def test_stacktrace_goes_to_the_error_stream(capsys):
    def fail():
        raise exceptions.AzureMLException("wrong")

    with pytest.raises(exceptions.AzureMLException) as caught:
        fail()
    caught.value.print_stacktrace()

    assert "in fail" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "arguments", "attributes"),
    [
        ("WebserviceException", ("wrong", 404), {"status_code": 404}),
        ("WorkspaceException", ("wrong", True), {"found_multiple": True}),
        ("ParallelRunException", ("wrong", "code", 2.0), {"code": "code", "delay_seconds": 2.0}),
        ("DatasetExecutionError", ("wrong", "why"), {"inner_exception": "why"}),
        ("DatasetTimestampMissingError", ("wrong",), {"message": "wrong"}),
    ],
)
def test_parameters_of_some(name, arguments, attributes):
    error = getattr(exceptions, name)(*arguments)

    assert {key: getattr(error, key) for key in attributes} == attributes


def test_authentication_is_a_user_error():
    assert issubclass(exceptions.AuthenticationException, exceptions.UserErrorException)
