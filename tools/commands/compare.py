"""Compares what the course computes with libraries that others wrote: runs tests/compare.

python tools/course.py test-compare                  all of it
python tools/course.py test-compare -k precision     options go on to pytest

Those libraries serve these tests alone, and not each of them agrees with the versions that the
course pins. So the packages of compare-versions.txt lie in a folder of their own, which these tests
look into before they look into the environment. It is made anew when that list has changed.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tools import ROOT
from tools.commands.environment import clean_variables
from tools.commands.main import COMPARE_TESTS
from tools.commands.problems import SetupError, explain

VERSIONS = Path(__file__).with_name("compare-versions.txt")

FOLDER = ROOT / "build" / "compare"
LOG = ROOT / "build" / "compare-setup.log"


def wanted() -> str:
    """What the folder is made from: the list, and the Python that its packages are built for."""
    return f"# Python {sys.version_info[0]}.{sys.version_info[1]}\n{VERSIONS.read_text('utf-8')}"


def prepare(folder: Path = FOLDER, log: Path = LOG) -> bool:
    """Fills the folder with the packages; returns False if they were there.

    Raises:
        SetupError: with what is wrong and what to do.
    """
    whole = folder / "installed.txt"  # written last, so a set-up that was cut short begins again
    if whole.is_file() and whole.read_text("utf-8") == wanted():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("", encoding="utf-8")
    print(f"Installing the libraries to compare with in {folder}", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--log", str(log), "--no-deps"]
    command += ["--target", str(folder), "-r", str(VERSIONS)]
    returncode = subprocess.run(command, cwd=ROOT, env=clean_variables(), check=False).returncode
    if returncode != 0:
        said = log.read_text("utf-8", errors="replace")
        raise explain(said, returncode, ROOT, platform.python_version(), log)
    whole.write_text(wanted(), encoding="utf-8")
    return True


def main(arguments: list[str]) -> int:
    """Runs the tests; returns pytest's exit code, or 1 if the libraries cannot be had."""
    try:
        prepare()
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "pytest", COMPARE_TESTS, *arguments]
    values = os.environ | {"PYTHONPATH": str(FOLDER)}
    return subprocess.run(command, cwd=ROOT, env=values, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
