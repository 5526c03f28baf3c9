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
