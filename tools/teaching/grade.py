"""Grades what students handed in: repairs it, has nbgrader run it, and says how it went.

python tools/course.py grade 02              all students of submitted/STUDENT/02-…/
python tools/course.py grade 02 --force      also those who were graded before
python tools/course.py grade 02 --rebuild    after tasks were added or taken away

Submissions are programs by strangers: INSTRUCTORS.md says how to run this shut off from the rest.
"""

import argparse
import contextlib
import hashlib
import logging
import multiprocessing
import os
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from nbformat import NotebookNode
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from ganlib import checks
from tools import ROOT
from tools.notebooks import exercises
from tools.notebooks.inputs import without_comments
from tools.teaching import (
    alike,
    class_file,
    feedback,
    gradebook,
    grades_csv,
    late,
    mending,
    record,
)
from tools.teaching.autograding import autograde
from tools.teaching.reading import HandedIn, NotGradable, handed_in
from tools.teaching.record import Entry

__all__ = ["grade", "main"]

AGAIN = "handed in again, or its time or a file has changed"


def grade(name: str, root: Path = ROOT, force: bool = False, rebuild: bool = False) -> int:
    """Grades an exercise, writes feedback/ and grades.csv, and prints a line for each student.

    Args:
        name: of the exercise, ``NN-name``.
        root: the course's folder.
        force: also grade those again whose files are as they were.
        rebuild: make the gradebook's part of this exercise anew; what was given by hand is kept.

    Returns:
        The exit code: 0 if everybody was graded, else 1.
    """
    folders = _folders(name, root)
    if not folders:
        print(
            f"Nothing is in submitted/STUDENT/{name}/. Put each student's notebook there as "
            f"{name}.ipynb (any name will do if it is the only one)."
        )
        return 1
    os.environ.setdefault("GANLIB_BUDGET", "smoke")
    entries = record.load(name, root)
    if not _ready(name, root, entries, force, rebuild):
        return 1
    forced = force or rebuild
    if forced:  # else whoever an interruption leaves out would count as graded
        for entry in entries.values():
            entry.digest = ""
        record.save(name, entries, root)
    with _log(root) as log, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way with its database
        config = exercises.configuration(root)
        exercise = exercises.notebook(name, config, root)
        waiting = []
        for folder in folders:
            student = folder.parent.name
            entry = entries.setdefault(student, Entry())
            try:
                submission = handed_in(folder, name)
                digest = _digest(submission)
                done = not entry.reason and digest == entry.digest
                if not forced and done and _is_graded(student, name, root):
                    continue
                again = [AGAIN] if entry.digest not in ("", digest) else []
                _check_exercise(submission, name, exercise, config, root)
                submission.said += again + mending.mend(submission.notebook, exercise)
                waiting.append((student, submission, digest))
            except NotGradable as problem:
                entries[student] = Entry(reason=str(problem), carried=entry.carried)
            except Exception as problem:  # one odd file must not stop the others
                reason = f"it cannot be read: {_words(problem)}"
                entries[student] = Entry(reason=reason, carried=entry.carried)
        for student, new in _run(name, waiting, root, log):
            new.carried = entries[student].carried
            if new.carried and not new.reason:
                new.said += gradebook.apply_by_hand(name, student, new.carried, root)
                new.carried = None
            entries[student] = new
            record.save(name, entries, root)
        record.save(name, entries, root)
        late.apply(name, class_file.load(root), root)
        new = feedback.make(name, root, entries, config, log)
        record.save(name, entries, root)
    grades_csv.write(root)
    code = _tell(name, root, entries, new)
    for each in alike.tell(name, exercise, root):
        print(each)
    return code


