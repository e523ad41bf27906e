"""Sorts what a learning platform collected into submitted/, ready to be graded.

python tools/course.py collect 02 archive.zip                  from Moodle or Canvas, all hand-ins
python tools/course.py collect 02 archive.zip worksheet.csv    with the times of Moodle's worksheet
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from ganlib.support import files
from tools import ROOT
from tools.teaching.archives import File, NotAnArchive, files_in, made_at_once
from tools.teaching.grade import name_of, no_such_exercise
from tools.teaching.reading import STAMP, stamp
from tools.teaching.worksheet import TableError, number_of, times_of

__all__ = ["collect", "main"]

COLLECTED = "grading/collected.json"
NO_TIMES = (
    "The archive's times are those of its download and were left out, so nobody counts as late. "
    "Moodle's grading worksheet has the times of the hand-ins: add CSV=worksheet.csv."
)


def collect(
    name: str, archive: Path, root: Path = ROOT, times: dict[str, datetime] | None = None
) -> int:
    """Puts an archive's files into ``submitted/STUDENT/NN-name/``, and says what is new.

    What a student handed in before is replaced, unless the archive's is older. Students who are not
    in the archive keep theirs. The time, if it is known, goes into ``timestamp.txt``.

    Args:
        name: of the exercise, ``NN-name``.
        archive: from a learning platform.
        root: the course's folder.
        times: of the hand-ins, by the platform's number of the student; instead of those that the
            archive gives to its files.

    Returns:
        The exit code: 1 if the archive holds something that was left out.
    """
    told: list[str] = []
    handed: dict[str, dict[str, File]] = defaultdict(dict)
    try:
        collected = list(files_in(archive, told))
    except NotAnArchive as problem:
        print(problem, file=sys.stderr)
        return 1
    known = [file.when for file in collected if file.when]
    of_download = made_at_once(known)
    for file in collected:
        if times is not None:
            file.when = times.get(number_of(file.student))
        elif of_download:
            file.when = None
        if file.name.lower() == STAMP:  # only whoever collects says when something was handed in
            told.append(f"{file.student}: a file {STAMP} of their own")
            continue
        before = handed[file.student].get(file.name)
        same_age = before and not (_newer(file, before) or _newer(before, file))
        if same_age and file.content != before.content:  # both are kept
            other = f"{len(handed[file.student]) + 1}-{file.name}"
            print(f"{file.student}: two files {file.name} of one age; the second is {other}")
            file.name, before = other, None
        if before is None or _newer(file, before):
            handed[file.student][file.name] = file
    seen = _load(root)
    for student in sorted(handed):
        earlier = seen.setdefault(name, {}).setdefault(student, [])
        said = _put(student, handed[student], name, root, earlier)
        print(f"{student:30} {said}")
    _save(seen, root)
    notebooks = sum(_has_notebook(each) for each in handed.values())
    print(f"{len(handed)} students, {notebooks} with a notebook, in submitted/STUDENT/{name}/.")
    for each in told:
        print(f"Not collected: {each}")
    if times is None and known and of_download:
        print(NO_TIMES)
    if times is not None:
        without = sorted(student for student in handed if number_of(student) not in times)
        if without:
            print(f"The worksheet has no time for {', '.join(without)}.")
    if not handed:
        print(
            "Nothing was found that looks as if it came from Moodle or Canvas, or lay in a "
            "folder for each student."
        )
    return 1 if told or not handed else 0


def _newer(one: File, other: File) -> bool:
    return bool(one.when and other.when and one.when > other.when)


def _has_notebook(handed: dict[str, File]) -> bool:
    return any(".ipynb" in name.lower() for name in handed)


def _put(student: str, handed: dict[str, File], name: str, root: Path, earlier: list[str]) -> str:
    """Writes one student's files; what to say about them.

    What was collected last is left as it is: perhaps somebody has renamed or mended it. What was
    collected before that has been replaced, and does not come back with an old archive.

    Args:
        student: whose folder.
        handed: their files by name.
        name: of the exercise.
        root: the course's folder.
        earlier: the digests of what was collected of them, the last at the end; added to.
    """
    folder = root / "submitted" / student / name
    times = [file.when for file in handed.values() if file.when]
    when = max(times).astimezone(UTC).replace(tzinfo=None) if times else None
    before, digest = stamp(folder), _digest(handed)
    marks = ["late, says the platform"] if any(file.late for file in handed.values()) else []
    if before and when and when < before:
        return f"older than what is there ({before} UTC), which stays"
    state = "new"
    if folder.is_dir() and digest in earlier[:-1]:
        return (
            "what is there was collected after it, and stays; to go back to this one, delete "
            f"submitted/{student}/{name} first"
        )
    if folder.is_dir() and (digest in earlier or _contents(folder) == _contents_of(handed)):
        state = "as before"
        when = before or when  # perhaps it was corrected by hand
    else:
        if folder.is_dir():
            state = "again"
            for path in folder.iterdir():
                if path.is_file() and path.name not in handed:
                    path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        for file in handed.values():
            with files.replacing(folder / file.name) as [unfinished]:
                unfinished.write_bytes(file.content)
    earlier[:] = [each for each in earlier if each != digest] + [digest]
    if when:
        (folder / STAMP).write_text(f"{when} UTC\n", encoding="utf-8")
        marks.insert(0, f"{when} UTC")
    if not _has_notebook(handed):
        marks.append(f"no notebook: {', '.join(sorted(handed))}")
    return "; ".join([state, *marks])


def _contents_of(handed: dict[str, File]) -> dict[str, bytes]:
    return {file.name: file.content for file in handed.values()}


def _digest(handed: dict[str, File]) -> str:
    """What tells one hand-in from the next."""
    digest = hashlib.sha256()
    for name in sorted(handed):
        digest.update(repr((name, handed[name].content)).encode())
    return digest.hexdigest()[:16]


def _load(root: Path) -> dict[str, dict[str, list[str]]]:
    """The digests of what was collected, by exercise and student."""
    path = root / COLLECTED
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _save(seen: dict[str, dict[str, list[str]]], root: Path) -> None:
    path = root / COLLECTED
    path.parent.mkdir(exist_ok=True)
    with files.replacing(path) as [unfinished]:
        unfinished.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n", "utf-8")


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.name != STAMP
    }


def main(arguments: list[str]) -> int:
    """Collects the archives that are named."""
    parser = argparse.ArgumentParser(prog="python tools/course.py collect", description=__doc__)
    parser.add_argument("number", help="of the exercise, such as 02")
    parser.add_argument(
        "files", nargs="+", type=Path, help="ZIP archives, and Moodle's grading worksheet (.csv)"
    )
    options = parser.parse_args(arguments)
    name = name_of(options.number)
    if name is None:
        return no_such_exercise(options.number)
    given = [path.expanduser() for path in options.files]
    worksheets = [path for path in given if path.suffix.lower() == ".csv"]
    archives = [path for path in given if path not in worksheets]
    if not archives:
        print("No archive was named: make collect EXERCISE=02 ZIP=archive.zip", file=sys.stderr)
        return 1
    try:
        times = {k: v for path in worksheets for k, v in times_of(path).items()}
    except (TableError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return max(collect(name, archive, times=times if worksheets else None) for archive in archives)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
