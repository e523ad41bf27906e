"""Keeps what a submission shows small enough to be read, by a person and by a browser."""

import json
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

__all__ = ["LimitSize"]


class LimitSize(NbGraderPreprocessor):
    """Leaves out pictures and the like beyond a size; text is ``LimitOutput``'s business."""

    cell_kilobytes = Integer(3000, help="what one cell may show").tag(config=True)
    notebook_kilobytes = Integer(12_000, help="what all cells may show").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Changes the notebook in place."""
        total = 0
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            shown, left_out, kept = 0, 0, []
            for output in cell.outputs:
                size = len(json.dumps(output.get("data", {})))
                too_much = (
                    shown + size > self.cell_kilobytes << 10
                    or total + size > self.notebook_kilobytes << 10
                )
                if too_much and size > 10_000:  # never a check's result
                    left_out += 1
                    continue
                kept.append(output)
                shown, total = shown + size, total + size
            if left_out:
                kept.append(_note(left_out))
            cell.outputs = kept
        return nb, resources


def _note(count: int) -> NotebookNode:
    said = "One more picture was" if count == 1 else f"{count} more pictures were"
    text = f"{said} left out when this cell was graded, to keep the page small.\n"
    return new_output("stream", name="stdout", text=text)