def _run(
    name: str, waiting: list[tuple[str, HandedIn, str]], root: Path, log: logging.Logger
) -> Iterator[tuple[str, Entry]]:
    """Runs what waits, several at once, and says of each student what came of it, as it comes."""
    jobs, checks_now = min(len(waiting), os.cpu_count() or 1, 4), checks_hash(name)
    if jobs > 1:
        print(f"{len(waiting)} notebooks are run, {jobs} at a time ...", flush=True)
    # Each process has one kernel; what a notebook does to its kernel reaches neither us nor others.
    with ProcessPoolExecutor(max(jobs, 1), multiprocessing.get_context("spawn")) as pool:
        running = {
            pool.submit(autograde, student, name, submission, root): (student, digest)
            for student, submission, digest in waiting
        }
        for done in as_completed(running):
            student, digest = running[done]
            try:
                entry, said = done.result()
            except BrokenProcessPool:  # the system ends processes when it is short of memory
                entry, said = Entry(reason="the process that graded it was ended; grade again"), ""
            except Exception as problem:
                entry, said = Entry(reason=f"it cannot be run: {_words(problem)}"), ""
            entry.digest, entry.checks = digest, checks_now
            log.info("%s\n%s", student, said)
            yield student, entry


def _words(problem: Exception) -> str:
    """An error in one short line."""
    return f"{type(problem).__name__}: {' '.join(str(problem).split())[:200]}"


def _folders(name: str, root: Path) -> list[Path]:
    """The folders of an exercise's submissions; not by a pattern, for names may hold brackets."""
    students = root / "submitted"
    if not students.is_dir():
        return []
    return [
        student / name
        for student in sorted(students.iterdir())
        if (student / name).is_dir() and not student.name.startswith(".")
    ]


def _ready(name: str, root: Path, entries: dict[str, Entry], force: bool, rebuild: bool) -> bool:
    """Has the gradebook know the exercise as it is now; if it cannot, False, and what to do."""
    if not gradebook.is_registered(name, root):
        gradebook.register(name, root)
        return True
    added, gone, changed = gradebook.changes(name, root)
    known = {"", checks_hash(name)}
    there = {folder.parent.name for folder in _folders(name, root)}
    other_checks = any(entries[each].checks not in known for each in there & entries.keys())
    told = []
    if added:
        told.append(f"added: {', '.join(added)}")
    if gone:
        told.append(f"taken away: {', '.join(gone)}")
    if changed:
        told.append(f"changed: {', '.join(changed)}")
    if told:
        print(f"Since {name} was first graded, cells were {'; '.join(told)}.")
    if other_checks:
        print(f"Since {name} was last graded, its checks in ganlib/checks have changed.")
    if rebuild:
        copy = gradebook.saved_copy(root)
        for student, given in gradebook.by_hand(name, root).items():
            entries.setdefault(student, Entry()).carried = given
        record.save(name, entries, root)
        gradebook.remove(name, root)
        gradebook.register(name, root)
        print(f"Its part of the gradebook is made anew. The gradebook as it was is {copy.name}.")
        return True
    if (added or gone) and gradebook.scores(name, root):
        print(
            "Nothing was graded. The gradebook must be made anew for this exercise; points and "
            f"comments given by hand are kept: make grade EXERCISE={name[:2]} ARGS=--rebuild"
        )
        return False
    if (changed or other_checks) and not force and gradebook.scores(name, root):
        print(
            "Nothing was graded, because some would be graded by other rules than the rest. To "
            f"grade all again as the exercise is now: make grade EXERCISE={name[:2]} ARGS=--force"
        )
        return False
    if told:
        gradebook.register(name, root)
    return True


def _check_exercise(
    submission: HandedIn, name: str, exercise: NotebookNode, config: Config, root: Path
) -> None:
    """Refuses another exercise, a lesson, or something else.

    Raises:
        NotGradable: hardly a task of the exercise is in it.
    """
    share = mending.likeness(submission.notebook, exercise)
    if share > 0.5:
        return
    others = [path.stem for path in exercises.sources(root) if path.stem != name]
    for other in others:
        likeness = mending.likeness(submission.notebook, exercises.notebook(other, config, root))
        if likeness > max(2 * share, 0.5):
            raise NotGradable(
                f"it is exercise {other}: ask the student for {name[:2]}, or move it to {other}"
            )
    if share < 0.25:
        raise NotGradable(f"it holds hardly any task of exercise {name[:2]}: is it the wrong file?")


