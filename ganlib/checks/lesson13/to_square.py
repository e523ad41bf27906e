"""One image of any kind as a square of bytes."""

import io
from typing import Any

import numpy as np
from PIL import Image

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["to_square"]

SIDE = 16
NEAR = 60  # levels by which a corner may miss its colour: filters mix colours at edges


@task(
    points=4,
    hints=(
        "PIL.ImageOps has a function that does what the camera asks for, and one that cuts the "
        "middle and shrinks: look at exif_transpose and fit.",
        "image.mode says of which kind an image is. convert('RGB') does well with 'L', 'P' and "
        "'CMYK'; with 'I;16' it cuts off what lies above 255, and with 'RGBA' it forgets what is "
        "transparent.",
        "For 16 bits: np.asarray(image) has values up to 65535; divide by 257. For transparency: "
        "Image.alpha_composite(white, image) takes two images in the mode 'RGBA'.",
    ),
)
def to_square(trial: Trial) -> None:
    """Upright, RGB, 8 bits, on white, the middle, shrunk by averaging; None where too small."""
    with trial.part(1, "turned as the camera says"):
        for orientation in (6, 8, 3, 1):
            _expect_upright(trial, orientation)
    with trial.part(1, "grey, palette, CMYK and 16 bits become RGB"):
        for mode in ("L", "P", "CMYK", "I;16"):
            _expect_rgb(trial, mode)
    with trial.part(1, "what is transparent is white"):
        _expect_white(trial)
    with trial.part(1, "the middle, shrunk by averaging; None where it is too small"):
        _expect_middle(trial)
        _expect_averages(trial)
        _expect_none(trial)


def _square(trial: Trial, image: Any) -> np.ndarray:
    """What the answer makes of an image, looked at from outside."""
    before = image.tobytes()
    result = trial.call(image, SIDE)
    if image.tobytes() != before:
        raise Wrong("It changes the image that it was given. Work on a copy.")
    if isinstance(result, Image.Image):
        raise Wrong("It returns an image of Pillow's. np.asarray makes an array of it.")
    pixels = trial.array(result, (SIDE, SIDE, 3), "what is returned")
    if getattr(result, "dtype", None) != np.uint8:
        raise Wrong("What is returned is not made of bytes: the array should have the dtype uint8.")
    return pixels


def _colours(trial: Trial) -> list[tuple[int, ...]]:
    """Three colours that no mistake turns into each other."""
    return [tuple(int(v) for v in trial.rng.permutation([20, 120, 230])) for _ in range(3)]


def _expect_upright(trial: Trial, orientation: int) -> None:
    one, other, top = (40, 200, 60), (200, 40, 90), (90, 60, 210)
    upright = Image.new("RGB", (64, 64), one)
    upright.paste(other, (32, 0, 64, 64))
    upright.paste(top, (0, 0, 64, 16))
    turns = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turns[3] = Image.Transpose.ROTATE_180
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    stored.save(file, "PNG", exif=exif)
    pixels = _square(trial, Image.open(io.BytesIO(file.getvalue())))
    right = {(1, 8): top, (12, 3): one, (12, 12): other}
    if all(np.abs(pixels[place] - colour).max() <= 3 for place, colour in right.items()):
        return
    as_stored = np.asarray(stored.resize((SIDE, SIDE)), float)
    if orientation != 1 and np.abs(pixels[4:12:7, 4:12:7] - as_stored[4:12:7, 4:12:7]).max() <= 9:
        raise Wrong(
            f"An image that its camera marked as turned (orientation {orientation}) lies on its "
            "side or on its head. Look at what the file says of itself."
        )
    raise Wrong(
        f"An image with the mark for orientation {orientation} comes out turned or mirrored in "
        "another way, or its colours have changed."
    )


def _expect_rgb(trial: Trial, mode: str) -> None:
    one, other, _ = _colours(trial)
    image = Image.new("RGB", (64, 48), one)
    image.paste(other, (0, 24, 64, 48))
    if mode == "I;16":
        low, high = sorted(trial.rng.choice(np.arange(2, 250), 2, replace=False))
        values = np.full((48, 64), low * 257 + 100, np.uint16)
        values[24:] = high * 257 + 100
        image, one, other = Image.fromarray(values), (int(low),) * 3, (int(high),) * 3
    elif mode == "P":
        image = image.convert("P", palette=Image.Palette.ADAPTIVE)
    else:
        image = image.convert(mode)
        one, other = (image.convert("RGB").getpixel((5, y)) for y in (5, 40))
    pixels = _square(trial, image)
    wanted = np.array([one, other], float)
    seen = np.array([pixels[3, 8], pixels[12, 8]])
    if np.abs(seen - wanted).max() <= 2:
        return
    if mode == "I;16" and (seen > 250).all():
        raise Wrong(
            "An image with 16 bits comes out white: its values go up to 65535, and what lies above "
            "255 was cut off."
        )
    if mode == "I;16" and seen.max() < 20:
        raise Wrong("An image with 16 bits comes out black. How large can its values be?")
    if mode == "I;16":
        raise Wrong(
            "An image with 16 bits does not keep its grey levels: 65535 should become 255, and 257 "
            "times g should become g. Casting to bytes keeps only the remainder."
        )
    raise Wrong(f"An image of the mode {mode!r} does not keep its colours.")


