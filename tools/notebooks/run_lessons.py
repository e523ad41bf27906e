"""Runs the lessons that changed, and the solutions, and saves their outputs in place.

python tools/course.py lessons            those whose inputs changed since their outputs were saved
python tools/course.py lessons 07         lesson 07 and the solution of its exercise
python tools/course.py lessons --list     only say which
python tools/course.py lessons --again    also those that did not change

Each runs in an empty folder, as on Colab. One that fails or writes to stderr stays as it was.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from ganlib.support import files
from tools.notebooks.inputs import PACKAGES, ROOT, code_cells, inputs_of, source_of, versions

LARGEST_BYTES = 2_000_000
CELL_TIMEOUT = 3600
# A busy machine's kernel may be slow to start, and to say that a cell is over.
PATIENT = {"startup_timeout": 300, "iopub_timeout": 120}
# What the lesson's set-up cell found out, asked of the kernel after the last cell.
QUESTION = (
    "import json as _json\n"
    "print(_json.dumps({'device': course.device, 'device_name': course.device_name,"
    " 'precision': course.precision, 'budget': course.budget_name, 'data': course.dataset}))"
)


class LessonFailed(Exception):
    """A cell failed; the message shows the cell and what it said."""


def number(cell_index: int, notebook) -> str:
    """How a reader finds a cell: its place among the code cells, and its id."""
    cell = notebook.cells[cell_index]
    place = sum(each.cell_type == "code" for each in notebook.cells[: cell_index + 1])
    return f"code cell {place} (id {cell.get('id', '?')})"


def failure(notebook, cell_index: int, said: str) -> LessonFailed:
    source = "\n".join("    " + line for line in source_of(notebook.cells[cell_index]).splitlines())
    return LessonFailed(f"{number(cell_index, notebook)}:\n{source}\n\n{said.strip()}")


def readable(traceback: str, lines: int = 25) -> str:
    """The end of a traceback, without its colours."""
    return "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", traceback).strip().splitlines()[-lines:])


def stderr_of(cell) -> str:
    return "".join(
        out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stderr"
    )


def ask(client: NotebookClient) -> dict:
    """What the lesson's set-up cell found out; the cell that asks does not stay in the notebook."""
    cells = client.nb.cells
    question = nbformat.v4.new_code_cell(QUESTION)
    cells.append(question)
    try:
        client.execute_cell(question, len(cells) - 1, store_history=False)
    except CellExecutionError as error:
        raise LessonFailed(f"After the last cell: {error.ename}: {error.evalue}") from error
    finally:
        cells.pop()
    return json.loads("".join(output.get("text", "") for output in question.outputs))


def execute(
    notebook,
    folder: Path,
    say=print,
    *,
    kernel: str = "python3",
    variables: dict[str, str] | None = None,
    timeout: int = CELL_TIMEOUT,
) -> dict:
    """Runs all cells of a notebook in a folder; returns what its set-up found, and the seconds.

    Args:
        kernel: the name of its kernel.
        variables: the kernel's environment variables; this process's own if left out.
        timeout: the seconds that a cell may take.

    Raises:
        LessonFailed: a cell raised, wrote to stderr, took too long, or the kernel died.
    """
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        **PATIENT,
        kernel_name=kernel,
        record_timing=False,
        coalesce_streams=True,  # of a progress bar, keep what it shows in the end
        store_widget_state=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.reset_execution_trackers()
    started = time.monotonic()
    total = len(code_cells(notebook))
    done = 0
    # What the kernel itself writes (not the cells) is shown only if it dies.
    with (
        tempfile.TemporaryFile("w+") as kernel_log,
        client.setup_kernel(stderr=kernel_log, env=variables or dict(os.environ)),
    ):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            done += 1
            before = time.monotonic()
            try:
                client.execute_cell(cell, index, execution_count=done)
            except CellExecutionError as error:
                raise failure(notebook, index, readable(error.traceback)) from error
            except (CellTimeoutError, DeadKernelError) as error:
                kernel_log.seek(0)
                raise failure(notebook, index, f"{error}\n{readable(kernel_log.read())}") from error
            if stderr_of(cell).strip():
                raise failure(notebook, index, f"It wrote to stderr:\n{stderr_of(cell)}")
            say(f"  cell {done} of {total}: {time.monotonic() - before:.0f} s")
        seconds = time.monotonic() - started
        answers = ask(client)
        client.set_widgets_metadata()
    return answers | {"seconds": round(seconds)}


def tidy(notebook) -> None:
    """Takes out what differs from machine to machine and means nothing to a reader."""
    notebook.metadata.kernelspec = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata.language_info = {"name": "python"}
    for cell in code_cells(notebook):
        for key in ("execution", "ExecuteTime"):
            cell.metadata.pop(key, None)


