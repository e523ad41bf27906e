"""A notebook in a page of the browser: what a learner does with it, and then sees."""

import json
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Route

PATIENCE = 600_000  # milliseconds for a page to do something, on a busy machine
VIEW = "application/vnd.jupyter.widget-view+json"
# Of the page's own objects: the notebook that is open, and whether its kernel has nothing to do.
PANEL = "window.jupyterapp?.shell?.currentWidget"
CELLS = f"[...{PANEL}.content.widgets].map(cell => cell.model)"
IDLE = f"{PANEL}?.sessionContext?.session?.kernel?.status === 'idle' && {PANEL}.context.isReady"
HAS_BEGUN = f"{CELLS}.some(cell => cell.executionCount || cell.executionState === 'running')"
FAILED = f"""{CELLS}.some(cell => cell.type === 'code'
    && cell.sharedModel.outputs.some(output => output.output_type === 'error'))"""
HAS_RUN = f"""{IDLE} && {CELLS}.every(cell => cell.type !== 'code'
    || (cell.executionCount && cell.executionState !== 'running'))"""
SCROLL = f"""async index => {{
    const content = {PANEL}.content;
    content.activeCellIndex = index;
    await content.scrollToCell(content.widgets[index]);
}}"""
# The messages of widgets that the kernel has not dealt with. It hears them beside all others, so
# its own state tells nothing; what it answers to one arrives before the word that it is done with
# that one.
LISTEN = f"""() => {{
    const kernel = {PANEL}.sessionContext.session.kernel;
    window.unheard = new Set();
    kernel.anyMessage.connect((_, {{msg, direction}}) => {{
        if (direction === 'send' && msg.header.msg_type === 'comm_msg')
            window.unheard.add(msg.header.msg_id);
    }});
    kernel.iopubMessage.connect((_, msg) => {{
        if (msg.content.execution_state === 'idle') window.unheard.delete(msg.parent_header.msg_id);
    }});
}}"""
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
EMPTY = "<svg xmlns='http://www.w3.org/2000/svg' width='117' height='20'/>"
KNOWN = (
    # Jupyter's own: its keyboard shortcuts may hear of other settings before they have loaded
    # theirs.
    "Cannot read properties of undefined (reading 'schema')",
    # The browser's: a change of size is told one picture later, and nothing is lost.
    "ResizeObserver loop completed with undelivered notifications.",
)
BROKEN = re.compile("Error displaying widget|Error creating widget|model not found", re.IGNORECASE)


class NotebookPage:
    """One notebook in JupyterLab or Notebook 7.

    Attributes:
        page: the browser's page.
        errors: what went to its console as an error, so far.
    """

    def __init__(self, page: Page, address: str):
        self.page, self.errors = page, []
        page.set_default_timeout(PATIENCE)
        page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else 0
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route(lambda url: urlsplit(url).netloc != urlsplit(address).netloc, self.elsewhere)
        page.goto(address)
        self.wait_for(IDLE)
        self.page.evaluate(LISTEN)

    def elsewhere(self, route: Route) -> None:
        """Of other hosts a lesson needs the badge alone; here it gets an empty one, without a
        network.
        """
        if route.request.url != BADGE:
            self.errors.append(f"asks for {route.request.url}")
        route.fulfill(content_type="image/svg+xml", body=EMPTY)

    def wait_for(self, condition: str) -> None:
        """Until a condition on the page's objects holds."""
        self.page.wait_for_function(f"() => {condition}", timeout=PATIENCE)

    def wait_for_kernel(self) -> None:
        """Until the kernel has done all that the widgets told it, and the page knows what came of
        it.
        """
        self.wait_for("window.unheard.size === 0")

    def choose(self, menu: str, entry: str) -> None:
        """A menu's entry, by mouse."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.locator(".lm-Menu-item").filter(has_text=entry).first.click()

    def run_all(self) -> None:
        """Run → Run All Cells, and wait until the last one has ended. Cells must have no number
        yet.
        """
        for _ in range(5):  # a click while the page is still at work may be lost
            self.choose("Run", "Run All Cells")
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                if self.page.evaluate(HAS_BEGUN):
                    self.wait_for(f"({FAILED} || {HAS_RUN})")
                    return
                self.page.wait_for_timeout(50)
        raise AssertionError("Run All Cells was chosen five times, and no cell began.")

    def run_cell(self, index: int) -> None:
        """A click into a cell, and Shift + Enter."""
        cell = f"{CELLS}[{index}]"
        before = self.page.evaluate(f"() => {cell}.executionCount ?? 0")
        self.show(index).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.wait_for(f"{cell}.executionCount > {before} && {cell}.executionState !== 'running'")

    def insert_below(self, index: int, code: str) -> None:
        """A new cell under another one, with this code, run."""
        self.show(index).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("b")
        self.wait_for(f"{PANEL}.content.activeCellIndex === {index + 1}")
        self.show(index + 1).locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.run_cell(index + 1)

    def restart(self) -> None:
        """Kernel → Restart Kernel and Clear Outputs of All Cells."""
        self.choose("Kernel", "Restart Kernel and Clear Outputs of All Cells…")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.wait_for(f"{IDLE} && !{HAS_BEGUN}")
        self.page.evaluate("() => window.unheard.clear()")  # what the old kernel never answered

    def cells(self) -> list[dict]:
        """The cells as they would be saved."""
        return self.page.evaluate(f"() => {CELLS}.map(cell => cell.toJSON())")

    def shut_down(self) -> None:
        """Ends the kernel, which else goes on until its server ends."""
        self.page.evaluate(f"() => {PANEL}.sessionContext.shutdown()")

    def show(self, index: int) -> Locator:
        """A cell, scrolled to where it is seen."""
        self.page.evaluate(SCROLL, index)
        cell = self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
        cell.scroll_into_view_if_needed()
        return cell

    def complaints(self) -> list[str]:
        """All that a learner should not see: tracebacks, words on stderr, errors of the page."""
        told = [error for error in self.errors if not any(known in error for known in KNOWN)]
        faults = [f"console: {error}" for error in told]
        for cell in self.cells():
            for output in cell.get("outputs", []):
                if output["output_type"] == "error":
                    faults.append(f"cell {cell['id']}: {output['ename']}: {output['evalue']}")
                elif output.get("name") == "stderr":
                    faults.append(f"cell {cell['id']}, stderr: {output['text']}")
        text = self.page.locator(".jp-Notebook").inner_text()
        broken = [line for line in text.splitlines() if BROKEN.search(line)]
        return faults + [f"on the page: {line}" for line in broken]


def has_widget(cell: dict) -> bool:
    """Whether a cell, as it is saved, shows a widget."""
    return any(VIEW in output.get("data", {}) for output in cell.get("outputs", []))


def widget_cells(notebook: Path) -> list[str]:
    """The ids of the cells whose saved output is a widget."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell["id"] for cell in cells if has_widget(cell)]
