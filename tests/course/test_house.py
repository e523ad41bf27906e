"""The house: what README, Makefile, environment.yml and pyproject.toml promise is so."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools import course
from tools.commands import main, pins
from tools.commands.environment import Environment
from tools.notebooks import address
from tools.notebooks.inputs import INSTALL

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
SIX = {"jupyterlab", "tensorflow", "numpy", "matplotlib", "ipywidgets", "nbval"}


def repository_files() -> list[Path]:
    """All files that belong to the project: those that git has or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    made = re.compile(r"(^|/)(\.(?!ci/)|build/|dist/|runs/|data/|__pycache__/|[^/]*\.egg-info/)")
    files = [path for path in ROOT.rglob("*") if path.is_file()]
    return [path for path in files if not made.search(path.relative_to(ROOT).as_posix())]


# Dependencies


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


# Commands


def commands_in(text: str) -> list[str]:
    """The command lines of a Markdown file's blocks."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_readme_gives_two_commands_with_make_and_without():
    lines = commands_in(README)
    assert {"make lab", "make test"} <= set(lines)
    assert {"python tools/course.py lab", "python tools/course.py test"} <= set(lines)


@pytest.mark.parametrize("line", [each for each in commands_in(README) if "course.py" in each])
def test_lines_without_make_run(line):
    """Each runs as the README has it, up to the commands that it would start."""
    python, *rest = line.split()
    assert python == "python"
    shown = subprocess.run(
        [sys.executable, *rest, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    module = {"lab": "-m jupyterlab", "test": "-m pytest"}[rest[1]]
    assert module in shown.stdout


def test_every_target_named_in_the_texts_exists():
    for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = {line.split()[1] for line in commands_in(text) if line.startswith("make ")}
        named |= set(re.findall(r"`make ([a-z-]+)", text))
        assert named and named <= TARGETS, f"{name}: {named - TARGETS}"


def test_makefile_only_hands_over():
    recipes = [line.strip() for line in MAKEFILE.splitlines() if line.startswith("\t")]
    assert all(line.startswith(("@$(COURSE) ", "@echo ")) for line in recipes)
    told = {line.split()[2] for line in recipes if line.startswith('@echo "make ')}
    assert told | {"help"} == TARGETS


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("target", sorted(TARGETS - {"help", "address", "bench"}))
def test_make_targets_run(target):
    shown = subprocess.run(
        ["make", target, "ARGS=--dry-run", f"PYTHON={sys.executable}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr


def test_test_command_is_one_pytest_call_over_everything(monkeypatch, capsys):
    monkeypatch.setenv("GANLIB_BUDGET", "smoke")
    assert main.main(["test", "--dry-run", "-k", "losses"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" -m ")[1].split()[:2] for line in lines[:2]] == [
        ["ruff", "check"],
        ["ruff", "format"],
    ]
    assert len(lines) == 3, "pytest's own summary must come last"
    for word in "tests ganlib notebooks solutions exercises --nbval-lax --doctest-modules".split():
        assert f" {word} " in lines[2] + " "
    assert "--dist loadfile" in lines[2] and lines[2].endswith("-k losses")


def test_quick_runs_no_notebook(capsys):
    assert main.main(["quick", "--dry-run"]) == 0
    line = capsys.readouterr().out
    assert "nbval" not in line and "notebooks" not in line and "not slow" in line


def test_coverage_is_the_same_call_with_a_report(capsys):
    assert main.main(["test", "--dry-run"]) == main.main(["coverage", "--dry-run"]) == 0
    *_, line, _, _, with_report = capsys.readouterr().out.splitlines()
    assert shlex.split(with_report) == [*shlex.split(line), f"--cov={ROOT / 'ganlib'}"]
    settings = PYPROJECT["tool"]["coverage"]
    assert settings["report"]["fail_under"] >= 90
    assert settings["run"]["patch"] == ["subprocess"], "other processes than pytest count as well"
    assert settings["run"]["data_file"].startswith("build/")


def test_notebooks_are_tested_alone(monkeypatch, tmp_path):
    (tmp_path / "notebooks" / ".ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "notebooks" / "runs").mkdir()
    (tmp_path / "solutions" / "06-a").mkdir(parents=True)
    for name in (
        "notebooks/06-a.ipynb",
        "notebooks/.ipynb_checkpoints/06-a.ipynb",
        "solutions/06-a/06-a.ipynb",
    ):
        (tmp_path / name).write_text("{}")
    monkeypatch.setattr(main, "ROOT", tmp_path)
    monkeypatch.setattr(main, "ALONE", tmp_path / "build" / "alone")
    folders = main.copy_notebooks()
    assert [Path(folder).name for folder in folders] == ["notebooks", "solutions"]
    copied = {
        path.relative_to(tmp_path / "build/alone").as_posix()
        for path in (tmp_path / "build").rglob("*.*")
    }
    assert copied == {"notebooks/06-a.ipynb", "solutions/06-a/06-a.ipynb"}


def test_kernels_find_this_environment_and_the_data(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("GANLIB_DATA_DIR", "cifar")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    environment = Environment(tmp_path)
    values = main.variables(environment)
    assert values["PATH"].split(os.pathsep)[0] == str(environment.python.parent)
    assert values["JUPYTER_PREFER_ENV_PATH"] == "1"
    assert values["GANLIB_DATA_DIR"] == str(Path("cifar").absolute())
    assert "PYTHONPATH" not in values and "MPLBACKEND" not in values


def fetched(url: str, seconds: float = 30) -> str:
    """What a local server answers, which may still be starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                return answer.read().decode()
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > end:
                raise
            time.sleep(0.2)


