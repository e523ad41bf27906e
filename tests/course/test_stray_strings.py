"""No sentence stands where nobody reads it: a string as a statement of its own that is no
docstring.

Such a line is the rest of a message whose first part ended too early: Python throws it away in
silence.
"""

import ast
import json

import pytest

from tools.notebooks.inputs import ROOT, code_cells, notebooks, plain_python, source_of

FOLDERS = ("ganlib", "tools", "tests", "benchmarks", "docs")
HAS_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def stray_strings(source: str, docstring: bool = True) -> list[int]:
    """The lines of statements that are nothing but a string, docstrings apart.

    Args:
        source: Python code.
        docstring: whether the code may begin with a docstring of its own.
    """
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, HAS_DOCSTRING) and node.body and (docstring or node is not tree)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and id(node) not in docstrings
        and (
            isinstance(node.value, ast.JoinedStr)
            or (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str))
        )
    ]


def python_files():
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [*files, *sorted(ROOT.glob("*.py"))]


def test_no_string_is_thrown_away_in_a_python_file():
    files = python_files()
    assert len(files) > 100
    problems = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line in stray_strings(path.read_text(encoding="utf-8"))
    ]
    assert not problems


def test_no_string_is_thrown_away_in_a_notebook():
    problems = []
    for path in notebooks():
        for cell in code_cells(json.loads(path.read_text(encoding="utf-8"))):
            tree = ast.parse(plain_python(source_of(cell)))
            shown = tree.body[-1].lineno if tree.body else 0  # what a cell ends with is shown
            lines = stray_strings(plain_python(source_of(cell)), docstring=False)
            problems += [
                f"{path.relative_to(ROOT)}, cell {cell['id']}:{line}"
                for line in lines
                if line != shown
            ]
    assert not problems


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""Doc."""\nx = 1\n', []),
        ('def f():\n    """Doc."""\n    return 1\n', []),
        ('def f(n):\n    message = f"layer {n} by "\n    "layer."\n    return message\n', [3]),
        ('def f(n):\n    message = "layer"\n    f"{n}"\n    return message\n', [3]),
        ('x = 1\n"""An attribute."""\n', [2]),
        ('if True:\n    "never said"\n', [2]),
        ("f(1)\n1 + 1\n...\n", []),
    ],
)
def test_what_counts_as_thrown_away(source, lines):
    assert stray_strings(source) == lines
