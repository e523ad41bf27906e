"""Writes the repository's public address to where readers need it; pyproject.toml alone sets it.

They need it in the Colab badges and set-up cells of all notebooks, and in the Markdown files.
Beside it stands the revision: the branch, or during a term the tag, that Colab opens and installs.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

from tools.notebooks.inputs import INSTALL, NOTEBOOK_FOLDERS, ROOT, source_of

BADGE_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
# OWNER/REPO, as it stands in a badge, in an install line, and in the line that clones.
_NAME = r"(?P<name>[\w.-]+/[\w-]+(?:\.[\w-]+)*?)(?:\.git)?"
SOURCES = [
    re.compile(
        rf"\({re.escape(BADGE_IMAGE)}\)\]\(https://colab\.research\.google\.com/github/{_NAME}/blob/"
    ),
    # A badge by reference has the link in a line of its own: [06-colab]: https://…
    re.compile(
        rf"^\[\d\d-colab\]: https://colab\.research\.google\.com/github/{_NAME}/blob/",
        re.MULTILINE,
    ),
    re.compile(rf'ganlib @ git\+https://github\.com/{_NAME}(?:@[\w.-]+)?(?=["\'\s])'),
    re.compile(rf"git clone https://github\.com/{_NAME}(?=[\s`]|$)", re.MULTILINE),
]


def repository(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """OWNER/REPO of the address in pyproject.toml.

    Raises:
        ValueError: the address is not one of a repository on GitHub, the only place Colab opens.
    """
    address = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
    match = re.fullmatch(rf"https://github\.com/{_NAME}/?", address)
    if not match:
        raise ValueError(
            f"project.urls Repository in {pyproject.name} is {address!r}. Colab opens notebooks "
            "from GitHub: write https://github.com/OWNER/REPO."
        )
    return match["name"]


def revision(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """The branch or the tag that badges open and set-up cells install.

    Raises:
        ValueError: it is no name of one, or one that Colab's links cannot hold.
    """
    tool = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    name = tool.get("gan-course", {}).get("revision", MAIN)
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+", name):
        raise ValueError(
            f"revision in {pyproject.name} is {name!r}, but must be a branch or a tag without a "
            'stroke, such as "main" or "v1.2".'
        )
    return name


MAIN = "main"  # what an address without a revision means
REVISION = revision()


def badge(name: str, path: str) -> str:
    """The Markdown of the badge that opens this notebook of this repository in Colab."""
    link = f"https://colab.research.google.com/github/{name}/blob/{REVISION}/{path}"
    return f"[![Open in Colab]({BADGE_IMAGE})]({link})"


def installed_from(name: str) -> str:
    """What pip is given to install this repository at the revision."""
    return f"git+https://github.com/{name}" + ("" if REVISION == MAIN else f"@{REVISION}")


def setup_cell(name: str, lesson: str) -> str:
    """The source of a lesson's one set-up cell."""
    return (
        "import importlib.util\n"
        "\n"
        'if importlib.util.find_spec("ganlib") is None:  # on Colab: fetch it\n'
        f'    %pip install --quiet "ganlib @ {installed_from(name)}"\n'
        "\n"
        "import ganlib\n"
        "\n"
        f'course = ganlib.start("{lesson}")'
    )


def names_in(text: str) -> set[str]:
    """The addresses of this course in a text: in badges, and in lines that install or clone."""
    return {match["name"] for pattern in SOURCES for match in pattern.finditer(text)}


def replaced(text: str, old: set[str], new: str) -> str:
    """The text with these addresses changed, in links too, and Colab's links at the revision."""
    for name in old - {new}:
        text = re.sub(
            rf"(github\.com/|colab\.research\.google\.com/github/){re.escape(name)}(?![\w-]|\.(?!git\b)\w)",
            lambda match: match.group(1) + new,
            text,
        )
        # Whoever clones it then enters its folder.
        before, after = name.split("/")[1], new.split("/")[1]
        text = re.sub(
            rf"(git clone https://github\.com/{re.escape(new)}(?:\.git)?\s+(?:&& )?cd )"
            rf"{re.escape(before)}(?=\s|$)",
            lambda match, after=after: match.group(1) + after,
            text,
        )
    return re.sub(
        rf"(colab\.research\.google\.com/github/{re.escape(new)}/blob/)[^/\s]+/",
        lambda match: f"{match.group(1)}{REVISION}/",
        text,
    )


def readdressed(text: str, name: str) -> str:
    """A text with every address of this course changed to this OWNER/REPO; other addresses stay."""
    return replaced(text, names_in(text), name)


def readdressed_notebook(text: str, name: str) -> str:
    """The same for a notebook's JSON; the installing lines of its set-up cell are written anew."""
    notebook = json.loads(text)
    old = names_in("\n\n".join(source_of(cell) for cell in notebook["cells"]))
    for cell in notebook["cells"]:
        source = replaced(source_of(cell), old, name)
        if cell.get("id") == "setup":
            source = INSTALL.sub(INSTALL.search(setup_cell(name, "00"))[0], source, count=1)
        if source != source_of(cell):
            as_text = isinstance(cell["source"], str)
            cell["source"] = source if as_text else source.splitlines(keepends=True)
    written = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return written if json.loads(written) != json.loads(text) else text


def files(root: Path = ROOT) -> list[Path]:
    """All files in which the address may stand."""
    paths = [*root.glob("*.md")]
    for folder in NOTEBOOK_FOLDERS:
        paths += [*(root / folder).rglob("*.ipynb"), *(root / folder).glob("*.md")]
    return sorted(path for path in paths if ".ipynb_checkpoints" not in path.parts)


def rewritten(path: Path, name: str) -> str:
    """What the file should say."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return readdressed(text, name)
    try:
        return readdressed_notebook(text, name)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is no notebook any more (a conflict of git?): {error}") from None


def main(arguments: list[str]) -> int:
    """Rewrites what needs it; with --check only says so. Returns 1 if a check finds any."""
    try:
        name = repository()
        content = {path: rewritten(path, name) for path in files()}
    except (ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    stale = [path for path in content if content[path] != path.read_text(encoding="utf-8")]
    for path in stale:
        if "--check" not in arguments:
            path.write_text(content[path], encoding="utf-8")
        print(path.relative_to(ROOT))
    print(f"{len(stale)} files {'differ from' if '--check' in arguments else 'changed to'} {name}.")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