@pytest.mark.slow
def test_lab_opens_at_lesson_00(tmp_path):
    """JupyterLab really starts, on the course's folder, and answers at lesson 00's page."""
    if not Environment().is_ready():
        pytest.skip("the tests run in another environment than .venv")
    values = os.environ | {
        f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "RUNTIME", "DATA")
    }
    arguments = ["lab", "--no-browser", "--port=0", "--IdentityProvider.token=t"]
    server = subprocess.Popen(
        [sys.executable, "tools/course.py", *arguments],
        cwd=ROOT,
        env=values,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        page = next(
            found[0]
            for line in server.stdout
            if (found := re.search(r"http://127\S+/lab\S*", line))
        )
        page = page.partition("?")[0]
        assert page.endswith(f"/lab/tree/{main.FIRST_LESSON}")
        assert "jupyter-config-data" in fetched(f"{page}?token=t")
        contents = json.loads(fetched(page.replace("/lab/tree/", "/api/contents/") + "?token=t"))
        assert contents["type"] == "notebook"
    finally:
        server.terminate()
        server.communicate(timeout=30)


# The address


def badge_notebook(name: str) -> dict:
    notebook = nbformat.v4.new_notebook()
    path = "notebooks/06-first-image-gan.ipynb"
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"# 06 · Title\n\n{address.badge(name, path)}"),
        nbformat.v4.new_code_cell(address.setup_cell(name, "06"), id="setup"),
        nbformat.v4.new_markdown_cell(
            "[Theirs](https://colab.research.google.com/github/tensorflow/docs/blob/master/a.ipynb) "
            f"of https://github.com/tensorflow/docs. Report it: https://github.com/{name}/issues."
        ),
    ]
    return notebook


def test_address_is_the_same_everywhere():
    name = address.repository()
    stale = [
        path.name
        for path in address.files()
        if address.rewritten(path, name) != path.read_text("utf-8")
    ]
    assert not stale, "run: python tools/course.py address"
    assert README.count(f"git clone https://github.com/{name}\n") == 1


def test_address_stands_in_no_code():
    name = address.repository()
    allowed = {".md", ".ipynb"}
    holding = [
        path.relative_to(ROOT).as_posix()
        for path in repository_files()
        if path.suffix in {".py", ".yml", ".toml", ".cfg", ""} | allowed
        and name in path.read_text("utf-8", errors="replace")
    ]
    assert {each for each in holding if Path(each).suffix not in allowed} == {"pyproject.toml"}


def test_fork_changes_the_address_with_one_command():
    old, new = "old--owner/gan-course", "anna/my.gans-2"
    text = json.dumps(badge_notebook(old), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    changed = address.readdressed_notebook(text, new)
    assert old not in changed
    assert json.loads(changed) == badge_notebook(new) | {"cells": json.loads(changed)["cells"]}
    cells = [cell["source"] for cell in json.loads(changed)["cells"]]
    assert cells == [cell["source"] for cell in badge_notebook(new).cells]
    assert "github/tensorflow/docs/blob" in cells[2] and f"github.com/{new}/issues" in cells[2]
    assert address.readdressed_notebook(changed, new) == changed, "a second call changes nothing"
    assert address.readdressed_notebook(changed, old) == text, "and back"


@pytest.mark.parametrize(
    "lines",
    [
        'if importlib.util.find_spec("ganlib") is None:\n    %pip install "ganlib @ git+https://github.com/a/b"',
        'if (\n    importlib.util.find_spec("ganlib") is None\n):  # fetch it\n'
        '    %pip install --quiet "ganlib @ git+https://github.com/c/d"',
    ],
)
def test_installing_lines_are_written_anew(lines):
    notebook = badge_notebook("a/b")
    before = notebook.cells[1].source
    notebook.cells[1].source = INSTALL.sub(lines, before)
    assert notebook.cells[1].source != before
    changed = json.loads(address.readdressed_notebook(json.dumps(notebook), "a/b"))
    assert changed["cells"][1]["source"] == before


def test_address_keeps_a_notebook_that_needs_no_change():
    text = json.dumps(badge_notebook("a/b"), indent=4)
    assert address.readdressed_notebook(text, "a/b") == text


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("https://github.com/a/b", "a/b"),
        ("https://github.com/a/b.git", "a/b"),
        ("https://github.com/a/b.c/", "a/b.c"),
    ],
)
def test_address_of_pyproject(tmp_path, written, name):
    file = tmp_path / "pyproject.toml"
    file.write_text(
        f'[project.urls]\nRepository = "{written}"\n'.replace(
            "[project.urls]", "[project]\n[project.urls]"
        )
    )
    assert address.repository(file) == name


