"""The package as it is installed: a cheap import, and all of ganlib in the wheel."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tools import ROOT


def test_import_is_cheap():
    """`import ganlib` takes at most 0.1 s and loads neither TensorFlow nor Matplotlib."""
    code = "import ganlib, sys; dir(ganlib); print(*(name.split('.')[0] for name in sys.modules))"
    seconds = []
    for _ in range(5):
        result = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = set(result.stdout.split())
        assert "ganlib" in loaded
        assert not loaded & {"tensorflow", "keras", "matplotlib", "numpy", "scipy", "ipywidgets"}
        line = next(line for line in result.stderr.splitlines() if line.endswith("| ganlib"))
        seconds.append(int(line.split("|")[1]) / 1e6)
    assert sorted(seconds)[2] <= 0.1


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The package as `pip install` from the repository would build it, made without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(
        ROOT / "ganlib", folder / "ganlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "notebooks").mkdir()
    code = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next((folder / "dist").glob("*.whl")))


@pytest.mark.slow
def test_wheel_holds_all_of_ganlib_and_nothing_else(wheel):
    """On Colab there is nothing but the wheel."""
    packed = set(wheel.namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "ganlib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= packed, f"missing in the wheel: {sorted(here - packed)}"
    others = {name for name in packed - here if ".dist-info/" not in name}
    assert not others
    assert {"LICENSE", "LICENSE-CONTENT"} <= {name.rpartition("/")[2] for name in packed}


@pytest.mark.slow
def test_wheel_holds_trained_weights(wheel):
    """The first lesson draws with them, offline."""
    packed = {name for name in wheel.namelist() if name.startswith("ganlib/zoo/")}
    for name in ("dcgan-cifar10", "classifier-cifar10"):
        assert {f"ganlib/zoo/{name}.npz", f"ganlib/zoo/{name}.json"} <= packed
