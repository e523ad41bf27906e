"""A real browser, and Jupyter servers for it. What is started here is stopped however the tests
end.
"""

import contextlib
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from notebook_page import NotebookPage
from playwright.sync_api import sync_playwright

from tools.commands import main
from tools.commands.environment import ROOT, Environment

NAMES = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
NO_BROWSER = """\
These tests drive a real browser, and there is none {where}. Do one of these, then try again:
  Debian, Ubuntu:         sudo apt install chromium
  Linux, macOS:           .venv/bin/playwright install chromium
  Windows:                .venv\\Scripts\\playwright install chromium
  you have one elsewhere: export CHROMIUM=/its/path"""
# Nothing of a test asks the network for anything.
FLAGS = ("--disable-gpu", "--disable-quic", "--disable-sync")
RESULTS = ROOT / "build" / "browser"  # screenshots, logs, and copies of the notebooks
# The servers serve the course's folder; the originals stay untouched, and each worker has its own.
COPIES = RESULTS / "course" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
LAPTOP = {"width": 1440, "height": 900}
PATIENCE = 300  # seconds for one thing to happen; a busy machine needs some


def find_chromium(own: str) -> str | None:
    """The browser that the variable CHROMIUM names; else Playwright's own; else one on PATH."""
    named = os.environ.get("CHROMIUM", "").strip()
    if named:
        return shutil.which(named)
    return own if Path(own).exists() else next(filter(None, map(shutil.which, NAMES)), None)


def end(processes: list[psutil.Process]) -> None:
    """Waits for processes that were told to end; kills those that do not."""
    for process in psutil.wait_procs(processes, timeout=30)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


@pytest.fixture(scope="session", autouse=True)
def stopped_as_by_hand():
    """A request to end (SIGTERM) is heard like Ctrl-C: pytest then still closes what is open."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window."""
    others = set(psutil.Process().children(recursive=True))
    try:
        with sync_playwright() as playwright:
            path = find_chromium(playwright.chromium.executable_path)
            if path is None:
                named = os.environ.get("CHROMIUM", "").strip()
                where = f"where CHROMIUM points, {named}" if named else "on this machine"
                pytest.fail(NO_BROWSER.format(where=where), pytrace=False)
            chromium = playwright.chromium.launch(
                executable_path=path, args=FLAGS, timeout=1000 * PATIENCE
            )
            yield chromium
            chromium.close()
    finally:
        end([p for p in psutil.Process().children(recursive=True) if p not in others])


@dataclass(frozen=True)
class Server:
    """A Jupyter server that runs: where it listens (with a slash at the end), and its password."""

    url: str
    token: str

    def address(self, application: str, notebook: Path) -> str:
        """Where a notebook opens; ``application`` is "lab/tree" or "notebooks"."""
        path = notebook.relative_to(ROOT).as_posix()
        return f"{self.url}{application}/{path}?reset&token={self.token}"


@contextlib.contextmanager
def jupyter(command: list[str], home: Path):
    """Runs a Jupyter server, as after a fresh install: none of the user's settings count.

    Args:
        command: JupyterLab or Notebook, without the options that this adds.
        home: an empty folder for settings, for what the server writes about itself, and for its
            log.
    """
    token = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    folders = {f"JUPYTER_{name}": str(home / name.lower()) for name in names}
    folders |= {f"JUPYTERLAB_{name}_DIR": str(home / name) for name in ("SETTINGS", "WORKSPACES")}
    folders |= {"IPYTHONDIR": str(home / "ipython"), "GANLIB_BUDGET": "smoke"}
    options = ["--no-browser", "--port", str(port), f"--IdentityProvider.token={token}"]
    log = home / "server.log"
    with open(log, "wb") as stream:
        process = psutil.Popen(
            [*command, *options],
            cwd=ROOT,
            env=main.variables(Environment()) | folders,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest alone, which then stops this
        )
        try:
            yield Server(wait_for_url(process, home / "runtime_dir", log), token)
        finally:
            family = [process]
            with contextlib.suppress(psutil.NoSuchProcess):
                family += process.children(recursive=True)
                process.terminate()
            end(family)


def wait_for_url(process: psutil.Popen, runtime: Path, log: Path) -> str:
    """The address of a server that was just started: it writes it to a file once it listens."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError):  # half written
                return json.loads(file.read_text())["url"]
        time.sleep(0.1)
    pytest.fail(f"The server did not start. It said:\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab as ``make lab`` starts it."""
    command = main.lab_command(Environment(), ["--LabApp.expose_app_in_browser=True"])
    with jupyter([sys.executable, *command[1:]], tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def notebook7(tmp_path_factory):
    """Notebook 7 over the course's folder."""
    lab = main.lab_command(Environment(), [])
    options = [option for option in lab[1:] if not option.startswith("--LabApp")]
    options[options.index("jupyterlab")] = "notebook"
    exposed = "--JupyterNotebookApp.expose_app_in_browser=True"
    home = tmp_path_factory.mktemp("notebook7")
    with jupyter([sys.executable, *options, exposed], home) as server:
        yield server


def copy(notebook: Path) -> Path:
    """A copy at the same place of another folder, whose cells have no numbers yet."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
    target = COPIES / notebook.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content), encoding="utf-8")
    return target


@pytest.fixture
def opened(browser, request):
    """Opens notebooks, each in a browser that has never been used; ends their kernels.

    What a page looked like at the end stays in build/browser, which helps where a test failed.
    """
    with contextlib.ExitStack() as stack:

        def open_notebook(server: Server, notebook: Path, application="lab/tree") -> NotebookPage:
            context = stack.enter_context(browser.new_context(viewport=LAPTOP))
            page = NotebookPage(context.new_page(), server.address(application, copy(notebook)))
            stack.callback(page.shut_down)
            last = re.sub(r"\W+", "-", f"{notebook.stem[:2]} last {request.node.originalname}")
            stack.callback(page.page.screenshot, path=RESULTS / f"{last}.png")
            return page

        yield open_notebook


def camera(page: NotebookPage, notebook: Path, prefix: str = ""):
    """Keeps what the page looks like in build/browser, numbered in the order of time."""
    numbers = itertools.count()
    for old in RESULTS.glob(f"{notebook.stem[:2]}-{prefix}*.png"):
        old.unlink()

    def screenshot(what: str) -> None:
        name = re.sub(r"\W+", "-", f"{prefix}{next(numbers):02}-{what}")
        page.page.screenshot(path=RESULTS / f"{notebook.stem[:2]}-{name}.png")

    return screenshot
