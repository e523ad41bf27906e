"""Runs every notebook as a reader on Colab would: alone, with Colab's versions and an installed
package.

python tools/course.py test-colab            all lessons, exercises and solutions
python tools/course.py test-colab 07         those of lesson 07
python tools/course.py test-colab --fresh    the environment from nothing

The environment .venv-colab gets the versions of colab-versions.txt and is kept between calls. The
set-up cell of a notebook installs the course there: the cell as it stands, but for the repository's
address, in place of which it is given a wheel of the present tree. Then each notebook runs in an
empty folder of its own, with a kernel of that environment, at the smallest size. What fails is a
cell that raises or writes to stderr; a figure, widget or text that the saved lesson has and the run
has not; a solution without full marks, an untouched exercise with any; and a package of Colab's
that pip moves.

There is no `google.colab` and little of what else Colab has: NOT_TESTED says what is not seen here.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from packaging.utils import canonicalize_name

from tools import course
from tools.commands.environment import Environment, clean_variables, set_up
from tools.commands.problems import SetupError
from tools.notebooks import run_lessons
from tools.notebooks.address import installed_from, repository
from tools.notebooks.inputs import ROOT, code_cells, notebooks, source_of
from tools.notebooks.rules import IMAGE, WIDGET

VERSIONS = Path(__file__).with_name("colab-versions.txt")
PYTHONS = ((3, 13), (3, 12))  # of Colab's present and selectable runtimes
WORK = ROOT / "build" / "colab"
KERNEL = "ganlib-colab"
CELL_TIMEOUT = 600
AT_ONCE = 2
NOT_TESTED = """\
- Colab's and VS Code's own front ends: that the badge opens the notebook, how widgets look.
- google.colab: Drive, files from the reader's computer, what that package changes in the kernel.
- Colab's hundreds of other packages, and conflicts with them.
- Colab's GPUs, and what TensorFlow writes when one starts.
- pip's download of the repository from GitHub, and that of CIFAR-10 from its author's page."""
# Which ganlib the kernel has, and where it looks for packages.
PROBE = "import json, sys\nprint(json.dumps([ganlib.__file__, *filter(None, sys.path)]))"


class Failed(Exception):
    """What is wrong, and what to do about it."""


@dataclasses.dataclass(frozen=True)
class ColabEnvironment(Environment):
    """.venv-colab: Colab's versions, and nothing of the course until a set-up cell installs it."""

    maker: str = sys.executable

    @property
    def folder(self) -> Path:
        return self.root / ".venv-colab"

    @property
    def log(self) -> Path:
        return self.root / "build" / "colab-setup.log"

    @property
    def base(self) -> str:
        return self.maker

    @property
    def requirements(self) -> list[str]:
        return ["-r", str(VERSIONS)]

    @property
    def versions(self) -> str:
        return "Colab's versions"

    @property
    def needed(self) -> list[str]:
        return ["tensorflow", "keras", "ipykernel", "ipywidgets"]

    def key(self) -> str:
        text = json.dumps([pinned(), str(self.folder), self.python_version()])
        return hashlib.sha256(text.encode()).hexdigest()

    def packages(self) -> dict[str, list]:
        """Of each installed package the version, and when its files were last written."""
        installed = {}
        for each in json.loads(self.pip("inspect", "--local").stdout)["installed"]:
            written = os.stat(each["metadata_location"]).st_mtime_ns
            about = each["metadata"]
            installed[canonicalize_name(about["name"])] = [about["version"], written]
        return installed

    def pip(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [self.python, "-m", "pip", *arguments]
        values = clean_variables()
        return subprocess.run(command, capture_output=True, text=True, check=False, env=values)


# The environment ----------------------------------------------------------------------------------


def pinned() -> dict[str, str]:
    """Colab's packages and their versions."""
    lines = VERSIONS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def colab_python() -> str:
    """The version of Colab's Python."""
    return re.search(r"^# Python (\S+)$", VERSIONS.read_text("utf-8"), re.MULTILINE)[1]


def find_python(path: str | None = None) -> tuple[str, str]:
    """The newest of Colab's Pythons that works on this machine, else the present one; and its
    version.
    """
    if path is None:
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        folders = [os.environ.get("PATH", ""), *map(str, sorted(pyenv.glob("versions/*/bin")))]
        path = os.pathsep.join(folders)
    commands = {}
    for command in course.candidates(path):
        version = course.version_of(command)
        if version in PYTHONS:
            commands.setdefault(version, command)
    command = commands[max(commands)] if commands else [sys.executable]
    code = (
        "import platform, sys; print(getattr(sys, '_base_executable', sys.executable)); "
        "print(platform.python_version())"
    )
    said = subprocess.run([*command, "-c", code], capture_output=True, text=True, check=True)
    executable, version = said.stdout.splitlines()
    return executable, version


def prepare(fresh: bool) -> ColabEnvironment:
    """The environment as Colab's is before the set-up cell; made, or repaired, where it must be."""
    maker, version = find_python()
    environment = ColabEnvironment(maker=maker)
    print(f"Colab's versions on Python {version}; Colab has {colab_python()}.", flush=True)
    kept = environment.folder / "colab-packages.json"
    another = environment.python_version() != ".".join(version.split(".")[:2])
    if fresh or another or not environment.is_ready() or not kept.exists():
        make(environment, kept)
    before, now = json.loads(kept.read_text("utf-8")), environment.packages()
    added = sorted(set(now) - set(before))
    if added:  # by the call before this one
        environment.pip("uninstall", "--yes", *added)
        now = environment.packages()
    if now != before:
        print("The environment was changed since it was set up, and is made again.")
        make(environment, kept)
    return environment


def make(environment: ColabEnvironment, kept: Path) -> None:
    """Makes the environment from nothing, and writes down what is in it.

    Raises:
        SetupError: pip installed another version than the list names.
    """
    started = time.monotonic()
    set_up(environment, fresh=True)
    print(f"      It took {time.monotonic() - started:.0f} s.", flush=True)
    now = environment.packages()
    wrong = [name for name, version in pinned().items() if now.get(name, [None])[0] != version]
    if wrong:
        raise SetupError(
            f"{', '.join(wrong)} is not installed as {VERSIONS.name} has it",
            "Set up afresh: python tools/course.py test-colab --fresh",
        )
    kept.write_text(json.dumps(now), encoding="utf-8")


# The package --------------------------------------------------------------------------------------


def build_wheel(folder: Path) -> Path:
    """The wheel that pip makes of a copy of the present tree, in which no earlier build lies."""
    source = folder / "source"
    shutil.copytree(
        ROOT / "ganlib", source / "ganlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    built = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(source)],
        capture_output=True,
        text=True,
        check=False,
        env=clean_variables(),
    )
    (folder / "wheel.log").write_text(built.stdout + built.stderr, encoding="utf-8")
    if built.returncode != 0:
        raise Failed(f"pip cannot build the package:\n{built.stderr.strip()[-2000:]}")
    shutil.rmtree(source)
    return next(folder.glob("*.whl"))


def from_wheel(source: str, wheel: Path) -> str:
    """A set-up cell that installs the wheel in place of what lies at the repository's address."""
    address = installed_from(repository())
    if source.count(address) != 1:
        raise Failed(
            f"The set-up cell does not install from {address}. Run: python tools/course.py address"
        )
    return source.replace(address, wheel.as_uri())


def moved(before: dict[str, list], after: dict[str, list]) -> tuple[list[str], list[str]]:
    """What pip did to packages that were there, in words; and what it brought beside them."""
    changes = []
    for name, (version, written) in before.items():
        if name not in after:
            changes.append(f"{name} {version} was removed")
        elif after[name][0] != version:
            changes.append(f"{name} was moved from {version} to {after[name][0]}")
        elif after[name][1] != written:
            changes.append(f"{name} {version} was installed over")
    return changes, [f"{name} {after[name][0]}" for name in sorted(set(after) - set(before))]


def install(environment: ColabEnvironment, page: Path, wheel: Path, variables: dict) -> None:
    """Lets the set-up cell of a notebook install the wheel, and looks at what that did.

    Raises:
        Failed: pip moved a package, brought conflicts, or the kernel finds another ganlib.
    """
    before, conflicts = environment.packages(), environment.pip("check").stdout.splitlines()
    cell = code_cells(nbformat.read(page, as_version=4))[0]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(from_wheel(source_of(cell), wheel)),
        nbformat.v4.new_code_cell(PROBE),
    ]
    folder = WORK / "set-up"
    folder.mkdir()
    try:
        run_notebook(notebook, folder, variables)
    except run_lessons.LessonFailed as error:
        raise Failed(
            f"The set-up cell of {page.name} fails on Colab's versions. What pip said is in "
            f"{folder.relative_to(ROOT)}/set-up.ipynb.\n{error}"
        ) from error
    finally:
        nbformat.write(notebook, folder / "set-up.ipynb")
    wrong, new = moved(before, environment.packages())
    wrong += [
        line for line in environment.pip("check").stdout.splitlines() if line not in conflicts
    ]
    home, *path = json.loads(notebook.cells[1].outputs[0].text)
    if not Path(home).is_relative_to(environment.folder):
        wrong.append(f"the kernel's ganlib is {home}")
    wrong += [
        f"the kernel looks for packages in the repository: {each}"
        for each in map(Path, path)
        if each.is_relative_to(ROOT)
        and not (each.is_relative_to(environment.folder) or each.is_relative_to(WORK))
    ]
    if not any(each.startswith("ganlib ") for each in new):
        wrong.append("ganlib was not installed")
    if wrong:
        raise Failed(
            "Installing the package as the set-up cell does is not harmless on Colab:\n"
            + "\n".join(f"  {line}" for line in wrong)
            + "\nLook at the dependencies in pyproject.toml: "
            "lower bounds that Colab's versions meet."
        )
    print(f"The set-up cell installed {', '.join(new)}; nothing that Colab has was moved.")


