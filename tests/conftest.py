"""What holds for all tests, also when pytest is called directly."""

import os

import pytest

# Before anything imports Keras or TensorFlow; kernels that run notebooks inherit it.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GANLIB_BUDGET", "smoke")
os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")


@pytest.fixture(autouse=True)
def no_windows(monkeypatch):
    """Figures of a test open no window. Set for the test alone: notebooks choose for themselves."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
