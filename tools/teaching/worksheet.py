"""Reads the tables of learning platforms: Moodle's grading worksheet, Canvas's gradebook."""

import contextlib
import csv
import io
import re
from datetime import datetime
from pathlib import Path

__all__ = ["IDENTIFIER", "TableError", "column", "number_of", "read", "times_of"]

IDENTIFIER = "Identifier"
SUBMITTED = "Last modified (submission)"
# As Moodle writes them in English, British and American, and as a person would.
TIMES = (
    "%A, %d %B %Y, %I:%M %p",
    "%A, %B %d, %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
)


class TableError(ValueError):
    """A table that cannot be used; the message says why, and what to do."""


def read(path: Path) -> tuple[list[dict[str, str]], type[csv.Dialect]]:
    """A table's rows, and how its columns are separated.

    Raises:
        TableError: it is no text, or an Excel file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TableError(
            f"{path.name} is no CSV file in UTF-8. Take the file as the platform gives it out, not "
            "as Excel has saved it."
        ) from None
    delimiter = ","
    if text.strip():
        with contextlib.suppress(csv.Error):  # one column, nothing separated
            delimiter = csv.Sniffer().sniff(text.splitlines()[0], ",;\t").delimiter
    # Of a header without quotation marks the sniffer would say that none are ever doubled.
    dialect = type("Table", (csv.excel,), {"delimiter": delimiter})
    return list(csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)), dialect


def column(header: list[str], title: str) -> str | None:
    """The column with this title; versions of Moodle differ in capitals."""
    return next((each for each in header if each.strip().lower() == title.lower()), None)


def number_of(text: str) -> str:
    """The platform's number at the end of "Participant 12345", "Ana Lopez_12345" or "12345"."""
    digits = re.search(r"(?:^|[_\s])(\d+)$", text.strip())
    return digits[1] if digits else ""


def times_of(path: Path) -> dict[str, datetime]:
    """When each student handed in, by their number, from Moodle's grading worksheet.

    Whoever handed in nothing is not in it.

    Raises:
        TableError: it is another table, or its times are not in English.
    """
    rows, _ = read(path)
    header = list(rows[0]) if rows else []
    identifier, submitted = column(header, IDENTIFIER), column(header, SUBMITTED)
    if identifier is None or submitted is None:
        raise TableError(
            f"{path.name} is not Moodle's grading worksheet with the columns {IDENTIFIER} and "
            f"{SUBMITTED}: set Moodle to English, then download it again."
        )
    times = {}
    for row in rows:
        text = " ".join((row[submitted] or "").split())
        if text in ("", "-"):
            continue
        when = _time(text)
        if when is None:
            raise TableError(
                f"{path.name}: the time {text!r} of {row[identifier]} cannot be read. Set Moodle "
                "to English, or write it as 2027-04-12 20:00."
            )
        times[number_of(row[identifier])] = when
    return times


def _time(text: str) -> datetime | None:
    for form in TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None
