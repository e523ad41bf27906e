"""Runs a submission, and goes on in a new kernel where an answer has ended the one before.

A cell can end the process that runs it in many ways: ``os._exit``, ``exit()``, a signal, no memory
left, a crash in C. nbgrader then stores no score at all, which reads as 0. Here that cell is left
out, the cells before it run again in a new kernel, and the rest follows. What that leaves undecided
waits for a person.
"""

import contextlib
import os
import re
import signal
import subprocess
from typing import Any

from jupyter_client import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors
from nbgrader.utils import is_grade
from traitlets import Integer

try:
    import resource
except ImportError:  # Windows
    resource = None

__all__ = ["Execute", "name_of", "task_of"]

PICTURES = 20  # times as many characters as text may have
NO_MODULE = re.compile(r"No module named '([\w.]+)'")


def name_of(cell: NotebookNode, index: int) -> str:
    """What to call a cell: its grade_id, or its place and its first line."""
    known = cell.metadata.get("nbgrader", {}).get("grade_id")
    if known:
        return known
    line = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"{index + 1} ({line if len(line) <= 60 else line[:57] + '...'})"


def task_of(cells: list[NotebookNode], index: int) -> str | None:
    """The grade_id of a cell's task: of the next cell that is graded, else the last."""
    graded = [number for number, cell in enumerate(cells) if is_grade(cell)]
    following = [number for number in graded if number >= index] or graded[-1:]
    return cells[following[0]].metadata.nbgrader.grade_id if following else None


