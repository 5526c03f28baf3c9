"""Names, logs, metrics and errors are text: no browser takes them for markup."""

import pytest
from browser_books import SCRIPTED, SETUP, write_book
from run_view_page import RunView

pytestmark = pytest.mark.browser

BAD = (
    "<img src=x onerror=window.wasInjected=1><script>window.wasInjected=1</script>"
    "<svg onload=window.wasInjected=1></svg>\"'><b onmouseover=window.wasInjected=1>bad</b>"
)

EVERYWHERE = f"""\
bad = {BAD!r}
error = dict.fromkeys(("message", "type", "where", "source", "traceback"), bad)
steps = (
    make_step(bad, compute=bad, because=(bad,), metrics={{bad: bad}}, outputs=(bad,)),
    make_step("failed" + bad, bad, status=RunStatus.FAILED, error=error, reason=bad),
)
source = ScriptedSource(
    [make_run(*steps, status=RunStatus.FAILED, experiment=bad, reason=bad)],
    {{(step.id, stream): bad for step in steps for stream in ("stdout", "stderr")}},
)
RunDetails(source).show()
"""
STATIC = f"""\
os.environ["SYNAPSE_MAGICS_WIDGETS"] = "0"
{EVERYWHERE}"""
REAL = (
    f"""\
%%python_step speak
print({BAD!r})
run.log({BAD!r}, {BAD!r})
raise ValueError({BAD!r})
""",
    "run = %synapse_submit injected --wait",
)


def was_injected(page):
    """Tell whether any of the markup has run."""
    return page.evaluate("window.wasInjected") is not None


def test_what_a_scripted_run_says_anywhere_is_text(lab, lab_folder, page):
    opened = lab.open(page, write_book(lab_folder, (SCRIPTED, EVERYWHERE, STATIC)))
    opened.run_all()
    live, static = RunView(page), RunView(page, static=True)
    live.wait_for("Failed")
    static.wait_for("Failed")
    opened.wait_for_cells()

    for view in (live, static):
        assert BAD in view.error
        assert "wasInjected" in view.log.text
        assert view.root.locator("img, script, b").count() == 0
    assert not was_injected(page)


def test_what_a_real_step_says_is_text(lab, lab_folder, page):
    opened = lab.open(page, write_book(lab_folder, (SETUP, *REAL)))
    opened.run_all()
    view = RunView(page)
    view.wait_for("Failed")
    view.log.wait_for_line("wasInjected")

    assert "wasInjected" in view.error
    assert "wasInjected" in opened.wait_for_error()
    opened.picture("injected")
    assert page.locator(".jp-OutputArea img, .jp-OutputArea script").count() == 0
    assert not was_injected(page)
