"""The set-up: a second call does nothing, a broken one is repaired, and every failure says what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import course
from tools.commands import environment as setting
from tools.commands import main
from tools.commands.environment import Environment, set_up
from tools.commands.problems import SetupError, explain

ROOT = Path(__file__).resolve().parents[2]
INTERPRETER = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of what the set-up reads."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(
        ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


class Stage:
    """Plays the slow parts of a set-up, and writes down which were called."""

    def __init__(self, monkeypatch):
        self.calls = []
        self.healthy = False  # whether the environment's Python runs
        self.pip_says = ""
        self.pip_returns = 0
        monkeypatch.setattr(setting, "create", self.create)
        monkeypatch.setattr(setting, "run_pip", self.run_pip)
        monkeypatch.setattr(setting, "try_tensorflow", lambda environment: self.calls.append("try"))
        monkeypatch.setattr(
            Environment,
            "runs",
            lambda environment, code: self.healthy and environment.folder.exists(),
        )

    def create(self, environment):
        self.calls.append("create")
        assert [path.name for path in environment.folder.iterdir()] == [environment.stamp.name]
        (environment.folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
        self.healthy = True

    def run_pip(self, environment):
        self.calls.append("pip")
        environment.log.write_text(self.pip_says)
        if isinstance(self.pip_returns, BaseException):
            raise self.pip_returns
        return self.pip_returns

    def taken(self) -> list[str]:
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def stage(monkeypatch) -> Stage:
    return Stage(monkeypatch)


NO_NETWORK = (
    "2026-01-01 WARNING: Retrying after connection broken by 'NewConnectionError("
    "'Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
    "2026-01-01 ERROR: Could not find a version that satisfies the requirement setuptools>=77\n"
    "2026-01-01 ERROR: No matching distribution found for setuptools>=77\n"
)
DISK_FULL = (
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
)


def test_second_call_does_nothing(project, stage):
    environment = Environment(project)
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]
    assert set_up(environment) is False
    assert stage.taken() == []


@pytest.mark.parametrize("change", ["constraints.txt", "pyproject.toml"])
def test_changed_dependencies_are_installed_over(project, stage, change):
    environment = Environment(project)
    set_up(environment)
    stage.taken()
    file = project / change
    old = {"constraints.txt": "absl-py==", "pyproject.toml": '"psutil>='}[change]
    file.write_text(file.read_text().replace(old, old[:-2] + "-other" + old[-2:]))
    assert set_up(environment) is True
    assert stage.taken() == ["pip", "try"]


def test_other_changes_of_pyproject_need_no_set_up(project, stage):
    environment = Environment(project)
    set_up(environment)
    with open(project / "pyproject.toml", "a") as file:
        file.write("\n[tool.something]\nline = 1\n")
    assert set_up(environment) is False


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), MemoryError()])
def test_interrupted_set_up_begins_anew(project, stage, interruption):
    environment = Environment(project)
    stage.pip_returns = interruption
    with pytest.raises(type(interruption)):
        set_up(environment)
    assert not environment.is_ready()
    stage.taken()
    stage.pip_returns = 0
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_broken_environment_is_made_again(project, stage):
    environment = Environment(project)
    set_up(environment)
    stage.taken()
    stage.healthy = False  # its Python was removed, or TensorFlow is gone
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_damaged_stamp_is_not_believed(project, stage):
    environment = Environment(project)
    set_up(environment)
    environment.stamp.write_text('{"state": "rea')
    assert set_up(environment) is True


def test_moved_course_is_set_up_again(project, stage, tmp_path):
    set_up(Environment(project))
    stage.taken()
    moved = tmp_path / "moved here"
    moved.mkdir()
    for name in ("pyproject.toml", "constraints.txt", ".venv"):
        shutil.move(project / name, moved / name)
    assert set_up(Environment(moved)) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_fresh_begins_from_nothing(project, stage):
    environment = Environment(project)
    set_up(environment)
    stage.taken()
    assert set_up(environment, fresh=True) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_no_network_leaves_a_working_environment_as_it_was(project, stage):
    environment = Environment(project)
    set_up(environment)
    before = environment.read_stamp()
    (project / "constraints.txt").write_text("")
    stage.pip_says, stage.pip_returns = NO_NETWORK, 1
    with pytest.raises(SetupError, match="could not be reached"):
        set_up(environment)
    assert environment.read_stamp() == before
    stage.taken()
    stage.pip_returns = 0
    set_up(environment)
    assert stage.taken() == ["pip", "try"], "nothing was lost"


def test_full_disk_leaves_nothing_half_done_behind(project, stage):
    environment = Environment(project)
    set_up(environment)
    (project / "constraints.txt").write_text("")
    stage.pip_says, stage.pip_returns = DISK_FULL, 1
    with pytest.raises(SetupError, match="disk became full"):
        set_up(environment)
    stage.taken()
    stage.pip_returns = 0
    set_up(environment)
    assert stage.taken() == ["create", "pip", "try"]


def test_two_set_ups_do_not_meet(project, stage):
    environment = Environment(project)
    with setting.one_at_a_time(environment):
        with pytest.raises(SetupError, match="Another set-up"):
            set_up(environment)
    assert stage.taken() == []
    assert set_up(environment) is True


def test_latest_has_an_environment_of_its_own(project, stage):
    tested, latest = Environment(project), Environment(project, latest=True)
    set_up(tested)
    assert set_up(latest) is True
    assert tested.folder != latest.folder and tested.is_ready()
    assert "constraints.txt" in setting.install_command(tested)
    assert "constraints.txt" not in setting.install_command(latest)


# What the course did not make is not cleared


def holdings(folder: Path) -> dict[str, str]:
    """The files in a folder and what they hold, without the course's stamp."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "course-setup.json"
    }


