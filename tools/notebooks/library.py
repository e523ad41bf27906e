"""Which files of ganlib some code uses, as its text says: nothing is imported or run.

Modules are named as below ``ganlib``: "gan", "support.files", and "" for the package itself.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["files_used_by", "homes", "imported", "modules", "parents", "parsed"]

# A function, and a class; what is written in the first runs only where somebody calls it.
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def modules(library: Path) -> dict[str, Path]:
    """The library's modules and their files; a folder is a module by its ``__init__.py``."""
    paths = {}
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return paths


def parsed(path: Path) -> ast.Module:
    """A module's code without what stands under ``if TYPE_CHECKING:``, which is never run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and _dotted(node.test).endswith("TYPE_CHECKING"))
    ]
    return tree


def parents(module: str) -> list[str]:
    """The packages that Python imports before a module: of "checks.lesson06.losses" two."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def homes(library: Path) -> dict[str, str]:
    """Names that ``ganlib`` offers directly, and their modules: {"start": "course", …}."""
    tree = ast.parse((library / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_HOMES":
            return ast.literal_eval(node.value)
    return {}


def _dotted(node: ast.AST) -> str:
    """ "ganlib.zoo.load" of such an expression, and "" of another one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := _dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


def _candidates(node: ast.AST, package: list[str]) -> list[str]:
    """What a node may import or reach, as names from "ganlib" on; `package` is where it stands."""
    if isinstance(node, ast.Import):
        return [part.name for part in node.names]
    if isinstance(node, ast.ImportFrom):
        start = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*start, *filter(None, [node.module])])
        return [base, *(f"{base}.{part.name}" for part in node.names)]
    return [_dotted(node)] if isinstance(node, ast.Attribute) else []


def imported(
    tree: ast.AST, module: str | None, known: dict[str, Path], direct: dict[str, str]
) -> set[str]:
    """The modules of ganlib that a piece of code imports or reaches, lazily too.

    Args:
        tree: the code.
        module: the module of ganlib that it stands in, or None.
        known: what ``modules`` returns.
        direct: what ``homes`` returns.
    """
    nodes = ast.walk(tree)
    return {name for node in nodes for name in _reached(node, module, known, direct)}


def _reached(
    node: ast.AST, module: str | None, known: dict[str, Path], direct: dict[str, str]
) -> set[str]:
    """The modules that a node alone imports or reaches."""
    package = ["ganlib"]
    if module:
        folder = known[module].name == "__init__.py"
        package += module.split(".") if folder else module.split(".")[:-1]
    names = set()
    for candidate in _candidates(node, package):
        first, _, rest = candidate.partition(".")
        if first == "ganlib" and rest:
            rest = direct.get(rest.partition(".")[0], rest)
            # "zoo.load.x" is the module "zoo", or "zoo.load" if there is such a one.
            names |= {name for name in [*parents(rest), rest] if name in known}
    return names - {module}


def _asleep(tree: ast.Module, folder: bool) -> Iterator[tuple[set[str], ast.AST]]:
    """What matters only if somebody writes one of these names.

    These are the functions of a module and of a plain class: a method of a class that has a base
    may be called by that base, and a decorated function by whatever decorates it. And in the
    ``__init__`` of a folder that which it offers from the files of the folder.
    """
    for node in tree.body:
        if folder and isinstance(node, ast.ImportFrom):
            yield {part.asname or part.name for part in node.names}, node
        plain = isinstance(node, ast.ClassDef) and not node.bases and not node.keywords
        for each in node.body if plain else [node]:
            special = getattr(each, "name", "").startswith("__")
            if isinstance(each, FUNCTIONS) and not each.decorator_list and not special:
                yield {each.name}, each


def _awake(tree: ast.Module, folder: bool, written: set[str]) -> list[ast.AST]:
    """The nodes of some code without what sleeps because nobody has written its names."""
    sleeping = [node for names, node in _asleep(tree, folder) if not names & written]
    inside = {id(node) for part in sleeping for node in ast.walk(part)}
    return [node for node in ast.walk(tree) if id(node) not in inside]


def _names(node: ast.AST) -> list[str]:
    """The names that a node writes."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [part.name for part in node.names]
    return [name for field in ("id", "attr") if (name := getattr(node, field, None))]


def _constants(nodes: Iterable[ast.AST]) -> set[str]:
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {value for value in values if isinstance(value, str)}


def _texts(tree: ast.AST) -> tuple[set[str], list[re.Pattern]]:
    """The string constants in some code, and patterns of the strings that it puts together."""
    patterns = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and _constants(node.values) - {""}:
            pieces = [
                re.escape(piece.value) if isinstance(piece, ast.Constant) else ".*"
                for piece in node.values
            ]
            patterns.append(re.compile("".join(pieces)))
    return _constants(ast.walk(tree)), patterns


def files_used_by(tree: ast.Module, library: Path) -> list[Path]:
    """The library's files that some code depends on, through as many steps as it takes.

    What a function imports counts where somebody writes the function's name, and so does what the
    ``__init__`` of a folder offers. Of data files (the
    weights "dcgan-cifar10.npz", say) only those count whose name the code or a module without data
    mentions, or may put together as ``f"{recipe}-{seed}"`` does.
    """
    known, direct = modules(library), homes(library)
    trees: dict[str | None, ast.Module] = {None: tree}
    folders = {name for name, path in known.items() if path.name == "__init__.py"}
    written: set[str] = set()
    before = None
    while before != (len(trees), len(written)):
        before = (len(trees), len(written))
        awake = {module: _awake(each, module in folders, written) for module, each in trees.items()}
        for module, nodes in awake.items():
            for node in nodes:
                written |= set(_names(node))
                for name in _reached(node, module, known, direct) - set(trees):
                    trees[name] = parsed(known[name])
    used = [known[name] for name in trees if name is not None]
    data = [
        path
        for init in used
        if init.name == "__init__.py"
        for path in sorted(init.parent.iterdir())
        if path.is_file() and path.suffix != ".py"
    ]
    holding = {path.parent for path in data}
    words, patterns = set(), []
    for name, each in trees.items():
        if name is None or known[name].parent not in holding:
            texts, more = _texts(each)
            words |= texts
            patterns += more
    used += [
        path
        for path in data
        if {path.stem, path.name} & words or any(each.fullmatch(path.stem) for each in patterns)
    ]
    return sorted(used)
