"""CIFAR-10: found on this machine or downloaded, checked and read; or an error that says why not.

Sources, in this order; the first good one is taken:

1. ``GANLIB_DATA_DIR``, if it is set: a folder that holds ``cifar-10-batches-py`` or
   ``cifar-10-python.tar.gz``, or the path of either. If there is nothing good there, that is an
   error and no other source is tried: whoever names a folder means that folder.
2. The unpacked folder in the usual places: this package's cache (``~/.cache/ganlib``), ``./data``,
   Keras's caches (old and new names).
3. The archive in the same places. A browser may have unzipped it to ``cifar-10-python.tar``.
4. A download from the authors' page, kept in this package's cache for the next time.

Every file that is read must have the MD5 sum of the genuine one, so it does not matter where it
comes from. Everything is read in memory: nothing is unpacked, and the only file ever replaced is a
damaged one in this package's own cache. The files are pickles, which may run code when they are
read. They are read only once their sums are known to be right, and by a reader that knows three
harmless names.
"""

import contextlib
import hashlib
import io
import os
import pickle
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ganlib.support.download import DownloadFailed, download, keep

__all__ = ["CLASS_NAMES", "DataUnavailable", "cache_folder", "load"]

CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
FOLDER, ARCHIVE = "cifar-10-batches-py", "cifar-10-python.tar.gz"
MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
IMAGES_A_FILE = 10_000
LARGEST_FILE = 40_000_000  # bytes; the genuine ones have 31 million
LARGEST_ARCHIVE = 250_000_000  # bytes; the genuine one has 170 million


class DataUnavailable(RuntimeError):
    """A data set could not be loaded; the message says what was tried, what failed, what to do."""


class _Unusable(Exception):
    """A source does not provide the data; the message names it and says why."""


