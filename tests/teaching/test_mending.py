"""What students and editors do to notebooks is read and repaired, and said; no kernel runs here."""

import nbformat
import pytest
from course_folder import (
    NAME,
    answered,
    exercise,
    hand_in,
    right,
    with_cell,
    without_cells,
    without_metadata,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import ROOT
from tools.notebooks import exercises
from tools.notebooks.exercises import OPEN
from tools.notebooks.inputs import INSTALL
from tools.teaching.mending import grade_id, likeness, mend
from tools.teaching.reading import NotGradable, handed_in

OTHER = "01-generative-models"
EXERCISES = {name: exercise(name) for name in (OTHER, NAME)}
EXERCISE = EXERCISES[NAME]
TEXT = nbformat.writes(right())


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEXT.encode(), ""),
        (TEXT.encode("utf-8-sig"), "byte order mark"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16-LE"),
        (TEXT.encode("utf-16-be"), "UTF-16-BE"),
        (TEXT.encode("utf-32"), "UTF-32"),
        (TEXT.replace("You", "Yoü").encode("cp1252", "replace"), "Windows-1252"),
        (TEXT.replace("\n", "\r\n").encode(), ""),
    ],
)
def test_a_notebook_is_read_in_every_encoding(tmp_path, content, said):
    folder = hand_in(tmp_path, "ana", {f"{NAME}.ipynb": content})
    handed = handed_in(folder, NAME)
    assert (
        cell_of(handed.notebook, "value-answer").source == cell_of(right(), "value-answer").source
    )
    assert said in "; ".join(handed.said)
    assert bool(said) == bool(handed.said)


@pytest.mark.parametrize(
    "names",
    [
        ["answer.ipynb"],
        ["answer.ipynb.txt"],
        ["Answer.IPYNB"],
        ["answer (1).ipynb.json"],
        ["answer.ipynb", "._answer.ipynb"],
        ["answer.ipynb", ".ipynb_checkpoints/answer-checkpoint.ipynb"],
        ["work/answer.ipynb", "__MACOSX/work/._answer.ipynb"],
        [f"{NAME}.ipynb", "old.ipynb"],
        ["answer.ipynb", "timestamp.txt", "picture.png"],
    ],
)
def test_the_notebook_that_counts_is_found(tmp_path, names):
    files = {name: TEXT.encode() if "nswer" in name else b"{}" for name in names}
    files[names[0]] = TEXT.encode()
    handed = handed_in(hand_in(tmp_path, "ana", files), NAME)
    assert handed.path.name == names[0].split("/")[-1]
    if names[0] != f"{NAME}.ipynb":
        assert "was renamed" in handed.said[0]
    if "old.ipynb" in names:
        assert handed.said == ["not looked at: old.ipynb"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"notes.docx": b"x"}, "no notebook was handed in: there is notes.docx"),
        ({"._a.ipynb": TEXT.encode()}, "no notebook was handed in"),
        ({"a.ipynb": TEXT.encode(), "b.ipynb": TEXT.encode()}, "which notebook counts.*a.ipynb, b"),
        ({"a.ipynb": b""}, "a.ipynb cannot be read as a notebook: it is empty"),
        ({"a.ipynb": b"{not a notebook"}, "cannot be read as a notebook"),
        ({"a.ipynb": b"[]"}, "cannot be read as a notebook"),
        ({"a.ipynb": b"<html>"}, "cannot be read as a notebook"),
    ],
)
def test_what_cannot_be_graded_is_told_with_its_reason(tmp_path, files, said):
    folder = hand_in(tmp_path, "ana", files)
    with pytest.raises(NotGradable, match=said):
        handed_in(folder, NAME)
    assert {path.name for path in folder.iterdir()} == set(files)  # as it was handed in


def test_an_exercise_is_told_from_another_and_from_anything_else():
    assert likeness(EXERCISES[OTHER], EXERCISE) < 0.25
    assert likeness(new_notebook(cells=[new_code_cell("1 + 1")]), EXERCISE) == 0
    for notebook in (
        answered(),
        right(),
        without_metadata(right()),
        without_cells(right(), "setup"),
    ):
        assert likeness(notebook, EXERCISE) > 0.8


@pytest.mark.parametrize("path", exercises.sources(), ids=lambda path: path.stem)
def test_no_untouched_exercise_needs_mending(path):
    untouched = exercises.notebook(path.stem, exercises.configuration())
    notebook = nbformat.read(ROOT / "exercises" / path.stem / path.name, 4)
    assert mend(notebook, untouched) == []


def test_what_needs_no_mending_stays_as_it_is():
    for notebook in (answered(), right(open_answer="It bounds the divergence.")):
        before = [(cell.id, cell.source, grade_id(cell)) for cell in notebook.cells]
        assert mend(notebook, EXERCISE) == []
        assert [(cell.id, cell.source, grade_id(cell)) for cell in notebook.cells] == before


def test_stripped_metadata_come_back_to_every_cell_answers_in_words_too():
    notebook = without_metadata(right(open_answer="It bounds the divergence from below."))
    said = mend(notebook, EXERCISE)
    assert "were lost, and restored" in said[0]
    assert "open-answer" in said[0]
    wanted = [grade_id(cell) for cell in EXERCISE.cells]
    assert [grade_id(cell) for cell in notebook.cells] == wanted
    assert cell_of(notebook, "open-answer").source == "It bounds the divergence from below."
    assert (
        cell_of(notebook, "value").metadata.nbgrader == cell_of(EXERCISE, "value").metadata.nbgrader
    )