class Execute(preprocessors.Execute):
    """As nbgrader's; a kernel that died is replaced, and what is not installed is told.

    ``resources["undecided"]`` has, for each task that a dead kernel or a package that is not there
    leaves open, what happened. ``resources["lacking"]`` names the packages.
    ``resources["died"]`` has the same in order, one sentence for each death.
    """

    deaths_at_most = Integer(3, help="after so many dead kernels the rest is not run").tag(
        config=True
    )
    characters = Integer(1_000_000, help="of text that a cell may write; the rest is dropped").tag(
        config=True
    )
    gigabytes = Integer(8, help="a kernel that asks for more gets a MemoryError; on Linux").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: KernelManager | None = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Runs the notebook in place."""
        NotebookClient.__init__(self, nb, km)
        self.resources = resources
        self.dead: dict[int, str] = {}
        self.written: dict[tuple[int, str], int] = {}  # characters, of each cell and kind
        done = 0
        while done < len(nb.cells) and len(self.dead) < self.deaths_at_most:
            done = self._run_from(done, nb.cells)
        self._report(nb.cells, done)
        self.set_widgets_metadata()
        return nb, resources

    def _run_from(self, done: int, cells: list[NotebookNode]) -> int:
        """Runs the cells in a new kernel, the first ``done`` again; how many are done now."""
        self.reset_execution_trackers()
        index = done
        try:
            with self.setup_kernel():
                self.ended_by, process = "", self.km.provisioner.process
                try:
                    information = self.wait_for_reply(self.kc.kernel_info())
                    self.nb.metadata["language_info"] = information["content"]["language_info"]
                    for index, cell in enumerate(cells):
                        if index in self.dead:
                            continue
                        if index < done:
                            self._run_again(index, cell)
                        else:
                            self.preprocess_cell(cell, self.resources, index)
                finally:
                    how = self.ended_by or _how_it_ended(process)
                    _end(process)
        except (DeadKernelError, CellTimeoutError):
            self.dead[index] = how
            cells[index].outputs = [*cells[index].outputs, _dead(how)]
            return max(done, index + 1)
        return len(cells)

    def _run_again(self, index: int, cell: NotebookNode) -> None:
        """Runs a cell for what it defines; its outputs stay as they were."""
        if cell.cell_type == "code" and not is_grade(cell):
            self.execute_cell(NotebookNode(cell | {"outputs": []}), index)
            self.nb.cells[index] = cell

    def on_cell_executed(self, **event: Any) -> None:
        """As nbgrader's; ``exit()`` and ``quit()`` end the kernel a while after they are called."""
        super().on_cell_executed(**event)
        payload = event["execute_reply"]["content"].get("payload", [])
        if any(each.get("source") == "ask_exit" for each in payload):
            self.ended_by = "exit() or quit()"
            raise DeadKernelError(self.ended_by)

    def output(self, outs: list[NotebookNode], msg: dict[str, Any], *place: Any) -> Any:
        """As nbclient's; text and pictures beyond a size are dropped, or an endless loop would fill
        the memory of the process that grades.
        """
        kind, content = msg["msg_type"], msg["content"]
        if kind in ("stream", "display_data"):  # not a result, which has the points
            key = place[-1], kind
            size = len(content["text"] if kind == "stream" else str(content))
            self.written[key] = self.written.get(key, 0) + size
            if self.written[key] > self.characters * (1 if kind == "stream" else PICTURES):
                return None
        return super().output(outs, msg, *place)

    def start_new_kernel(self, **options: Any) -> None:
        """Starts a kernel that cannot take all memory of the machine, nor have pip change what is
        installed for everybody who is graded after it.
        """
        # What a kernel writes before and after a notebook's cells belongs to nobody.
        given = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        given["env"] = os.environ | {"PIP_DRY_RUN": "1"}
        super().start_new_kernel(**given | options)
        if hasattr(resource, "prlimit"):
            _limit_memory(self.km.provisioner.process.pid, self.gigabytes << 30)

    def _report(self, cells: list[NotebookNode], done: int) -> None:
        """Says in the resources which tasks are left undecided, and why."""
        died, undecided = [], {}
        for index, how in sorted(self.dead.items()):
            said = f"the kernel died in cell {name_of(cells[index], index)}: {how}"
            died.append(said)
            undecided.setdefault(task_of(cells, index), said)
        for index in range(done, len(cells)):
            if is_grade(cells[index]):
                undecided.setdefault(
                    cells[index].metadata.nbgrader.grade_id,
                    f"it was not run, because the kernel died {len(self.dead)} times before it",
                )
        lacking = set()
        for index, cell in enumerate(cells):
            for name in _not_installed(cell):
                lacking.add(name)
                undecided.setdefault(task_of(cells, index), f"{name} is not installed here")
        self.resources["died"], self.resources["undecided"] = died, undecided
        self.resources["lacking"] = sorted(lacking)


def _not_installed(cell: NotebookNode) -> list[str]:
    """The packages that a student's cell asked for and the kernel did not find."""
    said = [
        output.evalue
        for output in cell.get("outputs", [])
        if output.output_type == "error" and output.ename == "ModuleNotFoundError"
    ]
    if is_grade(cell):  # a check puts into words what an answer raised
        said += [
            line
            for output in cell.get("outputs", [])
            if output.output_type == "stream"
            for line in output.text.splitlines()
            if "ModuleNotFoundError" in line
        ]
    return [match[1] for match in map(NO_MODULE.search, said) if match]


def _how_it_ended(process: subprocess.Popen) -> str:
    """How a kernel's process ended, in words."""
    code = process.poll()
    if code is None:
        return "it no longer answered, and was ended"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _end(process: subprocess.Popen) -> None:
    """Ends a kernel's process, and what it has started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _dead(how: str) -> NotebookNode:
    """What a reader of the feedback sees below the cell."""
    said = (
        f"The process that ran this notebook ended in this cell ({how}). The cell was left out, "
        "and the rest was run without it. A person looks at the task."
    )
    return new_output("error", ename="DeadKernel", evalue=said, traceback=[said])


def _limit_memory(pid: int, size: int) -> None:
    """A process, and what it starts from now on, gets no more memory than this; on Linux."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
    wanted = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.prlimit(pid, resource.RLIMIT_DATA, (wanted, hard))
