"""Lists of names, and expressions of the notebook."""

import numpy as np
import pandas as pd
import pytest

from synapse_magics.magics.options import MagicUsageError, split
from synapse_magics.magics.values import evaluate, names_of, pairs
from synapse_magics.pipeline.errors import StepDefinitionError


def test_names_are_repeated_or_separated_by_commas():
    assert names_of(["a,b", "c", "d,"]) == ["a", "b", "c", "d"]
    assert names_of(None) == []


def test_pairs_end_their_name_at_the_first_sign():
    assert pairs("--conf", ["spark.a=x=y", "spark.b="]) == {"spark.a": "x=y", "spark.b": ""}


@pytest.mark.parametrize("item", ["spark.a", "=x"])
def test_a_pair_without_name_or_sign_is_refused(item):
    with pytest.raises(MagicUsageError, match="is not NAME=VALUE"):
        pairs("--conf", [item])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("limit", 10),
        ("limit / 4", 2.5),
        ("-1", -1),
        ("True", True),
        ("None", None),
        ("'limit'", "limit"),
        ("[1, 'a']", [1, "a"]),
        ('{"a": {"b": limit}}', {"a": {"b": 10}}),
        ("sorted({'b', 'a'})", ["a", "b"]),
    ],
)
def test_an_expression_keeps_its_type(text, value):
    found = evaluate("--arg", [f"x={text}"], {"limit": 10})["x"]
    assert found == value
    assert type(found) is type(value)


def test_scalars_of_numpy_are_pythons_and_a_tuple_is_a_list():
    names = {"np": np, "frame": pd.DataFrame({"a": [1, 2]})}
    found = evaluate(
        "--arg", ["x=(frame.a.max(), np.float32(0.5))", "n=frame.a.sum()", "b=frame.a.any()"], names
    )
    assert found == {"x": [2, 0.5], "n": 3, "b": True}
    assert type(found["n"]) is int


def test_keys_that_json_would_change_are_refused():
    for text in ("{1: 'a'}", "[{'a': {2: 3}}]"):
        with pytest.raises(StepDefinitionError, match="x has a key that is not a text"):
            evaluate("--arg", [f"x={text}"], {})


@pytest.mark.parametrize("text", ["data dir/x.csv", "2024-01-31", "2024-12-24", "10%", "3 rows"])
def test_what_is_no_python_is_text_and_so_is_a_date(text):
    assert evaluate("--arg", [f"x={text}"], {}) == {"x": text}


def test_an_unknown_name_is_refused_with_the_way_to_write_a_text():
    with pytest.raises(MagicUsageError, match="name 'red' is not defined") as caught:
        evaluate("--arg", ["colour=red"], {})
    assert caught.value.where == "--arg colour=red"
    assert '--arg colour="red"' in caught.value.hint


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("who='you'", "you"),
        ('who="two words"', "two words"),
        ("who='3'", "3"),
        ("who=3", 3),
        ('who=""', ""),
        ('who="it\'s"', "it's"),
        ("'who=n + 1'", 8),
        ("who=n+1", 8),
        ('who=[1,n,"a b"]', [1, 7, "a b"]),
        ("who={'a':\"b\"}", {"a": "b"}),
        ("who=float('1e3')", 1000.0),
    ],
)
def test_a_quoted_value_is_text_and_a_quoted_word_is_an_expression(line, value):
    assert evaluate("--arg", split(line), {"n": 7}) == {"who": value}


@pytest.mark.parametrize("text", ["[1,2", "(1", "{'a':"])
def test_a_bracket_that_is_open_is_refused(text):
    with pytest.raises(MagicUsageError, match="never closed") as caught:
        evaluate("--arg", [f"x={text}"], {})
    assert "quote an expression that has blanks" in caught.value.hint


def test_an_expression_that_fails_is_refused_with_its_error():
    with pytest.raises(MagicUsageError, match="ZeroDivisionError: division by zero"):
        evaluate("--arg", ["x=1 / 0"], {})


@pytest.mark.parametrize(
    ("value", "kind"), [(object(), "object"), ({1, 2}, "set"), (np.arange(2), "ndarray")]
)
def test_what_is_not_json_is_refused_with_the_alternative(value, kind):
    with pytest.raises(StepDefinitionError, match=f"x is an? {kind}; a step takes") as caught:
        evaluate("--arg", ["x=thing"], {"thing": value})
    assert "%synapse_dataset" in caught.value.hint


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(StepDefinitionError, match="x is a list"):
        evaluate("--arg", ["x=thing"], {"thing": endless})
