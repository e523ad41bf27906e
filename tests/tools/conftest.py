"""A copy of what the set-up reads, and the slow parts of a set-up played."""

import shutil
from pathlib import Path

import pytest

from tools import ROOT
from tools.commands import environment as setting
from tools.commands.environment import Environment


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
