"""Configuration of nbgrader for this course; INSTRUCTORS.md explains its use."""

import sys
from contextlib import suppress
from pathlib import Path

# get_config is given by whoever loads this file.
c = get_config()  # noqa: F821

ROOT = Path(__file__).resolve().parent if "__file__" in globals() else Path.cwd()
sys.path.append(str(ROOT))  # nbgrader is a program of its own, which starts anywhere
from tools.notebooks.exercises import STEPS, SaveCells  # noqa: E402

# Ours, then nbgrader's own; what was locked goes into the gradebook before hidden tests are taken
# away.
position = [step.__name__ for step in STEPS].index("ClearHiddenTests")
c.GenerateAssignment.preprocessors = [*STEPS[:position], SaveCells, *STEPS[position:]]

c.CourseDirectory.course_id = "gan-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "runs"]

c.ClearSolutions.code_stub = {"python": "# Your code\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "Your answer."

if "autograde" in sys.argv:  # kernels inherit it; not on Windows
    with suppress(ImportError, ValueError):
        import resource

        gigabytes = 8
        resource.setrlimit(resource.RLIMIT_DATA, (gigabytes << 30, gigabytes << 30))

# A check stops an answer after its own limit, 20 seconds mostly. This is for what it cannot stop.
c.Execute.timeout = 300
c.Execute.error_on_timeout = {
    "ename": "CellTimeoutError",
    "evalue": "stopped after 300 seconds",
    "traceback": ["This cell was stopped after 300 seconds."],
}
