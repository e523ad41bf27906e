"""Makes each exercise from its solution, as ``nbgrader generate_assignment`` does.

python tools/course.py exercises           writes exercises/ anew
python tools/course.py exercises --check   only says which differ from what their solutions give
"""

import ast
import re
import sys
from pathlib import Path

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearHiddenTests, SaveCells
from traitlets import Bool, Integer
from traitlets.config import Config, PyFileConfigLoader

from tools.notebooks import overview
from tools.notebooks.address import BADGE_IMAGE
from tools.notebooks.inputs import ROOT
from tools.teaching import class_file

CONFIGURATION = "nbgrader_config.py"


class ForStudents(Preprocessor):
    """Takes away what is tagged "explanation"; sets the links: the badge's, one to the solution."""

    enabled = True
    model_answers = Bool(True, help="whether students find answers too").tag(config=True)

    def preprocess(self, nb, resources):
        """Changes the notebook in place."""
        nb.cells = [cell for cell in nb.cells if "explanation" not in cell.metadata.get("tags", [])]
        for cell in nb.cells:
            if cell.cell_type == "markdown" and BADGE_IMAGE in cell.source:
                cell.source = cell.source.replace("/solutions/", "/exercises/")
        if not self.model_answers:
            for cell in nb.cells:
                cell.source = cell.source.replace(COMPARE, READ)
        else:
            name = resources["nbgrader"]["notebook"]
            link = f"[solution](../../solutions/{name}/{name}.ipynb)"
            nb.cells[-1].source += f"\n\nThe {link} answers each task, and says why."
        for saved in ("ganlib", "widgets"):  # about the solution's outputs
            nb.metadata.pop(saved, None)
        return nb, resources


OPEN = "A model answer and the rubric. Write your own answer first."
COMPARE = (
    "Nobody checks this one by machine. Write your answer first, then compare it with the model "
    "answer and the rubric that are folded below it, or hand it in."
)
READ = "No machine checks this one: a person reads it."


class ModelAnswers(Preprocessor):
    """Folds the model answer and the rubric of each open question below the student's own answer.

    Without this step students get neither.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb, resources):
        """Changes the notebook in place."""
        cells = []
        for cell in nb.cells:
            cells.append(cell)
            graded = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "markdown" and graded.get("grade") and graded.get("solution"):
                folded = nbformat.v4.new_markdown_cell(
                    f"<details>\n<summary>{OPEN}</summary>\n\n{cell.source}\n\n</details>",
                    id=f"{cell.id}-model",
                )
                cells.append(folded)
        nb.cells = cells
        return nb, resources


class ClassNumber(Preprocessor):
    """Writes the number of the class into the cells whose numbers depend on it."""

    enabled = True
    number = Integer(0).tag(config=True)

    def preprocess(self, nb, resources):
        """Changes the notebook in place."""
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.source = CLASS.sub(f"CLASS = {self.number}", cell.source)
        return nb, resources


CLASS = re.compile(r"^CLASS = (\d+)", re.MULTILINE)

# They trust nothing in the kernel: an answer may have changed the checks loaded before it.
# They leave no name behind, which might be one of the student's.
HIDDEN = """
### BEGIN HIDDEN TESTS
def __check_again({answer}):
    import builtins
    import importlib
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "ganlib"]:
        # The checks as they are on disk, whatever was done to them here.
        del sys.modules[name]
    builtins.print("\\nAgain, {how}. These points count:")
    return importlib.import_module("ganlib.checks.{module}").{call}


__check_again({answer})
### END HIDDEN TESTS"""
HOW = {
    True: "with checks that nothing has touched",
    False: "with other values than those that you saw",
}


