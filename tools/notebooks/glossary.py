"""The glossary: a word that a lesson uses before it is explained links there at its first use.

``notebooks/glossary.md`` has a heading for each word. Below it may stand a line of other forms of
it: ``*Also:* batches, mini-batch.``
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT
from tools.notebooks.inputs import source_of

__all__ = ["Entry", "entries", "first_uses", "problems"]

NAME = "glossary.md"
LINK = re.compile(rf"\[([^\]]+)\]\({re.escape(NAME)}#([\w-]+)\)")


@dataclass(frozen=True)
class Entry:
    """A word of the glossary.

    Attributes:
        word: its heading.
        forms: the word and its other forms.
    """

    word: str
    forms: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """What a link to it ends with, on the site and on GitHub."""
        return self.word.lower().replace(" ", "-")

    @property
    def pattern(self) -> re.Pattern:
        """Where the word is used, in any of its forms."""
        forms = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in self.forms)
        return re.compile(rf"(?<![\w-])(?:{forms})s?(?![\w-])", re.IGNORECASE)


def entries(root: Path = ROOT) -> list[Entry]:
    """The entries of the glossary, in its order."""
    text = (root / "notebooks" / NAME).read_text(encoding="utf-8")
    listed = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        word, _, rest = part.partition("\n")
        also = re.search(r"^\*Also:\* (.+?)\.$", rest, re.MULTILINE)
        others = re.split(r",\s*", also[1]) if also else []
        listed.append(Entry(word.strip(), (word.strip(), *others)))
    return listed


def lesson_prose(notebook: dict) -> str:
    """What is read below the set-up cell, without headings, code, formulas and references."""
    cells = notebook["cells"]
    start = next((i for i, cell in enumerate(cells) if cell["cell_type"] == "code"), 0)
    text = "\n\n".join(source_of(cell) for cell in cells[start:] if cell["cell_type"] == "markdown")
    text = re.split(r"^## References", text, flags=re.MULTILINE)[0]
    text = re.sub(r"^```.*?^```|^#.*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", "", text, flags=re.DOTALL)


def first_uses(prose: dict[str, str], entry: Entry) -> tuple[str, str, bool] | None:
    """Where a word is used first: the lesson, the words around it, whether it is a link there."""
    for lesson, text in prose.items():
        links = [(m.span(), m[2]) for m in LINK.finditer(text)]
        elsewhere = [m.span(1) for m in re.finditer(r"\]\(([^)]*)\)", text)]
        for match in entry.pattern.finditer(text):
            at = match.start()
            if any(begin <= at < end for begin, end in elsewhere):
                continue
            linked = any(begin <= at < end and to == entry.anchor for (begin, end), to in links)
            return lesson, " ".join(text[max(0, at - 30) : match.end() + 20].split()), linked
    return None


def problems(notebooks: dict[str, dict], known: list[Entry]) -> list[str]:
    """All that is wrong between the glossary and the lessons, which come in the order of the
    course.
    """
    prose = {name: lesson_prose(notebook) for name, notebook in notebooks.items()}
    anchors = [entry.anchor for entry in known]
    complaints = [
        f"two entries lead to #{each}"
        for each in sorted({a for a in anchors if anchors.count(a) > 1})
    ]
    words = [entry.word.lower() for entry in known]
    if words != sorted(words):
        complaints.append("the entries must stand in alphabetical order")
    for name, text in prose.items():
        for _, anchor in LINK.findall(text):
            if anchor not in anchors:
                complaints.append(f"{name} links to {NAME}#{anchor}, which is not there")
    for entry in known:
        use = first_uses(prose, entry)
        if use is None:
            complaints.append(f"no lesson uses {entry.word!r}: leave the entry out")
        elif not use[2]:
            complaints.append(
                f"{use[0]} uses {entry.word!r} first, without a link: …{use[1]}…; "
                f"write [{entry.word}]({NAME}#{entry.anchor})"
            )
    return complaints
