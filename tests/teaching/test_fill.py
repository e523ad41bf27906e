"""A platform's own table is filled with what is final, for the students who are in it."""

import csv
import re
import zipfile

import pytest
from course_folder import NAME

from tools.teaching import fill as module
from tools.teaching import record
from tools.teaching.fill import TableError, fill
from tools.teaching.gradebook import Score
from tools.teaching.pages_back import pack
from tools.teaching.record import Entry

MOODLE = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Feedback comments
Participant 12345,Ana Lopez,ana@example.org,Submitted,,19.00,Yes,
Participant 12346,"Smith, John",john@example.org,Submitted,,19.00,Yes,
Participant 12347,Cem Ak,cem@example.org,No submission,,19.00,Yes,
Participant 12348,Dan Ott,dan@example.org,Submitted,,19.00,Yes,
"""
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Exercise 01 (900),Exercise 02: minimax (901),Final Score
    Points Possible,,,,,18.0,19.0,(read only)
"Lopez, Ana",12345,,alopez,A,10.0,,80
"Smith, John",12346,,jsmith,A,,,70
"Ak, Cem",12347,,cak,A,,,
"""


@pytest.fixture
def graded(monkeypatch):
    """Five students in every state."""

    def score(points, waiting=(), penalty=0.0):
        return Score(points, 19.0, 4.0 if waiting else 0.0, list(waiting), penalty=penalty)

    scores = {
        "Ana Lopez_12345": score(17.5),
        "Smith, John_12346": score(12, penalty=1.2),
        "Dan Ott_12348": score(15, waiting=["open-answer"]),
        "Eve_99999": score(19),
    }
    entries = {"Cem Ak_12347": Entry(reason="no notebook was handed in")}
    monkeypatch.setattr(module.gradebook, "scores", lambda name, root: scores)
    monkeypatch.setattr(module.record, "load", lambda name, root: entries)


def filled(tmp_path, text, **options):
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8-sig")
    path, told = fill(NAME, table, root=tmp_path, **options)
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";" if ";" in text else ",")), told


@pytest.mark.parametrize("title", ["Maximum Grade", "Maximum grade"])  # versions differ
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_moodles_worksheet(tmp_path, graded, delimiter, title):
    text = MOODLE if delimiter == "," else MOODLE.replace('"Smith, John"', "John").replace(",", ";")
    text = text.replace("Maximum Grade", title)
    rows, told = filled(tmp_path, text)
    assert [row["Grade"] for row in rows] == ["17.50", "10.80", "", ""]
    assert list(rows[0])[:2] == ["Identifier", "Full name"]
    assert any("Cem Ak_12347 was left out: not graded: no notebook" in each for each in told)
    assert any("Dan Ott_12348 was left out: a person has to grade open-answer" in e for e in told)
    assert "Eve_99999 is not in table.csv" in told


def test_canvas_gradebook(tmp_path, graded):
    rows, told = filled(tmp_path, CANVAS)
    column = "Exercise 02: minimax (901)"
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column]
    assert [row[column] for row in rows] == ["19.0", "17.50", "10.80", ""]
    assert "Eve_99999 is not in table.csv" in told


def test_students_are_found_by_name_where_there_is_no_number(tmp_path, monkeypatch):
    scores = {"alopez": Score(3, 19.0, 0.0, []), "ana@example.org": Score(4, 19.0, 0.0, [])}
    monkeypatch.setattr(module.gradebook, "scores", lambda name, root: scores)
    monkeypatch.setattr(module.record, "load", lambda name, root: {})
    rows, _ = filled(tmp_path, CANVAS)
    assert rows[1]["Exercise 02: minimax (901)"] == "3.00"
    rows, _ = filled(tmp_path, MOODLE)
    assert rows[0]["Grade"] == "4.00"


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (
            MOODLE.replace("19.00", "100.00"),
            {},
            "Moodle's maximum grade is 100.00, but the exercise",
        ),
        (
            CANVAS.replace("18.0,19.0", "18.0,10"),
            {},
            "has 10 points in Canvas, but the exercise has 19",
        ),
        (CANVAS.replace("Exercise 01", "Old 02"), {}, "Which column is exercise 02?"),
        (CANVAS.replace("02", "two"), {}, "Which column is exercise 02?"),
        (CANVAS, {"column": "Exercise 03"}, "has no column 'Exercise 03'"),
        ("Kennung,Bewertung\n1,2\n", {}, "neither Moodle's grading worksheet"),
        ("", {}, "neither Moodle's grading worksheet"),
    ],
)
def test_a_table_that_cannot_be_filled_is_told(tmp_path, graded, text, options, said):
    with pytest.raises(TableError, match=re.escape(said)):
        filled(tmp_path, text, **options)
    assert not list(tmp_path.glob("grades-*"))


