"""What can go wrong while the course is set up: every failure says what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT
from tools.commands import environment as setting
from tools.commands import main
from tools.commands.environment import Environment, set_up
from tools.commands.problems import SetupError, explain

INTERPRETER = f"{sys.version_info[0]}.{sys.version_info[1]}"
NO_NETWORK = (
    "2026-01-01 WARNING: Retrying after connection broken by 'NewConnectionError("
    "'Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
    "2026-01-01 ERROR: Could not find a version that satisfies the requirement setuptools>=77\n"
    "2026-01-01 ERROR: No matching distribution found for setuptools>=77\n"
)
DISK_FULL = (
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
)


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
