"""The commands: each by its name with make and without, what it starts, and with what around it."""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tools import ROOT
from tools.commands import main
from tools.commands.environment import Environment

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


# What make hands down to a make inside it, which would then name its directory and use the outer
# one's options: these tests run under `make test` too.
HANDED_DOWN = (
    *("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"),
    *("ARGS", "CSV", "EXERCISE", "LATEST", "LESSON", "NUMBER", "ZIP"),
)


def run(*command: str) -> subprocess.CompletedProcess:
    """A command of the course, run as from a fresh terminal."""
    environment = {name: value for name, value in os.environ.items() if name not in HANDED_DOWN}
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600, env=environment
    )


def said(*command: str) -> str:
    """What a command of the course prints."""
    done = run(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_inside_make_says_the_same(monkeypatch):
    monkeypatch.setenv("MAKELEVEL", "1")
    monkeypatch.setenv("MAKEFLAGS", "w -- LESSON=07")
    test_make_passes_on_what_it_is_told()
    test_make_runs_every_command("test")


def test_help_names_every_command_with_make_and_without():
    without = said(sys.executable, "tools/course.py")
    for name in main.COMMANDS:
        assert re.search(rf"^    {name}\s+\S.* \S", without, re.MULTILINE), name
    if shutil.which("make"):
        assert said("make", f"PYTHON={sys.executable}") == without
        assert said("make", "help", f"PYTHON={sys.executable}") == without


@pytest.mark.parametrize(("codes", "whole"), [((0, 0), 0), ((-9, 0), -9), ((0, 2), 2)])
def test_a_benchmark_that_fails_or_is_killed_fails_the_command(codes, whole, monkeypatch):
    left = list(codes)
    monkeypatch.setattr(main, "run", lambda *_: left.pop(0))
    assert main.COMMANDS["bench"](Environment(main.ROOT), False, ["scoring", "pipeline"]) == whole


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_make_runs_every_command(name):
    shown = said("make", name, "ARGS=--dry-run", f"PYTHON={sys.executable}")
    assert shown == said(sys.executable, "tools/course.py", name, "--dry-run")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_passes_on_what_it_is_told():
    options = ["LESSON=07", "LATEST=1", "ARGS=--dry-run --again", f"PYTHON={sys.executable}"]
    shown = said("make", "lessons", *options)
    assert ".venv-latest" in shown and shown.rstrip().endswith("run_lessons 07 --again")
    wrong = run("make", "tset", f"PYTHON={sys.executable}")
    assert wrong.returncode != 0 and "invalid choice: 'tset'" in wrong.stderr


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


def fetched(url: str, seconds: float = 120) -> str:
    """What a local server answers, which may still be starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                return answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
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
    patience = threading.Timer(180, server.kill)  # a server that says nothing ends the wait
    patience.start()
    try:
        said = ""
        while not (address := re.search(r"http://127\S+/lab\S*", said)):
            line = server.stdout.readline()
            assert line, f"JupyterLab did not say within 180 s where it is, but:\n{said}"
            said += line
        page = address[0].partition("?")[0]
        assert page.endswith(f"/lab/tree/{main.FIRST_LESSON}")
        assert "jupyter-config-data" in fetched(f"{page}?token=t")
        contents = json.loads(fetched(page.replace("/lab/tree/", "/api/contents/") + "?token=t"))
        assert contents["type"] == "notebook"
    finally:
        patience.cancel()
        server.terminate()
        server.communicate(timeout=120)
