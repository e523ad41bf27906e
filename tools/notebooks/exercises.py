"""Makes each exercise from its solution, as `nbgrader generate_assignment` does, without a
gradebook.

python tools/course.py exercises           writes exercises/ anew
python tools/course.py exercises --check   only says which differ from what their solutions give
"""

import ast
import re
import sys
from pathlib import Path

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config, PyFileConfigLoader

from tools.notebooks.address import BADGE_IMAGE
from tools.notebooks.inputs import ROOT

CONFIGURATION = "nbgrader_config.py"


class ForStudents(Preprocessor):
    """Takes away what is tagged "explanation", and sets the links: the badge's, one to the
    solution.
    """

    enabled = True

    def preprocess(self, nb, resources):
        """Changes the notebook in place."""
        nb.cells = [cell for cell in nb.cells if "explanation" not in cell.metadata.get("tags", [])]
        for cell in nb.cells:
            if cell.cell_type == "markdown" and BADGE_IMAGE in cell.source:
                cell.source = cell.source.replace("/solutions/", "/exercises/")
        name = resources["nbgrader"]["notebook"]
        link = f"[solution](../../solutions/{name}/{name}.ipynb)"
        nb.cells[-1].source += f"\n\nThe {link} answers each task, and says why."
        nb.metadata.pop("ganlib", None)
        return nb, resources


OPEN = "A model answer and the rubric. Write your own answer first."


class ModelAnswers(Preprocessor):
    """Folds the model answer and the rubric of each open question below the student's own answer.

    Without this step students get neither.
    """

    enabled = True

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


# The hidden tests try each answer with other values than the student saw. Take a seed of your own.
SEED = 71

# They trust nothing in the kernel: an answer may have changed the checks that were loaded before
# it.
HIDDEN = """
### BEGIN HIDDEN TESTS
import importlib
import sys

for name in [name for name in sys.modules if name.partition(".")[0] == "ganlib"]:
    # The checks as they are on disk, whatever was done to them here.
    del sys.modules[name]
importlib.import_module("ganlib.checks.{module}").{call}
### END HIDDEN TESTS"""


class HiddenTests(Preprocessor):
    """Gives every check its hidden test: the same call, with checks loaded afresh and another seed.

    A task about the numbers of a class is checked with that class again, as the exercise names it.
    """

    enabled = True

    def preprocess(self, nb, resources):
        """Changes the notebook in place."""
        code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
        module = re.search(r"from ganlib\.checks import (\w+) as checks", code)
        of_class = re.search(r"^CLASS = (\d+)", code, re.MULTILINE)
        for cell in nb.cells:
            graded = cell.metadata.get("nbgrader", {})
            if cell.cell_type != "code" or not graded.get("grade"):
                continue
            call = ast.parse(cell.source.strip(), mode="eval").body
            seeds = [each for each in call.keywords if each.arg == "seed"]
            if seeds:
                seeds[0].value = ast.Constant(int(of_class[1]))
            else:
                call.keywords.append(ast.keyword("seed", ast.Constant(SEED)))
            without_name = ast.unparse(call).removeprefix("checks.")
            cell.source += HIDDEN.format(module=module[1], call=without_name)
        return nb, resources


# What `nbgrader generate_assignment` does, but for what needs its database.
STEPS = [ForStudents, ModelAnswers, HiddenTests] + [
    step for step in GenerateAssignment.preprocessors.default() if step is not SaveCells
]


def configuration() -> Config:
    """What nbgrader_config.py says, so that nbgrader's own commands make the same files."""
    return PyFileConfigLoader(CONFIGURATION, path=str(ROOT)).load_config()


def exercise(solution: Path, config: Config) -> str:
    """The text of the exercise that belongs to a solution."""
    notebook = nbformat.read(solution, 4)
    resources = {"unique_key": solution.stem, "nbgrader": {"notebook": solution.stem}}
    for step in STEPS:
        notebook, resources = step(parent=None, config=config)(notebook, resources)
    return nbformat.writes(notebook) + "\n"


def sources(root: Path = ROOT) -> list[Path]:
    """The solutions: solutions/NN-name/NN-name.ipynb."""
    return sorted(
        path for path in (root / "solutions").glob("*/*.ipynb") if path.stem == path.parent.name
    )


def main(arguments: list[str]) -> int:
    """Writes the exercises; with --check only compares, and returns 1 if any differs."""
    config, stale = configuration(), []
    for solution in sources():
        target = ROOT / "exercises" / solution.parent.name / solution.name
        wanted = exercise(solution, config)
        if not target.exists() or target.read_text(encoding="utf-8") != wanted:
            stale.append(target)
            if "--check" not in arguments:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(wanted, encoding="utf-8")
            print(target.relative_to(ROOT))
    check = "--check" in arguments
    print(f"{len(stale)} exercises {'differ from their solutions' if check else 'written'}.")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
