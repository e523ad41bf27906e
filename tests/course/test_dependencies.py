"""What the course needs stands in pyproject.toml alone; pins, conda and Pythons agree with it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools import ROOT, course
from tools.commands import pins

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SIX = {"jupyterlab", "tensorflow", "numpy", "matplotlib", "ipywidgets", "nbval"}


def names_of(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def test_environment_yml_installs_what_pyproject_lists():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [entry for entry in conda["dependencies"] if isinstance(entry, str)]
    pip = next(entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict))
    python = next(entry for entry in plain if entry.startswith("python"))
    project = PYPROJECT["project"]
    assert SpecifierSet(project["requires-python"]).contains(python.removeprefix("python="))
    assert set(plain) == {python, "pip"}, "packages are listed in pyproject.toml alone"
    assert pip == ["-c constraints.txt", "-e .[dev]"]
    assert (ROOT / "constraints.txt").exists()
    brought = names_of(project["dependencies"] + project["optional-dependencies"]["dev"])
    assert SIX <= brought


def test_dependencies_have_lower_bounds_only():
    """An upper bound would move what is installed on Colab."""
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    for text in [
        *PYPROJECT["project"]["dependencies"],
        *(each for some in extras for each in some),
    ]:
        assert {each.operator for each in Requirement(text).specifier} == {">="}, text


def test_heavy_tools_are_not_core():
    core = names_of(PYPROJECT["project"]["dependencies"])
    lessons_need = {"matplotlib", "ipywidgets", "tensorboard"}
    assert core == {"tensorflow", "keras", "numpy", *lessons_need}


def test_constraints_pin_what_pyproject_lists():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), "names and versions alone"
    pinned = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in lines}
    for wanted in pins.direct():
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), wanted


def test_pins_fit_the_first_release_of_the_oldest_python():
    """Debian 12 has 3.11.2, and a package may ask for 3.11.5; as far as the pinned one is here."""
    oldest = SpecifierSet(PYPROJECT["project"]["requires-python"])
    first = f"{'.'.join(map(str, course.OLDEST))}.0"
    assert oldest.contains(first)
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    looked_at = 0
    for name, number in pinned.items():
        try:
            there = metadata(name)
        except PackageNotFoundError:
            continue
        if there["Version"] == number:
            looked_at += 1
            assert SpecifierSet(there["Requires-Python"] or "").contains(first), name
    assert looked_at > 50 or sys.version_info[:2] != course.OLDEST


def test_pins_reach_what_packages_need():
    lines = pins.pins([Requirement("nbclient")])
    names = {canonicalize_name(line.split("==")[0]) for line in lines}
    assert {"nbclient", "jupyter-client", "traitlets"} <= names
    assert "tensorflow" not in names


def test_one_version_and_one_range_of_pythons():
    tree = ast.parse((ROOT / "ganlib" / "__init__.py").read_text(encoding="utf-8"))
    assigned = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert ast.literal_eval(assigned["__version__"]) == PYPROJECT["project"]["version"]
    oldest = "{}.{}".format(*course.OLDEST)
    assert PYPROJECT["project"]["requires-python"] == f">={oldest}"
    assert f"You need Python {oldest}, " in README and "or {}.{}".format(*course.NEWEST) in README
