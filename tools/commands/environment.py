"""Makes and checks the course's own Python environment, the folder .venv in the course's root.

A stamp in that folder says who made it, whether its set-up was begun or finished, and from what:
with nothing changed, a second call does nothing; after an interruption, the next one begins anew.
Only what the course made, and made for this folder, is ever cleared.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT
from tools.commands.problems import AGAIN, SetupError, explain
from tools.course import OLDEST

NEEDED_BYTES = 4 * 10**9  # 2.6 GB installed, the downloads beside it
# What brings pip into an environment that was made without it, as some editors' tools make them.
BRING_PIP = "import ensurepip; ensurepip.bootstrap()"
# JupyterLab asks about news from the network at its first start; not here.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


@dataclass(frozen=True)
class Environment:
    """An environment of the course: .venv with tested versions, .venv-latest with the newest."""

    root: Path = ROOT
    latest: bool = False

    @property
    def folder(self) -> Path:
        return self.root / (".venv-latest" if self.latest else ".venv")

    @property
    def python(self) -> Path:
        return self.folder.joinpath(
            *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
        )

    @property
    def stamp(self) -> Path:
        return self.folder / "course-setup.json"

    @property
    def log(self) -> Path:
        return self.root / "build" / "setup.log"

    @property
    def base(self) -> str:
        """The Python that it is made with."""
        return getattr(sys, "_base_executable", None) or sys.executable

    @property
    def requirements(self) -> list[str]:
        """What pip is told to install."""
        return [*(["--upgrade"] if self.latest else ["-c", "constraints.txt"]), "-e", ".[dev]"]

    @property
    def versions(self) -> str:
        """Which versions those are, in words."""
        return "the newest" if self.latest else "the tested versions"

    @property
    def needed(self) -> list[str]:
        """Modules without which it is not ready."""
        return ["ganlib", "tensorflow", "keras", "jupyterlab", "nbval"]

    def read_stamp(self) -> dict:
        """What ``write_stamp`` wrote; empty if absent or damaged."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def write_stamp(self, state: str, made: bool) -> None:
        """Note that the set-up was "begun" or is "ready", and if the course made the folder."""
        key = self.key() if state == "ready" else ""
        stamp = {"state": state, "key": key, "folder": str(self.folder), "made": made}
        self.stamp.write_text(json.dumps(stamp) + "\n", encoding="utf-8")

    def key(self) -> str:
        """A hash of all that decides what is installed, and of where (scripts in it hold that
        path).
        """
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))[
            "project"
        ]
        wanted = [
            project["requires-python"],
            project["dependencies"],
            project["optional-dependencies"],
        ]
        pins = "" if self.latest else (self.root / "constraints.txt").read_text(encoding="utf-8")
        text = json.dumps([wanted, pins, str(self.folder), self.python_version()])
        return hashlib.sha256(text.encode()).hexdigest()

    def python_version(self) -> str:
        """major.minor of the Python the environment was made with, as its pyvenv.cfg says."""
        try:
            text = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except OSError:
            return ""
        line = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", text, re.MULTILINE)
        return line.group(1) if line else ""

    def runs(self, code: str) -> bool:
        """True if the environment's Python exists, runs and gets through this code."""
        try:
            result = subprocess.run(
                [self.python, "-c", code],
                capture_output=True,
                timeout=120,
                check=False,
                env=clean_variables(),
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return result.returncode == 0

    def is_ready(self) -> bool:
        """True if the set-up was finished with what pyproject.toml and constraints.txt say now."""
        stamp = self.read_stamp()
        if stamp.get("state") != "ready" or stamp.get("key") != self.key():
            return False
        code = (
            "import sys; from importlib.util import find_spec\n"
            f"assert '%d.%d' % sys.version_info[:2] == {self.python_version()!r}\n"
            f"assert all(map(find_spec, {self.needed}))"
        )
        return self.runs(code)


def explain_for(environment: Environment, log: str, returncode: int) -> SetupError:
    """`explain` with what it needs to know of an environment."""
    python = environment.python_version() or platform.python_version()
    return explain(log, returncode, environment.root, python, environment.log)


@contextmanager
def one_at_a_time(environment: Environment):
    """Holds a lock that the system takes back when this process ends, however it ends."""
    environment.log.parent.mkdir(exist_ok=True)
    with open(environment.log.with_name("setup.lock"), "w") as lock:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise SetupError(
                "Another set-up of this folder is at work",
                "Let it finish, then give this command again.",
            ) from error
        except OSError as error:  # some file systems know no locks
            print(f"This folder cannot be locked ({error}): start no second set-up meanwhile.")
        yield


def free_bytes(environment: Environment) -> int:
    """The room on the disk that holds the environment, which a link may have put elsewhere."""
    folder = environment.folder if environment.folder.exists() else environment.root
    return shutil.disk_usage(folder).free


def size_of(folder: Path) -> int:
    """The bytes that the files in a folder take."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def check_room(environment: Environment, free: int | None = None, cleared: int = 0) -> None:
    """Refuses to begin where the disk cannot hold the environment, once so many bytes of an older
    one are cleared.
    """
    free = (free_bytes(environment) if free is None else free) + cleared
    if free < NEEDED_BYTES:
        folder = environment.folder.resolve()
        raise SetupError(
            f"The disk is too full: {free / 1e9:.1f} GB free, {NEEDED_BYTES / 1e9:.0f} GB needed",
            f"Free some room on the disk that holds {folder}, or move the course.\n{AGAIN}",
        )


def what_to_do(environment: Environment, fresh: bool) -> str:
    """What the set-up does with the environment's folder: "create", "clear" and create, or
    "install".

    Raises:
        SetupError: it holds something that the course did not make and cannot use.
    """
    folder, stamp = environment.folder, environment.read_stamp()
    link = folder.is_symlink()
    place = f"{folder}, which leads to {os.path.realpath(folder)}," if link else str(folder)
    away = f"Remove the link: rm {folder}" if link else f"Rename or remove {folder}"
    remedy = f"{away}\n{AGAIN}"
    if link and not folder.exists():
        remedy = f"Make the folder that it leads to, or attach its disk. Or:\n{remedy}"
        raise SetupError(f"{place} is a link to nothing", remedy)
    if folder.exists() and not folder.is_dir():
        raise SetupError(f"{place} is a file", remedy)
    if not folder.exists() or not any(folder.iterdir()):
        return "create"
    elsewhere = stamp.get("folder", str(folder)) != str(folder)
    if link and elsewhere:
        another = f"Or link to an empty folder that nothing else uses.\n{remedy}"
        raise SetupError(
            f"{place} belongs to the course in {Path(stamp['folder']).parent}", another
        )
    if stamp.get("made") is True:
        usable = stamp.get("state") == "ready" and not elsewhere and environment.runs("import pip")
        return "clear" if fresh or not usable else "install"
    if not (folder / "pyvenv.cfg").exists():
        raise SetupError(f"{place} holds files, and is no environment of Python", remedy)
    if fresh:
        raise SetupError(f"{place} was not made by the course, so it is not cleared", remedy)
    oldest, version = "{}.{}".format(*OLDEST), environment.python_version() or "an unknown version"
    if not environment.runs(f"import sys; assert sys.version_info >= {OLDEST}"):
        problem = f"{place} was not made by the course, and its Python ({version}) does not run"
        raise SetupError(f"{problem} or is older than {oldest}", remedy)
    if not (environment.runs("import pip") or environment.runs(BRING_PIP)):
        raise SetupError(f"{place} was not made by the course, and has no pip", remedy)
    return "install"


def clear(environment: Environment) -> None:
    """Empties the environment's folder but for the stamp, which says in between whose it is."""
    for entry in environment.folder.iterdir():
        if entry == environment.stamp:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def create(environment: Environment) -> None:
    """An environment with pip, in a folder that is empty but for the stamp."""
    # venv makes none in a link, but in the folder that it leads to.
    command = [environment.base, "-m", "venv", os.path.realpath(environment.folder)]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=clean_variables()
    )
    if result.returncode == 0:
        return
    said = (result.stdout + result.stderr).strip()
    if "ensurepip is not" in said:  # Debian's words
        raise SetupError(
            "This Python cannot make environments with pip in them",
            f"Debian, Ubuntu: sudo apt install python3.{sys.version_info[1]}-venv\n{AGAIN}",
        )
    if "PATH separator" in said:
        raise SetupError(
            f"The course lies in a folder whose path contains '{os.pathsep}': {environment.root}",
            f"Rename that folder, or move the course. {AGAIN}",
        )
    raise explain_for(environment, f"ERROR: {said}", result.returncode)


