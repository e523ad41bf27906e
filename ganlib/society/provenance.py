"""A signed note in an image file: who made it, and that not one pixel has changed since.

The note is JSON in a text chunk of a PNG file, with a fingerprint of the pixels, and a signature of
both. The signature here is an HMAC (RFC 2104), which the standard library has: whoever can check
it could also have made it. A public note needs a signature that all can check and one can make,
and a way to learn whose key it is; C2PA has both.

>>> image = np.zeros((4, 4, 3), np.uint8)
>>> file = signed(image, {"made by": "a generator"}, b"secret")
>>> checked(file, b"secret").state, checked(file, b"another").state
('valid', 'forged')
"""

import hashlib
import hmac
import io
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, PngImagePlugin

from ganlib.support.validation import images as checked_shape

__all__ = ["CHUNK", "STATES", "Verdict", "checked", "pixels_of", "signed"]

CHUNK = "ganlib-provenance"  # the keyword of the text chunk
STATES = {
    "valid": "the note was signed with this key, and the pixels are those that were signed",
    "changed": "the note was signed with this key, but for other pixels",
    "forged": "the note was changed, or signed with another key",
    "none": "there is no note: nothing is known",
}
LARGEST = 100_000  # characters of a note that is looked at


class Verdict(NamedTuple):
    """What a file says of itself, and whether to believe it.

    Attributes:
        state: a word of ``STATES``.
        claims: what the note claims, as the word of whoever has the key; of these pixels only if
            the state is "valid". Empty if it was forged or there is none.
    """

    state: str
    claims: dict[str, Any]


def signed(image: np.ndarray, claims: Mapping[str, Any], key: bytes) -> bytes:
    """A PNG file with a signed note.

    Args:
        image: uint8 ``(height, width, 3)``.
        claims: what is said of it; whatever JSON can hold.
        key: the secret, not empty.

    Returns:
        The bytes of the file.

    Raises:
        TypeError, ValueError: no such image, claims that JSON cannot hold, or no key.
    """
    pixels = _pixels(image)
    if not isinstance(claims, Mapping):
        raise TypeError(f"claims is {claims!r}, but must be a dictionary of what is said.")
    content = {"claims": dict(claims), "pixels": _fingerprint(pixels)}
    try:
        note = json.dumps(content, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise type(problem)(
            f"claims cannot be written as JSON ({problem}): use text, Python's numbers, lists and "
            "dictionaries."
        ) from None
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(CHUNK, json.dumps({"note": note, "signature": _signature(note, key)}))
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def checked(file: bytes, key: bytes) -> Verdict:
    """What the note in a file is worth.

    Args:
        file: the bytes of an image file, of any kind that Pillow reads.
        key: the secret with which it should have been signed.

    Raises:
        OSError: the bytes are no image that Pillow can read.
        TypeError, ValueError: no key.
    """
    _signature("", key)  # complain of a wrong key whatever the file holds
    with _opened(file) as image:
        pixels = np.asarray(image.convert("RGB"))
        text = image.info.get(CHUNK)
        # What is signed has three channels and one picture: through alpha, or in a further
        # picture, people would see something else.
        try:
            shows_more = image.has_transparency_data or getattr(image, "n_frames", 1) > 1
        except Exception:  # the place of a further picture is damaged
            shows_more = True
    if not isinstance(text, str):
        return Verdict("none", {})
    try:
        if len(text) > LARGEST:
            raise ValueError("too long for a note")
        outer = json.loads(text)
        note, signature = str(outer["note"]), str(outer["signature"])
        # As bytes: of texts, compare_digest refuses letters that no signature has.
        if not hmac.compare_digest(signature.encode(), _signature(note, key).encode()):
            return Verdict("forged", {})
        inner = json.loads(note)  # not before it is known who wrote it
        claims, fingerprint = dict(inner["claims"]), str(inner["pixels"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return Verdict("forged", {})
    same = fingerprint == _fingerprint(pixels) and not shows_more
    return Verdict("valid" if same else "changed", claims)


def pixels_of(file: bytes) -> np.ndarray:
    """The image in a file, uint8 ``(height, width, 3)``.

    Raises:
        OSError: the bytes are no image that Pillow can read.
    """
    with _opened(file) as image:
        return np.asarray(image.convert("RGB"))


def _opened(file: bytes) -> Image.Image:
    if not isinstance(file, bytes | bytearray | memoryview):
        raise TypeError(
            f"file is a {type(file).__name__}, but must be the bytes of an image file: "
            "pathlib.Path(name).read_bytes()."
        )
    try:
        image = Image.open(io.BytesIO(file))
        image.load()
        return image
    except MemoryError:
        raise
    except Exception:  # of damaged files Pillow's readers raise errors of many kinds
        raise OSError(f"These {len(file):,} bytes are no image that Pillow can read.") from None


def _fingerprint(pixels: np.ndarray) -> str:
    """SHA-256 of size and pixels: 2 × 8 and 4 × 4 pixels of the same bytes must differ."""
    size = ",".join(map(str, pixels.shape)).encode()
    return hashlib.sha256(size + b";" + np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _signature(note: str, key: bytes) -> str:
    if not isinstance(key, bytes):
        raise TypeError(f"The key is a {type(key).__name__}, but must be bytes, as in b'secret'.")
    if not key:
        raise ValueError("The key is empty, but must be a secret that cannot be guessed.")
    return hmac.new(key, note.encode(), hashlib.sha256).hexdigest()


def _pixels(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    checked_shape(image[None], "images")
    if image.dtype != np.uint8 or image.shape[-1] != 3:
        raise TypeError(
            f"The image is {image.dtype} {image.shape}, but must be uint8 (height, width, 3)."
        )
    return image
