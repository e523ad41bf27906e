"""Images of your own: a folder of files of any kind becomes one array of squares of one size.

``from_folder`` reads what Pillow can read, turns each image upright and into RGB, cuts or pads it
to a square, shrinks it, and leaves out, with a reason, what cannot be used. The result lies in one
file beside the folder, from which the next call takes it, and from which batches can be read where
the images do not fit into memory.
"""

import dataclasses
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ganlib.data import Batches
from ganlib.support import image_archive
from ganlib.support.image_files import SHAPES, Unusable, quietly, square
from ganlib.support.progress_bar import ProgressBar
from ganlib.support.validation import whole_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Folder", "from_folder"]

CHUNK = 256  # images decoded at once, which bounds the memory
HIDDEN = ("__MACOSX",)


@dataclasses.dataclass(frozen=True, eq=False)
class Folder:
    """What ``from_folder`` has made of a folder.

    Attributes:
        images: uint8 ``(n, size, size, 3)``. They lie on the disk and are read where they are used;
            ``np.array(folder.images)`` takes them into memory.
        labels: int32 ``(n,)``, an index into ``class_names``, where all images lie in two or more
            sub-folders; else None.
        class_names: the names of these sub-folders, in alphabetical order.
        files: for each image its file, relative to the folder.
        left_out: for each file that was not used, why.
        facts: how the images were made: "size", "shape", "path" of the file that holds them, and
            "cut", the share of the pixels that was cut off.
    """

    images: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    files: tuple[str, ...]
    left_out: dict[str, str]
    facts: dict

    def __repr__(self) -> str:
        """What was done, in three lines."""
        size, n = self.facts["size"], len(self.images)
        kinds = f", {len(self.class_names)} classes" if self.class_names else ""
        cut = f"{self.facts['cut']:.0%} of the pixels cut off"
        how = cut if self.facts["shape"] == "crop" else "padded with white"
        reasons = Counter(self.left_out.values())
        named = ", ".join(f"{reason}: {count:,}" for reason, count in reasons.most_common(4))
        more = ", …" if len(reasons) > 4 else ""
        return (
            f"{n:,} images of {size} × {size}{kinds}; {how}\n"
            f"{len(self.left_out):,} files left out{f' ({named}{more})' * bool(named)}\n"
            f"kept in {self.facts['path']}, {self.images.nbytes / 1e6:,.1f} MB"
        )

    def batches(self, batch_size: int = 64, seed: int = 0) -> Batches:
        """Batches to train on, read from the disk one by one: memory does not grow with n.

        Their order is that of ``ganlib.data.dataset``, so a training on them resumes in the same
        way. Where the images fit into memory, ``data.dataset(folder.images, folder.labels)`` is the
        same, and a little faster.

        Args:
            batch_size: images in a batch.
            seed: fixes the order; 0 or more.

        Returns:
            Batches of uint8 ``(batch_size, size, size, 3)``, with labels if there are any.
        """
        import tensorflow as tf

        images, shape = self.images, (None, *self.images.shape[1:])

        def read(rows, *labels):
            taken = tf.numpy_function(lambda wanted: np.array(images[wanted]), [rows], tf.uint8)
            taken = tf.ensure_shape(taken, shape)
            return (taken, *labels) if labels else taken

        with tf.device("CPU:0"):  # as ``dataset`` does
            columns = (tf.range(len(images)),)
            if self.labels is not None:
                columns += (tf.constant(self.labels, tf.int32),)
        size, seed = whole_number(batch_size, "batch_size", 1), whole_number(seed, "seed", 0)
        return Batches(columns, size, seed).map(read)

    def split(self, held_out: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the images to train on, and of those that no training sees.

        Args:
            held_out: the share of the latter, in (0, 1).
            seed: fixes which.

        Returns:
            Two arrays of row numbers of ``images``, at random and in ascending order.

        Raises:
            ValueError: the share is out of range, or leaves one side empty.
        """
        n = len(self.images)
        count = round(n * held_out) if 0 < held_out < 1 else 0
        if not 0 < count < n:
            raise ValueError(
                f"held_out is {held_out!r}, but must be a share of {n:,} images in (0, 1) that "
                "leaves at least one on each side."
            )
        order = np.random.default_rng(seed).permutation(n)
        return np.sort(order[count:]), np.sort(order[:count])

    def contact_sheet(self, count: int = 40, seed: int = 0) -> "Figure":
        """Images drawn at random, as the networks will see them.

        Args:
            count: how many at most.
            seed: fixes which.

        Returns:
            A figure; with classes, a caption under each image.
        """
        from ganlib import plots

        n, size = len(self.images), self.facts["size"]
        count = min(whole_number(count, "count", 1), n)
        rows = np.sort(np.random.default_rng(seed).permutation(n)[:count])
        captions = None
        if self.labels is not None:
            letters = max(4, size // 4)
            captions = [self.class_names[label][:letters] for label in self.labels[rows]]
        title = f"{count} of {n:,} images, as the networks see them"
        return plots.image_grid(self.images[rows], 10, 2, title, captions)


def from_folder(
    path: str | Path, size: int = 32, shape: str = "crop", cache: str | Path | None = None
) -> Folder:
    """Make an array of the images in a folder and its sub-folders, and keep it in one file.

    Every format that Pillow reads is taken; of an animation the first frame. An image is turned as
    its camera says, grey and CMYK become RGB, 16 bits become 8, what is transparent becomes white.
    Left out and reported are files that are no images or are damaged, images smaller than ``size``
    (an enlarged one would teach G to draw blur), and exact copies of an earlier one, which would
    otherwise stand among the training images and the held-out ones. Files whose names begin with a
    point are passed over.

    Args:
        path: the folder.
        size: height and width of the images, for example 32 or 64.
        shape: "crop" cuts the largest square from the middle; "pad" keeps all and adds white.
        cache: the file for the result, which ends in ``.npz``; None for one beside the folder. It
            is used again as long as the folder and the arguments are the same.

    Returns:
        The ``Folder``. Its text says in three lines what was done.

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: an argument is out of range, not one image can be used, or the folder is the
            root of a drive and no cache is given.
        OSError: the result cannot be written.
    """
    root = Path(path).expanduser()
    size = whole_number(size, "size", 4, 1024)
    if shape not in SHAPES:
        raise ValueError(f"shape is {shape!r}, but must be one of {', '.join(map(repr, SHAPES))}.")
    if not root.is_dir():
        raise NotADirectoryError(
            f"There is no folder {root}. Give the path of the folder that holds your images. On "
            "Colab upload it first, or mount your Drive and give the path there."
        )
    if cache is None:
        named = root if root.name not in ("", "..") else root.resolve()
        if not named.name:
            raise ValueError(
                f"{root} is the root of a drive: there is no place beside it for the result. Give "
                'cache="images.npz", or another file that can be written.'
            )
        cache = named.with_name(f"{named.name}-{size}-{shape}.npz")
    cache = Path(cache).expanduser()
    if cache.suffix != ".npz":
        raise ValueError(f"cache is {cache}, but must end in .npz.")
    listed = list(_files(root, cache))
    made_of = {"size": size, "shape": shape, "files": _fingerprint(listed)}
    stored = image_archive.read(cache, made_of)
    if stored is None:
        stored = _convert(root, [name for name, _ in listed], size, shape, cache, made_of)
    images, notes = stored
    return _folder(images, notes, cache)


def _folder(images: np.ndarray, notes: dict, cache: Path) -> Folder:
    """The images with what is noted of them."""
    files = tuple(notes["kept"])
    parts = [Path(name).parts for name in files]
    names = tuple(sorted({part[0] for part in parts}))
    labels = None
    if len(names) > 1 and all(len(part) > 1 for part in parts):
        place = {name: number for number, name in enumerate(names)}
        labels = np.array([place[part[0]] for part in parts], np.int32)
    facts = {name: notes[name] for name in ("size", "shape", "cut")} | {"path": str(cache)}
    return Folder(
        images, labels, names if labels is not None else (), files, notes["left_out"], facts
    )


def _files(root: Path, cache: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All files below a folder in alphabetical order, those of linked folders too, without hidden
    ones and the cache.
    """
    seen = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        if (place := os.path.realpath(folder)) in seen:  # linked to from two places, or to itself
            folders[:] = []
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if name not in HIDDEN and name[0] != ".")
        for name in sorted(names):
            path = Path(folder, name)
            if name[0] != "." and path.resolve() != cache.resolve() and path.is_file():
                yield path.relative_to(root).as_posix(), path.stat()


