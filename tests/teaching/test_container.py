"""The recipe for a grading container names what is there; INSTRUCTORS.md says how it is run."""

import importlib.util
import json
import re

from tools import ROOT
from tools.course import OLDEST

RECIPE = (ROOT / "tools" / "teaching" / "Containerfile").read_text(encoding="utf-8")


def test_what_it_copies_is_there():
    for line in re.findall(r"^COPY (.+)$", RECIPE, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name


def test_it_runs_our_command_on_a_python_of_the_course():
    (command,) = re.findall(r"^ENTRYPOINT (.+)$", RECIPE, re.MULTILINE)
    python, option, module = json.loads(command)
    assert (python, option) == ("python", "-m")
    assert importlib.util.find_spec(module)
    assert f"FROM docker.io/library/python:{OLDEST[0]}.{OLDEST[1]}-slim" in RECIPE


def test_the_guide_runs_it_without_a_network():
    guide = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    assert "-f tools/teaching/Containerfile ." in guide
    assert "podman run --rm --network none --memory" in guide
