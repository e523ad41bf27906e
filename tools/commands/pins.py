"""Writes constraints.txt: the versions installed here of all that the course needs, and of nothing
else.

Run it with the Python of an environment in which all tests pass (CONTRIBUTING.md, "Versions"):
``.venv-latest/bin/python -m tools.commands.pins``
"""

import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT

HEAD = """\
# The versions that the course was last tested with; tools/course.py and environment.yml use them.
# They fit Python 3.11, 3.12 and 3.13. How to renew them: CONTRIBUTING.md, "Versions".
"""


def direct(pyproject: Path = ROOT / "pyproject.toml") -> list[Requirement]:
    """What pyproject.toml asks for, with all extras."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(text) for texts in (project["dependencies"], *extras) for text in texts]


def pins(wanted: list[Requirement]) -> list[str]:
    """`name==version` of these packages and of all that they need on this system, by name."""
    waiting, seen, lines = list(wanted), set(), {}
    while waiting:
        package = waiting.pop()
        name = canonicalize_name(package.name)
        if (name, frozenset(package.extras)) in seen:
            continue
        seen.add((name, frozenset(package.extras)))
        installed = distribution(package.name)
        lines[name] = f"{installed.name}=={installed.version}"
        for text in installed.requires or []:
            needed = Requirement(text)
            extras = package.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
    return [lines[name] for name in sorted(lines)]


def main() -> int:
    """Writes the file."""
    lines = pins(direct())
    (ROOT / "constraints.txt").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(lines)} packages, from Python {sys.version.split()[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
