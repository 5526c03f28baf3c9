"""Signatures that are written as text."""

import inspect

import pytest

from synapse_magics.core.signatures import Default, parse


def example(a, b=1, *rest, c="x", d, **others):
    """Take something of every kind."""


def test_a_text_is_the_signature_of_its_definition():
    assert parse("(a, b=1, *rest, c='x', d, **others)") == inspect.signature(example)


def test_nothing():
    assert parse("()") == inspect.Signature()


def test_a_default_that_is_a_name_is_kept_as_its_text():
    assert parse("(a=sys.maxsize)").parameters["a"].default == Default("sys.maxsize")


def test_what_is_none():
    with pytest.raises(SyntaxError):
        parse("(a=)")