def _fingerprint(listed: list[tuple[str, os.stat_result]]) -> str:
    """A text that changes when a file comes, goes or changes."""
    lines = (f"{name}\t{stat.st_size}\t{stat.st_mtime_ns}" for name, stat in listed)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _convert(
    root: Path, names: list[str], size: int, shape: str, cache: Path, made_of: dict
) -> tuple[np.ndarray, dict]:
    """Read all files, write those that can be used, and note the others."""
    kept, left_out, seen, areas = [], {}, set(), [0, 0]
    bar = ProgressBar(len(names), "reading images")

    def read(name: str):
        """An image with its area and the area used; or, in words, why it cannot be used."""
        try:
            return square(root / name, size, shape)
        except Unusable as reason:
            return str(reason)

    def chunks() -> Iterator[np.ndarray]:
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool, quietly():
            for start in range(0, len(names), CHUNK):
                part, good = names[start : start + CHUNK], []
                for name, result in zip(part, pool.map(read, part), strict=True):
                    if isinstance(result, str):
                        left_out[name] = result
                        continue
                    pixels, area, used = result
                    mark = hashlib.blake2b(pixels.tobytes(), digest_size=16).digest()
                    if mark in seen:
                        left_out[name] = "copy of another image"
                        continue
                    seen.add(mark)
                    kept.append(name)
                    good.append(pixels)
                    areas[:] = areas[0] + area, areas[1] + used
                bar.show(start + len(part))
                if good:
                    yield np.stack(good)
        bar.close()

    notes = {"made_of": made_of, "size": size, "shape": shape, "kept": kept, "left_out": left_out}

    def finished_notes() -> dict:
        if not kept:
            raise ValueError(_about_nothing(root, names, left_out, size))
        return notes | {"cut": 1 - areas[1] / areas[0]}

    image_archive.write(cache, chunks(), (size, size, 3), finished_notes)
    return image_archive.read(cache, made_of)


def _about_nothing(root: Path, names: list[str], left_out: dict[str, str], size: int) -> str:
    """Why there is not one image, and what to do."""
    if not names:
        return f"The folder {root} is empty, but must hold image files, also in sub-folders."
    reasons = Counter(left_out.values())
    said = ", ".join(f"{reason}: {count:,}" for reason, count in reasons.most_common(3))
    remedy = (
        f" Take a smaller size than {size}." if any("smaller" in each for each in reasons) else ""
    )
    return f"Not one of the {len(names):,} files in {root} can be used ({said}).{remedy}"
