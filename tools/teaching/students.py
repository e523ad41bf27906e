"""Copies what students need, and no solution, into a folder: the public half of a private course.

python tools/course.py students ../gans-2027       the folder of the students' repository

The folder may hold a repository already: its ``.git`` stays, and so does what you added beside the
course's own files and folders. Within ``notebooks/``, ``exercises/``, ``ganlib/`` and ``tools/``,
and of ``README.md``, nothing of yours stays.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

from tools import ROOT
from tools.commands.main import FOR_STUDENTS
from tools.notebooks.inputs import source_of

__all__ = ["copy", "main", "unlinked"]

FILES = re.compile(
    r"README\.md|LICENSE.*|CITATION.*|Makefile|pyproject\.toml|constraints\.txt|environment\.yml"
    r"|\.gitignore|docs/cover\.\w+|(notebooks|exercises|ganlib)/.*"
    r"|tools/(__init__|course)\.py|tools/(commands|notebooks)/.*"
)
LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]+)\]\((?P<target>[^()\s#]+)(?:#[^()\s]*)?\)")


def unlinked(text: str, folder: PurePosixPath, there: set[str]) -> str:
    """A text whose links to files that are not there have become plain words.

    Args:
        text: Markdown.
        folder: in which it stands, from the root.
        there: all files, from the root.
    """

    def shown(match: re.Match) -> str:
        target = match["target"]
        if re.match(r"[a-z]+:", target):
            return match[0]
        parts: list[str] = []
        for part in (folder / target).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        path = "/".join(parts)
        known = path in there or any(each.startswith(f"{path}/") for each in there)
        return match[0] if known else match["text"]

    return LINK.sub(shown, text)


def copy(target: Path, root: Path = ROOT) -> list[str]:
    """Makes the students' folder; the files in it.

    Raises:
        FileExistsError: the folder holds something else than a repository or an earlier copy.
    """
    if target.exists():
        here = {each.name for each in target.iterdir()} - {".git", "README.md"}
        earlier = {"ganlib", "exercises"} <= here and not {"solutions", "tests"} & here
        if here and not earlier:
            raise FileExistsError(
                f"{target} holds {', '.join(sorted(here)[:5])}. Name an empty folder, or one with "
                "nothing but a new repository or an earlier copy."
            )
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    names = {name for name in listed if FILES.fullmatch(name) and (root / name).is_file()}
    if target.exists():
        for path in [each for each in target.rglob("*") if each.is_file()]:
            if FILES.fullmatch(path.relative_to(target).as_posix()):
                path.unlink()
    for name in sorted(names):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, path)
        if path.suffix in (".md", ".ipynb"):
            _unlink(path, PurePosixPath(name).parent, names)
    return sorted(names)


def for_students(text: str) -> str:
    """The README without what only a whole course has: other commands, and words to instructors."""
    others = rf"^(?:make|python tools/course\.py) (?!(?:{'|'.join(FOR_STUDENTS)})\b).*\n"
    paragraphs = r"^(?:\*\*Instructors\*\* |`make site` )(?:.+\n)+\n?"
    return re.sub(f"{others}|{paragraphs}", "", text, flags=re.MULTILINE)


def _unlink(path: Path, folder: PurePosixPath, there: set[str]) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = for_students(text) if path.name == "README.md" else text
        path.write_text(unlinked(text, folder, there), encoding="utf-8")
        return
    notebook, changed = json.loads(text), False
    for cell in notebook["cells"]:
        source = source_of(cell)
        plain = unlinked(source, folder, there)
        if cell["cell_type"] == "markdown" and plain != source:
            cell["source"], changed = plain.splitlines(keepends=True), True
    if changed:
        written = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
        path.write_text(written + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Makes the folder that is named."""
    parser = argparse.ArgumentParser(prog="python tools/course.py students", description=__doc__)
    parser.add_argument("folder", type=Path, help="of the students' repository")
    options = parser.parse_args(arguments)
    target, here = options.folder.expanduser().resolve(), ROOT.resolve()
    if target == here or target in here.parents or here in target.parents:
        print("Name a folder outside of the course's own.", file=sys.stderr)
        return 1
    try:
        names = copy(target)
    except FileExistsError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{len(names)} files are in {target}, no solution among them.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
