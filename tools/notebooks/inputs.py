"""What a lesson's saved outputs depend on: its code, the parts of ganlib it uses, a few versions.

Comments and docstrings of ganlib do not count, nor does the course's address. The hashes are the
same on every Python.
"""

import ast
import contextlib
import hashlib
import io
import re
import tokenize
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tools import ROOT
from tools.notebooks.library import files_used_by

NOTEBOOK_FOLDERS = ("notebooks", "solutions", "exercises")
PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib")
# The lines of a set-up cell that install, also as a formatter may have broken them.
INSTALL = re.compile(
    r'^if \(?\s*importlib\.util\.find_spec\("ganlib"\) is None\s*\)?:.*\n\s+%pip install .*$',
    re.MULTILINE,
)


def notebooks(root: Path = ROOT) -> list[Path]:
    """The course's notebooks, folder by folder; not the copies that Jupyter keeps in hidden
    folders.
    """
    return [
        path
        for folder in NOTEBOOK_FOLDERS
        for path in sorted((root / folder).rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]


def source_of(cell: dict) -> str:
    """A cell's text, which notebooks keep as a string or as lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def code_cells(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def code_hash(notebook: dict) -> str:
    """A hash of the code cells, without the lines that install the course."""
    sources = [INSTALL.sub("", source_of(cell)) for cell in code_cells(notebook)]
    text = "\f".join("\n".join(map(str.rstrip, source.splitlines())) for source in sources)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain_python(source: str) -> str:
    """A cell's source with the lines that only IPython understands made harmless."""
    with contextlib.suppress(SyntaxError):
        ast.parse(source)
        return source
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def without_comments(source: str) -> str:
    """The source without comments, docstrings and blank lines."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = node.body[0] if node.body else None
        alone = text is not None and lines[text.lineno - 1][: text.col_offset].strip() == ""
        if alone and ast.get_docstring(node, clean=False) is not None:
            lines[text.lineno - 1 : text.end_lineno] = [""] * (text.end_lineno - text.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def used_files(notebook: dict, library: Path) -> list[Path]:
    """The library's files that a notebook's outputs depend on, as ``files_used_by`` has it."""
    code = "\n".join(plain_python(source_of(cell)) for cell in code_cells(notebook))
    return files_used_by(ast.parse(code), library)


def library_hash(notebook: dict, library: Path = ROOT / "ganlib") -> str:
    """A hash of the parts of ganlib that a notebook uses."""
    total = hashlib.sha256()
    for path in used_files(notebook, library):
        content = path.read_bytes()
        if path.suffix == ".py":
            content = without_comments(content.decode("utf-8")).encode()
        total.update(
            path.relative_to(library).as_posix().encode() + hashlib.sha256(content).digest()
        )
    return total.hexdigest()[:16]


def versions() -> dict[str, str]:
    """major.minor of the packages that outputs depend on most."""
    installed = {}
    for name in PACKAGES:
        try:
            installed[name] = ".".join(version(name).split(".")[:2])
        except PackageNotFoundError:
            installed[name] = ""
    return installed


def inputs_of(notebook: dict, library: Path = ROOT / "ganlib") -> dict[str, str]:
    """The hashes that are saved with a lesson's outputs."""
    return {"code": code_hash(notebook), "library": library_hash(notebook, library)}