def environment_of_an_editor(folder: Path, version: str = "3.12.1") -> dict[str, str]:
    """What an editor's button makes; the learner has put a note beside it."""
    folder.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    (folder / "my-notes.txt").write_text("not to be lost")
    return holdings(folder)


def test_the_environment_of_an_editor_is_used_and_kept(project, stage, capsys):
    environment = Environment(project)
    kept = environment_of_an_editor(environment.folder)
    stage.healthy = True
    assert set_up(environment) is True
    assert stage.taken() == ["pip", "try"] and kept.items() <= holdings(environment.folder).items()
    assert "used, never cleared" in capsys.readouterr().out
    assert set_up(environment) is False


def test_the_environment_of_an_editor_survives_an_interruption(project, stage):
    environment = Environment(project)
    kept = environment_of_an_editor(environment.folder)
    stage.healthy, stage.pip_returns = True, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        set_up(environment)
    stage.taken()
    stage.pip_returns = 0
    assert set_up(environment) is True
    assert stage.taken() == ["pip", "try"] and kept.items() <= holdings(environment.folder).items()


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("used_before", [False, True])
def test_the_environment_of_an_editor_that_cannot_be_used_is_left_alone(
    project, stage, fresh, used_before
):
    environment = Environment(project)
    kept = environment_of_an_editor(environment.folder, version="3.9.2")
    if used_before:
        stage.healthy = True
        set_up(environment)
        stage.taken()
    stage.healthy = False
    with pytest.raises(SetupError) as problem:
        set_up(environment, fresh=fresh)
    assert "was not made by the course" in str(problem.value)
    assert fresh or "its Python (3.9) does not run or is older than 3.11" in str(problem.value)
    assert f"Rename or remove {environment.folder}" in str(problem.value)
    assert stage.taken() == [] and kept.items() <= holdings(environment.folder).items()


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["pip", "Python"])
def test_an_environment_without_pip_gets_it(project, missing):
    """Made for real, as some editors' tools make one."""
    environment = Environment(project)
    subprocess.run(
        [environment.base, "-m", "venv", "--without-pip", str(environment.folder)], check=True
    )
    if missing == "pip":
        assert setting.what_to_do(environment, fresh=False) == "install"
        assert environment.runs("import pip")
    else:
        environment.python.unlink()
        with pytest.raises(SetupError, match="does not run"):
            setting.what_to_do(environment, fresh=False)


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("link", [False, True])
def test_a_folder_with_something_else_in_it_is_left_alone(project, stage, tmp_path, link, fresh):
    environment = Environment(project)
    folder = tmp_path / "photographs" if link else environment.folder
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "holiday.txt").write_text("the only copy")
    if link:
        environment.folder.symlink_to(folder)
    with pytest.raises(SetupError, match="holds files, and is no environment") as problem:
        set_up(environment, fresh=fresh)
    assert str(folder) in str(problem.value) and "What to do:" in str(problem.value)
    assert ("Remove the link" in str(problem.value)) == link
    assert stage.taken() == [] and holdings(folder) == {"2026/holiday.txt": "the only copy"}


