"""What each of the course's commands does. Started by course.py, which has found a Python that
fits.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from tools.commands.environment import ROOT, Environment, SetupError, clean_variables, set_up
from tools.notebooks.inputs import NOTEBOOK_FOLDERS, notebooks

FIRST_LESSON = "notebooks/00-start-here.ipynb"
# Copies of the notebooks, alone as on Colab: tests neither use nor leave files beside the
# originals.
ALONE = ROOT / "build" / "alone"
BROWSER_TESTS = "tests/browser"
COMPARE_TESTS = "tests/compare"

Action = Callable[[Environment, bool, list[str]], int]
FOR_STUDENTS = ("lab", "lessons", "setup")
# The commands by name. What each does is said once, in the first line of its function.
COMMANDS: dict[str, Action] = {}


def command(action: Action) -> Action:
    """Makes a function a command of its name."""
    COMMANDS[action.__name__.rstrip("_").replace("_", "-")] = action
    return action


def says(name: str) -> str:
    """What a command does, in a line."""
    return COMMANDS[name].__doc__.splitlines()[0].rstrip(".")


def variables(environment: Environment) -> dict[str, str]:
    """The environment variables under which everything of the course runs."""
    values = clean_variables()
    values["VIRTUAL_ENV"] = str(environment.folder)
    values["PATH"] = str(environment.python.parent) + os.pathsep + values.get("PATH", "")
    values["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not one of the user's
    values["JUPYTER_PLATFORM_DIRS"] = "1"
    values["KERAS_BACKEND"] = "tensorflow"
    values.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    named, beside = values.get("GANLIB_DATA_DIR", "").strip().strip("'\"").strip(), ROOT / "data"
    if named:  # the kernels run in other folders
        values["GANLIB_DATA_DIR"] = str(Path(named).expanduser().absolute())
    elif (beside / "cifar-10-batches-py").is_dir():
        values["GANLIB_DATA_DIR"] = str(beside)
    return values


def lab_command(environment: Environment, extra: list[str]) -> list[str]:
    """JupyterLab over the whole course, opened at lesson 00."""
    command = [str(environment.python), "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    if (ROOT / FIRST_LESSON).exists():
        command.append(f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}")
    if getattr(os, "geteuid", lambda: 1)() == 0 and "--allow-root" not in extra:
        command.append(
            "--allow-root"
        )  # the administrator of a container; Jupyter refuses otherwise
    return command + extra


def copy_notebooks() -> list[str]:
    """Copies the notebooks to folders of the same names under build/; returns those to test."""
    shutil.rmtree(ALONE, ignore_errors=True)
    for notebook in notebooks(ROOT):
        copy = ALONE / notebook.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notebook, copy)
    return [
        str(ALONE.relative_to(ROOT) / name) for name in NOTEBOOK_FOLDERS if (ALONE / name).is_dir()
    ]


def pytest_command(environment: Environment, paths: list[str], extra: list[str]) -> list[str]:
    """One call of pytest over the tests, the examples in ganlib's docstrings, and these paths."""
    command = [str(environment.python), "-m", "pytest", "tests", "ganlib", *paths]
    command += [f"--ignore={BROWSER_TESTS}", f"--ignore={COMPARE_TESTS}", "--doctest-modules"]
    command += ["-n", "2", "--dist", "loadfile"]
    return command + extra


def run(command: list[str], environment: Environment, dry: bool, **extra_variables: str) -> int:
    """Runs a command in the course's root; returns its exit code."""
    if dry:
        print(shlex.join(command))
        return 0
    values = variables(environment) | extra_variables
    try:
        return subprocess.run(command, cwd=ROOT, env=values, check=False).returncode
    except KeyboardInterrupt:
        return 130


def become(command: list[str], environment: Environment, dry: bool) -> int:
    """Runs a command in place of this process, so that signals reach it; on Windows under it."""
    if dry or os.name == "nt":
        return run(command, environment, dry)
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(command[0], command, variables(environment))


