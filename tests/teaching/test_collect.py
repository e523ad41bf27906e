"""Archives of learning platforms are sorted into submitted/, with names and times as they come."""

import io
import zipfile
from datetime import datetime

import pytest
from course_folder import NAME

from tools.teaching.archives import NotAnArchive, files_in, safe
from tools.teaching.collect import collect


def archive(path, entries, when=(2026, 11, 2, 10, 30, 0)):
    """A ZIP file with these entries: {name: content}."""
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in entries.items():
            opened.writestr(zipfile.ZipInfo(name, when), content)
    return path


def zipped(entries):
    buffer = io.BytesIO()
    archive(buffer, entries)
    return buffer.getvalue()


MOODLE = "_assignsubmission_file_"


@pytest.mark.parametrize(
    ("entry", "student", "name", "late"),
    [
        (f"Ana Lopez_12345{MOODLE}/x.ipynb", "Ana Lopez_12345", "x.ipynb", False),
        (f"Ana Lopez_12345{MOODLE[:-1]}/x.ipynb", "Ana Lopez_12345", "x.ipynb", False),
        (f"Ana Lopez_12345{MOODLE}x_1.ipynb", "Ana Lopez_12345", "x_1.ipynb", False),
        (f"Müller, Jörg_7{MOODLE}/my work.ipynb", "Müller, Jörg_7", "my work.ipynb", False),
        (f"de la Cruz_O'Neil [x]_9{MOODLE}/x.ipynb", "de la Cruz_O'Neil [x]_9", "x.ipynb", False),
        (f"Participant 88_88{MOODLE}/x.ipynb", "Participant 88_88", "x.ipynb", False),
        (f"course-02-7/Ana Lopez_1{MOODLE}/x.ipynb", "Ana Lopez_1", "x.ipynb", False),
        (f"A/B: C_5{MOODLE}/x.ipynb", None, None, False),
        ("lopezana_LATE_123_456_x.ipynb", "lopezana_123", "x.ipynb", True),
        ("lopezana_123_456_x-2.ipynb", "lopezana_123", "x-2.ipynb", False),
        ("lopezana_123_456_02_my_answers.ipynb", "lopezana_123", "02_my_answers.ipynb", False),
        ("submissions/lopezana_123_456_x.ipynb", "lopezana_123", "x.ipynb", False),
        ("ana/x.ipynb", "ana", "x.ipynb", False),
        (f"ana/{NAME}/x.ipynb", "ana", "x.ipynb", False),
    ],
)
def test_whose_file_is_it(tmp_path, entry, student, name, late):
    told = []
    files = list(files_in(archive(tmp_path / "a.zip", {entry: b"{}"}), told))
    if student is None:
        assert told or files[0].student != "B: C_5"
        return
    assert [(file.student, file.name, file.late) for file in files] == [(student, name, late)]
    assert told == []


def test_junk_is_left_out_and_what_belongs_to_nobody_is_told(tmp_path):
    entries = {
        f"Ana_1{MOODLE}/x.ipynb": b"{}",
        f"Ana_1{MOODLE}/.DS_Store": b"",
        f"__MACOSX/Ana_1{MOODLE}/._x.ipynb": b"",
        "Ben_2_assignsubmission_onlinetext_/onlinetext.html": b"I could not upload it",
        "readme.txt": b"",
    }
    told = []
    files = list(files_in(archive(tmp_path / "a.zip", entries), told))
    assert [file.student for file in files] == ["Ana_1"]
    assert len(told) == 2
    assert any("onlinetext" in each for each in told)
    assert any("readme.txt" in each for each in told)


def test_an_archive_in_an_archive_is_opened(tmp_path):
    inner = zipped({"work/answer.ipynb": b"{1}", "__MACOSX/work/._answer.ipynb": b""})
    entries = {f"Ana_1{MOODLE}/all.zip": inner, f"Ben_2{MOODLE}/all.zip": b"no archive"}
    told = []
    files = list(files_in(archive(tmp_path / "a.zip", entries), told))
    assert [(file.student, file.name, file.content) for file in files] == [
        ("Ana_1", "answer.ipynb", b"{1}")
    ]
    assert told == ["Ben_2: all.zip cannot be read as a ZIP archive"]


