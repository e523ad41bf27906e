"""Says whose machine is ready, from exercises that were handed in with their first cell run.

python tools/course.py ready archive.zip       from Moodle or Canvas, before the first class

Students open exercise 01, run its first cell, save, and hand in as they will in the term. Nothing
of theirs is run here: what their own machine wrote below that cell is read.
"""

import argparse
import re
import sys
from pathlib import Path

from nbformat import NotebookNode

from tools.teaching.archives import File, NotAnArchive, files_in
from tools.teaching.reading import NotGradable, notebook_of

__all__ = ["main", "state_of"]

STARTED = re.compile(r"^Lesson \d\d · (.*)$", re.MULTILINE)


def state_of(notebook: NotebookNode) -> tuple[bool, str]:
    """Whether the machine that ran a notebook's set-up cell is ready, and what it said."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    setup = next((cell for cell in code if "ganlib.start(" in cell.source), None)
    if setup is None:
        return False, "the set-up cell is not in it"
    for output in setup.outputs:
        if output.output_type == "error":
            said = " ".join(f"{output.ename}: {output.evalue}".split())
            return False, said if len(said) <= 150 else said[:147] + "..."
    text = "".join(output.get("text", "") for output in setup.outputs)
    started = STARTED.search(text)
    if started:
        return True, started[1]
    return False, "the set-up cell was not run, or the notebook was saved before the cell ended"


def _state_of_files(handed: list[File]) -> tuple[bool, str]:
    notebooks = [file for file in handed if ".ipynb" in file.name.lower()]
    if not notebooks:
        return False, f"no notebook, but {', '.join(file.name for file in handed)}"
    try:
        return state_of(notebook_of(notebooks[-1].content, notebooks[-1].name)[0])
    except NotGradable as problem:
        return False, str(problem)


def main(arguments: list[str]) -> int:
    """Prints a line for each student; returns 1 if somebody is not ready."""
    parser = argparse.ArgumentParser(prog="python tools/course.py ready", description=__doc__)
    parser.add_argument("archive", type=Path, help="ZIP archive of a platform")
    options = parser.parse_args(arguments)
    told: list[str] = []
    students: dict[str, list[File]] = {}
    try:
        for file in files_in(options.archive.expanduser(), told):
            students.setdefault(file.student, []).append(file)
    except NotAnArchive as problem:
        print(problem, file=sys.stderr)
        return 1
    states = {student: _state_of_files(students[student]) for student in sorted(students)}
    for student, (ready, said) in states.items():
        print(f"{'✓' if ready else '✗'} {student:30} {said}")
    print(f"{sum(ready for ready, _ in states.values())} of {len(states)} are ready.")
    for each in told:
        print(f"Not read: {each}")
    return 0 if states and not told and all(ready for ready, _ in states.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
