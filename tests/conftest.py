"""What holds for all tests, also when pytest is called directly."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Before anything imports Keras or TensorFlow; kernels that run notebooks inherit it.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GANLIB_BUDGET", "smoke")
os.environ.setdefault("GANLIB_ASSERT", "1")  # a reader is only told where a number differs
os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
# Servers that tests start here are not behind the network's proxy, if there is one.
for name in ("no_proxy", "NO_PROXY"):
    os.environ[name] = ",".join(filter(None, [os.environ.get(name), "localhost,127.0.0.1"]))
# What hypothesis notes down goes where all that is made goes.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / "build" / "hypothesis"))


@pytest.fixture(scope="session")
def built_site(tmp_path_factory):
    """The folder of the reading site, built afresh."""
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "tools.publishing.build_site", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert built.stderr == ""
    return folder


def pytest_collection_modifyitems(items):
    """nbval would wait five seconds for a busy machine's kernel to say that a cell is over."""
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = 120


@pytest.fixture(autouse=True)
def no_windows(monkeypatch):
    """Figures of a test open no window. Set for the test alone: notebooks choose for themselves."""
    monkeypatch.setenv("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
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