def clean_variables() -> dict[str, str]:
    """This process's variables without those that lead Python or pip to packages of elsewhere."""
    variables = dict(os.environ)
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__"):
        variables.pop(name, None)
    variables["PIP_USER"] = "0"
    variables["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return variables


def install_command(environment: Environment) -> list[str]:
    """pip, with its bar on the screen and every word in the log."""
    command = [str(environment.python), "-m", "pip", "install", "--log", str(environment.log)]
    return [*command, *environment.requirements]


def run_pip(environment: Environment) -> int:
    """Installs the course and all it needs; returns pip's exit code."""
    environment.log.write_text("")
    return subprocess.run(
        install_command(environment), cwd=environment.root, env=clean_variables(), check=False
    ).returncode


def try_tensorflow(environment: Environment) -> None:
    """Imports TensorFlow once: some machines install it and cannot run it."""
    command = [environment.python, "-c", "import tensorflow; print(tensorflow.__version__)"]
    result = subprocess.run(
        command, capture_output=True, text=True, env=clean_variables(), check=False
    )
    if result.returncode == 0:
        print(f"      TensorFlow {result.stdout.split()[-1]} works.")
        return
    last = (result.stderr.strip().splitlines() or [f"It ended with code {result.returncode}."])[-1]
    if os.name == "nt" and "DLL" in result.stderr:
        remedy = "Install Microsoft's Visual C++ Redistributable (x64). " + AGAIN
    elif result.returncode in (-4, 132):
        remedy = "This processor lacks AVX instructions. Open the lessons in Colab by their badges."
    else:
        newest = " --latest" * environment.latest
        remedy = f"{last}\nSet up afresh: python tools/course.py setup --fresh{newest}"
    raise SetupError("TensorFlow is installed but does not start", remedy)


def set_up(environment: Environment, fresh: bool = False) -> bool:
    """Makes the environment ready; returns False if it was.

    Raises:
        SetupError: with what is wrong and what to do.
    """
    if not fresh and environment.is_ready():
        return False
    try:
        with one_at_a_time(environment):
            _install(environment, fresh)
    except OSError as error:
        raise explain_for(environment, f"ERROR: {error!r} {error}", 1) from error
    return True


def _install(environment: Environment, fresh: bool) -> None:
    todo, before = what_to_do(environment, fresh), environment.read_stamp()
    made = todo != "install" or before.get("made") is True
    print(f"Setting up the course in {environment.folder} (once; 2.6 GB, one to ten minutes)")
    if todo == "install":
        if not made:
            print("The environment there was not made by the course: it is used, never cleared.")
    else:
        check_room(environment, cleared=size_of(environment.folder) if todo == "clear" else 0)
        print("[1/3] An environment of its own")
        before = {"state": "begun"}
        environment.folder.mkdir(exist_ok=True)
        environment.write_stamp("begun", made)
        clear(environment)
        create(environment)
        # Neither git nor the linter looks into a folder that ignores itself.
        (environment.folder / ".gitignore").write_text("*\n")
    environment.write_stamp("begun", made)
    print(f"[2/3] Packages ({environment.versions})", flush=True)
    try:
        returncode = run_pip(environment)
    except KeyboardInterrupt:
        if before.get("state") == "ready" and not _has_begun_to_install(environment):
            environment.stamp.write_text(json.dumps(before))
        raise
    if returncode != 0:
        said = environment.log.read_text(errors="replace")
        if free_bytes(environment) < 10**8:  # the log may have found no room either
            said += "\nERROR: No space left on device"
        problem = explain_for(environment, said, returncode)
        # pip downloads all before it changes anything: without a network, the old state still
        # stands.
        if problem.intact and before.get("state") == "ready":
            environment.stamp.write_text(json.dumps(before))
        raise problem
    settings = environment.folder / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_SETTINGS, indent=2) + "\n")
    print("[3/3] Trying TensorFlow", flush=True)
    try_tensorflow(environment)
    environment.write_stamp("ready", made)
    print(f"      Ready: {environment.folder}")


def _has_begun_to_install(environment: Environment) -> bool:
    """Whether pip has begun to change the environment, by its log; what it builds a package with
    goes elsewhere, and is indented there.
    """
    said = environment.log.read_text(errors="replace") if environment.log.exists() else ""
    return bool(re.search(r"^\S+ Installing collected packages", said, re.MULTILINE))
