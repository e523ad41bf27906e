"""What can go wrong while the course is set up, recognised in what pip says, and what to do about
it.
"""

import platform
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

AGAIN = "Then give the same command again; it goes on from there."


class SetupError(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, problem: str, remedy: str, intact: bool = False):
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.intact = intact

    def __str__(self):
        lines = "\n".join("  " + line for line in self.remedy.splitlines())
        return f"The course could not be set up. {self.problem}.\nWhat to do:\n{lines}"


@dataclass(frozen=True)
class PipProblem:
    """What pip writes when something goes wrong, what that means, and what to do about it."""

    pattern: str
    problem: str
    remedy: str
    intact: bool = False  # pip found out before it changed anything


# The first one that fits a line of pip's log wins.
PIP_PROBLEMS = [
    PipProblem(
        r"No space left on device|Errno 28\b|not enough space on the disk|WinError 112"
        r"|quota exceeded|Errno 122\b",
        "The disk became full",
        "Free about 4 GB where the course lies and 2 GB in the folder for temporary files"
        " ({temporary}).\nAnother folder for those: set TMPDIR (on Windows TEMP).",
    ),
    PipProblem(
        r"Long ?Path",
        "A path became too long for Windows",
        "Move the course to a short path such as C:\\gan-course, or allow long paths:\n"
        "https://pip.pypa.io/warnings/enable-long-paths",
    ),
    PipProblem(
        r"Read-only file system|Errno 30\b|Permission denied|Errno 13\b|Access is denied"
        r"|WinError 5\b|WinError 32\b",
        "A file could not be written",
        "Check that you may write in {root}.\n"
        "Close JupyterLab and other programs that use the course.",
    ),
    PipProblem(
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed",
        "The connection to the package index is not trusted",
        "In the network of a company or school, ask for its certificate: set PIP_CERT=FILE.\n"
        "Check the date and the time of this computer too.",
        intact=True,
    ),
    PipProblem(
        r"ProxyError|Proxy Authentication|\b407\b",
        "The network's proxy refused the connection to the package index",
        "Set the environment variable HTTPS_PROXY as your network asks for.",
        intact=True,
    ),
    PipProblem(
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|[nN]ame ?[rR]esolution"
        r"|getaddrinfo failed|Connection (?:refused|reset|aborted|broken)|IncompleteRead"
        r"|Network is unreachable|ConnectionError|Max retries exceeded|DO NOT MATCH THE HASHES"
        r"|requirement setuptools\S* \(from versions: none\)",
        "The package index could not be reached, or the connection broke off",
        "Connect this computer to the network. Finished downloads are kept for the next try.\n"
        "Behind a proxy, set HTTPS_PROXY; for a mirror of the index, set PIP_INDEX_URL.",
        intact=True,
    ),
    PipProblem(
        r"No matching distribution found for tensorflow",
        "There is no TensorFlow for this Python on this system ({system}, Python {python})",
        "TensorFlow exists for 64-bit Python 3.11 to 3.13 on Linux (glibc), on Windows and on\n"
        "Macs with Apple silicon. Install such a Python, or open the lessons in Colab.",
        intact=True,
    ),
    PipProblem(
        r"ResolutionImpossible|conflicting dependencies|No matching distribution found",
        "No set of packages fits together on this system ({system}, Python {python})",
        "Use Python 3.11, 3.12 or 3.13. Or take the newest packages in place of the tested\n"
        "ones: give the same command with --latest.",
        intact=True,
    ),
]


def explain(log: str, returncode: int, root: Path, python: str, log_file: Path) -> SetupError:
    """What went wrong, read from what pip wrote and how it ended."""
    telling = [
        line
        for line in log.splitlines()
        if re.search(r"ERROR|WARNING|Error\b|Errno|HINT|THESE", line)
    ]
    facts = {
        "temporary": tempfile.gettempdir(),
        "root": root,
        "system": f"{platform.system()} {platform.machine()}",
        "python": python,
    }
    for known in PIP_PROBLEMS:
        if any(re.search(known.pattern, line) for line in telling):
            remedy = known.remedy.format(**facts)
            return SetupError(known.problem.format(**facts), f"{remedy}\n{AGAIN}", known.intact)
    if returncode in (-9, 137):
        return SetupError(
            "pip was stopped by the system, most likely for want of memory", f"Free memory. {AGAIN}"
        )
    last = (
        "\n".join(line.strip()[:200] for line in telling[-3:])
        or f"pip ended with code {returncode}."
    )
    return SetupError("pip failed", f"{last}\nAll it said is in {log_file}.")
