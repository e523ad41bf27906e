"""Which Python the commands take, and what they say where none fits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import course

INTERPRETER = f"{sys.version_info[0]}.{sys.version_info[1]}"


def other_pythons() -> list[str]:
    """Pythons older than the course needs that really run on this machine."""
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep)]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders += sorted(versions.glob("*/bin")) if versions.is_dir() else []
    pythons = []
    for folder in folders:
        for name in ("python2.7", "python3.6", "python3.8", "python3.10"):
            file = folder / name
            if file.is_file() and subprocess.run([file, "-V"], capture_output=True).returncode == 0:
                pythons.append(str(file))
    return pythons


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
