"""The form of every notebook, and each rule seen to fail on a small made notebook."""

import copy
import json
import shutil
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import address, collapsed, rules
from tools.notebooks.course_notebook import CourseNotebook
from tools.notebooks.inputs import code_hash

ROOT = Path(__file__).resolve().parents[2]
NAME = address.repository()
PATH = "notebooks/96-small.ipynb"


def notebooks() -> list[str]:
    paths = [
        path for folder in address.NOTEBOOK_FOLDERS for path in (ROOT / folder).rglob("*.ipynb")
    ]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in paths
        if ".ipynb_checkpoints" not in path.parts
    )


@pytest.mark.parametrize("path", notebooks())
def test_form(path):
    notebook = rules.read(ROOT / path)
    nbformat.validate(nbformat.from_dict(notebook.content))
    faults = rules.problems(notebook)
    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize("path", [each for each in notebooks() if each.startswith("exercises/")])
def test_exercise_has_a_solution(path):
    assert (ROOT / path.replace("exercises/", "solutions/", 1)).exists()


def markdown(text: str, name: str) -> dict:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def code(source: str, name: str, *outputs: dict, metadata: dict | None = None) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata or {},
        "outputs": list(outputs),
        "source": source,
    }


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def shown(kind: str, data: str = "…") -> dict:
    return {"output_type": "display_data", "metadata": {}, "data": {kind: data}}


TITLE = f"""# 96 · A small lesson
You will be able to tell a good page from a bad one.

| | |
|---|---|
| You will learn | to look |
| Before you start | nothing |
| Time | reading 1 minute |

{address.badge(NAME, PATH)}"""
END = """## What you can do now
Look.

## Common mistakes
Not to look.

## References
Nobody, 2026."""


