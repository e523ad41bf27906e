"""What a student's machine wrote below the set-up cell says whether it is ready."""

import zipfile

import nbformat
import pytest
from course_folder import NAME
from nbformat.v4 import new_output

from tools import ROOT
from tools.teaching.ready import main, state_of


def exercise(*outputs):
    notebook = nbformat.read(ROOT / "exercises" / NAME / f"{NAME}.ipynb", 4)
    next(cell for cell in notebook.cells if cell.id == "setup").outputs = list(outputs)
    return notebook


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


READY = printed("Lesson 02 · Tesla T4 · float16 · budget: gpu\n")
FAILED = new_output(
    "error", ename="ModuleNotFoundError", evalue="No module named 'ganlib'", traceback=[]
)


@pytest.mark.parametrize(
    ("outputs", "ready", "said"),
    [
        ([READY], True, "Tesla T4 · float16 · budget: gpu"),
        ([printed("Collecting …\n"), READY], True, "Tesla T4"),
        ([FAILED], False, "ModuleNotFoundError: No module named 'ganlib'"),
        ([READY, FAILED], False, "ModuleNotFoundError"),
        ([], False, "was not run"),
        ([printed("WARNING", "stderr")], False, "was not run, or the notebook was saved"),
    ],
)
def test_what_the_set_up_cell_showed(outputs, ready, said):
    assert state_of(exercise(*outputs))[0] is ready
    assert said in state_of(exercise(*outputs))[1]


def test_the_exercise_as_it_is_handed_out_is_not_ready():
    assert state_of(exercise())[0] is False


def test_a_class_is_listed(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for who, content in (
            ("Ana_1", nbformat.writes(exercise(READY))),
            ("Ben_2", nbformat.writes(exercise(FAILED))),
            ("Cem_3", "{"),
        ):
            archive.writestr(f"{who}_assignsubmission_file_/x.ipynb", content)
        archive.writestr("Dan_4_assignsubmission_file_/photo.png", b"")
    assert main([str(tmp_path / "a.zip")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✓ Ana_1") and lines[0].endswith("budget: gpu")
    assert lines[1].startswith("✗ Ben_2") and "No module named" in lines[1]
    assert lines[2].startswith("✗ Cem_3") and "cannot be read as a notebook" in lines[2]
    assert lines[3].startswith("✗ Dan_4") and "photo.png" in lines[3]
    assert lines[4] == "1 of 4 are ready."
    assert main([str(tmp_path / "none.zip")]) == 1
