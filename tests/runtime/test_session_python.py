"""Python statements, without Spark: one namespace, the last expression, whose lines are shown."""

import sys

import pytest

from synapse_magics.runtime.session_python import PythonStatements


@pytest.fixture
def shown():
    return []


@pytest.fixture
def statements(monkeypatch, shown):
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    return PythonStatements({"given": 7}, shown.append)


def test_what_is_given_and_defined_is_there_for_the_next_statement(statements, capsys):
    assert statements.run("x = given + 1", "cell").error is None
    assert statements.run("x", "cell").error is None

    assert capsys.readouterr().out == "8\n"


def test_only_the_last_expression_is_shown_and_none_is_not(statements, capsys):
    statements.run("1\n'two'", "cell")
    statements.run("3\nNone", "cell")

    assert capsys.readouterr().out == "'two'\n"


def test_a_result_with_html_is_shown_as_that(statements, shown, capsys):
    statements.run(
        "class Table:\n"
        "    def _repr_html_(self):\n        return '<b>1</b>'\n"
        "    def __repr__(self):\n        return 'one'\n"
        "Table()",
        "cell",
    )

    assert shown == [{"text/html": "<b>1</b>", "text/plain": "one"}]
    assert capsys.readouterr().out == ""


def test_a_class_is_shown_by_its_name_whatever_its_objects_can(statements, capsys):
    statements.run("class Table:\n    def _repr_html_(self):\n        return ''\nTable", "cell")

    assert capsys.readouterr().out == "<class '__main__.Table'>\n"


def test_a_traceback_begins_with_the_statement_and_shows_its_text(statements):
    outcome = statements.run("\ndef f():\n    raise ValueError('a\\nb')\nf()", "cell In[3]")

    assert outcome.error == "ValueError: a"
    lines = outcome.traceback.splitlines()
    assert lines[1] == '  File "<cell In[3]>", line 4, in <module>'
    assert "    raise ValueError('a\\nb')" in lines


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "(", "raise KeyboardInterrupt"])
def test_nothing_leaves_a_statement_but_its_outcome(statements, code):
    outcome = statements.run(code, "cell")

    assert outcome.error
    assert outcome.interrupted is ("Keyboard" in code)
