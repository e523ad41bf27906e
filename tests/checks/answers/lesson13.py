"""Answers to exercise 13: right ones of several kinds, and usual mistakes with their messages."""

import math

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps


def square_with(
    upright=ImageOps.exif_transpose,
    deep=lambda values: (values / 257).round(),
    lay=True,
    ground=(255, 255, 255, 255),
    fit=lambda image, size: ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS),
    too_small=lambda image, size: min(image.size) < size,
    returned=lambda image: np.asarray(image, np.uint8),
):
    """A right answer, with one part another."""

    def to_square(image, size):
        if too_small(image, size):
            return None
        image = upright(image)
        if image.mode.startswith("I"):
            image = Image.fromarray(deep(np.asarray(image, np.float64)).astype(np.uint8))
        if lay and image.mode == "RGBA":
            image = Image.alpha_composite(Image.new("RGBA", image.size, ground), image)
        return returned(fit(image.convert("RGB"), size))

    return to_square


def fit_before_rgb(image, size):
    """Shrinks numbers of colours of a palette, where Pillow picks single pixels."""
    if min(image.size) < size or image.mode in ("RGBA", "I;16"):
        return square_with()(image, size)
    fitted = ImageOps.fit(ImageOps.exif_transpose(image), (size, size), Image.Resampling.LANCZOS)
    return np.asarray(fitted.convert("RGB"))


def by_hand(image, size):
    """Crop and box filter by hand, transparency by its formula."""
    image = ImageOps.exif_transpose(image)
    if min(image.size) < size:
        return None
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.float64) / 65535 * 255
        pixels = np.stack([grey] * 3, -1)
    elif image.mode == "RGBA":
        layer = np.asarray(image, np.float64)
        share = layer[..., 3:] / 255
        pixels = layer[..., :3] * share + 255 * (1 - share)
    else:
        pixels = np.asarray(image.convert("RGB"), np.float64)
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    cut = Image.fromarray(np.rint(pixels[top : top + side, left : left + side]).astype(np.uint8))
    return np.array(cut.resize((size, size), Image.Resampling.BOX))


def by_height(image, size):
    left = (image.width - image.height) // 2
    return image.crop((left, 0, left + image.height, image.height)).resize((size, size))


def from_the_top(image, size):
    side = min(image.size)
    left = (image.width - side) // 2
    return image.crop((left, 0, left + side, side)).resize((size, size), Image.Resampling.BOX)


def changes_it(image, size):
    if not image.mode.startswith("I"):
        image.paste(image.getpixel((0, 0)), (0, 0, 5, 5))
        image.putpixel((0, 0), image.getpixel((image.width - 1, image.height - 1)))
    return square_with()(image, size)


def soft(logits):
    return tf.reduce_mean(tf.math.softplus(logits))


def losses_with(real=lambda c, x: c(x), fake=lambda c, x: c(x), g=None, scale=1.0, goal=None):
    """The losses, with other images for D."""
    g = g or fake
    goal = goal or (lambda logits: soft(-logits))

    def answer(discriminator, change, x, made):
        d_loss = soft(-discriminator(real(change, x))) + soft(discriminator(fake(change, made)))
        return scale * d_loss, goal(discriminator(g(change, made)))

    return answer


def losses_of_both(discriminator, change, real, fake):
    """One pass of D over both, and Keras's losses."""
    logits = discriminator(tf.concat([change(real), change(fake)], 0))
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    n = len(real)
    ones, zeros = tf.ones((n, 1)), tf.zeros((n, 1))
    d_loss = entropy(ones, logits[:n]) + entropy(zeros, logits[n:])
    return [d_loss, entropy(ones, logits[n:])]


def losses_of_one_change(discriminator, change, real, fake):
    """One change of all images, each of which moves in its own way."""
    logits = discriminator(change(tf.concat([real, fake], 0)))
    on_real, on_fake = logits[: len(real)], logits[len(real) :]
    return soft(-on_real) + soft(on_fake), soft(-on_fake)


def gap_with(middle=np.mean, last=lambda value: value, guard=True):
    def answer(seen, unseen, generated):
        whole = middle(seen) - middle(generated)
        if guard and abs(whole) < 1e-9:
            return 0.0
        return last((middle(seen) - middle(unseen)) / whole)

    return answer


def choose_sorted(values, reported):
    order = sorted((value, epoch) for epoch, value in values.items() if value == value)
    return order[0][1], reported[order[0][1]]


def choose_by_numpy(values, reported):
    epochs = np.sort(list(values))
    best = epochs[np.nanargmin([values[epoch] for epoch in epochs])]
    return [best, reported[best]]


def choose_with(
    by=lambda values, reported: values, better=min, told=lambda v, r, e: r[e], key=None
):
    def answer(values, reported):
        table = {e: x for e, x in by(values, reported).items() if not math.isnan(x)}
        epoch = better(sorted(table), key=table.get)
        return epoch, told(values, reported, epoch)

    return answer


