"""What a check's output is worth: the number that it returned last, or a look by a person.

nbgrader gives full marks to a cell that shows no number, none to a cell with a word on stderr, and
takes the first number where there are several. An answer can bring about each of these without
meaning to: by ``ast_node_interactivity = "all"``, by a logger, by a callback that prints.
"""

import ast
from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors, utils
from nbgrader.api import Gradebook

__all__ = ["SaveAutoGrades", "returns_a_number", "score_of"]


def returns_a_number(source: str) -> bool:
    """True of a check that ends in a call, whose value is the score, not in an assertion."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    return bool(body) and isinstance(body[-1], ast.Expr)


def score_of(cell: NotebookNode) -> float | None:
    """The points of a graded cell that has been run; None where a person must look."""
    if utils.is_solution(cell) or cell.cell_type != "code" or not returns_a_number(cell.source):
        return utils.determine_grade(cell)[0]
    if any(output.output_type == "error" for output in cell.outputs):
        return 0.0
    shown = [
        output.data.get("text/plain", "")
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    try:
        points = float(shown[-1])
    except (IndexError, ValueError):
        return None
    return points if 0 <= points <= float(cell.metadata.nbgrader.points) else None


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """As nbgrader's, with ``score_of``, and without a 0 for what could not be run.

    Points given by hand stand; a person is asked again only where the answer has changed since.
    What the answers were is in ``resources["answers_before"]``, by task.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Stores the scores in the gradebook."""
        self.answers = answers(nb)
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        gradebook: Gradebook = self.gradebook
        name = cell.metadata.nbgrader.grade_id
        grade = gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        points, most = score_of(cell), float(cell.metadata.nbgrader.points)
        undecided = resources.get("undecided", {})
        if name in undecided or (undecided and _lacks_a_name(cell)):
            points = points if points == most else None
        grade.auto_score = points
        before = resources.get("answers_before", {})
        if grade.manual_score is not None and name in before:
            grade.needs_manual_grade = before[name] != self.answers[name]
        else:
            by_hand = grade.manual_score is not None
            grade.needs_manual_grade = points is None or name in undecided or by_hand
        gradebook.db.commit()


def answers(notebook: NotebookNode) -> dict[str, str]:
    """What a student wrote for each task, by the grade_id of the task's graded cell."""
    by_task, written = {}, []
    for cell in notebook.cells:
        if not utils.is_locked(cell):
            written.append(cell.source)
        if utils.is_grade(cell):
            by_task[cell.metadata.nbgrader.grade_id] = "\n".join(written)
            written = []
    return by_task


def _lacks_a_name(cell: NotebookNode) -> bool:
    """True if a check met a name that a cell which was left out may have defined."""
    return any("NameError" in str(output) for output in cell.get("outputs", []))
