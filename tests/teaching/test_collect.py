"""Archives of learning platforms are sorted into submitted/, with names and times as they come."""

import io
import shutil
import time
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from course_folder import NAME

from tools.teaching.archives import NotAnArchive, files_in, safe
from tools.teaching.class_file import load
from tools.teaching.collect import collect, main
from tools.teaching.worksheet import times_of


def archive(path, entries, when=(2026, 11, 2, 10, 30, 0)):
    """A ZIP file with these entries, {name: content}, each handed in an hour before the next."""
    with zipfile.ZipFile(path, "w") as opened:
        for hours, (name, content) in enumerate(entries.items()):
            earlier = datetime(*when) - timedelta(hours=hours)
            opened.writestr(zipfile.ZipInfo(name, earlier.timetuple()[:6]), content)
    return path


def zipped(entries):
    buffer = io.BytesIO()
    archive(buffer, entries)
    return buffer.getvalue()


def zipped_tightly(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
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
        ("o_brien_mary_123_456_x.ipynb", "o_brien_mary_123", "x.ipynb", False),
        ("anon_yJ8q3_456_x.ipynb", "anon_yJ8q3", "x.ipynb", False),
        ("LATE_anon_77777_456_x.ipynb", "anon_77777", "x.ipynb", True),
        ("lopezana_LATE_123_text.html", "lopezana_123", "text.html", True),
        ("lopezana_123_link.html", "lopezana_123", "link.html", False),
        (
            "Ana Lopez_1_assignsubmission_onlinetext/onlinetext.html",
            "Ana Lopez_1",
            "onlinetext.html",
            False,
        ),
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
        "readme.txt": b"",
    }
    told = []
    files = list(files_in(archive(tmp_path / "a.zip", entries), told))
    assert [file.student for file in files] == ["Ana_1"]
    assert told == ["readme.txt: whose is it?"]


def test_an_archive_in_an_archive_is_opened(tmp_path):
    inner = zipped({"work/answer.ipynb": b"{1}", "__MACOSX/work/._answer.ipynb": b""})
    damaged = bytearray(zipped_tightly({"answer.ipynb": b"{1}" * 99}))
    damaged[42] = 0xFF  # a kind of block that does not exist
    entries = {
        f"Ana_1{MOODLE}/all.zip": inner,
        f"Ben_2{MOODLE}/all.zip": b"no archive",
        f"Cem_3{MOODLE}/all.zip": bytes(damaged),
    }
    told = []
    files = list(files_in(archive(tmp_path / "a.zip", entries), told))
    assert [(file.student, file.name, file.content) for file in files] == [
        ("Ana_1", "answer.ipynb", b"{1}")
    ]
    assert told == [
        "Ben_2: all.zip cannot be read as a ZIP archive",
        "Cem_3: all.zip cannot be read as a ZIP archive",
    ]


def test_of_two_archives_of_one_student_neither_file_is_lost(tmp_path, capsys):
    entries = {
        f"Ana_1{MOODLE}/{archive}.zip": zipped({"work/x.ipynb": content})
        for archive, content in (("first", b"{1}"), ("second", b"{2}"))
    }
    entries |= {f"Ben_2{MOODLE}/x.ipynb": b"{3}"}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        for name, content in entries.items():  # all of one time
            opened.writestr(zipfile.ZipInfo(name, (2026, 11, 2, 10, 30, 0)), content)
    assert collect(NAME, tmp_path / "a.zip", tmp_path) == 0
    assert "Ana_1: two files x.ipynb of one age; the second is 2-x.ipynb" in capsys.readouterr().out
    folder = tmp_path / "submitted" / "Ana_1" / NAME
    assert sorted(path.read_bytes() for path in folder.glob("*.ipynb")) == [b"{1}", b"{2}"]


def test_a_student_cannot_say_when_they_handed_in(tmp_path, capsys):
    files = {f"Ana_1{MOODLE}/x.ipynb": b"{1}"}
    files[f"Ana_1{MOODLE}/timestamp.txt"] = b"2020-01-01 00:00:00 UTC"
    path = archive(tmp_path / "a.zip", files)
    assert collect(NAME, path, tmp_path, times={}) == 1
    assert "Not collected: Ana_1: a file timestamp.txt of their own" in capsys.readouterr().out
    stamp = tmp_path / "submitted" / "Ana_1" / NAME / "timestamp.txt"
    assert not stamp.exists()
    collect(NAME, path, tmp_path, times={"1": datetime(2027, 3, 9, 20, 0)})
    assert stamp.read_text().strip() == utc(2027, 3, 9, 20, 0)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no tzset")
