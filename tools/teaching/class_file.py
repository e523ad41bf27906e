"""``class.toml``: what belongs to one class alone, its number, its seed, dates, lateness.

It is private: a public clone has the exercises alone, which say for which class they were made.
Class 0 is the one whose numbers the solutions explain.
"""

import re
import secrets
import tomllib
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from pathlib import Path

from ganlib.support import files
from tools import ROOT

__all__ = ["DEFAULT_SEED", "ClassFile", "ClassFileError", "handed_out", "load", "set_number"]

NAME = "class.toml"
DEFAULT_SEED = 71

TEMPLATE = """\
# What belongs to this class alone: see INSTRUCTORS.md. `make class` writes the next two lines.
number = {number}
seed = {seed}

# Do students find a model answer folded below each open question, and a link to the solution?
model_answers = false

# What a late hand-in costs: "none", "zero", or the share of its points for each day that has begun.
late = "none"

[due]
# "01" = 2027-04-12T23:59:00+02:00
"""


class ClassFileError(ValueError):
    """``class.toml`` says something that cannot be."""


@dataclass
class ClassFile:
    """What belongs to one class.

    Attributes:
        number: the numbers in some tasks depend on it.
        seed: of the values that hidden tests use.
        model_answers: whether exercises show those of open questions, and link their solutions.
        late: "none", "zero", or the share of the points that each day which has begun takes.
        due: until when an exercise is due, in UTC, by its number, "01".
    """

    number: int = 0
    seed: int = DEFAULT_SEED
    model_answers: bool = True
    late: str | float = "none"
    due: dict[str, datetime] = field(default_factory=dict)


def load(root: Path = ROOT) -> ClassFile:
    """What the course's ``class.toml`` says; if there is none, the class of the exercises.

    Raises:
        ClassFileError: a key or a value that has no meaning; the message says which.
    """
    path = root / NAME
    if not path.exists():
        number, model_answers = handed_out(root)
        return ClassFile(number, model_answers=model_answers)
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ClassFileError(f"{NAME} cannot be read: {problem}") from None
    unknown = sorted(set(written) - {each.name for each in fields(ClassFile)})
    if unknown:
        known = ", ".join(each.name for each in fields(ClassFile))
        raise ClassFileError(
            f"{NAME} has {', '.join(unknown)}, but knows only {known}. Lines below "
            "[due] belong to it."
        )
    for key in ("number", "seed"):
        value = written.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ClassFileError(
                f"{key} in {NAME} is {value!r}, but must be a whole number, 0 or more."
            )
    shown = written.get("model_answers", True)
    if not isinstance(shown, bool):
        raise ClassFileError(f"model_answers in {NAME} is {shown!r}, but must be true or false.")
    late = written.get("late", "none")
    is_share = isinstance(late, int | float) and not isinstance(late, bool) and 0 < late <= 1
    if late not in ("none", "zero") and not is_share:
        raise ClassFileError(
            f'late in {NAME} is {late!r}, but must be "none", "zero" or a share such as 0.1.'
        )
    due = {number: _in_utc(number, when) for number, when in written.get("due", {}).items()}
    return ClassFile(written.get("number", 0), written.get("seed", DEFAULT_SEED), shown, late, due)


def handed_out(root: Path = ROOT) -> tuple[int, bool]:
    """The class that the exercises are for, and whether they show model answers; 0 and True where
    there are none.
    """
    text = "".join(
        path.read_text(encoding="utf-8") for path in (root / "exercises").glob("*/*.ipynb")
    )
    number = re.search(r'"CLASS = (\d+)', text)
    answered = re.search(r'"id": "[\w-]+-model"', text) or not text
    return int(number[1]) if number else 0, bool(answered)


def _in_utc(number: str, when: object) -> datetime:
    """As nbgrader wants it; without a time a day is due at its end, without a zone it is local."""
    if not re.fullmatch(r"\d\d", number):
        raise ClassFileError(f'[due] in {NAME} has "{number}", but must name exercises as "02".')
    if isinstance(when, date) and not isinstance(when, datetime):
        when = datetime.combine(when, time(23, 59, 59))
    if not isinstance(when, datetime):
        raise ClassFileError(
            f"The date of {number} in {NAME} is {when!r}, but must be written as "
            "2027-04-12T23:59:00+02:00, without quotation marks."
        )
    return when.astimezone(UTC).replace(tzinfo=None)


def set_number(number: int, seed: int | None = None, root: Path = ROOT) -> ClassFile:
    """Writes a class's number and seed into ``class.toml``; all else in it stays.

    Args:
        number: of the class.
        seed: of the hidden tests; None to keep the one that is there, or to draw one.
        root: the course's folder.
    """
    path, before = root / NAME, load(root)
    if seed is None:
        seed = before.seed if path.exists() else 1000 + secrets.randbelow(9000)
    text = TEMPLATE.format(number=number, seed=seed)
    if path.exists():
        text = path.read_text(encoding="utf-8-sig")
    for key, value in (("seed", seed), ("number", number)):
        line = f"{key} = {value}"
        pattern = re.compile(rf"^{key}\s*=.*$", re.MULTILINE)
        text = pattern.sub(line, text, count=1) if pattern.search(text) else f"{line}\n{text}"
    with files.replacing(path) as [unfinished]:
        unfinished.write_text(text, encoding="utf-8")
    return load(root)
