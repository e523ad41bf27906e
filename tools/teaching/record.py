"""What grading knows beyond nbgrader's gradebook: which file was graded, why one was not.

It is kept in ``grading/NN-name.json``, because a student whose file cannot be read has no place in
the gradebook, and must not be forgotten in the table of grades when the next exercise is graded.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ganlib.support import files
from tools.teaching.gradebook import ByHand

__all__ = ["Entry", "load", "names", "save"]


@dataclass
class Entry:
    """One student, one exercise.

    Attributes:
        digest: of the file that was looked at last.
        said: what was done to it so that it could be graded.
        reason: why it was not graded; empty if it was.
        died: where the kernel died, a sentence for each time.
        undecided: the tasks which that leaves to a person.
        page: the digest of all that the feedback was made from.
        carried: what was given by hand, and waits to be given again in a gradebook made anew.
        checks: the digest of the checks that it was graded by.
    """

    digest: str = ""
    said: list[str] = field(default_factory=list)
    reason: str = ""
    died: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    page: str = ""
    carried: ByHand | None = None
    checks: str = ""


def _path(name: str, root: Path) -> Path:
    return root / "grading" / f"{name}.json"


def load(name: str, root: Path) -> dict[str, Entry]:
    """All students of an exercise."""
    path = _path(name, root)
    if not path.exists():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))
    for entry in entries.values():
        entry["carried"] = ByHand(**entry["carried"]) if entry["carried"] else None
    return {student: Entry(**entry) for student, entry in entries.items()}


def save(name: str, entries: dict[str, Entry], root: Path) -> None:
    """Keeps all students of an exercise."""
    path = _path(name, root)
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({each: asdict(entries[each]) for each in sorted(entries)}, indent=1)
    with files.replacing(path) as [unfinished]:
        unfinished.write_text(text + "\n", encoding="utf-8")


def names(root: Path) -> list[str]:
    """The exercises that were graded so far."""
    return files.stems(root / "grading", "*-*.json")
