"""The libraries to compare with lie in a folder that `make test-compare` makes and looks into."""

import importlib
import warnings
from importlib.util import find_spec

LIBRARIES = ("art", "dp_accounting", "sklearn", "trimesh")
MISSING = [name for name in LIBRARIES if find_spec(name) is None]
# Without them nothing is collected, and pytest ends with an error if it was asked for these alone.
collect_ignore_glob = ["test_*.py"] if MISSING else []

if not MISSING:
    with warnings.catch_warnings():  # what they import may be on its way out: not our affair
        warnings.simplefilter("ignore")
        for name in LIBRARIES:
            importlib.import_module(name)


def pytest_report_header() -> list[str]:
    if not MISSING:
        return []
    return [f"tests/compare lacks {', '.join(MISSING)}: run python tools/course.py test-compare"]
