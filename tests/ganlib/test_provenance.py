"""The signed note: valid, changed, forged or none, for files that people and fate have changed."""

import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from ganlib import shapes
from ganlib.society import provenance

KEY = b"a secret"
CLAIMS = {"generator": "dcgan-cifar10", "day": "2026-11-28", "words": 'ü "quoted" \n'}
IMAGE = shapes.draw(1, seed=1)[0][0]
FILE = provenance.signed(IMAGE, CLAIMS, KEY)


def with_text(pixels, text):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(provenance.CHUNK, text)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def text_of(file):
    return Image.open(io.BytesIO(file)).info[provenance.CHUNK]


def test_a_signed_file_is_valid_and_shows_the_pixels():
    assert provenance.checked(FILE, KEY) == ("valid", CLAIMS)
    assert np.array_equal(provenance.pixels_of(FILE), IMAGE)


@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 2), st.integers(0, 7))
@settings(max_examples=40)
def test_any_flipped_bit_of_the_pixels_is_noticed(row, column, channel, bit):
    pixels = IMAGE.copy()
    pixels[row, column, channel] ^= 1 << bit
    assert provenance.checked(with_text(pixels, text_of(FILE)), KEY).state == "changed"


def test_a_claim_that_was_changed_is_forged():
    outer = json.loads(text_of(FILE))
    outer["note"] = outer["note"].replace("2026", "2025")
    verdict = provenance.checked(with_text(IMAGE, json.dumps(outer)), KEY)
    assert verdict.state == "forged" and verdict.claims == {}


def test_another_key_and_a_note_moved_to_another_image():
    assert provenance.checked(FILE, b"another").state == "forged"
    other = shapes.draw(1, seed=2)[0][0]
    assert provenance.checked(with_text(other, text_of(FILE)), KEY).state == "changed"


def test_saving_again_takes_the_note_away_and_keeping_the_chunk_keeps_it():
    for kind in ("PNG", "JPEG", "WEBP"):
        file = io.BytesIO()
        Image.open(io.BytesIO(FILE)).save(file, kind)
        assert provenance.checked(file.getvalue(), KEY) == ("none", {})
    assert provenance.checked(with_text(IMAGE, text_of(FILE)), KEY).state == "valid"


def test_a_picture_that_shows_more_than_was_signed_is_changed():
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(provenance.CHUNK, text_of(FILE))
    half = np.dstack([IMAGE, np.where(np.arange(32) < 16, 0, 255)[:, None] * np.ones(32)])
    hidden, film = io.BytesIO(), io.BytesIO()
    Image.fromarray(half.astype(np.uint8)).save(hidden, "PNG", pnginfo=chunks)
    other = [Image.fromarray(255 - IMAGE)]
    Image.fromarray(IMAGE).save(film, "PNG", pnginfo=chunks, save_all=True, append_images=other)
    for file in (hidden, film):
        assert np.array_equal(provenance.pixels_of(file.getvalue()), IMAGE)
        assert provenance.checked(file.getvalue(), KEY).state == "changed"


def test_a_shape_with_the_same_bytes_is_another_image():
    pixels = np.zeros((4, 4, 3), np.uint8)
    file = provenance.signed(pixels, {}, KEY)
    moved = with_text(pixels.reshape(2, 8, 3), text_of(file))
    assert provenance.checked(moved, KEY).state == "changed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"note": 1, "signature": 2}',
        '{"note": "[1]", "signature": ""}',
        '{"note": "{\\"claims\\": 3, \\"pixels\\": 4}", "signature": "ü"}',
        "[" * 90_000,
        '{"note": "' + "x" * 200_000 + '"}',
    ],
)
def test_a_hostile_note_is_forged_or_none_and_never_an_error(text):
    assert provenance.checked(with_text(IMAGE, text), KEY).state in ("forged", "none")


def test_other_input_is_refused_with_advice():
    with pytest.raises(TypeError, match="uint8"):
        provenance.signed(IMAGE / 255.0, {}, KEY)
    with pytest.raises(TypeError, match="bytes"):
        provenance.signed(IMAGE, {}, "a text")
    with pytest.raises(ValueError, match="empty"):
        provenance.checked(FILE, b"")
    with pytest.raises(TypeError):
        provenance.signed(IMAGE, {"an array": IMAGE}, KEY)
    with pytest.raises(ValueError):
        provenance.signed(IMAGE, {"nan": float("nan")}, KEY)
    with pytest.raises(OSError):
        provenance.checked(b"no image", KEY)


@pytest.mark.parametrize("bit", [0, 5])
def test_a_damaged_file_gets_a_verdict_or_an_os_error(bit):
    """Of a damaged file Pillow's readers raise errors of many kinds."""
    tiff = io.BytesIO()
    Image.fromarray(IMAGE[:12, :12]).save(tiff, "TIFF")
    for file in (provenance.signed(IMAGE, {"made by": "a generator"}, KEY), tiff.getvalue()):
        for place in range(len(file)):
            damaged = bytearray(file)
            damaged[place] ^= 1 << bit
            try:
                assert provenance.checked(bytes(damaged), KEY).state in provenance.STATES
            except OSError as problem:
                assert "no image that Pillow can read" in str(problem)


def test_a_file_that_would_fill_the_memory_is_an_os_error():
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(provenance.CHUNK, "x" * 5_000_000, zip=True)
    file = io.BytesIO()
    Image.fromarray(IMAGE).save(file, "PNG", pnginfo=chunks)
    for read in (provenance.pixels_of, lambda file: provenance.checked(file, KEY)):
        with pytest.raises(OSError, match="no image that Pillow can read"):
            read(file.getvalue())