def small() -> dict:
    """A notebook in which all is well."""
    notebook = {
        "cells": [
            markdown(TITLE, "title"),
            code(address.setup_cell(NAME, "96"), "setup", stream("Lesson 96\n")),
            markdown(
                "## How far?\nIt is right in **0.83 ± 0.02** of the cases, or **83 %**.", "question"
            ),
            code("value = measure()", "value"),
            code(
                "# @title Check the numbers\ncourse.check(\n"
                '    value, 0.83, within=0.02, what="accuracy", measured_on="cifar10"\n)',
                "measure",
                stream("✓ accuracy: 0.8312 (text: 0.83 ± 0.02)\n"),
                metadata=collapsed.metadata("check"),
            ),
            markdown("Now look at it.", "look"),
            code("draw()", "draw", shown(collapsed.IMAGE)),
            markdown(
                "*Figure 1. Eight rows of small images; each row is one class of CIFAR-10.*",
                "caption",
            ),
            markdown(END, "end"),
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    for place, cell in enumerate(each for each in notebook["cells"] if each["cell_type"] == "code"):
        cell["execution_count"] = place + 1
    notebook["metadata"]["ganlib"] = {"budget": "cpu", "inputs": {"code": code_hash(notebook)}}
    return notebook


def problems(notebook: dict, path: str = PATH, root: Path = ROOT) -> list[str]:
    return rules.problems(CourseNotebook(path, notebook, root))


def cell_of(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def edited(name: str, old: str, new: str) -> dict:
    """The small notebook with one cell's text changed, its saved hash brought up to date."""
    notebook = small()
    cell = cell_of(notebook, name)
    assert old in cell["source"]
    cell["source"] = cell["source"].replace(old, new)
    notebook["metadata"]["ganlib"]["inputs"]["code"] = code_hash(notebook)
    return notebook


def test_small_notebook_is_well_formed():
    assert problems(small()) == []
    nbformat.validate(nbformat.from_dict(small()))


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("title", "# 96 · A small", "# 97 · A small", "must begin with '# 96 · Title'"),
        ("title", "# 96 · A small", "# A small", "must begin with '# 96 · Title'"),
        ("title", "You will be able to tell a good page from a bad one.", "", "no line that says"),
        ("title", "| Before you start |", "| Needs |", "no entry 'Before you start'"),
        ("title", "| You will learn |", "| Goals |", "no entry 'You will learn'"),
        ("title", "| Time |", "| Effort |", "no entry 'Time'"),
        ("title", "96-small.ipynb)", "97-small.ipynb)", "this badge, once"),
        ("title", NAME, "other/repository", "this badge, once"),
        ("setup", '"96"', '"97"', "the set-up cell must say"),
        ("setup", "import ganlib", "import ganlib as g", "the set-up cell must say"),
        ("setup", "--quiet ", "", "the set-up cell must say"),
        ("draw", "draw()", "ganlib.start('96')", "sets up again"),
        ("draw", "draw()", "%pip install something", "sets up again"),
        ("draw", "draw()", "", "has no code"),
        ("draw", "draw()", "draw()\n" * 31, "has 31 lines of code"),
        ("draw", "draw()", "# a word\n" * 40 + "draw()", "41 in all"),
        ("draw", "draw()", f"draw({'1' * 74})", "is wider than 79 columns"),
        ("draw", "draw()", f"draw({'1' * 73})", None),
        ("draw", "draw()", "draw(", "is not valid Python: '(' was never closed, line 1"),
        ("look", "Now look", "See [that](07-none.ipynb). Look", "'07-none.ipynb' leads nowhere"),
        ("end", "## Common mistakes", "## Mistakes", "'## Common mistakes' is missing"),
        ("end", "## References", "## Literature", "'## References' is missing"),
        ("end", "## Common mistakes", "## References\n\n## Common mistakes", "in this order"),
        (
            "end",
            "Nobody, 2026.",
            "Nobody, 2026.\n\n## And more\nWords.",
            "must end with these sections",
        ),
        ("caption", "*Figure 1.", "Figure 1.", "the next cell must begin with '*Figure …*'"),
        (
            "caption",
            "Eight rows of small images; each row is one class of CIFAR-10.",
            "Rows.",
            "say what is",
        ),
        ("question", "**0.83 ± 0.02**", "0.83", None),
        ("question", "**83 %**", "**84 %**", "quotes **84 %**, but no course.check expects"),
        ("look", "Now look", "It has **10** rows. Look", "quotes **10**, but no course.check"),
        ("look", "Now look", "It took **12 seconds**. Look", "quotes **12 seconds**"),
        ("look", "Now look", "It is **−1.5**. Look", "quotes **−1.5**"),
        ("look", "Now look", "The **32×32×3** images, **step 2**. Look", None),
        ("look", "Now look", "In `**0.9**` and $**0.9**$ it is code. Look", None),
        ("measure", "0.83,", "0.84,", "checks 0.84; the prose must quote it in bold"),
        ("measure", "0.83,", "value,", "expects as a plain number"),
        ("measure", ', measured_on="cifar10"', ", measured_on=None", None),
        ("measure", "value, 0.83,", "value, expected=0.83,", None),
        (
            "measure",
            "course",
            "print(value)\ncourse",
            "line 2 belongs to another cell: 'print(value)'",
        ),
        ("measure", "course", "def f():\n    pass\n\n\ncourse", "belongs to another cell"),
        ("measure", "course", "same = course.check(1, 1)\ncourse", "belongs to another cell"),
        ("measure", "course", "for i in x:\n    print(i)\ncourse", "line 2 belongs to another"),
        ("measure", "course", "value = sum(values)\ncourse", None),
        ("measure", "# @title Check the numbers\n", "", "must begin with the line '# @title Check"),
        ("measure", "# @title Check", "# @title check", "must begin with the line '# @title Check"),
        ("draw", "draw()", 'draw()\ncourse.check(1, 1, what="one")', "among other code"),
        (
            "value",
            "value =",
            'course.check(1, 1, what="one")\nvalue =',
            "move the checks to a cell",
        ),
    ],
)
def test_rules_for_text_and_code(name, old, new, problem):
    seen = problems(edited(name, old, new))
    if problem is None:
        assert seen == []
    else:
        assert any(problem in each for each in seen), seen


def test_number_that_is_quoted_nowhere_in_bold():
    notebook = edited("question", "**0.83 ± 0.02** of the cases, or **83 %**", "most cases")
    assert any("the prose must quote it" in each for each in problems(notebook))


def test_fact_without_a_data_set_need_not_be_quoted():
    notebook = edited("measure", ', measured_on="cifar10"', "")
    cell_of(notebook, "question")["source"] = "It is right in most cases."
    assert problems(notebook) == []


def test_set_up_cell_may_import_more_and_choose_a_precision():
    notebook = edited("setup", "import ganlib\n", "import numpy as np\n\nimport ganlib\n")
    assert problems(notebook) == []
    assert problems(edited("setup", '("96")', '("96", precision="float32")')) == []
    assert problems(edited("setup", "import ganlib\n", "import ganlib\nx = 1\n")) != []


def without(name: str) -> dict:
    notebook = small()
    notebook["cells"].remove(cell_of(notebook, name))
    return notebook


def test_prose_between_code_cells():
    assert any("without a word between" in each for each in problems(without("question")))


def test_folded_cell_may_follow_another_without_a_word():
    notebook = small()
    cells = [cell["id"] for cell in notebook["cells"]]
    assert cells.index("measure") == cells.index("value") + 1 and problems(notebook) == []
    cell_of(notebook, "measure")["metadata"] = {}
    assert any("without a word between" in each for each in problems(notebook))


@pytest.mark.parametrize("missing", ["cellView", "jupyter", "tags"])
def test_folded_cell_is_folded_everywhere(missing):
    notebook = small()
    del cell_of(notebook, "measure")["metadata"][missing]
    wanted = "among other code" if missing == "tags" else "must have the metadata"
    assert any(wanted in each for each in problems(notebook))


def test_tags_of_the_reading_site_are_exact():
    notebook = small()
    cell_of(notebook, "measure")["metadata"]["tags"] = ["check"]
    assert any("must have the metadata" in each for each in problems(notebook))


def test_cell_that_checks_nothing_is_no_check():
    notebook = edited("measure", "course.check(", "value = dict(")
    assert any("tagged 'check', but checks nothing" in each for each in problems(notebook))


def test_checks_may_stand_in_a_loop():
    notebook = edited(
        "measure", "course", 'for i in (1, 2):\n    course.check(i, i, what="i")\ncourse'
    )
    cell_of(notebook, "measure")["outputs"].append(stream("✓ i: 1\n✓ i: 2\n"))
    assert problems(notebook) == []


TABLE = """course.check_all(
    ("right", value, 0.83, 0.02),
    ("wrong", 1 - value, 0.17, 0.02),
    measured_on="cifar10",
)
"""


def test_a_table_of_checks_is_read_row_by_row():
    notebook = edited("measure", "course", TABLE + "course")
    cell_of(notebook, "measure")["outputs"].append(stream("✓ right: 0.83\n✓ wrong: 0.17\n"))
    assert any("checks 0.17; the prose must quote it" in each for each in problems(notebook))
    cell_of(notebook, "question")["source"] += " It is wrong in **17 %**."
    assert problems(notebook) == []
    cell_of(notebook, "measure")["outputs"].pop()
    assert any("has 3 checks, but its saved output only 1" in each for each in problems(notebook))


def test_a_folded_cell_leaves_the_functions_of_the_lesson_alone():
    notebook = small()
    cell_of(notebook, "value")["source"] = "def measure():\n    return 0.83\n\n\nvalue = measure()"
    check = cell_of(notebook, "measure")
    check["source"] = check["source"].replace("course", "measure = 1\ncourse")
    assert any("but gives measure another meaning" in each for each in problems(notebook))
    check["source"] = check["source"].replace("measure = 1", "ones = [1 for measure in (1, 2)]")
    assert not any("another meaning" in each for each in problems(notebook))


def test_rows_of_a_table_are_written_out():
    notebook = edited("measure", "course", "course.check_all(*rows, measured_on='x')\ncourse")
    assert any("write what course.check expects" in each for each in problems(notebook))


def test_the_numbers_of_a_table_are_plain():
    notebook = edited("measure", "course", TABLE.replace("0.83", "wanted") + "course")
    assert any("write what course.check expects" in each for each in problems(notebook))


def test_two_checks_have_two_names():
    twice = TABLE.replace('"wrong"', '"accuracy"').replace("0.17", "0.83") + "course"
    assert any(
        "2 checks are called 'accuracy'" in each
        for each in problems(edited("measure", "course", twice))
    )


def plotting(source: str = "", *outputs: dict) -> dict:
    """The small notebook whose figure is drawn by a folded cell."""
    notebook = small()
    cell = cell_of(notebook, "draw")
    cell["metadata"] = collapsed.metadata("plot")
    cell["source"] = collapsed.TITLES["plot"] + "\n" + (source or "draw()")
    cell["outputs"] = list(outputs) or [shown(collapsed.IMAGE)]
    notebook["metadata"]["ganlib"]["inputs"]["code"] = code_hash(notebook)
    return notebook


def test_plot_may_be_folded_away_and_is_long_if_it_must():
    assert problems(plotting()) == []
    assert problems(plotting("draw()\n" * 50)) == []


def test_plot_draws():
    notebook = plotting("draw()", stream("nothing to see\n"))
    assert any("tagged 'plot', but shows no figure" in each for each in problems(notebook))


def test_nobody_needs_what_a_folded_cell_defines():
    notebook = plotting("figure = draw()")
    notebook["cells"].insert(-1, code("figure.show()", "later"))
    assert any(
        "uses figure, which only a folded cell defines" in each for each in problems(notebook)
    )
    cell_of(notebook, "later")["source"] = "figure = draw()\nfigure.show()"
    assert not any("only a folded cell" in each for each in problems(notebook))


def test_checks_may_stand_between_a_figure_and_its_caption():
    notebook = small()
    check = code(
        '# @title Check the numbers\ncourse.check(1, 1, what="one")',
        "one",
        stream("✓ one: 1\n"),
        metadata=collapsed.metadata("check"),
    )
    notebook["cells"].insert(notebook["cells"].index(cell_of(notebook, "caption")), check)
    assert not any("shows a figure" in each for each in problems(notebook))


def test_set_up_cell_must_be_there():
    assert any("must be the set-up cell" in each for each in problems(without("setup")))


def test_cell_ids():
    notebook = small()
    cell_of(notebook, "look")["id"] = "draw"
    assert any("two cells have the id 'draw'" in each for each in problems(notebook))
    del cell_of(notebook, "caption")["id"]
    assert any("has no id" in each for each in problems(notebook))


def test_practise_is_wanted_once_there_is_an_exercise(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert problems(small(), root=tmp_path) == []
    (tmp_path / "exercises" / "96-small").mkdir(parents=True)
    (tmp_path / "exercises" / "96-small" / "96-small.ipynb").write_text("{}")
    assert problems(small(), root=tmp_path) == ["the section '## Practise' is missing"]
    notebook = edited("end", "## References", "## Practise\nDo.\n\n## References")
    assert problems(notebook, root=tmp_path) == []


def test_file_size():
    notebook = small()
    cell_of(notebook, "draw")["outputs"] = [shown(collapsed.IMAGE, "x" * 2_000_000)]
    assert any("must be below 2 MB" in each for each in problems(notebook))


# Saved outputs


def test_edited_but_not_run_again():
    notebook = small()
    cell_of(notebook, "draw")["source"] = "draw(2)"
    assert problems(notebook) == [
        "its code was changed after its outputs were saved: run 'make lessons'"
    ]


def test_another_address_is_no_edit():
    """A fork changes the set-up cell with `make address`; no lesson has to run again for that."""
    fork = json.loads(address.readdressed_notebook(json.dumps(small()), "anna/gans"))
    assert fork != small() and code_hash(fork) == code_hash(small())


@pytest.mark.parametrize("budget", ["smoke", None])
def test_outputs_of_another_budget(budget):
    notebook = small()
    notebook["metadata"]["ganlib"]["budget"] = budget
    assert any("saved at the budget" in each for each in problems(notebook))


@pytest.mark.parametrize(
    "wanted, saved, complaints",
    [("cifar10", "cifar10", 0), ("cifar10", "shapes", 1), ("shapes", "shapes", 0)],
)
def test_outputs_of_other_data_than_the_lesson_wants(wanted, saved, complaints):
    notebook = small()
    cell_of(notebook, "draw")["source"] = f'data.load("{wanted}")'
    notebook["metadata"]["ganlib"] |= {"data": saved}
    seen = [each for each in problems(notebook) if "without CIFAR-10" in each]
    assert len(seen) == complaints


def test_never_saved_by_the_tool():
    notebook = small()
    del notebook["metadata"]["ganlib"]
    assert any("not saved by 'make lessons'" in each for each in problems(notebook))


@pytest.mark.parametrize("count", [None, 7])
def test_cell_not_run_in_order(count):
    notebook = small()
    cell_of(notebook, "draw")["execution_count"] = count
    assert any("not all run" in each for each in problems(notebook))


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (stream("WARNING: look out\n", "stderr"), "writes to stderr"),
        (
            {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []},
            "ends in an error",
        ),
        (stream("saved to /tmp/" + "x.png\n"), "a path of the machine"),
        (stream("saved to C:\\" + "Users\\anna\n"), "a path of the machine"),
        (stream("{'in one piece': np.float64(1.0)}\n"), "NumPy's type in place of a number"),
        (shown("text/plain", "np.True_"), "NumPy's type in place of a number"),
        (shown("text/plain", "<Line2D at 0x7f3a5c0d1e20>"), "a memory address"),
        (shown("text/plain", "Text(0.5, 0.98, 'A title')"), "what a drawing function returned"),
        (stream("see https://example.org/home/page and and/or\n"), None),
    ],
)
def test_outputs_that_nobody_should_see(output, problem):
    notebook = small()
    cell_of(notebook, "draw")["outputs"].append(output)
    seen = problems(notebook)
    assert seen == [] if problem is None else any(problem in each for each in seen)


