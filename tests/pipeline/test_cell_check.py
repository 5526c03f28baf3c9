"""A cell is read before it runs: what it uses and nobody declared is refused."""

import math

import pytest
from pyflakes import checker

from synapse_magics.pipeline.cell_check import check_cell, imported_names, unused_names

DECLARED = {"spark", "run", "titanic", "prepared"}


def check(text, **notebook):
    return check_cell(f"# %%spark_step prep\n{text}", DECLARED, notebook)


def only(text, **notebook):
    (problem,) = check(text, **notebook)
    return problem


@pytest.mark.parametrize(
    "text",
    [
        "print(titanic.count(), len(run.id), __name__, __file__)",
        "rows = [r for r in titanic]\nany(x for x in rows), {k: v for k, v in rows}",
        "def f(a, *b, c=1, **d):\n    e = a\n    return e, b, c, d\nf(titanic)",
        "class C:\n    x = 1\n    def m(self):\n        return self.x, C\nC()",
        "def outer():\n    def inner():\n        return late\n    return inner\nlate = 1\nouter()",
        "if (n := titanic.count()) > 1:\n    print(n)",
        "try:\n    pass\nexcept ValueError as error:\n    print(error)",
        "with open('x') as file:\n    file.read()",
        "import os.path as p, sys\nfrom json import loads as l\np, sys, l",
        "for i, (a, b) in titanic:\n    print(i, a, b)",
        "f = lambda x: x\nf(1)",
        "print(f'{titanic!r:>{10}}')",
        "match titanic:\n    case [first, *rest]:\n        print(first, rest)",
        "x: int = 1\nx += 1\ndel x",
        "print('\\d')",
    ],
)
def test_names_that_are_there(text):
    assert check(text) == []


def test_an_undeclared_name_has_its_line():
    problem = only("x = 1\nprint(alpha)\n")

    assert (problem.line, problem.message) == (3, "'alpha' is not declared in this step")
    assert problem.hint.startswith("-i alpha if it is an input")


def test_a_name_that_is_nearly_right():
    assert only("print(titanik)").hint == "did you mean 'titanic'?"


def test_a_variable_of_the_notebook():
    problem = only("print(alpha)", alpha=0.5)

    assert problem.hint == "alpha is a notebook variable: add --arg alpha=alpha"


def test_a_module_of_the_notebook():
    assert only("m.pi", m=math).hint == "import it in the cell: import math as m"
    assert only("math.pi", math=math).hint == "import it in the cell: import math"


def test_a_function_of_the_notebook():
    assert "define it in the cell, or in a %%step_module" in only("clean()", clean=lambda: 1).hint


@pytest.mark.parametrize("name", ["get_ipython", "display", "In"])
def test_what_belongs_to_the_notebook(name):
    assert only(f"{name}", **{name: print}).hint.startswith(f"{name} belongs to the notebook")


@pytest.mark.parametrize("name", ["get_ipython", "display"])
def test_what_ipython_puts_into_builtins(name, monkeypatch):
    # pyflakes looks at the builtins when it is imported, in a kernel after IPython's start.
    monkeypatch.setattr(checker, "builtin_vars", {*checker.builtin_vars, name})

    assert only(f"{name}()").message == f"{name!r} is not declared in this step"


def test_a_notebooks_name_that_the_cell_defines_itself():
    assert check("from IPython.display import display\ndisplay(titanic)") == []
    assert check("def display(x):\n    return x\ndisplay(titanic)") == []
    assert check("def show(display):\n    display(titanic)\nshow(print)") == []
    assert check_cell("print(display)", {"display"}) == []


def test_the_way_to_end_a_step():
    assert only("exit(1)").hint == "exit belongs to the notebook; sys.exit(...) ends a step"
    assert check("import sys\nsys.exit(1)") == []


def test_a_name_is_told_once_at_its_first_line():
    assert only("print(alpha)\nprint(alpha)").line == 2


def test_problems_are_in_the_order_of_lines():
    assert [problem.line for problem in check("a\nb\nc")] == [2, 3, 4]


def test_a_name_that_was_deleted():
    assert only("x = 1\ndel x\nprint(x)").line == 4


def test_the_name_of_an_exception_ends_with_its_block():
    assert only("try:\n    pass\nexcept ValueError as e:\n    pass\nprint(e)").line == 6


def test_names_that_are_never_used():
    text = "titanic.write.parquet(prepared)"

    assert unused_names(text, ("prepared", "model")) == ["model"]


def test_a_syntax_error_has_its_line():
    problem = only("x = 1\ny = (\n")

    assert problem.line == 3
    assert problem.message.startswith("SyntaxError: ")


@pytest.mark.parametrize("line", ["%time x = 1", "!ls", "?titanic", "  %matplotlib inline"])
def test_magics_in_the_body(line):
    problem = only(f"x = 1\n{line}\n")

    assert problem.line == 3
    assert problem.hint.startswith("magics and shell commands do not work in a step")


@pytest.mark.parametrize("statement", ["return 5", "yield 5", "await titanic"])
def test_what_stands_outside_of_a_function(statement):
    assert only(f"x = 1\n{statement}").message.startswith("SyntaxError: ")


def test_await_has_a_hint():
    assert "asyncio.run" in only("await titanic").hint


def test_a_byte_that_no_source_has():
    assert only("x = 'a\0b'").message.startswith("SyntaxError: ")


def test_imported_names_are_top_level_modules():
    text = "import os.path, numpy as np\nfrom a.b import c\nfrom . import d\ndef f():\n    import e"

    assert imported_names(text) == {"os", "numpy", "a", "e"}
