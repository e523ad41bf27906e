"""What a lesson's saved outputs depend on: its code, the parts of ganlib it uses, a few versions.

Comments and docstrings of ganlib do not count, nor does the course's address. The hashes are the same
on every Python.
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

NOTEBOOK_FOLDERS = ("notebooks", "solutions", "exercises")
PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib")
# The lines of a set-up cell that install, also as a formatter may have broken them.
INSTALL = re.compile(
    r'^if \(?\s*importlib\.util\.find_spec\("ganlib"\) is None\s*\)?:.*\n\s+%pip install .*$',
    re.MULTILINE,
)


def notebooks(root: Path = ROOT) -> list[Path]:
    """The course's notebooks, folder by folder; not the copies that Jupyter keeps in hidden folders."""
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


def modules(library: Path) -> dict[str, list[Path]]:
    """The library's modules and the files of each; a folder is one module with all its files."""
    found = {path.stem: [path] for path in library.glob("*.py") if path.stem != "__init__"}
    for folder in library.iterdir():
        if (folder / "__init__.py").exists():
            found[folder.name] = sorted(
                path
                for path in folder.rglob("*")
                if path.is_file() and "__pycache__" not in path.parts
            )
    return found


def homes(library: Path) -> dict[str, str]:
    """Names that `ganlib` offers directly, and their modules: {"start": "course", …}."""
    tree = ast.parse((library / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_HOMES":
            return ast.literal_eval(node.value)
    return {}


def used_names(tree: ast.AST) -> set[str]:
    """First names below `ganlib` that some code imports or reaches: {"data", "start"} and so on."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                part.name.split(".")[1] for part in node.names if part.name.startswith("ganlib.")
            }
        elif isinstance(node, ast.ImportFrom) and (
            node.level or (node.module or "").split(".")[0] == "ganlib"
        ):
            inner = (node.module or "").split(".")[0 if node.level else 1 :]
            names |= {inner[0]} if inner and inner[0] else {part.name for part in node.names}
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "ganlib":
            names.add(node.attr)
    return names


def words(tree: ast.AST) -> set[str]:
    """The string constants of some code."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def used_files(notebook: dict, library: Path) -> list[Path]:
    """The library's files that a notebook's outputs depend on, through as many steps as it takes.

    Of data files (the weights "dcgan-cifar10.npz", say) only those count whose name the notebook or
    another module mentions.
    """
    known, direct = modules(library), homes(library)
    tree = ast.parse("\n".join(plain_python(source_of(cell)) for cell in code_cells(notebook)))
    names, mentioned = used_names(tree), words(tree)
    waiting, used = [direct.get(name, name) for name in names], set()
    while waiting:
        name = waiting.pop()
        if name in used or name not in known:
            continue
        used.add(name)
        holds_data = any(path.suffix != ".py" for path in known[name])
        for path in known[name]:
            if path.suffix == ".py":
                tree = ast.parse(path.read_text(encoding="utf-8"))
                waiting += [direct.get(each, each) for each in used_names(tree)]
                mentioned |= set() if holds_data else words(tree)
    return sorted(
        path
        for name in used
        for path in known[name]
        if path.suffix == ".py" or path.stem in mentioned or path.name in mentioned
    )


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
    found = {}
    for name in PACKAGES:
        try:
            found[name] = ".".join(version(name).split(".")[:2])
        except PackageNotFoundError:
            found[name] = ""
    return found


def inputs_of(notebook: dict, library: Path = ROOT / "ganlib") -> dict[str, str]:
    """The hashes that are saved with a lesson's outputs."""
    return {"code": code_hash(notebook), "library": library_hash(notebook, library)}