def test_error_that_a_lesson_means_to_show():
    notebook = small()
    cell = cell_of(notebook, "draw")
    cell["outputs"].append(
        {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}
    )
    cell["metadata"]["tags"] = ["raises-exception"]
    assert problems(notebook) == []


def test_figure_without_a_caption():
    assert any("shows a figure" in each for each in problems(without("caption")))


def test_widget_needs_a_plain_figure():
    notebook = small()
    cell_of(notebook, "draw")["outputs"] = [shown(rules.WIDGET)]
    assert any("no plain figure" in each for each in problems(notebook))
    cell_of(notebook, "draw")["outputs"].append(shown(collapsed.IMAGE))
    assert problems(notebook) == []


@pytest.mark.parametrize("said", ["", "· accuracy: 0.9 here, 0.83 ± 0.02 in our run, on cifar10\n"])
def test_check_that_did_not_hold_in_the_saved_run(said):
    notebook = small()
    cell_of(notebook, "measure")["outputs"] = [stream(said)]
    assert any("has 1 checks, but its saved output only 0 ✓" in each for each in problems(notebook))


# Exercises and solutions


def test_exercises_are_held_to_form_but_not_to_outputs():
    path = "exercises/96-small/96-small.ipynb"
    notebook = copy.deepcopy(small())
    title = cell_of(notebook, "title")
    title["source"] = f"# 96 · Exercise\n\n{address.badge(NAME, path)}"
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in ("caption", "end")]
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    assert problems(notebook, path) == []
    title["source"] = title["source"].replace("# 96", "# 97")
    assert any("must begin with" in each for each in problems(notebook, path))