class HiddenTests(Preprocessor):
    """Gives every check its hidden test: the same call, with checks loaded afresh and another seed.

    A task about the numbers of a class is checked with that class again, whatever the answer has
    made of ``CLASS``. A cell that is no such call, ``checks.task(answer)``, stays as it is.
    """

    enabled = True
    seed = Integer(class_file.DEFAULT_SEED, help="of the values that students do not see").tag(
        config=True
    )

    def preprocess(self, nb, resources):
        """Changes the notebook in place."""
        code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
        module = re.search(r"from ganlib\.checks import (\w+) as checks", code)
        of_class = CLASS.search(code)
        for cell in nb.cells:
            graded = cell.metadata.get("nbgrader", {})
            if cell.cell_type != "code" or not graded.get("grade"):
                continue
            call = _call_of_check(cell.source)
            if call is None:
                continue
            seeds = [each for each in call.keywords if each.arg == "seed"]
            if seeds:
                seeds[0].value = ast.Constant(int(of_class[1]))
            else:
                call.keywords.append(ast.keyword("seed", ast.Constant(self.seed)))
            cell.source += HIDDEN.format(
                module=module[1],
                call=ast.unparse(call).removeprefix("checks."),
                answer=ast.unparse(call.args[0]),
                how=HOW[bool(seeds)],
            )
        return nb, resources


def _call_of_check(source: str) -> ast.Call | None:
    """The call that a check cell of ours consists of."""
    match ast.parse(source).body:
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("checks")), [ast.Name()]) as call)]:
            return call
    return None


# What `nbgrader generate_assignment` does, but for what needs its database.
STEPS = [ForStudents, ClassNumber, ModelAnswers, HiddenTests] + [
    step for step in GenerateAssignment.preprocessors.default() if step is not SaveCells
]
LOCKING = STEPS[: STEPS.index(ClearHiddenTests)]  # what is locked then is what grading puts back
SAVING = [*LOCKING, SaveCells, *STEPS[len(LOCKING) :]]


def configuration(root: Path = ROOT) -> Config:
    """What nbgrader_config.py says, so that nbgrader's own commands make the same files."""
    return PyFileConfigLoader(CONFIGURATION, path=str(root)).load_config()


def after(steps: list[type], solution: Path, config: Config, database: str = "") -> NotebookNode:
    """A solution after these steps; a gradebook's address is for the one that saves cells there."""
    notebook = nbformat.read(solution, 4)
    about = {"notebook": solution.stem, "assignment": solution.parent.name, "db_url": database}
    resources = {"unique_key": solution.stem, "nbgrader": about}
    for step in steps:
        notebook, resources = step(parent=None, config=config)(notebook, resources)
    return notebook


def exercise(solution: Path, config: Config) -> str:
    """The text of the exercise that belongs to a solution."""
    return nbformat.writes(after(STEPS, solution, config)) + "\n"


def notebook(name: str, config: Config, root: Path = ROOT) -> NotebookNode:
    """The exercise with this name, as students get it."""
    return after(STEPS, root / "solutions" / name / f"{name}.ipynb", config)


def sources(root: Path = ROOT) -> list[Path]:
    """The solutions: solutions/NN-name/NN-name.ipynb."""
    return sorted(
        path for path in (root / "solutions").glob("*/*.ipynb") if path.stem == path.parent.name
    )


def configuration_for(number: int, model_answers: bool, root: Path = ROOT) -> Config:
    """The configuration with which the exercises of such a class are made."""
    config = configuration(root)
    config.ClassNumber.number = number
    config.ModelAnswers.enabled = config.ForStudents.model_answers = model_answers
    return config


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Writes the exercises; with --check only compares, and returns 1 if any differs."""
    check = "--check" in arguments
    config, stale = configuration(root), []
    number = class_file.load(root).number
    if number and not (root / class_file.NAME).exists():  # as in a public clone
        print(f"There is no {class_file.NAME}: the exercises are for class {number}, as before.")
    for solution in sources(root):
        target = root / "exercises" / solution.parent.name / solution.name
        wanted = exercise(solution, config)
        if not target.exists() or target.read_text(encoding="utf-8") != wanted:
            stale.append(target)
            if not check:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(wanted, encoding="utf-8")
            print(target.relative_to(root))
    if not check:
        overview.write(sources(root), root / "INSTRUCTORS.md")
    print(f"{len(stale)} exercises {'differ from their solutions' if check else 'written'}.")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
