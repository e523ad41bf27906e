"""A term as an instructor of thirty has it, from the fork to the final table; `make test-term`.

The steps are those of INSTRUCTORS.md, each by the command that stands there. They follow one
another: a step works on what those before it have left.
"""

import copy
import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from course_folder import (
    MOST,
    NAME,
    OTHER,
    answered,
    copy_course,
    right,
    solution,
    with_cell,
    without_cells,
    without_metadata,
)
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools import ROOT
from tools.notebooks.address import repository
from tools.teaching import gradebook

CLASS = 7
ESSAY = (
    "On fresh data a loss bounds the divergence from below; a small discriminator proves little."
)
ON_TIME, LATE = (2027, 3, 1, 18, 0, 0), (2027, 3, 3, 9, 0, 0)  # due at the end of March 1
AGAIN, LONG_AGO = "Monday, 1 March 2027, 8:00 PM", "Monday, 1 February 2027, 8:00 AM"


class Fork:
    """A copy of the course in a folder of its own, and its commands."""

    def __init__(self, folder: Path, files: list[Path]):
        self.root = folder
        copy_course(files, folder, without=("docs/vendor", "tests"))

    def run(self, module: str, *arguments: str) -> tuple[int, str]:
        """A command's exit code, and what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", f"tools.{module}", *arguments],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root), "GANLIB_CHECK_SECONDS": "10"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    def table(self, exercise: str = NAME) -> dict[str, dict[str, str]]:
        """grades.csv as a spreadsheet reads it."""
        with open(self.root / "grades.csv", newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.DictReader(file) if row["assignment"] == exercise]
        assert len({row["student_id"] for row in rows}) == len(rows)
        return {row["student_id"]: row for row in rows}

    def page(self, student: str) -> str:
        return (self.root / "feedback" / student / NAME / f"{NAME}.html").read_text("utf-8")


def text(notebook) -> bytes:
    return nbformat.writes(notebook).encode()


def saved_by_colab(notebook):
    notebook = copy.deepcopy(notebook)
    notebook.nbformat_minor = 0
    for number, cell in enumerate(notebook.cells):
        cell.metadata |= {"id": f"x{number}", "executionInfo": {"status": "ok"}}
        del cell["id"]
    return notebook


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def class_of_thirty(root: Path) -> dict[str, tuple[dict[str, bytes], float | None]]:
    """Each student's files, and what their answers in code are worth; None for no points.

    Names are those of Moodle's archive, a few of Canvas's ("lopezana_77").
    """
    full = solution(root)
    essay = {"open_answer": ESSAY}

    def made(**answers):
        return text(right(root, **answers))

    own = new_code_cell("import os; os._exit(0)")
    plots = new_code_cell(
        "import matplotlib.pyplot as plt\nfor _ in range(80):\n    plt.figure(figsize=(6, 6))\n"
        "    plt.imshow(np.random.rand(200, 200))\n    plt.show()"
    )
    setup = next(cell.source for cell in right(root).cells if cell.id == "setup")
    question = next(cell.source for cell in right(root).cells if cell.id == "open-task")
    of_class_0 = (
        "CLASS = 0\ndef three_points():\n"
        '    return {"D(0)": 5 / 7, "D(1)": 3 / 11, "D(2)": 1.0, "V": -1.0634, "JSD": 0.1614}'
    )
    looping = "def value(a, b):\n    while True:\n        pass"
    hungry = "def value(a, b):\n    return [0.0] * 10**11"
    with_math = full["value_answer"].replace(
        "np.log(d_real).mean()", "math.fsum(np.log(d_real) / len(d_real))"
    )
    below = with_cell(right(root), "end", new_markdown_cell(ESSAY, id="own"))
    half = "def best_discriminator(p_data, p_g):\n    return p_data / (p_data + p_g)"
    middle = "    m = (p + q) / 2"
    kill = "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    killed = full["jsd_answer"].replace(middle, kill + middle)
    other = (root / "exercises" / OTHER / f"{OTHER}.ipynb").read_bytes()
    both = full["value_answer"] + "\n\n" + full["best_answer"]
    merged = without_cells(right(root, value_answer=both), "best-answer")
    return {
        "Ana Lopez_1": ({"x.ipynb": made(**essay)}, MOST),
        "Smith, John (2)_2": ({"Copy of 02.ipynb": made(**essay)}, MOST),
        "c++ [x]_3": ({"x.ipynb": made(value_answer="exit()\n" + full["value_answer"])}, None),
        "Müller, Jörg_4": ({"x.ipynb": text(saved_by_colab(right(root)))}, MOST),
        'O"Neil_5': ({"x.ipynb": made(best_answer=half)}, MOST - 1),
        "Cem Ak_6": ({"x.ipynb": text(answered(root))}, 0),
        "Dan Ott_7": ({"x.ipynb": made(points_answer=of_class_0)}, MOST - 3),
        "Eve_8": ({"x.ipynb": b"\xef\xbb\xbf" + made(**essay)}, MOST),
        "Fay_9": ({"x.ipynb.txt": made(**essay).decode().encode("utf-16")}, MOST),
        "Gus_10": ({"all.zip": zipped({"w/x.ipynb": made(), "__MACOSX/w/._x.ipynb": b"\0"})}, MOST),
        "Hal_11": ({"x.ipynb": made(), "y.ipynb": made()}, None),
        "Ida_12": ({"x.ipynb": other}, None),
        "Jon_13": ({"x.ipynb": b"{broken"}, None),
        "Kim_14": ({"notes.docx": b"PK"}, None),
        "Lea_15": ({"x.ipynb": text(with_cell(right(root), "best-task", own))}, None),
        "Max_16": ({"x.ipynb": made(jsd_answer=killed)}, None),
        "Nia_17": ({"x.ipynb": made(value_answer=looping)}, MOST - 2),
        "Ole_18": ({"x.ipynb": text(without_metadata(right(root, **essay)))}, MOST),
        "Pia_19": ({"x.ipynb": text(without_cells(right(root), "setup", "game"))}, MOST),
        "Quy_20": ({"x.ipynb": text(merged)}, MOST),
        "Rob_21": ({"x.ipynb": made(open_task=question + "\n\n" + ESSAY)}, MOST),
        "Sue_22": ({"x.ipynb": text(below)}, MOST),
        "Tom_23": ({"x.ipynb": text(with_cell(right(root), "best-task", plots))}, MOST),
        "Uma_24": ({"x.ipynb": made(setup="import math\n" + setup, value_answer=with_math)}, MOST),
        "Vic_25": ({"x.ipynb": made(**essay).replace(b"\n", b"\r\n")}, MOST),
        "akxan_26": ({"x.ipynb": made(**essay)}, MOST),
        "beyza_27": ({"x-1.ipynb": made(value_answer=hungry)}, MOST - 2),
        "chloe_28": ({"x.ipynb": made(slopes_answer="raise SystemExit")}, MOST - 3),
        # The rest of the cell is not run: its function is missing, here and in task 5.
        "diego_29": (
            {"x.ipynb": made(best_answer="import sys; sys.exit()\n" + full["best_answer"])},
            MOST - 3 - 3,
        ),
        "emre_30": ({"x.ipynb": made(**essay)}, MOST),
    }


# Nothing of a student gets into the repository.
PRIVATE = [
    *(f"{folder}/a" for folder in "downloaded submitted autograded feedback grading".split()),
    *("gradebook.db", "gradebook-2027-03-01-1.db", "grades.csv", "grades-02-for-upload.csv"),
    *("feedback-02-for-upload.zip", "class.toml", "archive.zip", "worksheet.csv"),
]
LATE_ONES = ("Vic_25", "Eve_8")


def moodle(path: Path, files: dict[str, dict[str, bytes]], late=()) -> Path:
    """An archive as Moodle before 4.1 made it, with the times of the hand-ins."""
    with zipfile.ZipFile(path, "w") as archive:
        for student, handed in files.items():
            for name, content in handed.items():
                entry = f"{student}_assignsubmission_file_/{name}"
                when = LATE if student in late else ON_TIME
                archive.writestr(zipfile.ZipInfo(entry, when), content)
    return path


def moodle_of_today(path: Path, files: dict[str, dict[str, bytes]], when: str) -> tuple[str, str]:
    """An archive as Moodle makes it since 4.1, and the grading worksheet, where the times are."""
    with zipfile.ZipFile(path, "w") as archive:
        for student, handed in files.items():
            for name, content in handed.items():
                entry = f"{student}_assignsubmission_file/{name}"
                archive.writestr(zipfile.ZipInfo(entry, LATE), content)
    numbers = [student.rsplit("_", 1)[1] for student in files]
    worksheet = path.with_suffix(".csv")
    lines = [f'Participant {number},,"{when}"' for number in numbers]
    lines = ["Identifier,Grade,Last modified (submission)", *lines]
    worksheet.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return str(path), str(worksheet)


def canvas(path: Path, files: dict[str, dict[str, bytes]], late=()) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for student, handed in files.items():
            who, number = student.split("_")
            mark = "_LATE" if student in late else ""
            for name, content in handed.items():
                archive.writestr(zipfile.ZipInfo(f"{who}{mark}_{number}_900_{name}", LATE), content)
    return path


@pytest.fixture(scope="module")
def fork(tmp_path_factory, repository_files):
    return Fork(tmp_path_factory.mktemp("term") / "GANs [2027], spring", repository_files)


@pytest.fixture(scope="module")
def handed(fork):
    """What the class hands in; made once the exercises are those of the class."""
    return class_of_thirty(fork.root)


def test_01_the_fork_has_its_address_and_its_tag(fork):
    path = fork.root / "pyproject.toml"
    changed = path.read_text("utf-8").replace(repository(), "anna/gans-2027")
    path.write_text(
        re.sub(r"^revision = .*$", 'revision = "v2027.1"', changed, flags=re.M), "utf-8"
    )
    code, said = fork.run("notebooks.address")
    assert code == 0
    assert "anna/gans-2027" in said
    code, _ = fork.run("notebooks.exercises")
    assert code == 0
    exercise = (fork.root / "exercises" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert "anna/gans-2027@v2027.1" in exercise
    assert "anna/gans-2027/blob/v2027.1/exercises" in exercise


def test_02_the_class_has_numbers_and_hidden_tests_of_its_own(fork):
    code, said = fork.run("teaching.of_class", str(CLASS), "--seed", "4711")
    assert code == 0, said
    answers = (fork.root / "build" / f"answers-of-class-{CLASS}.md").read_text("utf-8")
    assert answers.count("Right:") == 6
    assert re.search(r"## 02 · three_points", answers)
    exercise = (fork.root / "exercises" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert f"CLASS = {CLASS} " in exercise
    assert "model answer" not in exercise
    path = fork.root / "class.toml"
    rules = path.read_text("utf-8").replace('late = "none"', "late = 0.1")
    path.write_text(rules + '"02" = 2027-03-01\n', "utf-8")


def test_03_what_was_handed_in_is_collected(fork, handed, tmp_path):
    files = {who: files for who, (files, _) in handed.items()}
    by_canvas = {who: files.pop(who) for who in list(files)[-5:]}
    archive = moodle(tmp_path / "m.zip", files, late=LATE_ONES)
    code, said = fork.run("teaching.collect", "2", str(archive))
    assert (code, "25 students, 24 with a notebook" in said) == (0, True), said
    archive = canvas(tmp_path / "c.zip", by_canvas, late=["emre_30"])
    code, said = fork.run("teaching.collect", "02", str(archive))
    assert (code, "late, says the platform" in said) == (0, True), said
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *PRIVATE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert ignored == PRIVATE


NAMES = {'O"Neil_5': "O_Neil_5"}  # as folders are called on every system


def test_04_everybody_is_graded_or_named_with_a_reason(fork, handed):
    code, said = fork.run("teaching.grade", "2")
    assert code == 1, said
    rows = fork.table()
    assert len(rows) == 30
    raw = {who: row["raw_score"] for who, row in rows.items()}
    points = {who: float(raw[who]) if raw[who] else None for who in raw}
    wanted = {NAMES.get(who, who): points for who, (_, points) in handed.items()}
    assert points == wanted, said
    for who, reason in {
        "c++ [x]_3": "the kernel died in cell value-answer: exit() or quit()",
        "Hal_11": "which notebook counts?",
        "Ida_12": f"it is exercise {OTHER}",
        "Jon_13": "cannot be read as a notebook",
        "Kim_14": "no notebook was handed in: there is notes.docx",
        "Lea_15": "the kernel died in cell 8 (import os; os._exit(0)): exit code 0",
        "Max_16": "the kernel died in cell jsd: SIGKILL",
    }.items():
        assert reason in rows[who]["status"], who
        assert rows[who]["score"] == ""
        assert rows[who]["status"] in said
    assert gradebook.scores(NAME, fork.root)["Lea_15"].points == MOST
    assert said.count(f"late: {MOST * 0.2:g} off") == len(LATE_ONES)
    for who in LATE_ONES:  # two days that have begun, a tenth each
        assert float(rows[who]["late_submission_penalty"]) == MOST * 0.2
        assert float(rows[who]["score"]) == MOST * 0.8
    for who in ("Rob_21", "Sue_22", "Ole_18"):
        assert rows[who]["status"] == "a person has to grade open-answer"
    assert rows["Cem Ak_6"]["status"] == "graded"  # nothing was answered: that is a 0
    assert (fork.root / "feedback" / "Tom_23" / NAME / f"{NAME}.html").stat().st_size < 5 << 20
    assert re.search(r"The same answers to .*: .*Ana Lopez_1.*the published solution", said)


def give(fork, student, task, points, comment=""):
    """What the formgrader stores when a person fills in a field."""
    with gradebook.opened(fork.root) as opened:
        grade = opened.find_grade(task, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:  # it stands at the answer, the points at the check
            answer = task if task.endswith("-answer") else f"{task}-answer"
            opened.find_comment(answer, NAME, NAME, student).manual_comment = comment
        opened.db.commit()


def test_05_points_by_hand_reach_table_and_feedback(fork):
    before = fork.page("Ana Lopez_1")
    assert "not graded yet" in before
    waiting = {who: score.waiting for who, score in gradebook.scores(NAME, fork.root).items()}
    for who, tasks in waiting.items():
        if tasks == ["open-answer"]:
            give(fork, who, "open-answer", 3, "What would you measure next?")
    give(fork, "Lea_15", "best", 3)
    give(fork, "c++ [x]_3", "value", 1, "Do not call exit().")
    code, said = fork.run("teaching.grade", "02")
    rows = fork.table()
    assert code == 1  # for those with no notebook
    assert "run," not in said  # nobody was graded again
    assert (rows["Ana Lopez_1"]["score"], rows["Ana Lopez_1"]["pending"]) == ("18.0", "0.0")
    assert float(rows["Vic_25"]["score"]) == pytest.approx(18 * 0.8)  # of all points, late ones too
    assert rows["Lea_15"]["status"] == "graded"
    assert rows["c++ [x]_3"]["score"] == str(MOST - 2 + 1.0)
    page = fork.page("Ana Lopez_1")
    assert "not graded yet" not in page
    assert "What would you measure next?" in page
    assert "Do not call exit()." in fork.page("c++ [x]_3")
    changed = said.split("has changed: ")[1].split(".\n")[0].split(", ")
    assert "Ana Lopez_1" in changed
    assert "Dan Ott_7" not in changed


def test_06_what_is_handed_in_again_is_graded_again(fork, handed, tmp_path):
    again = {
        "Jon_13": {"x.ipynb": text(right(fork.root))},
        "Kim_14": {"x.ipynb": text(right(fork.root))},
        "Ana Lopez_1": {"y.ipynb": text(right(fork.root, open_answer=ESSAY + " And a loss lies."))},
    }
    older = moodle_of_today(tmp_path / "old.zip", {"Eve_8": {"z.ipynb": b"{}"}}, LONG_AGO)
    assert "older than what is there" in fork.run("teaching.collect", "02", *older)[1]
    code, said = fork.run(
        "teaching.collect", "02", *moodle_of_today(tmp_path / "m.zip", again, AGAIN)
    )
    assert (code, said.count(" UTC")) == (0, len(again)), said
    # One more without an archive, by hand and without a time stamp.
    by_hand = fork.root / "submitted" / "akxan_26" / NAME / "x.ipynb"
    by_hand.write_bytes(text(answered(fork.root)))
    code, said = fork.run("teaching.grade", "02")
    assert "4 notebooks are run" in said
    assert said.count("handed in again") == 2  # the others had no notebook before
    rows = fork.table()
    assert rows["Jon_13"]["score"] == str(float(MOST))
    assert rows["akxan_26"]["raw_score"] in ("0.0", "3.0")
    assert (
        rows["Ana Lopez_1"]["status"] == "a person has to grade open-answer"
    )  # it is another answer
    give(fork, "Ana Lopez_1", "open-answer", 4)
    fork.run("teaching.grade", "02")
    assert fork.table()["Ana Lopez_1"]["score"] == str(MOST + 4.0)


def test_07_a_task_that_changes_in_between_costs_nobody_what_was_given_by_hand(fork):
    for who in ("Ana Lopez_501", "Eve_508"):  # Moodle's numbers are others in each assignment
        folder = fork.root / "submitted" / who / OTHER
        folder.mkdir(parents=True)
        (folder / "x.ipynb").write_bytes(text(right(fork.root, OTHER, open_answer=ESSAY)))
    code, said = fork.run("teaching.grade", "01")
    assert code == 0, said
    before = fork.table(OTHER)["Eve_508"]
    assert {"Ana Lopez_1", "Eve_8"}.isdisjoint(fork.table(OTHER))
    assert {"Ana Lopez_501", "Eve_508"}.isdisjoint(fork.table())
    assert len(fork.table()) == 30
    # One line for each name that the gradebook knows: two were never graded.
    assert len(fork.table(OTHER)) == 28 and {"Hal_11", "Ida_12"}.isdisjoint(fork.table(OTHER))
    assert fork.table(OTHER)["Cem Ak_6"]["status"] == "nothing handed in"
    assert fork.table(OTHER)["Cem Ak_6"]["name"] == "Cem Ak"
    with gradebook.opened(fork.root) as opened:
        grade = opened.find_grade("open-answer", OTHER, OTHER, "Eve_508")
        grade.manual_score, grade.needs_manual_grade = 2, False
        opened.find_comment("open-answer", OTHER, OTHER, "Eve_508").manual_comment = "Which law?"
        opened.db.commit()
    path = fork.root / "solutions" / OTHER / f"{OTHER}.ipynb"
    notebook = nbformat.read(path, 4)
    gone = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))
    notebook.cells.remove(gone)
    nbformat.write(notebook, path)
    for options in ([], ["--force"]):
        code, said = fork.run("teaching.grade", "01", *options)
        assert (code, "ARGS=--rebuild" in said) == (1, True)
    assert (fork.root / "exercises" / OTHER / f"{OTHER}.ipynb").exists()
    code, said = fork.run("teaching.grade", "01", "--rebuild")
    assert code == 0, said
    after = fork.table(OTHER)["Eve_508"]
    lost = gone.metadata.nbgrader.points
    assert float(after["score"]) == float(before["score"]) - lost + 2
    assert float(after["max_score"]) == float(before["max_score"]) - lost
    assert after["status"] == "graded"
    assert fork.table()["Ana Lopez_1"]["score"] == str(MOST + 4.0)  # other exercises stay


def test_08_grades_and_pages_go_back_to_the_platform(fork, tmp_path):
    rows = fork.table()
    header = "Identifier,Full name,Email address,Status,Grade,Maximum grade,Feedback comments\n"
    numbers = [who.rsplit("_", 1) for who in rows]
    lines = [f'Participant {number},"{who}",,Submitted,,19.00,\n' for who, number in numbers]
    table = fork.root / "worksheet.csv"
    table.write_text(header + "".join(lines), "utf-8")
    archive = moodle(tmp_path / "m.zip", {who: {"x.ipynb": b"{}"} for who in rows})
    code, said = fork.run("teaching.fill", "02", str(table), str(archive))
    assert code == 0, said
    with zipfile.ZipFile(fork.root / "feedback-02-for-upload.zip") as pages:
        entry = f"Ana Lopez_1_assignsubmission_file_/{NAME}.html"
        assert pages.read(entry).decode() == fork.page("Ana Lopez_1")
        assert len(pages.namelist()) == len(list((fork.root / "feedback").glob(f"*/{NAME}")))
    with open(fork.root / "grades-02-for-upload.csv", newline="", encoding="utf-8") as file:
        grades = {row["Identifier"].split()[1]: row["Grade"] for row in csv.DictReader(file)}
    for who, row in rows.items():
        number = who.rsplit("_", 1)[1]
        final = row["status"] == "graded"
        assert grades[number] == (f"{float(row['score']):.2f}" if final else "")
        assert final or f"{who} was left out: {row['status']}" in said
    assert not any(row["status"].startswith("graded") and not row["score"] for row in rows.values())
    recorded = json.loads((fork.root / "grading" / f"{NAME}.json").read_text("utf-8"))
    assert set(recorded) == set(rows)