def load(split: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Load the first n images of a split, and their labels.

    Args:
        split: ``"train"`` or ``"test"``.
        n: how many, at most 50,000 or 10,000.

    Returns:
        Images, uint8 ``(n, 32, 32, 3)``, and labels, int32 ``(n,)`` in 0 … 9.

    Raises:
        DataUnavailable: no source is good.
    """
    files = -(-n // IMAGES_A_FILE)
    names = [f"data_batch_{i + 1}" for i in range(files)] if split == "train" else ["test_batch"]
    # `%env GANLIB_DATA_DIR="folder"` and Windows's `set` leave the quotes in the value.
    named = os.environ.get("GANLIB_DATA_DIR", "").strip().strip("'\"").strip()
    tried: list[str] = []
    for source in _named_sources(named, tried) if named else _usual_sources(tried):
        try:
            return _read(source, names, n)
        except _Unusable as why:
            tried.append(str(why))
    if not named:
        try:
            return _fetch(names, n)
        except _Unusable as why:
            tried.append(str(why))
    raise DataUnavailable(_advice(named, tried))


def cache_folder() -> Path:
    """The folder in which a downloaded archive is kept."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
    return Path(os.path.expanduser(root)) / "ganlib"


# Where it may be. The functions of os.path answer "no" for a folder that may not be opened.


def _folders_in(place: Path) -> list[Path]:
    names = ("", FOLDER, f"{FOLDER}-target/{FOLDER}", f"{FOLDER}/{FOLDER}")  # the last two: Keras 3
    return [place / name for name in names if any(os.path.exists(place / name / x) for x in MD5)]


def _archives_in(place: Path) -> list[Path]:
    names = (ARCHIVE, ARCHIVE.removesuffix(".gz"))
    names += (f"{FOLDER}-target_archive", f"{FOLDER}.tar.gz")  # as Keras calls it
    return [place / name for name in names if os.path.isfile(place / name)]


def _named_sources(named: str, tried: list[str]) -> list[Path]:
    place = Path(os.path.expanduser(named))
    if os.path.isfile(place):
        return [place]
    sources = _folders_in(place) + _archives_in(place)
    if not sources:
        try:
            inside = sorted(os.listdir(place))
        except OSError as fault:
            tried.append(f"{place}: {fault.strerror or fault}")
            return []
        some = ", ".join(inside[:5]) + (", …" if len(inside) > 5 else "")
        tried.append(f"{place}: holds neither {FOLDER} nor {ARCHIVE}; it holds {some or 'nothing'}")
        if any("batch" in name and name.endswith((".bin", ".mat")) for name in inside):
            tried[-1] += " (the binary or Matlab version; the Python version is needed)"
    return sources


def _usual_sources(tried: list[str]) -> list[Path]:
    home = Path(os.path.expanduser("~"))
    keras = Path(os.path.expanduser(os.environ.get("KERAS_HOME") or home / ".keras"))
    places = [cache_folder(), Path("data"), keras / "datasets", home / ".keras" / "datasets"]
    places.append(Path(tempfile.gettempdir(), ".keras", "datasets"))  # Keras, home read-only
    places = list(dict.fromkeys(places))
    sources = [folder for place in places for folder in _folders_in(place)]
    sources += [archive for place in places for archive in _archives_in(place)]
    if not sources:
        tried.append(f"neither {FOLDER} nor {ARCHIVE} in: " + ", ".join(map(str, places)))
    return sources


def _advice(named: str, tried: list[str]) -> str:
    lines = ["CIFAR-10 could not be loaded. Tried:", *(f"  - {line}" for line in tried)]
    if named:
        lines += [
            f"GANLIB_DATA_DIR is set to {named!r}, so no other place was tried. What to do:",
            f"  - put a fresh {ARCHIVE} there, from {URL}, or",
            "  - unset GANLIB_DATA_DIR: then the usual places and a download are tried, or",
        ]
    else:
        lines += [
            "What to do:",
            "  - if you have a network, run this again, because the fault may be temporary, or",
            f"  - get {URL} in some other way, and name its folder before you load the data:",
            '      import os; os.environ["GANLIB_DATA_DIR"] = "/path/to/that/folder"',
        ]
    last = '  - use the images drawn by code, which need no file: ganlib.data.load("shapes").'
    return "\n".join([*lines, last])


# Reading what is there ----------------------------------------------------------------------------


def _read(source: Path | io.BytesIO, names: list[str], n: int) -> tuple[np.ndarray, np.ndarray]:
    images = np.empty((len(names) * IMAGES_A_FILE, 32, 32, 3), np.uint8)
    labels = np.empty(len(images), np.int32)
    in_folder = isinstance(source, Path) and os.path.isdir(source)
    files = (_files_of_folder if in_folder else _files_of_archive)(source, names)
    for name, content, where in files:
        if name in names:
            start = names.index(name) * IMAGES_A_FILE
            rows = slice(start, start + IMAGES_A_FILE)
            images[rows], labels[rows] = _decode(content, where)
    return images[:n], labels[:n]


def _files_of_folder(folder: Path, names: list[str]) -> Iterator[tuple[str, bytes, str]]:
    for name in names:
        where = str(folder / name)
        try:
            with open(where, "rb") as file:
                content = file.read(LARGEST_FILE)
        except OSError as fault:
            raise _Unusable(f"{where}: {fault.strerror or fault}") from fault
        _check_sum(content, name, where)
        yield name, content, where


def _files_of_archive(
    source: Path | io.BytesIO, names: list[str]
) -> Iterator[tuple[str, bytes, str]]:
    on_disk = isinstance(source, Path)
    title = str(source) if on_disk else "the downloaded archive"
    missing = set(names) if on_disk else set(MD5)  # a fresh download is checked as a whole
    try:
        with (
            open(source, "rb") if on_disk else contextlib.nullcontext(source) as archive,
            tarfile.open(fileobj=archive, mode="r:gz" if _is_gzip(archive) else "r:") as tar,
        ):
            for member in tar:
                name = os.path.basename(member.name)
                if member.isfile() and name in missing:
                    content = tar.extractfile(member).read(LARGEST_FILE)
                    where = f"{title}, in it {name}"
                    _check_sum(content, name, where)
                    missing.remove(name)
                    yield name, content, where
                if not missing:
                    return
    except (OSError, EOFError, tarfile.TarError, zlib.error) as fault:
        raise _Unusable(f"{title}: cut short, damaged or not a .tar.gz file ({fault})") from fault
    raise _Unusable(f"{title}: lacks {', '.join(sorted(missing))}; another set, or cut short?")


def _is_gzip(archive: BinaryIO) -> bool:
    start = archive.read(2)
    archive.seek(0)
    return start == b"\x1f\x8b"


def _check_sum(content: bytes, name: str, where: str) -> None:
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if md5 != MD5[name]:
        raise _Unusable(
            f"{where}: damaged, cut short or not the genuine file "
            f"({len(content):,} bytes with MD5 {md5}; the genuine file has {MD5[name]})"
        )


# What the genuine files name. NumPy moved the function to another module, and knows where it is
# now.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str):
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no genuine file does")
        return _ALLOWED[module, name]


def _decode(content: bytes, where: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        batch = _Reader(io.BytesIO(content), encoding="bytes").load()
        pixels, labels = batch[b"data"], np.array(batch[b"labels"], np.int64)
        if not (
            isinstance(pixels, np.ndarray)
            and (pixels.dtype, pixels.shape) == (np.uint8, (IMAGES_A_FILE, 3072))
            and labels.shape == (IMAGES_A_FILE,)
            and np.isin(labels, range(len(CLASS_NAMES))).all()
        ):
            raise ValueError("it holds something other than images and their labels")
    except Exception as fault:  # a bad pickle may raise anything
        raise _Unusable(f"{where}: not a file of CIFAR-10 ({fault})") from fault
    return pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


# The download, which stays in memory (170 MB) until it is known to be good ------------------------


def _fetch(names: list[str], n: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        content = download(URL, "CIFAR-10", LARGEST_ARCHIVE)
    except DownloadFailed as why:
        raise _Unusable(str(why)) from why
    try:
        loaded = _read(content, names, n)
    except _Unusable as why:
        start = content.getvalue()[:40]
        raise _Unusable(f"{URL}: did not send CIFAR-10: {why}; it begins with {start!r}") from why
    print(keep(content, cache_folder() / ARCHIVE))
    return loaded
