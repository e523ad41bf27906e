"""The course's commands: ``python tools/course.py lab`` (on Windows ``py tools/course.py lab``).

This file runs on any Python from 2.7 on, so that it can say that a Python is too old. It finds one
that fits and hands over to main.py; all other files in this folder are written for that one.
"""

from __future__ import print_function

import os
import subprocess
import sys

# The Pythons that the course is tested with. The first is `requires-python` of pyproject.toml.
OLDEST = (3, 11)
NEWEST = (3, 13)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
# What a Python must be able to do to make the course's environment.
TRIAL = "import sys, venv, ensurepip; sys.stdout.write('%d.%d' % sys.version_info[:2])"


def version_of(command):
    """The (major, minor) of a Python that really runs and can make environments; None of any other.

    A file on PATH proves nothing: pyenv's stand-ins exist for versions that are not switched on.
    """
    try:
        process = subprocess.Popen(
            command + ["-c", TRIAL], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        output = process.communicate()[0].decode("ascii", "replace")
        major, minor = output.split(".")
        return (int(major), int(minor)) if process.returncode == 0 else None
    except (OSError, ValueError):
        return None


def candidates(path=None):
    """Commands that may start a fitting Python: the course's own environment, then newest first."""
    yield [os.path.join(ROOT, ".venv", "bin", "python")]
    yield [os.path.join(ROOT, ".venv", "Scripts", "python.exe")]
    folders = (os.environ.get("PATH", "") if path is None else path).split(os.pathsep)
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        for folder in folders:
            for name in ("python3.%d" % minor, "python3.%d.exe" % minor):
                if folder and os.path.isfile(os.path.join(folder, name)):
                    yield [os.path.join(folder, name)]
        if os.name == "nt":
            yield ["py", "-3.%d" % minor]


def fitting_python(path=None):
    """The first candidate between OLDEST and NEWEST that works, or None."""
    for command in candidates(path):
        version = version_of(command)
        if version is not None and OLDEST <= version <= NEWEST:
            return command
    return None


def advice(version, system=None):
    """What to tell somebody whose Python cannot be used and who has no other."""
    system = system or sys.platform
    text = (
        "This is Python %d.%d. The course needs Python %d.%d to %d.%d, and none was found here.\n"
        % (version[:2] + OLDEST + NEWEST)
    )
    if system.startswith("win"):
        how = "  Install Python 3.12 from https://www.python.org/downloads/ (tick 'Add to PATH')"
    elif system == "darwin":
        how = "  brew install python@3.12   (or the installer of https://www.python.org/downloads/)"
    else:
        how = (
            "  Debian, Ubuntu:  sudo apt install python3 python3-venv   (if it is %d.%d or newer)\n"
            "  Fedora:          sudo dnf install python3.12\n"
            "  any system:      https://www.python.org/downloads/, or conda with environment.yml"
            % OLDEST
        )
    return text + "What to do:\n" + how + "\nThen give the same command again."


def no_ensurepip(version):
    """What to tell somebody whose Python came without the parts that make environments."""
    return (
        "This Python %d.%d cannot make environments: its 'venv' and 'ensurepip' are missing.\n"
        "What to do:\n"
        "  Debian, Ubuntu:  sudo apt install python%d.%d-venv\n"
        "  any system:      install Python from https://www.python.org/downloads/\n"
        "Then give the same command again." % (version[:2] + version[:2])
    )


def can_make_environments():
    """True if this Python has what TRIAL asks for (Debian ships it in a package of its own)."""
    try:
        __import__("ensurepip")
        __import__("venv")
    except ImportError:
        return False
    return True


def main(arguments):
    """Runs the command with a Python that fits; returns the exit code."""
    version = tuple(sys.version_info[:2])
    able = can_make_environments()
    if not (OLDEST <= version <= NEWEST and able):
        other = fitting_python()
        if other is not None:
            try:
                return subprocess.call(other + [os.path.abspath(__file__)] + arguments)
            except KeyboardInterrupt:
                return 130
        if version < OLDEST:
            print(advice(version), file=sys.stderr)
            return 1
        if not able:
            print(no_ensurepip(version), file=sys.stderr)
            return 1
        # Newer than tested and nothing else here: perhaps TensorFlow has caught up. Try.
        print(
            "This is Python %d.%d; the course was tested with %d.%d to %d.%d. Trying all the same."
            % (version + OLDEST + NEWEST)
        )
    from tools.commands import main

    return main.main(arguments)


if __name__ == "__main__":
    sys.path[0] = ROOT  # where the package `tools` lies; Python put this folder there
    sys.exit(main(sys.argv[1:]))