def choose_first(values, reported):
    epoch = min(values, key=lambda e: math.inf if math.isnan(values[e]) else values[e])
    return epoch, reported[epoch]


def choose_naive(values, reported):
    epoch = min(values, key=values.get)
    return epoch, reported[epoch]


RIGHT = {
    "to_square": [square_with(), by_hand],
    "augmented_losses": [losses_with(), losses_of_both, losses_of_one_change],
    "gap": [
        gap_with(),
        lambda a, b, c: 0 if np.isclose(np.mean(a), np.mean(c)) else gap_with(guard=False)(a, b, c),
    ],
    "choose": [choose_sorted, choose_by_numpy, choose_with()],
}

NEAREST = Image.Resampling.NEAREST
WRONG = {
    "to_square": [
        (square_with(upright=lambda image: image), "marked as turned"),
        (
            square_with(upright=lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
            "turned or mirrored in another way",
        ),
        (square_with(deep=lambda values: values.clip(0, 255)), "comes out white"),
        (square_with(deep=lambda values: values / 65535), "comes out black"),
        (square_with(deep=lambda values: values % 256), "does not keep its grey levels"),
        (square_with(lay=False), "the colour appears that was hidden"),
        (square_with(ground=(0, 0, 0, 255)), "has become black"),
        (square_with(fit=lambda i, n: i.resize((n, n), Image.Resampling.BOX)), "was squeezed"),
        (square_with(fit=lambda i, n: ImageOps.pad(i, (n, n))), "was given bars"),
        (
            square_with(
                fit=lambda i, n: i.crop((0, 0, min(i.size), min(i.size))).resize(
                    (n, n), Image.Resampling.BOX
                )
            ),
            "The left end was cut out",
        ),
        (square_with(fit=by_height), "A tall image was given bars"),
        (square_with(fit=from_the_top), "The upper end was cut out of a tall image"),
        (square_with(fit=lambda i, n: ImageOps.fit(i, (n, n), NEAREST)), "do not become grey: the"),
        (fit_before_rgb, "Fine stripes of an image of the mode 'P'"),
        (square_with(too_small=lambda i, n: max(i.size) < n), "should give None"),
        (square_with(too_small=lambda i, n: min(i.size) <= n), "is large enough"),
        (square_with(returned=lambda image: image), "an image of Pillow's"),
        (square_with(returned=lambda image: np.asarray(image) / 255), "not made of bytes"),
        (changes_it, "changes the image that it was given"),
    ],
    "augmented_losses": [
        (losses_with(fake=lambda c, x: x), "only the real images are changed"),
        (losses_with(real=lambda c, x: x), "In L_D only the generated images are changed"),
        (
            losses_with(real=lambda c, x: x, fake=lambda c, x: x),
            "D looks at images that nothing has changed",
        ),
        (losses_with(g=lambda c, x: x), "For G, D looks at generated images"),
        (losses_with(scale=0.5), "sum of two means"),
        (losses_with(goal=lambda logits: -soft(logits)), "minimax loss"),
        (losses_with(g=lambda c, x: tf.stop_gradient(c(x))), "No gradient of L_G reaches"),
        (losses_with(goal=lambda logits: soft(-logits).numpy()), "L_G is no tensor"),
        (lambda d, c, x, f: soft(d(c(x))), "two losses"),
    ],
    "gap": [
        (gap_with(last=lambda value: 1 - value), "not* learned by heart"),
        (gap_with(last=lambda value: -value), "sign is turned round"),
        (lambda a, b, c: np.mean(a) - np.mean(b), "difference of logits"),
        (gap_with(last=abs), "can be negative"),
        (gap_with(last=lambda value: min(value, 1.0)), "more than 1"),
        (gap_with(middle=np.median), "Take means"),
        (gap_with(guard=False), "return 0"),
        (
            lambda a, b, c: (np.mean(a) - np.mean(b)) / (abs(np.mean(a) - np.mean(c)) or 1),
            "not by its size",
        ),
        (lambda a, b, c: gap_with()(b, a, c), "The gap is not right"),
    ],
    "choose": [
        (choose_with(by=lambda values, reported: reported), "chosen by the numbers"),
        (choose_with(better=max), "largest value"),
        (choose_with(told=lambda v, r, e: v[e]), "by which you have chosen"),
        (choose_with(told=lambda v, r, e: min(r.values())), "best reported value"),
        (choose_naive, "value is NaN"),
        (choose_first, "the earliest epoch"),
        (lambda values, reported: choose_sorted(values, reported)[0], "two things"),
        (lambda values, reported: (sorted(values)[0], 1.0), "not the one with the smallest"),
    ],
}