def test_a_rewritten_answer_is_known_by_its_place_when_metadata_are_lost():
    notebook = without_metadata(right(value_answer="# mine\nvalue = lambda real, fake: 0.0"))
    mend(notebook, EXERCISE)
    assert cell_of(notebook, "value-answer").source.startswith("# mine")


@pytest.mark.parametrize(
    "ids", [["setup"], ["game"], ["value"], ["open-answer"], ["value", "best"]]
)
def test_a_deleted_cell_of_the_exercise_is_put_back_in_its_place(ids):
    notebook = without_cells(right(), *ids)
    said = "; ".join(mend(notebook, EXERCISE))
    for each in ids:
        assert f"the cell {each} was missing, and put back" in said
    wanted = [grade_id(cell) for cell in EXERCISE.cells if grade_id(cell)]
    assert [grade_id(cell) for cell in notebook.cells if grade_id(cell)] == wanted


def test_the_empty_answer_does_not_hide_one_in_another_cell():
    """Two answers were merged into one cell, which keeps the metadata of the first."""
    full = right()
    both = cell_of(full, "value-answer").source + "\n\n" + cell_of(full, "best-answer").source
    notebook = without_cells(right(value_answer=both), "best-answer")
    assert mend(notebook, EXERCISE) == ["the cell best-answer is missing"]
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert not any("NotImplementedError" in source for source in code)


def test_what_was_written_into_a_locked_cell_is_kept():
    setup = cell_of(EXERCISE, "setup").source
    notebook = right(
        setup="import math\n" + setup + "\nLIMIT = 3",
        value="checks.value(value)\n\n\ndef helper():\n    return 1",
        game=cell_of(EXERCISE, "game").source.replace("CLASS = 0", "CLASS = 3"),
    )
    said = mend(notebook, EXERCISE)
    assert [line for line in said if "lines added" in line] == [
        "lines added to the cell setup now stand in a cell of their own",
        "lines added to the cell value now stand in a cell of their own",
        "lines added to the cell game now stand in a cell of their own",
    ]
    order = [grade_id(cell) or cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert order[order.index("setup") + 1] == "import math\nLIMIT = 3"
    assert "def helper" in order[order.index("value") - 1]
    assert cell_of(notebook, "setup").source == setup
    broken = right(value=cell_of(EXERCISE, "value").source + "\nprint(")
    assert mend(broken, EXERCISE) == ["the cell value was changed, and put back as it was"]


def test_the_address_that_a_hand_in_was_opened_from_is_no_addition():
    """Else grading would install what an older tag holds, beside the course that grades."""
    setup = cell_of(EXERCISE, "setup").source
    install = INSTALL.search(setup)[0]
    older = install[: install.index("git+")] + 'git+https://github.com/a/b@v1"'
    notebook = right(setup=setup.replace(install, older))
    assert cell_of(notebook, "setup").source != setup
    assert mend(notebook, EXERCISE) == []
    assert cell_of(notebook, "setup").source == setup
    assert not any("b@v1" in cell.source for cell in notebook.cells)


def test_a_model_answer_that_an_older_exercise_showed_is_nobodys_answer():
    shown = f"<details>\n<summary>{OPEN}</summary>\n\nIt bounds.\n\n</details>"
    notebook = with_cell(right(), "your-points", new_markdown_cell(shown))
    notebook = without_cells(notebook, "open-answer-model")
    mend(notebook, without_cells(EXERCISE, "open-answer-model"))
    assert cell_of(notebook, "open-answer").source == cell_of(EXERCISE, "open-answer").source


def test_of_a_copied_cell_the_last_counts():
    old = new_code_cell("def value(d_real, d_fake):\n    return 0.0")
    old.metadata.nbgrader = dict(cell_of(EXERCISE, "value-answer").metadata.nbgrader)
    notebook = with_cell(right(), "value-answer", old)
    assert "the last one counts" in mend(notebook, EXERCISE)[0]
    assert cell_of(notebook, "value-answer").source == cell_of(right(), "value-answer").source


@pytest.mark.parametrize("before", ["open-answer-model", "your-points", "end"])
def test_an_answer_in_a_cell_below_the_one_that_was_meant_for_it_counts(before):
    notebook = with_cell(right(), before, new_markdown_cell("It bounds the divergence."))
    assert mend(notebook, EXERCISE) == [
        "the answer to open-answer stood beside it, and was moved there"
    ]
    assert cell_of(notebook, "open-answer").source == "It bounds the divergence."
    assert sum("It bounds" in cell.source for cell in notebook.cells) == 1


def test_an_answer_that_was_typed_into_the_question_counts():
    question = next(cell.source for cell in EXERCISE.cells if cell.id == "open-task")
    notebook = right(open_task=question + "\n\nMy answer: it bounds the divergence from below.")
    assert len(mend(notebook, EXERCISE)) == 1
    answer = cell_of(notebook, "open-answer").source
    assert answer == "My answer: it bounds the divergence from below."


def test_notes_beside_an_answer_stay_where_they_are():
    for place in ("value-task", "end"):
        notebook = with_cell(right(open_answer="Mine."), place, new_markdown_cell("A note."))
        assert mend(notebook, EXERCISE) == []
        assert cell_of(notebook, "open-answer").source == "Mine."
    notebook = with_cell(right(), "value-task", new_markdown_cell("A note to another task."))
    assert mend(notebook, EXERCISE) == []


def test_every_cell_has_an_id_of_its_own_afterwards():
    notebook = with_cell(right(), "value-task", new_code_cell("1"), new_code_cell("2"))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell["id"] = "same"
    mend(notebook, EXERCISE)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    nbformat.validate(notebook)
