"""What a signed note is worth."""

import hashlib
import hmac
import json

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["verdict"]

STATES = ("valid", "changed", "forged")


@task(
    points=4,
    hints=(
        "Ask first: was this note signed with this key? Until that is known, nothing in it can be "
        "believed, not even its fingerprint.",
        'The signature should be hmac.new(key, note.encode(), "sha256").hexdigest(). If it is not: '
        '"forged". hmac.compare_digest compares bytes: signature.encode().',
        "Then compare json.loads(note)[\"pixels\"] with "
        "hashlib.sha256(pixels.tobytes()).hexdigest().",
    ),
)  # fmt: skip
def verdict(trial: Trial) -> None:
    """One of three words: valid, changed, forged."""
    pixels = trial.rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    key = trial.rng.bytes(16)
    note = _note(pixels)
    with trial.part(1, "an untouched image with its note"):
        _expect(trial, "valid", note, _sign(note, key), pixels, key)
        other = trial.rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        _expect(trial, "valid", _note(other), _sign(_note(other), key), other, key)
    with trial.part(1, "one flipped bit, and a note moved to another image"):
        flipped = pixels.copy()
        flipped[3, 5, 1] ^= 1
        _expect(trial, "changed", note, _sign(note, key), flipped, key)
        _expect(trial, "changed", note, _sign(note, key), 255 - pixels, key)
    with trial.part(1, "a claim that was changed, and a note signed with another key"):
        edited = note.replace("a generator", "a camera")
        _expect(trial, "forged", edited, _sign(note, key), pixels, key)
        _expect(trial, "forged", note, _sign(note, b"not the key"), pixels, key)
        _expect(trial, "forged", note, "", pixels, key)
        _expect(trial, "forged", note, "ü" * 64, pixels, key)
    with trial.part(1, "a forger who changes image, note and fingerprint so that they fit"):
        mine = 255 - pixels
        _expect(trial, "forged", _note(mine), _sign(note, key), mine, key)
        _expect(trial, "forged", _note(mine), _digest(_note(mine)), mine, key)
        _expect(trial, "forged", "no JSON at all", _sign(note, key), mine, key)


def _note(pixels: np.ndarray) -> str:
    fingerprint = hashlib.sha256(pixels.tobytes()).hexdigest()
    return json.dumps({"claims": {"made by": "a generator"}, "pixels": fingerprint})


def _sign(note: str, key: bytes) -> str:
    return hmac.new(key, note.encode(), hashlib.sha256).hexdigest()


def _digest(note: str) -> str:
    return hashlib.sha256(note.encode()).hexdigest()


def _expect(
    trial: Trial, state: str, note: str, signature: str, pixels: np.ndarray, key: bytes
) -> None:
    try:
        answer = trial.call(note, signature, pixels, key)
    except TypeError as problem:
        if signature.isascii() or "non-ASCII" not in str(problem):
            raise
        raise Wrong(
            "It breaks on a signature that holds the letter ü, which whoever sends the image can "
            "write. hmac.compare_digest takes any bytes: encode both sides."
        ) from None
    if not isinstance(answer, str) or answer not in STATES:
        raise Wrong('It should return one of the words "valid", "changed" and "forged".')
    if answer == state:
        return
    if state == "valid":
        raise Wrong(
            f'An image that nobody touched is "{answer}" in your answer. Which of the two '
            "comparisons fails? Both sides are texts of 64 hexadecimal digits."
        )
    if answer == "valid" and state == "changed":
        raise Wrong(
            "The pixels were changed after the signature, and it says valid. Compare the "
            "fingerprint in the note with that of the pixels."
        )
    if answer == "valid":
        raise Wrong(
            "It says valid for a note that was not signed with this key. Anybody can compute a "
            "fingerprint; only the signature needs the key."
        )
    if state == "forged":
        raise Wrong(
            "The signature does not fit, so the note is forged. It must be looked at first: a "
            "fingerprint from a forged note says nothing."
        )
    raise Wrong("The note was signed with this key, but for other pixels: changed, not forged.")
