"""CIFAR-10's sources and every way in which they fail; small stand-ins for the files and the
server.
"""

import contextlib
import errno
import gzip
import hashlib
import io
import os
import pickle
import shutil
import struct
import tarfile
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ganlib import data
from ganlib.support import cifar, download

A_FILE = 6  # images in a stand-in file
NAMES = list(cifar.MD5)


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, as in the genuine files."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        head = (
            b"U" + bytes([len(value)]) if len(value) < 256 else b"T" + struct.pack("<i", len(value))
        )
        self.write(head + value)
        self.memoize(value)

    dispatch[bytes] = save_bytes


def dump(value):
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    return file.getvalue().replace(b"numpy._core.multiarray\n", b"numpy.core.multiarray\n")


def pixels(number):
    """Images of file `number` as they come out: (n, 32, 32, 3)."""
    return np.random.default_rng(number).integers(0, 256, (A_FILE, 32, 32, 3), dtype=np.uint8)


def content(number):
    rows = pixels(number).transpose(0, 3, 1, 2).reshape(A_FILE, 3072)
    labels = [(number + i) % 10 for i in range(A_FILE)]
    return dump({b"data": rows, b"labels": labels, b"batch_label": b"a batch"})


CONTENTS = {name: content(number) for number, name in enumerate(NAMES)}


def archive_of(contents, folder=cifar.FOLDER):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name in reversed(contents):  # not in the order in which they are needed
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(contents[name])
            tar.addfile(entry, io.BytesIO(contents[name]))
    return file.getvalue()


ARCHIVE = archive_of(CONTENTS)


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """An empty home, an empty folder, no network, and stand-ins as the genuine files."""
    for name in ("home", "here", "tmp"):
        (tmp_path / name).mkdir()
    for name in ("GANLIB_DATA_DIR", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(cifar, "URL", "http://127.0.0.1:9/cifar-10-python.tar.gz")  # nobody listens
    monkeypatch.setattr(cifar, "IMAGES_A_FILE", A_FILE)
    monkeypatch.setattr(
        cifar, "MD5", {name: hashlib.md5(value).hexdigest() for name, value in CONTENTS.items()}
    )
    return tmp_path


def unpack(folder, contents=CONTENTS):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in contents.items():
        (folder / name).write_bytes(value)
    return folder


def check_all():
    train, labels = cifar.load("train", 5 * A_FILE)
    assert np.array_equal(train, np.concatenate([pixels(i) for i in range(5)]))
    assert labels.tolist() == [(number + i) % 10 for number in range(5) for i in range(A_FILE)]
    test, _ = cifar.load("test", A_FILE)
    assert np.array_equal(test, pixels(5))


def failure(split="train", n=5 * A_FILE):
    with pytest.raises(data.DataUnavailable) as caught:
        cifar.load(split, n)
    message = str(caught.value)
    assert 'ganlib.data.load("shapes")' in message  # there is always a way on
    return message


# Where it is found


@pytest.mark.parametrize("where", ["", "cifar-10-batches-py"])
def test_named_folder(place, monkeypatch, where):
    unpack(place / "mine" / where)
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / "mine"))
    check_all()


@pytest.mark.parametrize("named", ["", "cifar-10-python.tar.gz"])
def test_named_archive(place, monkeypatch, named):
    (place / "here" / cifar.ARCHIVE).write_bytes(ARCHIVE)
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / "here" / named))
    check_all()
    assert os.listdir(place / "here") == [cifar.ARCHIVE]  # read in memory, nothing unpacked


@pytest.mark.parametrize("quote", ["'", '"'])
def test_named_folder_may_be_in_quotes(place, monkeypatch, quote):
    """As IPython's %env leaves them."""
    unpack(place / "my data")
    monkeypatch.setenv("GANLIB_DATA_DIR", f"{quote}{place / 'my data'}{quote}")
    check_all()


@pytest.mark.parametrize("named", ["", "cifar-10-python.tar"])
def test_an_archive_that_a_browser_has_unzipped(place, monkeypatch, named):
    (place / "here" / "cifar-10-python.tar").write_bytes(gzip.decompress(ARCHIVE))
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / "here" / named))
    check_all()


def test_named_folder_may_begin_with_a_tilde(place, monkeypatch):
    unpack(place / "home" / "cifar")
    monkeypatch.setenv("GANLIB_DATA_DIR", "~/cifar")
    check_all()


def test_few_images_need_only_their_file(place, monkeypatch):
    unpack(place / "mine", {"data_batch_1": CONTENTS["data_batch_1"]})
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / "mine"))
    images, labels = cifar.load("train", 4)
    assert np.array_equal(images, pixels(0)[:4]) and len(labels) == 4
    assert "data_batch_2: No such file" in failure(n=A_FILE + 1)


