"""Files that are whole or as they were."""

import errno
import os
import time

import pytest

from ganlib.support import files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def pair(tmp_path):
    """Two files that are there already."""
    targets = tmp_path / "one.npz", tmp_path / "two.json"
    for path in targets:
        path.write_text(f"old {path.name}")
    return targets


def test_all_files_change_at_the_end_and_none_before(pair, tmp_path):
    with files.replacing(*pair) as unfinished:
        for path in unfinished:
            path.write_text("new")
        assert [path.read_text() for path in pair] == ["old one.npz", "old two.json"]
        assert [path.suffix for path in unfinished] == [".npz", ".json"]
        assert {path.parent for path in unfinished} == {tmp_path}
    assert [path.read_text() for path in pair] == ["new", "new"]
    assert names(tmp_path) == ["one.npz", "two.json"]


def test_a_file_that_was_not_there_is_made(tmp_path):
    with files.replacing(tmp_path / "new.txt") as [path]:
        path.write_text("whole")
    assert (tmp_path / "new.txt").read_text() == "whole"


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_after_a_stop_the_old_ones_are_whole_and_alone(pair, tmp_path, stop):
    with pytest.raises(stop), files.replacing(*pair) as [first, _]:
        first.write_text("half")
        raise stop
    assert [path.read_text() for path in pair] == ["old one.npz", "old two.json"]
    assert names(tmp_path) == ["one.npz", "two.json"]


def test_a_file_that_was_not_written_is_an_error_that_changes_none(pair, tmp_path):
    with pytest.raises(FileNotFoundError), files.replacing(*pair) as [first, _]:
        first.write_text("new, but the other is missing")
    assert [path.read_text() for path in pair] == ["old one.npz", "old two.json"]
    assert names(tmp_path) == ["one.npz", "two.json"]


def test_the_file_before_is_kept_where_that_is_wished(tmp_path):
    path, previous = tmp_path / "one.npz", tmp_path / "one.previous.npz"
    for content in ("first", "second", "third"):
        with files.replacing(path, previous=previous) as [unfinished]:
            unfinished.write_text(content)
    assert (path.read_text(), previous.read_text()) == ("third", "second")
    assert names(tmp_path) == ["one.npz", "one.previous.npz"]


def test_a_disk_that_turns_out_to_be_full_at_the_last_moment_changes_nothing(
    pair, tmp_path, monkeypatch
):
    """Network file systems say so only when a file is flushed."""

    def fsync(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    previous = tmp_path / "previous.npz"
    with (
        pytest.raises(OSError, match="No space"),
        files.replacing(*pair, previous=previous) as unfinished,
    ):
        for path in unfinished:
            path.write_text("new")
    assert [path.read_text() for path in pair] == ["old one.npz", "old two.json"]
    assert names(tmp_path) == ["one.npz", "two.json"]


def test_what_is_being_written_is_not_among_the_stems(tmp_path):
    for name in ("two.json", "one.json", "three.npz"):
        (tmp_path / name).touch()
    with files.replacing(tmp_path / "new.json") as [unfinished]:
        unfinished.touch()
        assert files.stems(tmp_path, "*.json") == ["one", "two"]
    assert files.stems(tmp_path, "*.json") == ["new", "one", "two"]


def test_what_a_kill_left_behind_is_removed_ten_minutes_later(tmp_path):
    for name, minutes in (("one.unfinished-0a.npz", 11), ("one.unfinished-0b.npz", 9)):
        (tmp_path / name).write_text("half, from a run that was killed")
        os.utime(tmp_path / name, (time.time() - 60 * minutes,) * 2)
    with files.replacing(tmp_path / "one.npz") as [path]:
        path.write_text("new")
    assert names(tmp_path) == ["one.npz", "one.unfinished-0b.npz"]
    assert (tmp_path / "one.npz").read_text() == "new"


def test_two_that_write_one_file_at_once_leave_a_whole_one(tmp_path):
    path = tmp_path / "one.npz"
    with files.replacing(path) as [first], open(first, "w") as half:
        half.write("first, ")
        half.flush()
        with files.replacing(path) as [second]:
            second.write_text("second")
        assert path.read_text() == "second"
        half.write("whole")
        half.close()
    assert path.read_text() == "first, whole" and names(tmp_path) == ["one.npz"]
