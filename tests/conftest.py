"""What holds for all tests, also when pytest is called directly."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Before anything imports Keras or TensorFlow; kernels that run notebooks inherit it.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GANLIB_BUDGET", "smoke")
os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
# What hypothesis notes down goes where all that is made goes.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(ROOT / "build" / "hypothesis"))


@pytest.fixture(autouse=True)
def no_windows(monkeypatch):
    """Figures of a test open no window. Set for the test alone: notebooks choose for themselves."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
