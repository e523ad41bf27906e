"""`make test-compare` installs what its list says, once, and says what went wrong."""

import subprocess
import sys

import pytest

from tools.commands import compare, main
from tools.commands.problems import SetupError


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A folder to fill, the calls of pip, and what pip writes and returns."""
    versions = tmp_path / "versions.txt"
    versions.write_text("one==1.0\n", encoding="utf-8")
    monkeypatch.setattr(compare, "VERSIONS", versions)
    calls, answer = [], {"returncode": 0, "said": ""}

    def run(command, **_):
        calls.append(command)
        log = tmp_path / "setup.log"
        log.write_text(answer["said"], encoding="utf-8")
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        (folder / "one.py").write_text("")
        return subprocess.CompletedProcess(command, answer["returncode"])

    monkeypatch.setattr(compare.subprocess, "run", run)

    def prepare() -> bool:
        return compare.prepare(tmp_path / "packages", tmp_path / "setup.log")

    return tmp_path, calls, answer, prepare


def test_it_installs_once_and_again_when_the_list_has_changed(stage):
    folder, calls, _, prepare = stage
    assert prepare() and not prepare() and len(calls) == 1
    assert calls[0][:4] == [sys.executable, "-m", "pip", "install"]
    assert calls[0][-4:] == [
        *("--target", str(folder / "packages")),
        *("-r", str(folder / "versions.txt")),
    ]
    (folder / "packages" / "old.py").write_text("")
    (folder / "versions.txt").write_text("one==1.1\n", encoding="utf-8")
    assert prepare() and not (folder / "packages" / "old.py").exists()


def test_a_set_up_that_failed_says_why_and_begins_again(stage):
    _, calls, answer, prepare = stage
    answer |= {"returncode": 1, "said": "ERROR: [Errno 28] No space left on device"}
    for _ in range(2):
        with pytest.raises(SetupError, match="The disk became full"):
            prepare()
    answer["returncode"] = 0
    assert prepare() and len(calls) == 3


def test_make_test_leaves_these_tests_out(capsys):
    for command in ("test", "quick"):
        assert main.main([command, "--dry-run"]) == 0
        assert f"--ignore={main.COMPARE_TESTS} " in capsys.readouterr().out


def test_its_own_command_asks_for_them(monkeypatch):
    commands = []
    monkeypatch.setattr(compare, "prepare", lambda: False)
    monkeypatch.setattr(
        compare.subprocess,
        "run",
        lambda command, **more: (
            commands.append((command, more["env"]["PYTHONPATH"]))
            or subprocess.CompletedProcess(command, 5)
        ),
    )
    assert compare.main(["-k", "frechet"]) == 5, "pytest's own code, also of no tests"
    assert commands == [
        (
            [sys.executable, "-m", "pytest", main.COMPARE_TESTS, "-k", "frechet"],
            str(compare.FOLDER),
        )
    ]