USUAL = [
    "here/data/cifar-10-batches-py",
    "home/.cache/ganlib/cifar-10-batches-py",
    "home/.keras/datasets/cifar-10-batches-py",
    "home/.keras/datasets/cifar-10-batches-py-target/cifar-10-batches-py",
    "tmp/.keras/datasets/cifar-10-batches-py",
]


@pytest.mark.parametrize("folder", USUAL)
def test_usual_folders(place, folder):
    unpack(place / folder)
    check_all()


@pytest.mark.parametrize(
    "path",
    [
        "here/data/cifar-10-python.tar.gz",
        "home/.cache/ganlib/cifar-10-python.tar.gz",
        "home/.keras/datasets/cifar-10-batches-py.tar.gz",
        "home/.keras/datasets/cifar-10-batches-py-target_archive",
    ],
)
def test_usual_archives(place, path):
    (place / path).parent.mkdir(parents=True)
    (place / path).write_bytes(ARCHIVE)
    check_all()


def test_keras_home(place, monkeypatch):
    unpack(place / "other" / "datasets" / cifar.FOLDER)
    monkeypatch.setenv("KERAS_HOME", str(place / "other"))
    check_all()


def test_a_bad_source_is_passed_over_for_a_good_one_and_stays_as_it_is(place):
    bad = unpack(place / USUAL[1], {**CONTENTS, "data_batch_3": b"half"})
    unpack(place / USUAL[2])
    check_all()
    assert (bad / "data_batch_3").read_bytes() == b"half"


# How it fails


def test_nothing_anywhere_says_what_was_tried_and_what_to_do(place):
    message = failure()
    for words in (
        str(place / "home" / ".cache" / "ganlib"),
        str(Path("home", ".keras", "datasets")),
        "no connection",
        "127.0.0.1:9",
        'os.environ["GANLIB_DATA_DIR"]',
    ):
        assert words in message


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda good: good[:1_000], "1,000 bytes"),
        (lambda good: b"", "0 bytes"),
        (lambda good: good[:500] + b"!" + good[501:], "damaged"),
        (lambda good: b"<!DOCTYPE html><html>", "not the genuine file"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_bad_file_is_named(place, monkeypatch, spoil, words, packed):
    contents = {**CONTENTS, "data_batch_4": spoil(CONTENTS["data_batch_4"])}
    unpack(place / "mine", contents)
    if packed:
        (place / "mine.tar.gz").write_bytes(archive_of(contents))
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / ("mine.tar.gz" if packed else "mine")))
    message = failure()
    assert words in message and "data_batch_4" in message and "mine" in message
    assert np.array_equal(cifar.load("test", A_FILE)[0], pixels(5))  # the other files are good


def missing(place):
    return place / "nowhere", "No such file"


def empty(place):
    (place / "empty").mkdir()
    return place / "empty", "nothing"


def other_files(place):
    (place / "photos").mkdir()
    (place / "photos" / "cat.jpg").write_bytes(b"meow")
    return place / "photos", "it holds cat.jpg"


def binary_version(place):
    (place / "binary").mkdir()
    (place / "binary" / "data_batch_1.bin").write_bytes(b"1")
    return place / "binary", "the Python version is needed"