def test_solutions_are_held_to_their_outputs():
    path = "solutions/96-small/96-small.ipynb"
    notebook = copy.deepcopy(small())
    title = cell_of(notebook, "title")
    title["source"] = f"# 96 · Exercise\n\n{address.badge(NAME, path)}"
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "end"]
    assert problems(notebook, path) == []
    cell_of(notebook, "draw")["source"] = "draw_otherwise()"
    (problem,) = problems(notebook, path)
    assert "its code was changed after its outputs were saved" in problem
    del notebook["metadata"]["ganlib"]
    assert problems(notebook, path) == ["its outputs were not saved by 'make lessons'"]


def test_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(rules, "read", lambda path: CourseNotebook(PATH, without("caption")))
    assert rules.main([PATH]) == 1
    assert "shows a figure" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "later", "said"),
    [
        ("value = measure()", "draw()", False),
        ("value = measure()", "value = draw()", True),  # "measure" needs the one before
        ("value = measure()", "for value in draw(): print(value)", True),
        ("value = measure()", "print([value for value in draw()])", False),
        ("value = measure()", "print({value: 1 for value in draw()})", False),
        ("def look():\n    return size\nsize = value = 1", "size = draw()", False),
        ("size = 1\nvalue = measure()", "size = draw()", False),  # no cell takes it over
    ],
)
def test_a_name_that_is_needed_before_keeps_its_meaning(value, later, said):
    notebook = edited("value", "value = measure()", value)
    cell_of(notebook, "draw")["source"] = later
    notebook["metadata"]["ganlib"]["inputs"]["code"] = code_hash(notebook)
    faults = [each for each in problems(notebook) if "a new value" in each]
    assert bool(faults) == said, faults
