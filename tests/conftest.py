"""What holds for all tests, also when pytest is called directly."""

import os
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


@pytest.fixture(autouse=True)
def no_windows(monkeypatch):
    """Figures of a test open no window. Set for the test alone: notebooks choose for themselves."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