def test_times_are_those_of_this_machines_clock(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "CET-1")
        time.tzset()
        files = {f"Ana_1{MOODLE}/x.ipynb": b"{1}", f"Ben_2{MOODLE}/x.ipynb": b"{2}"}
        collect(NAME, archive(tmp_path / "a.zip", files), tmp_path)
        (tmp_path / "class.toml").write_text('[due]\n"02" = 2026-11-02T11:00:00\n')
        due = load(tmp_path).due["02"]
    time.tzset()
    stamp = (tmp_path / "submitted" / "Ana_1" / NAME / "timestamp.txt").read_text()
    assert (stamp.strip(), due) == ("2026-11-02 09:30:00 UTC", datetime(2026, 11, 2, 10, 0))


def test_of_notebooks_with_one_name_none_takes_the_place_of_another(tmp_path):
    entries = {"exercises/x.ipynb": b"{1}", "solutions/x.ipynb": b"{2}", "picture.png": b""}
    outer = {
        f"Ana_1{MOODLE}/all.zip": zipped(entries),
        "ben/x.ipynb": b"{3}",
        "ben/o/x.ipynb": b"4",
    }
    files = list(files_in(archive(tmp_path / "a.zip", outer), []))
    assert [(file.student, file.name) for file in files] == [
        ("Ana_1", "exercises-x.ipynb"),
        ("Ana_1", "solutions-x.ipynb"),
        ("Ana_1", "picture.png"),
        ("ben", "x.ipynb"),
        ("ben", "o-x.ipynb"),
    ]


def test_a_folder_of_students_folders_is_looked_into(tmp_path):
    entries = {f"handins/{who}/x.ipynb": b"{}" for who in ("ana", "ben")}
    files = list(files_in(archive(tmp_path / "a.zip", entries), []))
    assert [(file.student, file.name) for file in files] == [("ana", "x.ipynb"), ("ben", "x.ipynb")]


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
    made = {tmp_path / "a.zip", root / "grading" / "collected.json"}
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - made
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
    assert f"There is no file {tmp_path / 'missing.zip'}." in capsys.readouterr().err


def utc(*local):
    """A time on this machine's clock as it stands in timestamp.txt."""
    return f"{datetime(*local).astimezone(UTC).replace(tzinfo=None)} UTC"


def test_a_class_is_collected_with_times_and_again(tmp_path, capsys):
    files = {f"Ana Lopez_1{MOODLE}/x.ipynb": b"{1}", f"Ben_2{MOODLE}/x.ipynb": b"{2}"}
    first = archive(tmp_path / "first.zip", files)
    assert collect(NAME, first, tmp_path) == 0
    folder = tmp_path / "submitted" / "Ana Lopez_1" / NAME
    assert (folder / "x.ipynb").read_bytes() == b"{1}"
    assert (folder / "timestamp.txt").read_text().strip() == utc(2026, 11, 2, 10, 30)
    said = capsys.readouterr().out
    assert said.count("new; ") == 2
    assert "2 students, 2 with a notebook" in said

    assert collect(NAME, first, tmp_path) == 0
    assert capsys.readouterr().out.count("as before") == 2

    files = {f"Ana Lopez_1{MOODLE}/new.ipynb": b"{3}", f"Cem_3{MOODLE}/x.ipynb": b"{4}"}
    later = archive(tmp_path / "later.zip", files, (2026, 11, 3, 9, 0, 0))
    assert collect(NAME, later, tmp_path) == 0
    assert "again; " in capsys.readouterr().out
    assert [path.name for path in folder.glob("*.ipynb")] == ["new.ipynb"]
    assert (tmp_path / "submitted" / "Ben_2" / NAME / "x.ipynb").read_bytes() == b"{2}"

    assert collect(NAME, first, tmp_path) == 0
    assert "older than what is there" in capsys.readouterr().out
    assert [path.name for path in folder.glob("*.ipynb")] == ["new.ipynb"]


def test_a_time_that_was_corrected_by_hand_stays_until_another_file_comes(tmp_path):
    files = {f"Ana_1{MOODLE}/x.ipynb": b"{1}", f"Ben_2{MOODLE}/x.ipynb": b"{2}"}
    first = archive(tmp_path / "first.zip", files)
    collect(NAME, first, tmp_path)
    stamp = tmp_path / "submitted" / "Ana_1" / NAME / "timestamp.txt"
    stamp.write_text("2026-10-30 12:00:00 UTC\n")
    collect(NAME, first, tmp_path)
    assert stamp.read_text() == "2026-10-30 12:00:00 UTC\n"
    # A file whose time is not known must not be taken for handed in when the one before it was.
    at_once = {f"Ana_1{MOODLE}/x.ipynb": b"{3}"}
    collect(NAME, archive(tmp_path / "second.zip", at_once), tmp_path)
    assert not stamp.exists()