def test_a_table_that_excel_has_saved_is_told(tmp_path, graded):
    table = tmp_path / "table.csv"
    table.write_bytes(MOODLE.replace("Ana", "Zoë").encode("cp1252"))
    with pytest.raises(TableError, match="is no CSV file in UTF-8"):
        fill(NAME, table, root=tmp_path)


def test_a_comment_with_quotation_marks_stays_whole(tmp_path, graded):
    said = '<p dir="ltr">Good, "so"\nfar.</p>'
    quoted = '"' + said.replace('"', '""') + '"'
    rows, _ = filled(tmp_path, MOODLE.replace("19.00,Yes,\n", f"19.00,Yes,{quoted}\n", 1))
    assert (rows[0]["Grade"], rows[0]["Feedback comments"]) == ("17.50", said)
    assert rows[1]["Grade"] == "10.80"


def test_a_number_is_not_the_end_of_another(tmp_path, monkeypatch):
    score = Score(9, 19.0, 0.0, [])
    monkeypatch.setattr(module.gradebook, "scores", lambda name, root: {"Ana_912345": score})
    monkeypatch.setattr(module.record, "load", lambda name, root: {})
    rows, told = filled(tmp_path, MOODLE)
    assert (rows[0]["Grade"], told) == ("", ["Ana_912345 is not in table.csv"])


def test_the_number_of_a_group_is_not_taken_for_a_student(tmp_path, monkeypatch):
    """Moodle numbers groups and participants apart: a group's may be that of any student."""
    scores = {"Team Red_12346": Score(19, 19.0, 0.0, []), "anon_12345": Score(18, 19.0, 0.0, [])}
    monkeypatch.setattr(module.gradebook, "scores", lambda name, root: scores)
    monkeypatch.setattr(module.record, "load", lambda name, root: {})
    for text, column in ((MOODLE, "Grade"), (CANVAS, "Exercise 02: minimax (901)")):
        rows, told = filled(tmp_path, text)
        assert not any(row[column] for row in rows if row.get("ID") != "")
        assert "Team Red_12346 is not in table.csv" in told


def test_pages_go_back_under_the_names_of_the_archive(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for entry in (
            "Ana Lopez_12345_assignsubmission_file/sub/x.ipynb",
            "Ana Lopez_12345_assignsubmission_onlinetext/onlinetext.html",
            "Müller, Jörg_12346_assignsubmission_file_/x.ipynb",
            "smithjohn_LATE_31_9001_my_x-1.ipynb",
            "anon_yJ8q3_9002_x.ipynb",
        ):
            opened.writestr(entry, b"{}")
    everybody = ("Ana Lopez_12345", "Müller, Jörg_12346", "smithjohn_31", "anon_yJ8q3", "Eve_9")
    for student in (*everybody, "Ben_2"):
        page = tmp_path / "feedback" / student / NAME / f"{NAME}.html"
        page.parent.mkdir(parents=True)
        page.write_text(student, "utf-8")
    record.save(NAME, {"Ben_2": Entry(reason="his newest file is broken")}, tmp_path)
    path, told = pack(NAME, archive, tmp_path)
    assert path.name == "feedback-02-for-upload.zip"
    with zipfile.ZipFile(path) as packed:
        pages = {name: packed.read(name).decode() for name in packed.namelist()}
    assert pages == {
        f"Ana Lopez_12345_assignsubmission_file_/{NAME}.html": "Ana Lopez_12345",
        f"Müller, Jörg_12346_assignsubmission_file_/{NAME}.html": "Müller, Jörg_12346",
        f"smithjohn_LATE_31_9001_{NAME}.html": "smithjohn_31",
    }
    assert len(told) == 3
    assert "Ben_2 gets no page: not graded: his newest file is broken" in told
    assert "Eve_9 has a page, but no place in a.zip" in told