def test_address_elsewhere_than_github_is_refused(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text('[project.urls]\nRepository = "https://example.org/a/b"\n')
    with pytest.raises(ValueError, match="Colab opens notebooks from GitHub"):
        address.repository(file)


def test_readme_lists_every_lesson():
    lessons = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    name = address.repository()
    for path in lessons:
        relative = path.relative_to(ROOT).as_posix()
        assert f"]({relative})" in README and address.badge(name, relative) in README
    listed = set(re.findall(r"\]\((notebooks/[^)]+)\)", README))
    assert listed == {path.relative_to(ROOT).as_posix() for path in lessons}


# The package


def test_import_is_cheap():
    """`import ganlib` takes at most 0.1 s and loads neither TensorFlow nor Matplotlib."""
    code = "import ganlib, sys; dir(ganlib); print(*(name.split('.')[0] for name in sys.modules))"
    seconds = []
    for _ in range(5):
        result = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(result.stdout.split())
        assert "ganlib" in loaded
        assert not loaded & {"tensorflow", "keras", "matplotlib", "numpy", "scipy", "ipywidgets"}
        line = next(line for line in result.stderr.splitlines() if line.endswith("| ganlib"))
        seconds.append(int(line.split("|")[1]) / 1e6)
    assert sorted(seconds)[2] <= 0.1


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The package as `pip install` from the repository would build it, made without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(
        ROOT / "ganlib", folder / "ganlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "notebooks").mkdir()
    code = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next((folder / "dist").glob("*.whl")))


@pytest.mark.slow
def test_wheel_holds_all_of_ganlib_and_nothing_else(wheel):
    """On Colab there is nothing but the wheel."""
    packed = set(wheel.namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "ganlib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= packed, f"missing in the wheel: {sorted(here - packed)}"
    others = {name for name in packed - here if ".dist-info/" not in name}
    assert not others
    assert {"LICENSE", "LICENSE-CONTENT"} <= {name.rpartition("/")[2] for name in packed}


@pytest.mark.slow
def test_wheel_holds_trained_weights(wheel):
    """The first lesson draws with them, offline."""
    packed = {name for name in wheel.namelist() if name.startswith("ganlib/zoo/")}
    for name in ("dcgan-cifar10", "classifier-cifar10"):
        assert {f"ganlib/zoo/{name}.npz", f"ganlib/zoo/{name}.json"} <= packed


# Words

FORBIDDEN = {
    r"pip3? install (?:-\S+ )*[\"']?ganlib\b(?! @)": "the name on the package index is not ours",
    r"pypi\.org|pythonhosted": "no host of a package index",
    r"\b(?:TODO|FIXME)\b": "nothing is left for later",
    "^(?:<{7} |>{7} )": "a conflict that was not resolved",
}


def test_no_forbidden_words():
    patterns = FORBIDDEN | {re.escape(str(ROOT)): "a path of this machine"}
    found = []
    for path in repository_files():
        if path.suffix in {".npz", ".png"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern, reason in patterns.items():
            match = re.search(pattern, text, re.MULTILINE)
            if match:
                found.append(f"{path.relative_to(ROOT)}: {match[0]!r} ({reason})")
    assert not found


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("!pip install ganlib", True),
        ("%pip install --quiet ganlib", True),
        ('pip install "ganlib==0.1"', True),
        ('%pip install --quiet "ganlib @ git+https://github.com/a/b"', False),
    ],
)
def test_forbidden_install_line_is_seen(text, bad):
    assert bool(re.search(next(iter(FORBIDDEN)), text)) == bad


def test_ci_runs_what_the_readme_calls():
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK) and text.startswith("#!/usr/bin/env bash\n")
    lines = [line.strip() for line in text.splitlines()]
    assert "set -euo pipefail" in lines
    assert {"make setup", "make test", "make test-colab", "make test-browser"} <= set(lines)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