def test_a_link_to_an_empty_folder_of_another_disk_is_used(project, stage, tmp_path):
    environment = Environment(project)
    disk = tmp_path / "large disk"
    disk.mkdir()
    environment.folder.symlink_to(disk)
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]
    assert environment.folder.is_symlink() and (disk / "pyvenv.cfg").exists()
    assert set_up(environment) is False
    assert set_up(environment, fresh=True) is True  # it is the course's own, and this folder's


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_the_environment_of_another_copy_behind_a_link_is_left_alone(
    project, stage, tmp_path, fresh, broken
):
    mine, other = Environment(project), Environment(tmp_path / "other copy")
    other.root.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(project / name, other.root / name)
    set_up(other)
    stage.taken()
    kept = holdings(other.folder)
    mine.folder.symlink_to(other.folder)
    stage.healthy = not broken
    with pytest.raises(SetupError, match=r"belongs to the course in .*other copy") as problem:
        set_up(mine, fresh=fresh)
    assert f"rm {mine.folder}" in str(problem.value)
    assert stage.taken() == [] and holdings(other.folder) == kept
    stage.healthy = True
    assert other.is_ready()


def test_a_link_to_nothing_and_a_file_are_told(project, stage, tmp_path):
    environment = Environment(project)
    environment.folder.symlink_to(tmp_path / "a disk that is not there")
    with pytest.raises(SetupError, match="is a link to nothing") as problem:
        set_up(environment)
    assert "attach its disk" in str(problem.value)
    environment.folder.unlink()
    environment.folder.write_text("/home/me/.virtualenvs/gan\n")
    with pytest.raises(SetupError, match=r"\.venv is a file"):
        set_up(environment)
    assert stage.taken() == [] and environment.folder.read_text().startswith("/home/me")


def test_clearing_follows_no_link(project, stage, tmp_path):
    """An environment of the course may hold links that a learner put there."""
    environment = Environment(project)
    set_up(environment)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("the only copy")
    (environment.folder / "lib").symlink_to(mine)
    assert set_up(environment, fresh=True) is True
    assert holdings(mine) == {"thesis.txt": "the only copy"}
    assert not (environment.folder / "lib").exists()


