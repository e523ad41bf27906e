"""What a notebook says of other lessons: they are there, or are known to come and marked so."""

import json
import re
from pathlib import Path

from tools.notebooks.course_notebook import CourseNotebook
from tools.notebooks.inputs import source_of

__all__ = ["COMING", "lessons", "references"]

# Lessons that are not there yet: "lesson 10 (to come)", or "lesson 10, *Measuring* (to come)".
COMING: dict[str, str] = {}
TO_COME = r"\s\(to\scome\)"
# One lesson of a list: 05, or 10 with its title behind a comma or a point, and whether it is to
# come.
ONE = rf"\d\d(?:(?:,\s\*[^*]+\*|\s·\s[^\n|()\]]+?)(?={TO_COME}))?(?:{TO_COME})?"
NAMED = re.compile(rf"\b[Ll]essons?\s+({ONE}(?:(?:,\s|\sand\s|,\sand\s|\sto\s|–){ONE})*)")
# As the map and the tables write it: 05 · The game in two dimensions.
LISTED = re.compile(rf"\b(\d\d)\s·\s([^\d\s|()\]][^\n|()\]]*?)(?:({TO_COME})|(?=\s*[|()\]\n]|\Z))")
PARTS = re.compile(rf"(\d\d)(?:(?:,\s\*|\s·\s)([^*\n|()\]]+?)\*?(?={TO_COME}))?({TO_COME})?")


def lessons(root: Path) -> dict[str, str]:
    """Number and title of the lessons that are there."""
    titles = {}
    for path in sorted((root / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        number, _, title = source_of(first).splitlines()[0].removeprefix("# ").partition(" · ")
        titles[number] = title
    return titles


def references(notebook: CourseNotebook) -> list[str]:
    """Lessons that the prose names are there, or are on the list of those to come and marked so."""
    there = lessons(notebook.root) | {notebook.lesson: ""}
    title = re.compile(r"\A# .*$", re.MULTILINE)
    prose = title.sub("", notebook.prose, count=1)
    named = [part for list_ in NAMED.findall(prose) for part in PARTS.findall(list_)]
    listed = LISTED.findall(prose)
    problems = [_problem(*reference, there) for reference in [*named, *listed]]
    return list(dict.fromkeys(problem for problem in problems if problem))


def _problem(number: str, title: str, to_come: str, there: dict[str, str]) -> str:
    """What is wrong with one reference; nothing if all is well."""
    title = title.strip()
    if number in there:
        if to_come:
            return f"lesson {number} is there, but is said to be to come"
        if title and there[number] and title != there[number]:
            return f"lesson {number} is called {there[number]!r}, not {title!r}"
        return ""
    if number not in COMING:
        return f"there is no lesson {number}, and none is to come"
    if not to_come or title not in ("", COMING[number]):
        return (
            f"lesson {number} is not there yet: write 'lesson {number} (to come)', or with its "
            f"title 'lesson {number}, *{COMING[number]}* (to come)' or '{number} · "
            f"{COMING[number]} (to come)'"
        )
    return ""
