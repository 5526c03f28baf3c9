"""The run view as a person finds it on a page: all selectors of its parts are here."""

from __future__ import annotations

from page_scripts import CONTRASTS, CONTROLS, FOCUSED, NODES, RECORD
from support import wait_until

LIVE = ".synapse-run.widget-vbox"
STATIC = ".synapse-run.sr-static"
STEPS = "table.sr-steps tbody tr:has(.sr-status)"
STEP_NAME = "th"
STATUS = ".sr-status"
HEADER_STATUS = ".sr-header .sr-status"
ERROR = ".sr-error"
LOG = ".sr-log, .synapse-log"
# The static tail, and the list that draws only the lines in sight.
LOG_LINES = ".sr-log-scroll pre"
VIEWPORT = ".sl-viewport"
ROWS = ".sl-row:not([hidden])"
NUMBER = ".sl-number"

SECONDS = 1000.0


def wait_in(page, condition, seconds=20, what="the condition"):
    """Wait for a condition while the page goes on: its events reach only who waits in it."""
    return wait_until(lambda: condition() or page.wait_for_timeout(50), seconds, what)


def record(page, *lines):
    """Write down from now on what a view shows; see ``seen``."""
    page.evaluate(RECORD, [LIVE, STEPS, STEP_NAME, STATUS, HEADER_STATUS, LOG, lines])


def seen(page):
    """Return the words of the run and of each step in order, and the statuses at a line's sight."""
    return page.evaluate("window.seenByUser")


class RunView:
    """One view of a run: the live one, or its static twin."""

    def __init__(self, page, *, static=False, cell=None):
        self.page = page
        within = page if cell is None else page.locator(".jp-Notebook .jp-Cell").nth(cell)
        self.root = within.locator(STATIC if static else LIVE).first
        self.log = LogPane(page, self.root)

    def wait_for(self, status, seconds=60):
        """Wait until the run has a status."""
        self.root.locator(HEADER_STATUS).get_by_text(status, exact=True).wait_for(
            timeout=seconds * SECONDS, state="attached"
        )

    @property
    def status(self):
        """The word for the run."""
        return self.root.locator(HEADER_STATUS).text_content()

    @property
    def facts(self):
        """The run's facts beside its status: how long, how many steps."""
        return self.root.locator(".sr-header").text_content()

    def steps(self):
        """Return the word for each step."""
        rows = self.root.locator(STEPS).all()
        return {
            row.locator(STEP_NAME).first.text_content(): row.locator(STATUS).first.text_content()
            for row in rows
        }

    @property
    def error(self):
        """What went wrong."""
        return self.root.locator(ERROR).first.text_content()

    def choose_step(self, name):
        """Show the log of another step."""
        self.step_choice.select_option(label=name)

    @property
    def step_choice(self):
        """The control that says whose log it is."""
        return self.root.locator("select").first

    @property
    def selected_step(self):
        """The step whose log is shown."""
        return self.step_choice.locator("option:checked").text_content()

    def stream_choice(self, stream):
        """Return the control for one stream of the log."""
        buttons = self.root.get_by_role("button", name=stream, exact=True)
        return buttons.or_(self.root.get_by_role("tab", name=stream, exact=True))

    @property
    def cancel(self):
        """The button that cancels the run."""
        return self.root.get_by_role("button", name="Cancel", exact=True)

    @property
    def can_be_canceled(self):
        """Whether there is such a button that can be used."""
        return self.cancel.count() > 0 and self.cancel.is_enabled()

    def contrasts(self):
        """Return the contrast of each text in the view with what lies behind it."""
        return self.root.evaluate(CONTRASTS)

    def nodes(self):
        """Return how many elements the view consists of."""
        return self.root.evaluate(NODES)

    def controls(self):
        """Return the names of the view's controls in the order of the page."""
        return self.root.evaluate(CONTROLS)

    def tab_through(self, names):
        """Press Tab through the page; return which controls got the focus, and if visibly."""
        found = []
        for _ in range(3 * len(names) + 20):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(FOCUSED)
            if focused is not None:
                found.append((names[focused["place"]], focused["visible"]))
            if len(found) == len(names):
                break
        return found


class LogPane:
    """The log in a view: a list that draws the lines in sight only, or the static tail."""

    def __init__(self, page, view):
        self.page = page
        self.root = view.locator(LOG).first

    @property
    def is_virtual(self):
        """Whether only the lines in sight are elements of the page."""
        return self.root.locator(VIEWPORT).count() > 0

    @property
    def text(self):
        """What is shown of the log."""
        return self.root.text_content()

    def wait_for_line(self, text, seconds=30):
        """Wait until a line is there."""
        self.root.get_by_text(text).first.wait_for(timeout=seconds * SECONDS, state="attached")

    def rows(self):
        """Return the lines that are on the page."""
        if self.is_virtual:
            return self.root.locator(ROWS).all_text_contents()
        return self.root.locator(LOG_LINES).first.text_content().splitlines()

    def nodes(self):
        """Return how many elements the log consists of."""
        return self.root.evaluate(NODES)

    def scroll_to(self, fraction):
        """Scroll to a place between the first line, 0, and the last, 1."""
        if self.is_virtual:
            self.root.locator(VIEWPORT).evaluate(
                "(box, part) => { box.scrollTop = part * (box.scrollHeight - box.clientHeight) }",
                fraction,
            )
            return
        self.root.locator(".sr-log-scroll").evaluate(
            "(box, part) => { box.scrollTop = (part - 1) * (box.scrollHeight - box.clientHeight) }",
            fraction,
        )

    def first_line_number(self):
        """Return the number of the first line that is in sight; the tail has no numbers."""
        numbers = self.root.locator(f"{ROWS} {NUMBER}").all_text_contents()
        return min((int(number) for number in numbers if number), default=None)

    def search(self, text):
        """Look for a text."""
        field = self.root.get_by_label("Search the log")
        field.fill(text)
        field.press("Enter")