def test_a_set_up_that_is_killed_while_it_clears_is_still_its_own(project, stage, monkeypatch):
    environment = Environment(project)
    set_up(environment)
    stage.taken()

    def killed(environment):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setting, "create", killed)
        with pytest.raises(KeyboardInterrupt):
            set_up(environment, fresh=True)
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_the_room_is_looked_for_behind_a_link(project, monkeypatch, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    Environment(project).folder.symlink_to(disk)
    free = {str(project / ".venv"): 9 * 10**9, str(project): 1}
    usage = lambda folder: SimpleNamespace(free=free[str(folder)])  # noqa: E731
    monkeypatch.setattr(setting.shutil, "disk_usage", usage)
    setting.check_room(Environment(project))


# What is said when it fails


def said(log: str, returncode: int = 1, python: str = "3.12") -> str:
    return str(explain(log, returncode, Path("/course"), python, Path("/course/build/setup.log")))


@pytest.mark.parametrize(
    ("log", "problem", "remedy"),
    [
        (NO_NETWORK, "index could not be reached", "Connect this computer to the network"),
        (DISK_FULL, "disk became full", "Free about 4 GB"),
        (
            "ERROR: [WinError 112] There is not enough space on the disk",
            "disk became full",
            "TMPDIR",
        ),
        ("ERROR: [Errno 122] Disk quota exceeded: '/x'", "disk became full", "Free about 4 GB"),
        (
            "ERROR: No matching distribution found for tensorflow>=2.19",
            "no TensorFlow for this Python",
            "3.11 to 3.13",
        ),
        (
            "ERROR: OSError: [Errno 30] Read-only file system: '/x'",
            "could not be written",
            "/course",
        ),
        (
            "ERROR: [WinError 5] Access is denied: 'x.pyd'",
            "could not be written",
            "Close JupyterLab",
        ),
        ("WARNING: SSLError(CERTIFICATE_VERIFY_FAILED)", "not trusted", "PIP_CERT"),
        ("WARNING: ProxyError('Cannot connect to proxy.')", "proxy refused", "HTTPS_PROXY"),
        (
            "ERROR: IncompleteRead(1 bytes read, 2 more expected)",
            "broke off",
            "kept for the next try",
        ),
        (
            "HINT: this system does not have Windows Long Path support",
            "too long for Windows",
            "short",
        ),
        ("ERROR: ResolutionImpossible: for help visit", "No set of packages fits", "--latest"),
    ],
)
def test_failures_of_pip_are_explained(log, problem, remedy):
    text = said("DEBUG nothing of note\n" + log)
    assert problem in text.splitlines()[0]
    assert remedy in text and "What to do:" in text
    assert "same command again" in text


def test_unknown_failure_shows_what_pip_said_and_where_the_rest_is():
    text = said("ERROR: something never seen")
    assert "something never seen" in text and "setup.log" in text


def test_killed_pip_points_to_memory():
    assert "memory" in said("", returncode=-9)


def test_too_full_disk_is_told_before_anything_is_made(project):
    with pytest.raises(SetupError, match=r"0\.5 GB free, 4 GB needed"):
        setting.check_room(Environment(project), free=5 * 10**8)
    setting.check_room(Environment(project), free=5 * 10**9)


def test_folder_that_cannot_be_written_is_told(project, stage, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(project / ".venv"))

    monkeypatch.setattr(setting, "create", refuse)
    with pytest.raises(SetupError, match="could not be written"):
        set_up(Environment(project))


def test_venv_without_ensurepip_is_told(project, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "ensurepip is not\navailable.", "")
    monkeypatch.setattr(setting.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SetupError) as problem:
        setting.create(Environment(project))
    assert "cannot make environments" in str(problem.value)
    assert f"python{INTERPRETER}-venv" in str(problem.value)


@pytest.mark.skipif(os.name == "nt", reason="a colon cannot stand in a folder's name there")
def test_path_that_venv_refuses_is_told(tmp_path):
    folder = tmp_path / "gans: a course"
    folder.mkdir()
    with pytest.raises(SetupError, match="path contains ':'"):
        setting.create(Environment(folder))


@pytest.mark.parametrize(
    ("returncode", "stderr", "remedy"),
    [
        (-4, "", "AVX"),
        (1, "ModuleNotFoundError: No module named 'six'", "No module named 'six'"),
    ],
)
def test_tensorflow_that_does_not_start_is_told(project, monkeypatch, returncode, stderr, remedy):
    failed = subprocess.CompletedProcess([], returncode, "", stderr)
    monkeypatch.setattr(setting.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SetupError, match="does not start") as problem:
        setting.try_tensorflow(Environment(project))
    assert remedy in str(problem.value)


def test_failure_is_shown_without_a_traceback(monkeypatch, capsys):
    def fail(*_, **__):
        raise SetupError("It rains", "Wait.")

    monkeypatch.setattr(main, "set_up", fail)
    assert main.main(["lab"]) == 1
    shown = capsys.readouterr().err
    assert shown.strip() == "The course could not be set up. It rains.\nWhat to do:\n  Wait."


@pytest.mark.slow
def test_no_network_for_real(project):
    """Python, venv and pip as they are; the package index is an address at which nobody answers."""
    shutil.copytree(ROOT / "ganlib", project / "ganlib")
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }
    values = {
        name: each for name, each in os.environ.items() if not name.startswith("PIP_")
    } | nowhere
    result = subprocess.run(
        [sys.executable, "tools/course.py", "lab"],
        cwd=project,
        env=values,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "The course could not be set up. The package index could not be reached" in result.stderr
    assert "Traceback" not in result.stderr.partition("The course could not")[2]


# Which Python


def other_pythons() -> list[str]:
    """Pythons older than the course needs that really run on this machine."""
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep)]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders += sorted(versions.glob("*/bin")) if versions.is_dir() else []
    found = []
    for folder in folders:
        for name in ("python2.7", "python3.6", "python3.8", "python3.10"):
            file = folder / name
            if file.is_file() and subprocess.run([file, "-V"], capture_output=True).returncode == 0:
                found.append(str(file))
    return found


