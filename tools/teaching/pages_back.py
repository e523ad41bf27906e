"""Packs the pages of feedback as a platform takes them back: under the names of its own archive."""

import zipfile
from pathlib import Path

from tools import ROOT
from tools.teaching import record
from tools.teaching.archives import return_names

__all__ = ["pack"]


def pack(name: str, archive: Path, root: Path = ROOT) -> tuple[Path, list[str]]:
    """Writes ``feedback-NN-for-upload.zip`` with each student's page.

    Moodle takes it by *Upload multiple feedback files in a zip*, Canvas by *Re-Upload Submissions*.
    Both know whose a file is by the numbers in its name.

    Args:
        name: of the exercise, ``NN-name``.
        archive: the one that the platform gave out, with what was handed in.
        root: the course's folder.

    Returns:
        The archive, and sentences on whoever is not in it.

    Raises:
        NotAnArchive: it cannot be read.
    """
    names = return_names(archive)
    pages = {
        path.parent.parent.name: path
        for path in sorted((root / "feedback").glob(f"*/{name}/*.html"))
        if path.stem == name
    }
    reasons = {who: entry.reason for who, entry in record.load(name, root).items() if entry.reason}
    told = [f"{who} gets no page: not graded: {why}" for who, why in sorted(reasons.items())]
    pages = {student: page for student, page in pages.items() if student not in reasons}
    told += [
        f"{student} has a page, but no place in {archive.name}"
        for student in pages
        if student not in names
    ]
    path = root / f"feedback-{name[:2]}-for-upload.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for student, page in pages.items():
            if student in names:
                packed.write(page, names[student] + page.name)
    return path, told
