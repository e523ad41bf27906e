"""Configuration of nbgrader for this course; INSTRUCTORS.md explains its use."""

import sys
from pathlib import Path

# get_config is given by whoever loads this file.
c = get_config()  # noqa: F821

ROOT = Path(__file__).resolve().parent if "__file__" in globals() else Path.cwd()
sys.path.append(str(ROOT))  # nbgrader is a program of its own, which starts anywhere
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor  # noqa: E402
from nbgrader import preprocessors as steps  # noqa: E402
from nbgrader.converters import Autograde  # noqa: E402

from tools.notebooks.exercises import SAVING  # noqa: E402
from tools.teaching import class_file, execution, feedback, late, output_size, scoring  # noqa: E402

OF_CLASS = class_file.load(ROOT)
c.ClassNumber.number, c.HiddenTests.seed = OF_CLASS.number, OF_CLASS.seed
c.ModelAnswers.enabled = c.ForStudents.model_answers = OF_CLASS.model_answers
c.AssignLatePenalties.plugin_class, c.Penalty.rule = late.Penalty, OF_CLASS.late

c.GenerateAssignment.preprocessors = SAVING
OURS = {
    steps.Execute: [execution.Execute],
    steps.LimitOutput: [steps.LimitOutput, output_size.LimitSize],
    steps.SaveAutoGrades: [scoring.SaveAutoGrades],
}
c.Autograde.autograde_preprocessors = [
    ours for step in Autograde.autograde_preprocessors.default() for ours in OURS.get(step, [step])
]
c.GenerateFeedback.exporter_class = feedback.Page
c.GenerateFeedback.preprocessors = [feedback.GetGrades, CSSHTMLHeaderPreprocessor]
c.Page.template_name = "course_feedback"
c.Page.extra_template_basedirs = [str(feedback.TEMPLATES)]
c.ExportApp.plugin_class = "tools.teaching.grades_csv.Export"

c.CourseDirectory.course_id = "gan-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "build/release"  # exercises/ is made by our command alone
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "runs"]

c.ClearSolutions.code_stub = {"python": "# Your code\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "Your answer."

# A check stops an answer after its own limit, 20 seconds mostly. This is for what it cannot stop.
c.Execute.timeout = 300
c.Execute.error_on_timeout = {
    "ename": "CellTimeoutError",
    "evalue": "stopped after 300 seconds",
    "traceback": ["This cell was stopped after 300 seconds."],
}
# Of a kernel that neither works nor answers.
c.Execute.iopub_timeout = 30
