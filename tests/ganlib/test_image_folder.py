"""A folder of images for other tools: whole or not there, without loss, and with a note."""

import numpy as np
import pytest
from PIL import Image

from ganlib import metrics
from ganlib.support import image_folder


def drawn(n=7, channels=3):
    return np.random.default_rng(0).integers(0, 256, (n, 5, 4, channels), dtype=np.uint8)


def read(folder):
    return np.stack([np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))])


def test_the_images_come_back_in_their_order(tmp_path):
    images = drawn(12)
    folder = metrics.export(images, tmp_path / "deep" / "samples", about="a test")
    assert np.array_equal(read(folder), images)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [*(f"{number:05d}.png" for number in range(12)), "note.txt"]


def test_grey_images_stay_grey(tmp_path):
    images = drawn(channels=1)
    assert np.array_equal(read(metrics.export(list(images), tmp_path / "grey")), images[..., 0])


def test_the_note_counts_what_differs_and_tells_one_set_from_another(tmp_path):
    images = drawn(6)
    repeated = np.concatenate([images[:2]] * 3)
    notes = [
        (metrics.export(each, tmp_path / name, name) / image_folder.NOTE).read_text("utf-8")
        for each, name in ((images, "six"), (repeated, "two"), (images, "again"))
    ]
    assert "6 images of 5 × 4 pixels, 3 channels" in notes[0]
    assert "6 of them different" in notes[0] and "2 of them different" in notes[1]
    sums = [next(line for line in note.splitlines() if "SHA-256" in line) for note in notes]
    assert sums[0] == sums[2] != sums[1]
    assert "about: two" in notes[1]
    for word in ("tool", "weights", "resizes", "split"):
        assert word in notes[0]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.png").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="must be a new or empty folder"):
        metrics.export(drawn(), tmp_path)
    with pytest.raises(FileExistsError):
        metrics.export(drawn(), tmp_path / "mine.png")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]
    (tmp_path / "empty").mkdir()
    assert len(read(metrics.export(drawn(), tmp_path / "empty"))) == 7


def test_a_link_to_an_empty_folder_stays_a_link(tmp_path):
    (tmp_path / "large disk").mkdir()
    (tmp_path / "samples").symlink_to(tmp_path / "large disk", target_is_directory=True)
    assert len(read(metrics.export(drawn(), tmp_path / "samples"))) == 7
    assert (tmp_path / "samples").is_symlink() and len(read(tmp_path / "large disk")) == 7


def test_after_a_failure_nothing_is_left(tmp_path, monkeypatch):
    def full(self, path):
        raise OSError("No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space"):
        metrics.export(drawn(), tmp_path / "samples")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_call_left_is_in_nobodys_way(tmp_path):
    (tmp_path / "samples.unfinished").mkdir()
    (tmp_path / "samples.unfinished" / "00000.png").write_bytes(b"half")
    metrics.export(drawn(), tmp_path / "samples")
    assert [path.name for path in tmp_path.iterdir()] == ["samples"]


@pytest.mark.parametrize(
    ("images", "error", "words"),
    [
        (np.zeros((2, 4, 4, 3)), TypeError, "must be uint8.*to_uint8"),
        (np.zeros((4, 4, 3), np.uint8), ValueError, "batch of one"),
        (np.zeros((0, 4, 4, 3), np.uint8), ValueError, "at least 1"),
        (np.zeros((2, 4, 4, 4), np.uint8), ValueError, "transparency"),
    ],
)
def test_what_is_no_set_of_images_is_refused(images, error, words, tmp_path):
    with pytest.raises(error, match=words):
        metrics.export(images, tmp_path / "samples")
    assert not list(tmp_path.iterdir())
