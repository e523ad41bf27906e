"""The exercises are what is made of the solutions, and their hidden tests trust nobody."""

import re
import shutil

import nbformat
import pytest

from tools.notebooks import exercises, overview
from tools.notebooks.inputs import ROOT
from tools.teaching import class_file

SOLUTIONS = exercises.sources()


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_exercise_is_made_from_the_solution(path):
    made = ROOT / "exercises" / path.parent.name / path.name
    wanted = exercises.exercise(path, exercises.configuration())
    assert made.read_text(encoding="utf-8") == wanted, "run 'make exercises'"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_students_get_no_answer_no_explanation_and_no_hidden_test(path):
    text = exercises.exercise(path, exercises.configuration())
    for secret in ("BEGIN SOLUTION", "HIDDEN TESTS", '"explanation"', "blob/main/solutions/"):
        assert secret not in text
    answers = text.count('"solution": true')
    assert text.count("raise NotImplementedError") + text.count('"Your answer."') >= answers


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_students_get_none_of_the_solutions_outputs(path):
    made = nbformat.reads(exercises.exercise(path, exercises.configuration()), 4)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert set(made.metadata) <= {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_each_hidden_test_loads_the_checks_afresh_and_repeats_the_visible_call(path):
    notebook = nbformat.read(path, 4)
    assert "HIDDEN TESTS" not in path.read_text(encoding="utf-8"), "it is written by the command"
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    made, _ = exercises.HiddenTests().preprocess(notebook, {})
    counted = 0
    for cell in made.cells:
        graded = cell.metadata.get("nbgrader", {})
        if not graded.get("grade") or graded["solution"]:
            continue
        visible, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
        assert (
            'if name.partition(".")[0] == "ganlib"' in hidden and "del sys.modules[name]" in hidden
        )
        task, answer = re.fullmatch(
            r"checks\.(\w+)\((\w+)(?:, seed=CLASS)?\)", visible.strip()
        ).groups()
        seed = exercises.HiddenTests().seed
        if "CLASS" in visible:
            seed = int(re.search(r"^CLASS = (\d+)", code, re.MULTILINE)[1])
        *lines, call, end = hidden.strip().splitlines()
        fresh = f'importlib.import_module("ganlib.checks.lesson{path.stem[:2]}")'
        assert f"    return {fresh}.{task}({answer}, seed={seed})" in lines
        assert call == f"__check_again({answer})"
        assert end == "### END HIDDEN TESTS"
        counted += 1
    assert counted >= 4


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_open_questions_have_a_folded_model_answer_and_the_end_leads_to_the_solution(path):
    config = exercises.configuration_for(0, True)
    cells = nbformat.reads(exercises.exercise(path, config), 4).cells
    solved = {cell.id: cell.source for cell in nbformat.read(path, 4).cells}
    open_questions = 0
    for place, cell in enumerate(cells):
        graded = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "markdown" or not graded.get("grade"):
            continue
        folded = cells[place + 1].source
        assert cell.source == "Your answer."
        assert folded.startswith("<details>\n<summary>") and folded.endswith("</details>")
        assert solved[cell.id] in folded and "rubric" in folded.lower()
        open_questions += 1
    assert open_questions >= 1
    name = path.stem
    assert f"[solution](../../solutions/{name}/{name}.ipynb)" in cells[-1].source
    assert "checks.table()" in [cell.source for cell in cells if cell.cell_type == "code"]


def test_the_instructors_table_says_what_the_exercises_say():
    text = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    assert overview.with_table(text, SOLUTIONS) == text, "run 'make exercises'"
    assert text.count(overview.HEADER) == 1
    for path in SOLUTIONS:  # the minutes of the tasks add up to those at the top, roughly
        cells = nbformat.read(path, 4).cells
        prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        (whole,) = overview.MINUTES.findall(prose)
        tasks = re.findall(r"^## \d+\. .*\((\d+) minutes?, ", prose, re.MULTILINE)
        assert len(tasks) == len(re.findall(r"^## \d+\. ", prose, re.MULTILINE)), path.name
        assert abs(sum(map(int, tasks)) - int(whole)) <= 5, path.name


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_class_without_model_answers_hears_nothing_of_them(path):
    text = exercises.exercise(path, exercises.configuration_for(0, False))
    assert not re.search(r"model answer\b", text, re.IGNORECASE)
    assert "ubric" not in text
    assert f"/solutions/{path.stem}" not in text
    assert exercises.READ in text


def test_a_public_clone_knows_which_class_its_exercises_are_for(tmp_path, capsys):
    """Only ``class.toml`` says it otherwise, and that stays with the instructor."""
    for path in (exercises.CONFIGURATION, "INSTRUCTORS.md"):
        shutil.copy(ROOT / path, tmp_path)
    for path in SOLUTIONS[:2]:
        shutil.copytree(path.parent, tmp_path / "solutions" / path.parent.name)
    assert class_file.handed_out(tmp_path) == (0, True)
    class_file.set_number(7, root=tmp_path)
    assert exercises.main([], tmp_path) == 0
    assert class_file.handed_out(tmp_path) == (7, False)

    (tmp_path / class_file.NAME).unlink()
    made = {path: path.read_text("utf-8") for path in tmp_path.glob("exercises/*/*.ipynb")}
    assert exercises.main(["--check"], tmp_path) == 0
    gone = next(iter(made))
    gone.unlink()
    capsys.readouterr()
    assert exercises.main([], tmp_path) == 0
    assert "for class 7, as before" in capsys.readouterr().out
    assert made == {path: path.read_text("utf-8") for path in made}  # not turned into class 0

    class_file.set_number(0, root=tmp_path)
    assert exercises.main([], tmp_path) == 0
    assert class_file.handed_out(tmp_path) == (0, False)
