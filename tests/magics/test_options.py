"""How the magics read their line."""

import pytest
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.magics.options import (
    MagicUsageError,
    expand,
    magic_name,
    parse_magic_line,
    split,
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('--name "step 1"', ["--name", "step 1"]),
        ("--name 'step 1'", ["--name", "step 1"]),
        ('--conf spark.a="x y"', ["--conf", "spark.a=x y"]),
        (r"C:\tmp\new.csv", [r"C:\tmp\new.csv"]),
        ("--arg '{\"a\": 1}'", ["--arg", '{"a": 1}']),
        ("${{outputs.x}} {{x}}", ["${{outputs.x}}", "{{x}}"]),
        ('--description ""', ["--description", ""]),
        ("a;b|c&d", ["a;b|c&d"]),
        ("", []),
    ],
)
def test_quotes_group_words_and_nothing_else_is_special(line, words):
    assert split(line) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("prep -i raw  # the first step", ["prep", "-i", "raw"]),
        ("prep # don't quote", ["prep"]),
        ("prep a#b", ["prep", "a#b"]),
        ('data.csv --separator "#" -f', ["data.csv", "--separator", "#", "-f"]),
        ("# nothing but a comment", []),
    ],
)
def test_a_lone_hash_begins_a_comment(line, words):
    assert split(line) == words


def test_an_unclosed_quote_is_said():
    with pytest.raises(MagicUsageError, match="a quote is open") as caught:
        split('prep --name "step 1')
    assert caught.value.where == 'prep --name "step 1'


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("$pool", "spark01"),
        ("{pool}", "spark01"),
        ("{limit * 2}", "20"),
        ("x-{pool}-$limit", "x-spark01-10"),
        ("${{pool}}", "${{pool}}"),
        ("{{pool}}", "{{pool}}"),
        ("$missing", "$missing"),
        ("{missing}", "{missing}"),
        ("{", "{"),
        ("{'a': 1}", "{'a': 1}"),
    ],
)
def test_variables_of_the_notebook_are_put_in(word, text):
    assert expand(word, {"pool": "spark01", "limit": 10}) == text


@magic_arguments()
@argument("name")
@argument("--compute", "-c")
@argument("--cores", type=int, default=1)
@argument("-h", "--help", action="store_true")
def demo(line):
    """Do something for a test."""


def parse(line, **names):
    return parse_magic_line(demo, line, names)


def test_a_value_with_a_blank_stays_one_value():
    assert parse("$who -c b", who="an ant").name == "an ant"


@pytest.mark.parametrize("typed", ["--comput", "--compute-target"])
def test_an_unknown_option_gets_a_guess_and_is_never_an_abbreviation(typed):
    with pytest.raises(MagicUsageError, match=f"unknown option {typed}") as caught:
        parse(f"a {typed} x")
    assert caught.value.hint == "did you mean '--compute'?"
    assert caught.value.where == "%demo"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "required: name"),
        ("a -c", "expected one argument"),
        ("a --cores many", "invalid int value: 'many'"),
        ("a --zzz", "unknown option --zzz"),
    ],
)
def test_what_is_wrong_is_said_with_the_way_to_the_help(line, message):
    with pytest.raises(MagicUsageError, match=message) as caught:
        parse(line)
    assert caught.value.hint == "%demo? shows its options"


def test_one_argument_too_many_is_often_a_blank():
    with pytest.raises(MagicUsageError, match="one argument too many: y") as caught:
        parse("x y")
    assert "quote a value that has blanks" in caught.value.hint


def test_a_negative_number_is_a_value():
    assert parse("a --cores -1").cores == -1


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_printed_and_nothing_else_happens(option, capsys):
    assert parse(f"{option} --no-such-option") is None
    printed = capsys.readouterr().out
    assert printed.startswith("%demo ")
    assert "Do something for a test." in printed


def test_the_name_of_a_cell_magic_has_two_signs(shell):
    assert magic_name(shell.ipython.find_cell_magic("spark_step")) == "%%spark_step"
    assert magic_name(shell.ipython.find_line_magic("synapse_submit")) == "%synapse_submit"
