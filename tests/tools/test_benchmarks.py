"""The benchmarks that need no quiet machine: their tables are those published, their sums are
right.
"""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def test_the_published_tables_of_the_recipes_are_those_of_the_records():
    script = runpy.run_path(FOLDER / "recipe_comparison.py")
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for minutes in script["MOMENTS"]:
        assert f"After {minutes} minutes:\n\n{script['table'](minutes)}\n" in text


@pytest.mark.slow
def test_the_profile_accounts_for_the_whole_step():
    command = [sys.executable, FOLDER / "step_profile.py", "--rounds", "1", "--batch-size", "16"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    rows = re.findall(r"^\| ([a-zA-Z].*?) \| (\d+)% \| (\d+)% \|$", shown.stdout, re.MULTILINE)
    shares = {name: (int(one), int(other)) for name, one, other in rows}
    for precision in (0, 1):
        whole = sum(pair[precision] for pair in shares.values())
        assert abs(whole - 100) <= len(shares) / 2  # each is rounded
        for name in ("products of convolutions and dense layers", "batch norm", "dropout", "Adam"):
            assert shares[name][precision] > 0, name
        assert shares["between the operations"][precision] < 50, "the trace lost operations"