def lint(environment: Environment, dry: bool) -> int:
    """The linter and the formatter's check, notebooks included."""
    ruff = [str(environment.python), "-m", "ruff"]
    for arguments in (["check", "."], ["format", "--check", "."]):
        returncode = run([*ruff, *arguments], environment, dry)
        if returncode != 0:
            fix = "ruff check --fix" if arguments[0] == "check" else "ruff format"
            print(f"\nThe tests were not run. See above; '{fix} FILE' fixes many such things.")
            return returncode
    return 0


@command
def lab(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Opens the course in JupyterLab; the first call sets everything up."""
    return become(lab_command(environment, extra), environment, dry)


@command
def test(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Checks everything: the linter, the tests, and every notebook at the smallest size."""
    returncode = lint(environment, dry)
    if returncode != 0:
        return returncode
    folders = list(NOTEBOOK_FOLDERS) if dry else copy_notebooks()
    nbval = ["--nbval-lax", "--nbval-current-env"]
    nbval += ["--nbval-cell-timeout=900", "--nbval-kernel-startup-timeout=300"]
    command = pytest_command(environment, folders, (nbval if folders else []) + extra)
    budget = os.environ.get("GANLIB_BUDGET", "smoke")
    return run(
        command, environment, dry, GANLIB_BUDGET=budget, IPYTHONDIR=str(ROOT / "build" / "ipython")
    )


@command
def quick(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Runs the quick tests alone, in about a minute; no notebook."""
    # Tests of one file may part, which a notebook's cells may not: both workers end at the same
    # time.
    options = ["-m", "not slow", "--dist", "worksteal", *extra]
    command = pytest_command(environment, [], options)
    return run(command, environment, dry, GANLIB_BUDGET=os.environ.get("GANLIB_BUDGET", "smoke"))


@command
def coverage(environment: Environment, dry: bool, extra: list[str]) -> int:
    """As test, and lists the lines of ganlib that nothing has run; fails below 90 %."""
    # The whole path, because kernels and other processes run in other folders.
    return test(environment, dry, [*extra, f"--cov={ROOT / 'ganlib'}"])


@command
def test_colab(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Runs every notebook alone with Colab's versions (test-colab 07: one lesson)."""
    return run([str(environment.python), "-m", "tools.publishing.colab", *extra], environment, dry)


@command
def test_compare(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Compares what the course computes with libraries that others wrote."""
    command = [str(environment.python), "-m", "tools.commands.compare", *extra]
    return run(command, environment, dry, GANLIB_BUDGET="smoke")


@command
def test_browser(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Opens the lessons and the reading site in a real browser."""
    command = [str(environment.python), "-m", "pytest", BROWSER_TESTS, *extra]
    return run(command, environment, dry, GANLIB_BUDGET="smoke")


@command
def test_term(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Plays a term with a class of thirty, from the fork to the final table of grades."""
    command = [str(environment.python), "-m", "pytest", "tests/teaching/term.py", *extra]
    return run(command, environment, dry, GANLIB_BUDGET="smoke")


@command
def site(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Builds the reading site into build/site."""
    return run(
        [str(environment.python), "-m", "tools.publishing.build_site", *extra], environment, dry
    )


@command
def lessons(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Runs the lessons that changed and saves their outputs (lessons 07: one)."""
    command = [str(environment.python), "-m", "tools.notebooks.run_lessons", *extra]
    budget = os.environ.get("GANLIB_BUDGET", "cpu")
    return run(
        command, environment, dry, GANLIB_BUDGET=budget, IPYTHONDIR=str(ROOT / "build" / "ipython")
    )


@command
def lessons_elsewhere(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Runs lessons as other machines would, and tells how far each checked number spreads."""
    command = [str(environment.python), "-m", "tools.notebooks.elsewhere", *extra]
    return run(command, environment, dry, GANLIB_BUDGET=os.environ.get("GANLIB_BUDGET", "cpu"))


@command
def exercises(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Makes the exercises from their solutions."""
    return run(
        [str(environment.python), "-m", "tools.notebooks.exercises", *extra], environment, dry
    )


@command
def grade(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Grades what was handed in for an exercise (grade 02); see INSTRUCTORS.md."""
    return run([str(environment.python), "-m", "tools.teaching.grade", *extra], environment, dry)


@command
def collect(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Sorts an archive of Moodle or Canvas into submitted/ (collect 02 archive.zip)."""
    return run([str(environment.python), "-m", "tools.teaching.collect", *extra], environment, dry)


@command
def fill(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Fills in grades and feedback for Moodle or Canvas (fill 02 table.csv archive.zip)."""
    return run([str(environment.python), "-m", "tools.teaching.fill", *extra], environment, dry)


@command
def ready(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Says whose machine is ready, from an archive of first cells (ready archive.zip)."""
    return run([str(environment.python), "-m", "tools.teaching.ready", *extra], environment, dry)


@command
def students(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Copies what students need, and no solution, into a folder (students ../gans-2027)."""
    return run([str(environment.python), "-m", "tools.teaching.students", *extra], environment, dry)


@command
def slides(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Makes slides of a lesson in build/slides (slides 02)."""
    return run([str(environment.python), "-m", "tools.teaching.slides", *extra], environment, dry)


@command
def new(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Makes the skeleton of a lesson and its exercise (new 19 my-subject "My subject")."""
    return run(
        [str(environment.python), "-m", "tools.teaching.new_lesson", *extra], environment, dry
    )


@command
def class_(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Gives a class numbers and hidden tests of its own, and makes its answers (class 7)."""
    return run([str(environment.python), "-m", "tools.teaching.of_class", *extra], environment, dry)


@command
def bench(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Runs the benchmarks (bench NAME: one of them)."""
    names = {
        path.stem: path
        for path in sorted((ROOT / "benchmarks").glob("*.py"))
        if path.name[0] != "_"
    }
    unknown = [name for name in extra if name not in names]
    if unknown or not names:
        known = ", ".join(names) or "none yet"
        print(
            f"There is no benchmark named {', '.join(unknown) or 'anything'}. There are: {known}."
        )
        return 1
    codes = []
    for name in extra or names:
        print(f"== {name}", flush=True)
        codes.append(run([str(environment.python), str(names[name])], environment, dry))
    return next((code for code in codes if code), 0)


@command
def address(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Writes the address in pyproject.toml into all badges and set-up cells."""
    code = run([str(environment.python), "-m", "tools.notebooks.address", *extra], environment, dry)
    # What is locked in an exercise is known by its words, so exercises are made anew, not edited.
    return code or exercises(environment, dry, extra)


@command
def setup(environment: Environment, dry: bool, extra: list[str]) -> int:
    """Only sets up; with --fresh from nothing."""
    return 0


if not (ROOT / "solutions").is_dir():  # the students' half of a course has no more than it needs
    COMMANDS = {name: COMMANDS[name] for name in FOR_STUDENTS}


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The command with our own options, and what is passed on."""
    parser = argparse.ArgumentParser(
        prog="python tools/course.py",
        description="The commands of the GAN course. The first one sets everything up by itself.",
        epilog="With make: make COMMAND, with LESSON=07 where a lesson is named, LATEST=1 for the\n"
        'newest packages, and further options in ARGS="…". They go on to what the command runs:\n'
        "lab --port 8899, test -k losses",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=20, width=100
        ),
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        text = says(name).replace("%", "%%")
        one = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        one.add_argument(
            "--latest", action="store_true", help="the newest packages in place of the tested ones"
        )
        one.add_argument(
            "--dry-run", action="store_true", help="show what would be run, and run nothing"
        )
        if name == "setup":
            one.add_argument("--fresh", action="store_true", help="from nothing")
    return parser.parse_known_args(arguments or ["--help"])


def main(arguments: list[str]) -> int:
    """Runs one command; returns the exit code."""
    options, extra = parse(arguments)
    extra = [argument for argument in extra if argument]  # make passes empty ones
    if extra and options.command == "setup":
        print(f"setup knows no {' '.join(extra)}: python tools/course.py setup --help")
        return 2
    environment = Environment(ROOT, latest=options.latest)
    try:
        if not options.dry_run:
            changed = set_up(environment, fresh=getattr(options, "fresh", False))
            if options.command == "setup" and not changed:
                print(f"Already set up: {environment.folder}")
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except tomllib.TOMLDecodeError as error:
        said = f"pyproject.toml cannot be read: {error}. Look at its last change."
        print(f"\n{said}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return COMMANDS[options.command](environment, options.dry_run, extra)
