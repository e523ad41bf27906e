"""Reads the archives in which learning platforms give out what was handed in."""

import contextlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

__all__ = ["File", "NotAnArchive", "files_in", "made_at_once", "return_names"]

# "Ana Lopez_12345_assignsubmission_file_/x.ipynb"; without folders: "…_file_x.ipynb".
MOODLE = re.compile(
    r"(?P<student>[^/]+_\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>.+)", re.DOTALL
)
# "lopezana_LATE_123_456_x.ipynb": the user's number, then that of the file. A text that was typed
# in has no file: "lopezana_123_text.html". Graded without names: "LATE_anon_yJ8q3_456_x.ipynb".
CANVAS = re.compile(
    r"(?P<name>[^/]+?)(?P<late>_LATE)?_(?P<user>\d+)_(?:\d+_(?P<file>[^/]+)|(?P<typed>(?:text|link)"
    r"\.html))",
    re.DOTALL,
)
CANVAS_UNNAMED = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon)_(?P<user>[A-Za-z0-9]+)_(?:\d+_(?P<file>[^/]+)|(?P<typed>"
    r"(?:text|link)\.html))",
    re.DOTALL,
)
FOLDER = re.compile(r"(?P<student>[^/]+)/(?P<file>.+)", re.DOTALL)
MEGABYTES = 100
DOWNLOAD = timedelta(minutes=30)  # takes no longer
JUNK = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")


class NotAnArchive(ValueError):
    """A file that is no archive, or a damaged one."""


@dataclass
class File:
    """A file that a student handed in.

    Attributes:
        student: the name of their folder: what the platform calls them, with its number.
        name: of the file, without folders.
        content: its bytes.
        when: what the archive says, on the clock of the machine that made it; or None.
        late: the platform marks it so.
    """

    student: str
    name: str
    content: bytes
    when: datetime | None
    late: bool


def files_in(archive: Path, told: list[str]) -> Iterator[File]:
    """The files in a platform's archive, those in archives in it too.

    Args:
        archive: the file from Moodle or Canvas, or one with a folder for each student.
        told: gets a sentence for each entry that is left out.

    Raises:
        NotAnArchive: it cannot be read.
    """
    with _opened(archive) as (opened, entries):
        parts_of = {name: _student(name) for _, name in entries}
        flat = _flat([parts[:2] for parts in parts_of.values() if parts])
        for entry, name in entries:
            if entry.file_size > MEGABYTES << 20:
                told.append(f"{name} is larger than {MEGABYTES} MB")
                continue
            parts = parts_of[name]
            if parts is None:
                told.append(f"{name}: whose is it?")
                continue
            student, file, late, has_time = parts
            when = _time(entry) if has_time else None
            base = flat[student, file]
            yield from _unpacked(student, base, opened.read(entry), when, late, told)


def return_names(archive: Path) -> dict[str, str]:
    """How a file's name must begin, by student, for the platform to know whose it is.

    Students whom the platform does not name are left out, for it takes nothing back for them.

    Raises:
        NotAnArchive: it cannot be read.
    """
    names = {}
    with _opened(archive) as (_, entries):
        for _, name in entries:
            moodle, canvas = MOODLE.fullmatch(name), CANVAS.fullmatch(name)
            if moodle:
                who = moodle["student"].replace("_", " ").rpartition(" ")
                prefix = f"{who[0]}_{who[2]}_assignsubmission_file_/"
                names.setdefault(safe(moodle["student"]), prefix)
            elif canvas and canvas["file"] and not CANVAS_UNNAMED.fullmatch(name):
                prefix = name.removesuffix(canvas["file"])
                names.setdefault(safe(f"{canvas['name']}_{canvas['user']}"), prefix)
    return names


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tuple[zipfile.ZipFile, list[tuple[zipfile.ZipInfo, str]]]]:
    """A platform's archive and its entries, each with its name in it; junk is left out."""
    try:
        with zipfile.ZipFile(archive) as opened:
            named = [(entry, _name(entry)) for entry in opened.infolist() if not entry.is_dir()]
            named = [(entry, name) for entry, name in named if not _is_junk(name)]
            wrapped = len(_common_folder([name for _, name in named]))
            yield opened, [(entry, name[wrapped:]) for entry, name in named]
    except FileNotFoundError:
        raise NotAnArchive(f"There is no file {archive.absolute()}.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as problem:
        raise NotAnArchive(f"{archive.name} cannot be read as a ZIP archive: {problem}") from None


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name; many programs write UTF-8 without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            pass
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in JUNK for part in parts) or parts[-1].startswith(".")