def test_names_in_utf8_that_the_archive_does_not_declare(tmp_path):
    name = f"Jörg_7{MOODLE}/x.ipynb"
    path = archive(tmp_path / "a.zip", {"J" + "o" * 2 + f"rg_7{MOODLE}/x.ipynb": b"{}"})
    content = path.read_bytes().replace(b"Joorg", "Jörg".encode())
    path.write_bytes(content)
    assert [file.student for file in files_in(path, [])] == [name.split("_assign")[0]]


@pytest.mark.parametrize(
    "name", ["../../etc/x.ipynb", "/etc/x.ipynb", "..\\..\\x.ipynb", "C:\\x\\y"]
)
def test_nothing_is_written_outside_of_submitted(tmp_path, name):
    root = tmp_path / "course"
    root.mkdir()
    collect(NAME, archive(tmp_path / "a.zip", {name: b"{}"}), root)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".zip"]
    assert all((root / "submitted") in path.parents for path in written)
    for path in written:
        assert path.parent.name == NAME
        assert ".." not in path.parts


def test_names_that_windows_refuses():
    assert safe('a<b>:"c/d\\e|f?g*') == "a_b___c_d_e_f_g_"
    assert safe(" . ") == "_"
    assert safe("Ana. ") == "Ana"


@pytest.mark.parametrize("content", [b"", b"PK no", b"{}"])
def test_what_is_no_archive_is_told(tmp_path, content, capsys):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(NotAnArchive, match=r"a\.zip cannot be read as a ZIP archive"):
        list(files_in(path, []))
    assert collect(NAME, path, tmp_path) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert collect(NAME, tmp_path / "missing.zip", tmp_path) == 1


def test_a_class_is_collected_with_times_and_again(tmp_path, capsys):
    first = archive(
        tmp_path / "first.zip",
        {f"Ana Lopez_1{MOODLE}/x.ipynb": b"{1}", f"Ben_2{MOODLE}/x.ipynb": b"{2}"},
    )
    assert collect(NAME, first, tmp_path) == 0
    folder = tmp_path / "submitted" / "Ana Lopez_1" / NAME
    assert (folder / "x.ipynb").read_bytes() == b"{1}"
    utc = datetime(2026, 11, 2, 10, 30).astimezone().utctimetuple()
    assert (folder / "timestamp.txt").read_text() == f"{datetime(*utc[:6])} UTC\n"
    said = capsys.readouterr().out
    assert said.count("new; ") == 2
    assert "2 students, 2 with a notebook" in said

    assert collect(NAME, first, tmp_path) == 0
    assert capsys.readouterr().out.count("as before") == 2

    later = archive(
        tmp_path / "later.zip", {f"Ana Lopez_1{MOODLE}/new.ipynb": b"{3}"}, (2026, 11, 3, 9, 0, 0)
    )
    assert collect(NAME, later, tmp_path) == 0
    assert "again; " in capsys.readouterr().out
    assert [path.name for path in folder.glob("*.ipynb")] == ["new.ipynb"]
    assert (tmp_path / "submitted" / "Ben_2" / NAME / "x.ipynb").read_bytes() == b"{2}"

    assert collect(NAME, first, tmp_path) == 0
    assert "older than what is there" in capsys.readouterr().out
    assert [path.name for path in folder.glob("*.ipynb")] == ["new.ipynb"]


def test_canvas_marks_who_is_late_and_knows_no_times(tmp_path, capsys):
    entries = {"lopezana_LATE_123_456_x.ipynb": b"{}", "smithjo_124_457_x.docx": b""}
    assert collect(NAME, archive(tmp_path / "a.zip", entries), tmp_path) == 0
    said = capsys.readouterr().out
    assert "late, says the platform" in said
    assert "no notebook: x.docx" in said
    assert not list(tmp_path.rglob("timestamp.txt"))


def test_an_archive_without_students_is_told(tmp_path, capsys):
    assert collect(NAME, archive(tmp_path / "a.zip", {"x.ipynb": b"{}"}), tmp_path) == 1
    said = capsys.readouterr().out
    assert "Not collected: x.ipynb: whose is it?" in said
    assert "as if it came from Moodle or Canvas" in said