def _expect_white(trial: Trial) -> None:
    colour, hidden, _ = _colours(trial)
    image = Image.new("RGBA", (64, 64), (*colour, 255))
    image.paste((*hidden, 0), (32, 0, 64, 64))
    image.paste((*colour, 128), (0, 0, 32, 32))
    pixels = _square(trial, image)
    if np.abs(pixels[12, 12] - hidden).max() <= 3:
        raise Wrong(
            "Where the image is transparent, the colour appears that was hidden there. convert "
            "forgets transparency; lay the image on white first."
        )
    if pixels[12, 12].max() <= 3:
        raise Wrong("What is transparent has become black, and should be white.")
    mixed = (np.array(colour) * 128 + 255.0 * 127) / 255
    if np.abs(pixels[12, 12] - 255).max() > 1 or np.abs(pixels[12, 3] - colour).max() > 2:
        raise Wrong("What is transparent should be white, and what is not should stay as it is.")
    if np.abs(pixels[3, 3] - mixed).max() > 4:
        raise Wrong("What is half transparent should be half white.")


def _expect_middle(trial: Trial) -> None:
    colour, first, last = _colours(trial)[0], (255, 0, 0), (0, 0, 255)
    wide = Image.new("RGB", (160, 64), colour)
    wide.paste(first, (0, 0, 40, 64))
    wide.paste(last, (120, 0, 160, 64))
    tall = wide.transpose(Image.Transpose.TRANSPOSE)
    _expect_cut(_square(trial, wide), colour, first, last, "wide", "left")
    _expect_cut(_square(trial, tall).swapaxes(0, 1), colour, first, last, "tall", "upper")


def _expect_cut(
    pixels: np.ndarray, colour: tuple, first: tuple, last: tuple, kind: str, end: str
) -> None:
    """Of an image whose long side lies across, with ends in other colours than its middle."""
    if np.abs(pixels - colour).max() <= 3:
        return
    if np.abs(pixels[0, 8] - pixels[8, 8]).max() > 3:
        raise Wrong(f"A {kind} image was given bars. Cut the largest square out of its middle.")
    if np.abs(pixels[8, 0] - first).max() <= NEAR:
        if np.abs(pixels[8, 15] - last).max() <= NEAR:
            raise Wrong(f"A {kind} image was squeezed into a square. Cut the middle out first.")
        raise Wrong(f"The {end} end was cut out of a {kind} image, not the middle.")
    raise Wrong(f"Of a {kind} image the largest square in the middle is wanted.")


def _expect_averages(trial: Trial) -> None:
    """Stripes of one pixel: an average is grey, single pixels are black or white."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    plain = Image.fromarray(stripes)
    for image in (plain, plain.convert("P", palette=Image.Palette.ADAPTIVE)):
        pixels = _square(trial, image)[:, 2:-2]
        if np.abs(pixels - 127.5).max() <= 40:
            continue
        if image.mode == "P":
            raise Wrong(
                "Fine stripes of an image of the mode 'P' do not become grey. Its pixels are "
                "numbers of colours, which no filter can average, so Pillow picks single ones. "
                "Make RGB of it before you shrink it."
            )
        raise Wrong(
            "Fine stripes do not become grey: the image was shrunk by picking single pixels. Use a "
            "filter that averages, such as Image.Resampling.BOX or LANCZOS."
        )


def _expect_none(trial: Trial) -> None:
    for size in ((SIDE - 1, 90), (90, SIDE - 1)):
        result = trial.answer(Image.new("RGB", size), SIDE)
        if result is not None:
            raise Wrong(
                f"An image of {size[0]} × {size[1]} is smaller than the square, and should give "
                "None: enlarged it would be blurred."
            )
    enough = Image.new("RGB", (SIDE, SIDE), (9, 9, 9))
    if trial.answer(enough, SIDE) is None:
        raise Wrong(
            f"An image of exactly {SIDE} × {SIDE} is large enough: None is only for shorter sides."
        )
    _square(trial, enough)