# The notebooks ------------------------------------------------------------------------------------


def kernel_variables(environment: ColabEnvironment) -> dict[str, str]:
    """What a kernel is given: nothing of this repository but where CIFAR-10 lies, if anywhere."""
    values = clean_variables()
    for name in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "MPLBACKEND", "PYTEST_CURRENT_TEST"):
        values.pop(name, None)
    values["VIRTUAL_ENV"] = str(environment.folder)
    values["PATH"] = str(environment.python.parent) + os.pathsep + values.get("PATH", "")
    values["PYTHONNOUSERSITE"] = "1"
    values["IPYTHONDIR"] = str(WORK / "ipython")
    values["KERAS_HOME"] = str(WORK / "keras")
    values.setdefault("GANLIB_BUDGET", "smoke")
    values.setdefault("GANLIB_ASSERT", "1")
    return values


def write_kernel(environment: ColabEnvironment) -> None:
    """Lets nbclient, which runs in another environment, find this one's kernel."""
    argv = [str(environment.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    argv += ["--HistoryManager.enabled=False"]
    spec = {"argv": argv, "display_name": "Colab's versions", "language": "python"}
    folder = WORK / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    os.environ["JUPYTER_PATH"] = str(WORK / "jupyter")


def run_notebook(notebook, folder: Path, variables: dict) -> dict:
    """Executes a notebook in a folder; what its set-up cell found out, and the seconds."""
    return run_lessons.execute(
        notebook,
        folder,
        say=lambda line: None,
        kernel=KERNEL,
        variables=variables,
        timeout=CELL_TIMEOUT,
    )


def kinds(cell) -> set[str]:
    """What a reader gets below a code cell."""
    names = {IMAGE: "figure", WIDGET: "widget", "text/html": "table"}
    shown = {
        name for kind, name in names.items() for out in cell.outputs if kind in out.get("data", {})
    }
    printed = any(out.output_type == "stream" and out.name == "stdout" for out in cell.outputs)
    return shown | ({"line of text"} if printed else set())


def lost(saved, notebook) -> list[str]:
    """What the saved notebook shows below its cells, and the run does not."""
    return [
        f"cell {cell.id} shows no {kind}, the saved notebook does"
        for cell, before in zip(code_cells(notebook), code_cells(saved), strict=True)
        for kind in sorted(kinds(before) - kinds(cell))
    ]


def complaints(notebook) -> list[str]:
    """Errors, and words on stderr, inside of widgets."""
    states = notebook.metadata.get("widgets", {}).values()
    models = [model for each in states for model in each.get("state", {}).values()]
    outputs = [out for model in models for out in model.get("state", {}).get("outputs", ())]
    return [
        f"a widget shows {out.get('text') or out.get('evalue')!r}"
        for out in outputs
        if out.get("output_type") == "error" or out.get("name") == "stderr"
    ]


def marks(notebook) -> dict[str, tuple[float | None, float]]:
    """Of each check the points it gave, and the most it can give; None where it gave no number."""
    points = {}
    for cell in code_cells(notebook):
        graded = cell.metadata.get("nbgrader", {})
        if graded.get("grade") and not graded["solution"]:
            given = [out.data["text/plain"] for out in cell.outputs if "data" in out]
            number = re.fullmatch(r"\d+(\.\d+)?", given[-1]) if given else None
            points[graded["grade_id"]] = (float(given[-1]) if number else None, graded["points"])
    return points


def wrong_marks(notebook, kind: str) -> list[str]:
    """Checks of a solution without full marks; checks of an untouched exercise that give any."""
    return [
        f"the check {name} gives {given} of {points:g} points"
        for name, (given, points) in marks(notebook).items()
        if given != (points if kind == "solutions" else 0.0)
    ]


def check(path: Path, variables: dict) -> tuple[str, list[str]]:
    """Runs one notebook alone; returns its line, and all that is wrong."""
    started = time.monotonic()
    place = path.relative_to(ROOT)
    folder = WORK / place.with_suffix("")
    folder.mkdir(parents=True)
    copy = folder / path.name
    shutil.copyfile(path, copy)
    saved, notebook = nbformat.read(path, as_version=4), nbformat.read(copy, as_version=4)
    said = ""
    try:
        said = run_notebook(notebook, folder, variables)["data"] or ""
        problems = complaints(notebook) + wrong_marks(notebook, place.parts[0])
        if place.parts[0] == "notebooks":
            problems += lost(saved, notebook)
    except run_lessons.LessonFailed as error:
        problems = [str(error)]
    finally:
        nbformat.write(notebook, copy)
    points = marks(notebook).values()
    if points:
        given = sum(each or 0 for each, _ in points)
        said += f" {given:g} of {sum(most for _, most in points):g} points"
    line = f"{place.as_posix():<62} {time.monotonic() - started:4.0f} s  {said.strip():<24}"
    return f"{line} {'FAILED' if problems else 'ok'}", problems


def chosen(lesson: str | None) -> list[Path]:
    """The notebooks of all lessons, or those of one, solutions and exercises with them."""
    known_notebooks = notebooks(ROOT)
    if lesson is None:
        return known_notebooks
    number = lesson.rpartition("/")[2][:2]
    picked = [path for path in known_notebooks if path.name[:2] == number]
    if not picked:
        known = ", ".join(sorted({path.name[:2] for path in known_notebooks}))
        raise Failed(f"There is no lesson {lesson!r}. There are: {known}.")
    return picked


def run_all(paths: list[Path], fresh: bool) -> list[Path]:
    """Runs these notebooks on Colab's versions; returns those that failed."""
    environment = prepare(fresh)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    write_kernel(environment)
    variables = kernel_variables(environment)
    install(environment, paths[0], build_wheel(WORK), variables)
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {pool.submit(check, path, variables): path for path in paths}
        try:
            for run in as_completed(runs):
                line, problems = run.result()
                print(line, *(f"    {problem}" for problem in problems), sep="\n", flush=True)
                failed += [runs[run]] if problems else []
        finally:
            pool.shutdown(cancel_futures=True)
    return failed


def main(arguments: list[str]) -> int:
    """Runs the notebooks; returns 1 if anything failed."""
    parser = argparse.ArgumentParser(
        prog="test-colab", description="Run every notebook alone, with Colab's versions."
    )
    parser.add_argument("lesson", nargs="?", help="the number of one lesson; all if left out")
    parser.add_argument("--fresh", action="store_true", help="make the environment from nothing")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        paths = chosen(options.lesson)
        failed = run_all(paths, options.fresh)
    except (Failed, SetupError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    print(f"\nNot tested here:\n{NOT_TESTED}\n")
    print(f"{len(paths)} notebooks, {len(failed)} failed, {time.monotonic() - started:.0f} s.")
    if failed:
        print(
            f"Failed: {', '.join(path.relative_to(ROOT).as_posix() for path in failed)}.\n"
            f"What to do: see the notebooks as they ran in {WORK.relative_to(ROOT)}/. What fails "
            "in 'make test' too is no matter\nof Colab's; else it meets one of the versions in "
            f"{VERSIONS.relative_to(ROOT)} that it cannot work with."
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