def test_a_notebook_that_was_renamed_by_hand_stays_until_another_comes(tmp_path, capsys):
    two = {f"Ana_1{MOODLE}/a.ipynb": b"{1}", f"Ana_1{MOODLE}/b.ipynb": b"{2}"}
    path = archive(tmp_path / "a.zip", two)
    collect(NAME, path, tmp_path)
    folder = tmp_path / "submitted" / "Ana_1" / NAME
    (folder / "a.ipynb").rename(folder / f"{NAME}.ipynb")  # as the grading asks for
    (folder / "b.ipynb").unlink()
    collect(NAME, path, tmp_path)
    assert "as before" in capsys.readouterr().out
    assert [each.name for each in folder.glob("*.ipynb")] == [f"{NAME}.ipynb"]
    two[f"Ana_1{MOODLE}/b.ipynb"] = b"{3}"
    collect(NAME, archive(tmp_path / "b.zip", two, (2026, 11, 4, 9, 0, 0)), tmp_path)
    assert sorted(each.name for each in folder.glob("*.ipynb")) == ["a.ipynb", "b.ipynb"]


def test_an_old_archive_does_not_bring_back_what_was_replaced(tmp_path, capsys):
    """Without times, and also with the times of a worksheet that is newer than the archive."""
    entry, folder = f"Ana_1{MOODLE}/x.ipynb", tmp_path / "submitted" / "Ana_1" / NAME
    first = archive(tmp_path / "a.zip", {entry: b"{1}"})
    second = archive(tmp_path / "b.zip", {entry: b"{2}"})
    collect(NAME, first, tmp_path)
    collect(NAME, second, tmp_path)
    for times in (None, {"1": datetime(2026, 12, 1)}):
        collect(NAME, first, tmp_path, times)
        assert "was collected after it, and stays" in capsys.readouterr().out
        assert (folder / "x.ipynb").read_bytes() == b"{2}"
    shutil.rmtree(folder)
    collect(NAME, first, tmp_path)
    assert (folder / "x.ipynb").read_bytes() == b"{1}"
    collect(NAME, first, tmp_path)
    assert "as before" in capsys.readouterr().out


WORKSHEET = """\
Identifier,Full name,Status,Grade,Maximum grade,Last modified (submission),Last modified (grade)
Participant 1,Ana,Submitted for grading,,19.00,"Monday, 2 November 2026, 9:05 AM",-
Participant 2,Ben,Submitted for grading,,19.00,"Monday, November 2, 2026, 11:55\u202fPM",-
Participant 3,Cem,No submission,,19.00,-,-
"""


def test_times_of_the_download_are_not_those_of_hand_ins(tmp_path, capsys):
    """Moodle since 4.1 gives each file the moment at which it wrote it into the archive."""
    path, when = tmp_path / "a.zip", datetime(2026, 11, 5, 8, 0, 0)
    with zipfile.ZipFile(path, "w") as opened:
        for number, student in enumerate(("Ana_1", "Ben_2", "Dan_4")):
            entry = f"{student}_assignsubmission_file/x.ipynb"
            moment = (when + timedelta(seconds=2 * number)).timetuple()[:6]
            opened.writestr(zipfile.ZipInfo(entry, moment), b"{}")
    assert collect(NAME, path, tmp_path) == 0
    assert "times are those of its download and were left out" in capsys.readouterr().out
    assert not list(tmp_path.rglob("timestamp.txt"))

    worksheet = tmp_path / "sheet.csv"
    worksheet.write_text(WORKSHEET, encoding="utf-8-sig")
    assert collect(NAME, path, tmp_path, times_of(worksheet)) == 0
    said = capsys.readouterr().out
    assert "download" not in said
    assert "The worksheet has no time for Dan_4." in said
    stamps = {path.parent.parent.name: path.read_text() for path in tmp_path.rglob("*stamp.txt")}
    assert {who: stamp.strip() for who, stamp in stamps.items()} == {
        "Ana_1": utc(2026, 11, 2, 9, 5),
        "Ben_2": utc(2026, 11, 2, 23, 55),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Kennung,Status\n1,2\n", "is not Moodle's grading worksheet with the columns Identifier"),
        (WORKSHEET.replace("Monday, 2 November", "Montag, 2. November"), "'Montag, 2. November 20"),
        ("", "is not Moodle's grading worksheet"),
    ],
)
def test_a_worksheet_without_times_is_told(tmp_path, capsys, text, said):
    (tmp_path / "sheet.csv").write_text(text, encoding="utf-8")
    assert main(["02", str(tmp_path / "a.zip"), str(tmp_path / "sheet.csv")]) == 1
    assert said in capsys.readouterr().err
    assert main(["02", str(tmp_path / "sheet.csv")]) == 1
    assert "No archive was named" in capsys.readouterr().err


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