def text_of(notebook) -> str:
    """The file's text; without the widgets' state where that would make it too large."""
    text = nbformat.writes(notebook) + "\n"
    if len(text.encode()) >= LARGEST_BYTES and notebook.metadata.pop("widgets", None):
        print("  the widgets' saved state is left out: the file would be larger than 2 MB")
        text = nbformat.writes(notebook) + "\n"
    return text


def run_lesson(path: Path, library: Path = ROOT / "ganlib") -> dict:
    """Executes one notebook and saves it with its outputs; returns what is saved about the run.

    Raises:
        LessonFailed: the lesson did not run through, or ran at the smoke budget; the file is
            untouched.
    """
    notebook = nbformat.read(path, as_version=4)
    inputs = inputs_of(notebook, library)
    with tempfile.TemporaryDirectory() as folder:
        # A number that differs from the text is an error here; a reader is only told.
        answers = execute(notebook, Path(folder), variables={"GANLIB_ASSERT": "1", **os.environ})
    if answers["budget"] == "smoke":
        raise LessonFailed(
            "It ran at the smoke budget, whose outputs nobody should read. Set GANLIB_BUDGET=cpu."
        )
    record = {
        "budget": answers["budget"],
        "data": answers["data"],
        "device": answers["device_name"],
        "inputs": inputs,
        "precision": answers["precision"],
        "seconds": answers["seconds"],
        "versions": versions(),
    }
    notebook.metadata.ganlib = record
    tidy(notebook)
    nbformat.validate(notebook)
    with files.replacing(path) as [unfinished]:
        unfinished.write_text(text_of(notebook), encoding="utf-8")
    return record


def changes(path: Path, library: Path = ROOT / "ganlib") -> list[str]:
    """Why a notebook's saved outputs are out of date; empty if they are not."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    saved = notebook["metadata"].get("ganlib")
    if not saved:
        return ["was never run"]
    counts = [cell.get("execution_count") for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        return ["cells were run by hand, or their outputs cleared"]
    names = {"code": "its code", "library": "the parts of ganlib it uses"}
    now = inputs_of(notebook, library)
    reasons = [text for key, text in names.items() if saved.get("inputs", {}).get(key) != now[key]]
    here = versions()
    reasons += [
        f"{name} ({saved.get('versions', {}).get(name)} → {here[name]})"
        for name in PACKAGES
        if saved.get("versions", {}).get(name) != here[name]
    ]
    return reasons


def chosen(lesson: str | None) -> list[Path]:
    """The notebooks of all lessons, or of the one whose name begins like this."""
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    if lesson is None:
        return lessons
    wanted = lesson.removesuffix(".ipynb").rpartition("/")[2]
    picked = [path for path in lessons if path.stem == wanted or path.stem.startswith(f"{wanted}-")]
    if not picked:
        known = ", ".join(path.stem for path in lessons) or "none yet"
        raise SystemExit(f"There is no lesson {lesson!r}. There are: {known}.")
    return picked


def with_solutions(lessons: list[Path]) -> list[Path]:
    """These lessons, each followed by the solution of its exercise, if it has one."""
    paths = []
    for path in lessons:
        solutions = (ROOT / "solutions").glob(f"{path.stem[:2]}-*/{path.stem[:2]}-*.ipynb")
        paths += [path, *sorted(solutions)]
    return paths


def main(arguments: list[str]) -> int:
    """Runs what needs it; returns 1 if a lesson failed."""
    parser = argparse.ArgumentParser(
        prog="lessons",
        description="Run the lessons and solutions that changed, save their outputs.",
    )
    parser.add_argument(
        "lesson", nargs="?", help="its number or name; all that changed if left out"
    )
    parser.add_argument("--list", action="store_true", help="only say which would be run, and why")
    parser.add_argument("--again", action="store_true", help="also those that did not change")
    options = parser.parse_args(arguments)
    if os.environ.get("GANLIB_BUDGET") == "smoke" and not options.list:
        print("GANLIB_BUDGET is smoke, whose outputs are not for readers. Set it to cpu or gpu.")
        return 1
    failed = []
    for path in with_solutions(chosen(options.lesson)):
        name = path.relative_to(ROOT).as_posix()
        why = changes(path) or (["asked for again"] if options.again else [])
        if not why or options.list:
            print(f"{name}: {', '.join(why) or 'unchanged'}")
            continue
        print(f"{name}: running ({', '.join(why)})", flush=True)
        try:
            record = run_lesson(path)
        except LessonFailed as error:
            failed.append(name)
            print(f"\n{name} failed and stays as it was. {error}\n", file=sys.stderr)
            continue
        print(
            f"{name}: saved, {record['seconds']} s at {record['budget']} on {record['device']}",
            flush=True,
        )
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