def half_an_archive(place):
    (place / "half.tar.gz").write_bytes(ARCHIVE[: len(ARCHIVE) // 2])
    return place / "half.tar.gz", "cut short"


def no_archive(place):
    (place / "page.tar.gz").write_bytes(b"<html>Not found</html>")
    return place / "page.tar.gz", "not a .tar.gz file"


def broken_compression(place):
    broken = bytearray(ARCHIVE)
    broken[len(broken) // 2 :] = b"\xff" * (len(broken) - len(broken) // 2)
    (place / "broken.tar.gz").write_bytes(broken)
    return place / "broken.tar.gz", "damaged"


def cifar100(place):
    (place / "c.tar.gz").write_bytes(archive_of({"train": b"1", "test": b"2"}, "cifar-100-python"))
    return place / "c.tar.gz", "another set"


def folders_for_files(place):
    (place / "odd" / "data_batch_1").mkdir(parents=True)
    return place / "odd", "data_batch_1"


def huge_file(place):
    unpack(place / "huge")
    with open(place / "huge" / "data_batch_1", "wb") as file:
        file.truncate(10**12)  # takes no room on the disk
    return place / "huge", "40,000,000 bytes"


def compressed_bomb(place):
    entry = tarfile.TarInfo("data_batch_1")
    entry.size = 60_000_000
    with gzip.open(place / "bomb.tar.gz", "wb", compresslevel=1) as file:
        file.write(entry.tobuf() + bytes(entry.size))
    return place / "bomb.tar.gz", "40,000,000 bytes"


@pytest.mark.parametrize(
    "make",
    [
        *(missing, empty, other_files, binary_version, half_an_archive, no_archive),
        *(broken_compression, cifar100, folders_for_files, huge_file, compressed_bomb),
    ],
)
def test_named_place_is_bad(place, monkeypatch, make):
    path, words = make(place)
    unpack(place / USUAL[0])  # good, but not what was named
    monkeypatch.setattr(cifar, "download", lambda *_: pytest.fail("went to the network"))
    monkeypatch.setenv("GANLIB_DATA_DIR", str(path))
    message = failure()
    assert words in message and str(path) in message
    assert "no other place was tried" in message


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("genuine_sum", [False, True])
def test_hostile_pickle_never_runs(place, monkeypatch, genuine_sum):
    trap = place / "it ran"
    evil = pickle.dumps(Hostile(trap), protocol=2)
    unpack(place / "mine", {**CONTENTS, "data_batch_1": evil})
    if genuine_sum:  # even if someone made a file with the right sum
        monkeypatch.setitem(cifar.MD5, "data_batch_1", hashlib.md5(evil).hexdigest())
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / "mine"))
    message = failure()
    assert str(place / "mine" / "data_batch_1") in message
    assert ("mkdir" in message) == genuine_sum
    assert not trap.exists()
    pickle.loads(evil)
    assert trap.exists()  # the trap does work


@pytest.mark.parametrize(
    "value",
    [
        {b"data": np.zeros((A_FILE, 3072), np.float32), b"labels": [0] * A_FILE},
        {b"data": np.zeros((A_FILE, 3071), np.uint8), b"labels": [0] * A_FILE},
        {b"data": np.zeros((A_FILE, 3072), np.uint8), b"labels": [0] * (A_FILE - 1)},
        {b"data": np.zeros((A_FILE, 3072), np.uint8), b"labels": [10] * A_FILE},
        {b"data": np.zeros((A_FILE, 3072), np.uint8), b"fine_labels": [0] * A_FILE},
        {b"data": b"text", b"labels": [0] * A_FILE},
        [1, 2, 3],
    ],
)
def test_wrong_kind_of_pickle(place, monkeypatch, value):
    odd = dump(value)
    unpack(place / "mine", {**CONTENTS, "test_batch": odd})
    monkeypatch.setitem(cifar.MD5, "test_batch", hashlib.md5(odd).hexdigest())
    monkeypatch.setenv("GANLIB_DATA_DIR", str(place / "mine"))
    assert "test_batch: not a file of CIFAR-10" in failure("test", A_FILE)


# Rights. Root may do everything, so these run as a user who may not.


@pytest.fixture
def another():
    """A folder that others may look into, and a function that loads CIFAR-10 as one of them."""
    if not hasattr(os, "fork"):
        pytest.skip("needs the users and rights of Unix")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    "host".encode("idna")  # loads a module that the other user may not be allowed to read

    def run():
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.chdir(folder)
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                with os.fdopen(writer, "w") as pipe, contextlib.redirect_stdout(pipe):
                    try:
                        print("sum", cifar.load("train", 5 * A_FILE)[0].sum())
                    except Exception as why:
                        print(type(why).__name__, why)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            output = pipe.read()
        os.waitpid(pid, 0)
        return output

    yield folder, run
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_read_only_home(another, server, monkeypatch):
    folder, run = another
    folder.chmod(0o555)
    monkeypatch.setenv("HOME", str(folder))
    output = run()
    assert f"sum {sum(int(pixels(i).sum()) for i in range(5))}" in output
    assert "could not be kept" in output and "Permission denied" in output
    assert os.listdir(folder) == []


def test_folder_and_file_that_may_not_be_read(another, monkeypatch):
    folder, run = another
    mine = unpack(folder / "mine")
    monkeypatch.setenv("GANLIB_DATA_DIR", str(mine))
    assert run().startswith("sum")
    (mine / "data_batch_2").chmod(0)
    assert f"{mine / 'data_batch_2'}: Permission denied" in run()
    mine.chmod(0)
    assert f"{mine}: Permission denied" in run()


# The download


class Server(ThreadingHTTPServer):
    daemon_threads = True
    body, mode, cuts = ARCHIVE, "good", 0

    def handle_error(self, *_):
        """Clients of these tests hang up early; that is no news."""


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Keep the screen of the tests clean."""

    def do_GET(self):
        server, body = self.server, self.server.body
        server.requests.append(dict(self.headers))
        if server.mode == "silent":
            server.stop.wait(20)
            return
        if server.mode.isdigit():
            self.send_error(int(server.mode))
            return
        start = 0
        if "Range" in self.headers and server.mode != "cut, no ranges":
            start = int(self.headers["Range"].split("=")[1].rstrip("-"))
        self.send_response(206 if start else 200)
        if server.mode != "no length":
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if server.mode.startswith("cut") and server.cuts:
            server.cuts -= 1
            self.wfile.write(body[start : start + len(body) // 4])
        elif server.mode == "stalls":
            self.wfile.write(body[: len(body) // 3] if not start else b"")
            self.wfile.flush()
            server.stop.wait(20)
        elif server.mode == "drips":
            while not server.stop.wait(0.05):
                self.wfile.write(b"x")
        else:
            self.wfile.write(body[start:])


@pytest.fixture
def server(monkeypatch):
    server = Server(("127.0.0.1", 0), Handler)
    server.requests, server.stop = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setattr(cifar, "URL", f"http://127.0.0.1:{server.server_port}/{cifar.ARCHIVE}")
    monkeypatch.setattr(download, "TIMEOUT", 10)
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def kept(place):
    return place / "home" / ".cache" / "ganlib"


def test_download_is_kept_and_done_once(place, server, capsys):
    check_all()
    assert len(server.requests) == 1
    assert os.listdir(kept(place)) == [cifar.ARCHIVE]
    assert (kept(place) / cifar.ARCHIVE).read_bytes() == ARCHIVE
    out, err = capsys.readouterr()
    assert "100%" in out and "kept in" in out
    assert err == ""  # in a graded cell, anything on stderr costs the points


def test_download_without_a_length(place, server):
    server.mode = "no length"
    check_all()


@pytest.mark.parametrize("mode", ["cut", "cut, no ranges"])
def test_cut_download_goes_on(place, server, mode):
    server.mode, server.cuts = mode, 2
    check_all()
    assert len(server.requests) == 3
    begins = [request.get("Range") for request in server.requests]
    quarter = len(ARCHIVE) // 4
    if mode == "cut":
        assert begins == [None, f"bytes={quarter}-", f"bytes={2 * quarter}-"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("404", "the server answered 404"),
        ("503", "the server answered 503"),
        ("cut", "cut off after"),
        ("silent", "the network hangs (timed out after 0 s)"),
        ("stalls", "the network hangs"),
    ],
)
def test_failing_download_ends_soon_and_leaves_nothing(place, server, monkeypatch, mode, words):
    server.mode, server.cuts = mode, 99
    if mode in ("silent", "stalls"):
        monkeypatch.setattr(download, "TIMEOUT", 0.4)
    began = time.monotonic()
    message = failure()
    assert words in message and server.requests
    assert time.monotonic() - began < 10
    assert not kept(place).exists()


@pytest.mark.slow
def test_dripping_download_is_given_up(place, server, monkeypatch):
    server.mode = "drips"
    monkeypatch.setattr(download, "WINDOW", 0.3)
    assert "bytes in 0 s" in failure()


def test_endless_download_is_given_up(place, server, monkeypatch):
    monkeypatch.setattr(cifar, "LARGEST_ARCHIVE", 5_000)
    assert "more than the 5,000 bytes" in failure()


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><title>Log in to the WLAN</title>",
        archive_of({**CONTENTS, "test_batch": b"spoilt"}),
        archive_of({"data_batch_1": CONTENTS["data_batch_1"]}),
    ],
)
def test_wrong_download_is_not_kept(place, server, body):
    server.body = body
    message = failure(n=A_FILE)
    assert "did not send CIFAR-10" in message
    assert not kept(place).exists()


def test_a_bad_archive_in_the_cache_is_replaced(place, server):
    kept(place).mkdir(parents=True)
    (kept(place) / cifar.ARCHIVE).write_bytes(ARCHIVE[:300])
    check_all()
    assert (kept(place) / cifar.ARCHIVE).read_bytes() == ARCHIVE


def test_home_without_a_place_for_the_cache(place, server, capsys):
    (place / "home" / ".cache").write_text("a file where the folder should be")
    check_all()
    assert "could not be kept" in capsys.readouterr().out


def test_full_disk(place, server, monkeypatch, capsys):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    check_all()
    assert "No space left" in capsys.readouterr().out
    assert os.listdir(kept(place)) == []  # no half of a file


def test_two_at_once(place, server):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(cifar.load("train", 5 * A_FILE)[0]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(np.array_equal(images, results[0]) for images in results)
    assert os.listdir(kept(place)) == [cifar.ARCHIVE]
    assert (kept(place) / cifar.ARCHIVE).read_bytes() == ARCHIVE