def _common_folder(names: list[str]) -> str:
    """The folder, with its stroke, in which somebody wrapped up a whole archive of a platform, or
    the folders of several students.
    """
    first = {name.split("/")[0] for name in names}
    if len(first) != 1 or not all(name.count("/") for name in names):
        return ""
    folder = first.pop() + "/"
    rest = [name[len(folder) :] for name in names]
    platform = all(MOODLE.fullmatch(name) or _canvas(name) for name in rest)
    if platform:
        return folder if not MOODLE.fullmatch(names[0]) else ""
    holders = {name.split("/")[0] for name in rest if ".ipynb" in name.lower()}
    several = len(holders) > 1 and all("/" in name for name in rest)
    return folder if several and not MOODLE.fullmatch(names[0]) else ""


def _canvas(name: str) -> re.Match | None:
    return CANVAS_UNNAMED.fullmatch(name) or CANVAS.fullmatch(name)


def _student(name: str) -> tuple[str, str, bool, bool] | None:
    """Whose a file is: the student, its path in their folder, whether it is late, whether its
    time can be used.
    """
    moodle = MOODLE.fullmatch(name)
    if moodle:
        return safe(moodle["student"]), moodle["file"], False, True
    canvas = _canvas(name)
    if canvas:
        # Canvas writes the time of the archive, not that of the hand-in.
        student = f"{canvas['name']}_{canvas['user']}"
        return safe(student), canvas["file"] or canvas["typed"], bool(canvas["late"]), False
    folder = FOLDER.fullmatch(name)
    if folder:
        return safe(folder["student"]), folder["file"], False, True
    return None


def _flat(files: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A name without folders for each student's file; of several that would be the same, each that
    lies in a folder keeps it in its name, so that none takes the place of another unseen.

    >>> sorted(_flat([("ana", "x.ipynb"), ("ana", "old/x.ipynb"), ("ben", "w/y.ipynb")]).values())
    ['old-x.ipynb', 'x.ipynb', 'y.ipynb']
    """
    times = Counter((student, PurePosixPath(file).name) for student, file in files)
    return {
        (student, file): safe(
            file.replace("/", "-")
            if times[student, PurePosixPath(file).name] > 1
            else PurePosixPath(file).name
        )
        for student, file in files
    }


def safe(name: str) -> str:
    """A name that every system takes for a folder: no strokes, no colons, nothing hidden."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", name).strip(" .") or "_"


def _time(entry: zipfile.ZipInfo) -> datetime | None:
    """An entry's time; 1980 is what programs write that know none."""
    try:
        when = datetime(*entry.date_time)
    except ValueError:
        return None
    return when if when.year > 1980 else None


def made_at_once(times: list[datetime]) -> bool:
    """Whether the times of an archive's files, in their order, are those at which it was made.

    Moodle since 4.1 and Canvas write an archive while it is downloaded, and give each file the time
    of that moment: no time is before the one above it, and all lie within minutes. Times of
    hand-ins come in the order of the students' names.

    >>> noon = datetime(2026, 11, 2, 12, 0)
    >>> made_at_once([noon, noon, noon + timedelta(seconds=2)])
    True
    >>> made_at_once([noon, noon - timedelta(days=2), noon - timedelta(hours=1)])
    False
    """
    return times == sorted(times) and (not times or times[-1] - times[0] <= DOWNLOAD)


def _unpacked(
    student: str, name: str, content: bytes, when: datetime | None, late: bool, told: list[str]
) -> Iterator[File]:
    """A file, or those in it if a student handed in an archive."""
    if not name.lower().endswith(".zip"):
        yield File(student, safe(name), content, when, late)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            named = [(entry, _name(entry)) for entry in inner.infolist() if not entry.is_dir()]
            named = [(entry, inside) for entry, inside in named if not _is_junk(inside)]
            flat = _flat([(student, inside) for _, inside in named])
            for entry, inside in named:
                if entry.file_size > MEGABYTES << 20:
                    told.append(f"{student}: {inside} is larger than {MEGABYTES} MB")
                    continue
                yield File(student, flat[student, inside], inner.read(entry), when, late)
    except Exception:  # whatever a damaged archive makes zipfile raise
        told.append(f"{student}: {name} cannot be read as a ZIP archive")
