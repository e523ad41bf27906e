"""The glossary: every entry is used, and linked where the course uses its word first."""

import json

import pytest

from tools.notebooks import glossary
from tools.notebooks.glossary import Entry
from tools.notebooks.inputs import ROOT


def lessons() -> dict[str, dict]:
    paths = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def test_every_entry_is_used_and_every_first_use_links():
    problems = glossary.problems(lessons(), glossary.entries())
    assert not problems, "\n".join(["", *problems])


def test_entries_are_words_with_an_explanation():
    entries = glossary.entries()
    text = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    for entry in entries:
        explanation = text.split(f"## {entry.word}\n")[1].split("## ")[0]
        explanation = explanation.partition("*Also:*")[2].partition(".")[2] or explanation
        assert 6 <= len(explanation.split()) <= 80, entry.word


def notebook(*texts: str) -> dict:
    """A lesson with an opening, a set-up cell and some prose."""
    cells = [{"cell_type": "markdown", "source": text} for text in ("# 96 · A batch", *texts)]
    cells.insert(1, {"cell_type": "code", "source": "import ganlib"})
    return {"cells": cells}


BATCH = Entry("batch", ("batch", "batches", "mini-batch"))
LINKED = "A [batch](glossary.md#batch) of images, then many batches."


@pytest.mark.parametrize(
    "texts, problem",
    [
        ([LINKED], None),
        (["Of `batch` and $batch$ and a batchwise thing nothing.", LINKED], None),
        (["## What is a batch?\n\n" + LINKED], None),
        (["See [there](batch.md). " + LINKED], None),
        (["First a [mini-batch](glossary.md#batch)."], None),
        (["Many batches. " + LINKED], "96 uses 'batch' first, without a link: …Many batches."),
        (["A mini-batch. " + LINKED], "uses 'batch' first, without a link"),
        (["A [batch](glossary.md#seed)."], "links to glossary.md#seed, which is not there"),
        (["A seed."], "no lesson uses 'batch'"),
        (["## References\n\nBatch norm."], "no lesson uses 'batch'"),
    ],
)
def test_first_use(texts, problem):
    seen = glossary.problems({"96": notebook(*texts)}, [BATCH])
    assert seen == [] if problem is None else any(problem in each for each in seen), seen


def test_only_the_first_lesson_that_uses_a_word_must_link():
    assert glossary.problems({"95": notebook(LINKED), "96": notebook("A batch.")}, [BATCH]) == []
    problems = glossary.problems({"95": notebook("A batch."), "96": notebook(LINKED)}, [BATCH])
    assert len(problems) == 1 and "95 uses 'batch' first" in problems[0]


def test_order_of_the_entries():
    two = [BATCH, Entry("Adam", ("Adam",))]
    pages = {"96": notebook(LINKED, "[Adam](glossary.md#adam)")}
    assert glossary.problems(pages, two) == ["the entries must stand in alphabetical order"]
    assert glossary.problems(pages, two[::-1]) == []


def test_forms_of_an_entry(tmp_path):
    (tmp_path / "notebooks").mkdir()
    text = "# Glossary\n\n## batch norm\n\n*Also:* batch-normalised, BN.\n\nA layer.\n"
    (tmp_path / "notebooks" / "glossary.md").write_text(text, encoding="utf-8")
    (entry,) = glossary.entries(tmp_path)
    assert entry == Entry("batch norm", ("batch norm", "batch-normalised", "BN"))
    assert entry.anchor == "batch-norm"
    assert entry.pattern.search("With batch\nnorm") and not entry.pattern.search("batch normal")