def _digest(submission: HandedIn) -> str:
    """What tells one hand-in from the next: the notebook, its time, and files that it may read."""
    digest = hashlib.sha256(submission.path.read_bytes())
    for path in sorted(submission.folder.rglob("*")):
        if path.is_file() and ".ipynb" not in path.as_posix().lower() and path.name[0] != ".":
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _is_graded(student: str, name: str, root: Path) -> bool:
    """True if nbgrader has both the scores and the notebook that was run."""
    notebook = root / "autograded" / student / name / f"{name}.ipynb"
    return notebook.exists() and student in gradebook.scores(name, root)


def checks_hash(name: str) -> str:
    """What tells one version of an exercise's checks from another; comments do not count."""
    folder = Path(checks.__file__).parent
    files = [*folder.glob("*.py"), *(folder / f"lesson{name[:2]}").rglob("*.py")]
    sources = [without_comments(path.read_text(encoding="utf-8")) for path in sorted(files)]
    return hashlib.sha256("\f".join(sources).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _log(root: Path) -> Iterator[logging.Logger]:
    """nbgrader's words go to ``grading.log``, anew each time."""
    log = logging.getLogger("grading")
    log.propagate = False
    log.setLevel(logging.INFO)
    handler = logging.FileHandler(root / "grading.log", mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)
        handler.close()


def _tell(name: str, root: Path, entries: dict[str, Entry], new: list[str]) -> int:
    """Prints a line for each student."""
    scores, code = gradebook.scores(name, root), 0
    students = sorted({*entries, *scores})
    width = max([20, *map(len, students)])
    for student in students:
        score, entry = scores.get(student), entries.get(student, Entry())
        status = grades_csv.status_of(score, entry)
        if status.startswith("not graded"):
            points, code = status, 1
        elif score is None:  # the folder was taken away
            points = status
        else:
            points = f"{score.points:g} of {score.most:g}"
            points += " + open tasks" if score.waiting else ""
        late = [f"late: {score.penalty:g} off"] if score and score.penalty else []
        print(f"{student:{width}}  {points:24} {'; '.join(late + entry.said)}".rstrip())
    print("The feedback is in feedback/, all grades in grades.csv, details in grading.log.")
    print(f"Feedback that is new or has changed: {', '.join(new) or 'none'}.")
    return code


def name_of(number: str, root: Path = ROOT) -> str | None:
    """The exercise that 02, 2 or 02-minimax-objective means; None if there is none."""
    names = [path.stem for path in exercises.sources(root)]
    wanted = number.strip().strip("/").split("/")[-1]
    begin = f"{int(wanted):02}-" if wanted.isdigit() else wanted
    matching = [name for name in names if name == wanted or name.startswith(begin)]
    return matching[0] if len(matching) == 1 else None


def no_such_exercise(number: str) -> int:
    """Says which exercises there are; the exit code."""
    there = ", ".join(path.stem[:2] for path in exercises.sources())
    print(f"There is no exercise {number}. There are: {there}.")
    return 1


def main(arguments: list[str]) -> int:
    """Grades the exercise with this number."""
    parser = argparse.ArgumentParser(prog="python tools/course.py grade", description=__doc__)
    parser.add_argument("number", help="of the exercise, such as 02")
    parser.add_argument("--force", action="store_true", help="grade everybody again")
    parser.add_argument(
        "--rebuild", action="store_true", help="after tasks were added or taken away"
    )
    options = parser.parse_args(arguments)
    name = name_of(options.number)
    if name is None:
        return no_such_exercise(options.number)
    try:
        return grade(name, force=options.force, rebuild=options.rebuild)
    except class_file.ClassFileError as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
