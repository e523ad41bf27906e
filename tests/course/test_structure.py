"""The house: imports go one way, modules are small, and the docstrings say what is true of both."""

import ast
import itertools
import re

import pytest

import ganlib
from tools import ROOT
from tools.notebooks import inputs
from tools.notebooks.library import homes, imported, modules, parsed

LIBRARY = ROOT / "ganlib"
KNOWN = modules(LIBRARY)
ORDER = list(ganlib._MODULES)
# What a reader of the spine may leave out.
BESIDE = {
    *("theory", "toys", "shapes", "course", "checkpoints", "keeping", "precision_recall", "clinic"),
    *("zoo", "records", "experiments", "rivals", "diagrams", "society", "widgets", "checks"),
    "worlds",
    *("folders", "augment", "cards"),
    *("conditional", "hues", "control", "inversion", "taste"),
}
SPINE = [name for name in ORDER if name not in BESIDE]
LONGEST = 350


def lines(name: str) -> int:
    return len(KNOWN[name].read_text(encoding="utf-8").splitlines())


def room(name: str) -> str:
    """The top-level module or folder."""
    return name.partition(".")[0]


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """What each module imports, lazily too, of those that are not its own folder."""
    direct = homes(LIBRARY)
    return {
        name: {
            other
            for other in imported(parsed(path), name, KNOWN, direct)
            if not name.startswith(f"{other}.")
        }
        for name, path in KNOWN.items()
    }


def circle(imports: dict[str, set[str]]) -> list[str]:
    """A way along the imports that comes back to where it began, or nothing."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name not in done:
            for other in sorted(imports[name]):
                if closed := walk(other, [*way, name]):
                    return closed
            done.add(name)
        return []

    return next((closed for name in imports if (closed := walk(name, []))), [])


def test_imports_form_no_circle(imports):
    assert len(imports) > 60 and imports["game"] >= {"losses", "averages"}
    assert not circle(imports)


def test_a_circle_is_found():
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_support_imports_nothing_of_the_rest(imports):
    for name, others in imports.items():
        if room(name) == "support":
            assert {room(other) for other in others} <= {"support"}, name


def test_every_module_has_its_place_in_the_reading_order():
    assert set(ORDER) | {"support"} == {room(name) for name in KNOWN if name}
    assert len(ORDER) == len(set(ORDER))


def test_a_module_needs_only_those_before_it(imports):
    for name, others in imports.items():
        if name and room(name) != "support":
            here = ORDER.index(room(name))
            later = {o for o in others if room(o) != "support" and ORDER.index(room(o)) > here}
            assert not later, f"{name} imports {later}, which come later in the reading order"


def test_the_docstring_lists_the_reading_order_and_all_beside_it():
    listed = re.findall(r"^- ((?:``\w+``(?:, | and )?)+):", ganlib.__doc__, re.MULTILINE)
    names = [re.findall(r"``(\w+)``", each) for each in listed]
    assert [each[0] for each in names[: len(SPINE)]] == SPINE
    assert {name for each in names[len(SPINE) :] for name in each} == BESIDE | {"support"}


def test_the_docstring_tells_the_length_of_the_spine():
    told = re.search(r"at most ([\d,]+) lines, of which at most ([\d,]+) are code", ganlib.__doc__)
    limit, code_limit = (int(number.replace(",", "")) for number in told.groups())
    paths = [path for name, path in KNOWN.items() if room(name) in SPINE]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    total = sum(len(text.splitlines()) for text in texts)
    code = sum(len(inputs.without_comments(text).splitlines()) for text in texts)
    assert 0.8 * limit <= total <= limit <= 2500, total
    assert 0.8 * code_limit <= code <= code_limit, code


def test_the_picture_of_the_house_is_true(imports):
    """Every module stands in it, and every arrow leads to one that uses where it comes from."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    picture = text.partition("subgraph ganlib\n")[2].partition("    end\n")[0]
    ways = [re.sub(r"\[[^]]*\]", "", line).split("-->") for line in picture.splitlines()]
    ways = [[name.strip() for name in way] for way in ways]
    assert {name for way in ways for name in way} == set(ORDER)
    uses: dict[str, set[str]] = {name: set() for name in ORDER}
    for name, others in imports.items():
        if room(name) in uses:
            uses[room(name)] |= {room(other) for other in others} & set(ORDER)

    def needed(name: str) -> set[str]:
        return uses[name].union(*(needed(other) for other in uses[name] - {name}))

    for way in ways:
        for used, user in itertools.pairwise(way):
            assert used in needed(user), f"{user} does not use {used}"


@pytest.mark.parametrize("name", [name for name in KNOWN if name])
def test_no_module_is_long(name):
    assert lines(name) <= LONGEST


@pytest.mark.parametrize(
    "folder",
    [
        path.parent.relative_to(ROOT).as_posix()
        for package in ("ganlib", "tools")
        for path in sorted((ROOT / package).glob("*/__init__.py"))
    ],
)
def test_each_folder_says_who_may_need_it(folder):
    text = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text("utf-8")))
    assert re.search(r"^Who needs it: .+[.]$", text, re.MULTILINE), folder


def test_nothing_puts_folders_on_the_path_of_imports(repository_files):
    """Tests and tools are packages, or lie where pytest looks."""
    for path in repository_files:
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    assert ast.unparse(node.func) != "sys.path.insert", path