@pytest.mark.parametrize("python", other_pythons() or [None])
def test_old_python_says_so(project, tmp_path, python):
    """Run for real with old Pythons, where there is no other one to be found."""
    if python is None:
        pytest.skip("no Python older than 3.11 on this machine; simulated below")
    empty = tmp_path / "empty"
    empty.mkdir()
    result = subprocess.run(
        [python, str(project / "tools" / "course.py"), "lab"],
        env=os.environ | {"PATH": str(empty)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "The course needs Python 3.11 to 3.13" in result.stderr
    assert "What to do:" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("python", other_pythons() or [None])
def test_old_python_hands_over_to_a_new_one(project, tmp_path, python):
    if python is None:
        pytest.skip("no Python older than 3.11 on this machine; simulated below")
    folder = tmp_path / "pythons"
    folder.mkdir()
    broken = folder / "python3.13"
    broken.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    broken.chmod(0o755)
    working = folder / f"python{INTERPRETER}"
    if working.exists():
        working.unlink()
    working.symlink_to(sys.executable)
    result = subprocess.run(
        [python, str(project / "tools" / "course.py"), "lab", "--dry-run"],
        env=os.environ | {"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "-m jupyterlab" in result.stdout


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """No other Python is to be found."""
    monkeypatch.setattr(course, "ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 1), (3, 10, 0)])
def test_old_python_simulated(monkeypatch, capsys, alone, version):
    monkeypatch.setattr(course.sys, "version_info", version)
    assert course.main(["lab"]) == 1
    assert "This is Python {}.{}. The course needs".format(*version[:2]) in capsys.readouterr().err


def test_newer_python_than_tested_is_tried(monkeypatch, capsys, alone):
    monkeypatch.setattr(course.sys, "version_info", (3, 14, 0))
    assert course.main(["lab", "--dry-run"]) == 0
    assert "tested with 3.11 to 3.13" in capsys.readouterr().out


def test_missing_ensurepip_is_told_before_anything_is_made(monkeypatch, capsys, alone):
    monkeypatch.setattr(course, "can_make_environments", lambda: False)
    assert course.main(["lab"]) == 1
    assert f"apt install python{INTERPRETER}-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("system", "words"),
    [("linux", "sudo apt install"), ("darwin", "brew install"), ("win32", "python.org")],
)
def test_advice_fits_the_system(system, words):
    assert words in course.advice((3, 9), system)
