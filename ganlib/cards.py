"""A model card: what a reader must know of a generator before it is used (Mitchell et al. 2019).

What the program knows (networks, loss, steps, versions) is filled in; what only you know (where the
images come from, who may use them, who is in them) is asked for, and cannot be left empty. See
arXiv 1810.03993, and Gebru et al. 2018, arXiv 1803.09010, for the data.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlib.support import files

if TYPE_CHECKING:
    from ganlib.gan import GAN

__all__ = ["QUESTIONS", "write_card"]

# What only a person can answer: heading and question of each section.
QUESTIONS = {
    "data": ("Data", "Which images were they, how many, who chose them, what was left out?"),
    "rights": ("Rights", "Who made the images, under which licence are they used here?"),
    "people": ("People", "Who can be recognised in them, and what have these people agreed to?"),
    "use": ("Intended use", "What is the generator for, and what must it not be used for?"),
    "limits": ("Limits", "What does it draw badly, or not at all?"),
}
FEWEST_WORDS = 3


def write_card(
    path: str | Path,
    gan: "GAN",
    title: str,
    answers: Mapping[str, str],
    measures: Mapping[str, Any],
) -> str:
    """Write the card of a GAN as Markdown.

    Args:
        path: a file that ends in ``.md``.
        gan: the trained GAN, compiled.
        title: what it draws, in a few words.
        answers: a text for each key of ``QUESTIONS``. "There are no people in them." is an answer;
            an empty text is none.
        measures: what was measured, and the result: a ``ganlib.metrics.Score``, a number or a
            text. Say of which images and how many.

    Returns:
        The text of the card.

    Raises:
        ValueError: an answer is missing, empty or too short, or nothing was measured.
        OSError: the file cannot be written.
    """
    path = Path(path).expanduser()
    if path.suffix != ".md":
        raise ValueError(f"path is {path}, but must end in .md.")
    unknown = set(answers) - set(QUESTIONS)
    if unknown:
        raise ValueError(
            f"answers hold {', '.join(sorted(unknown))}, but must hold only: "
            f"{', '.join(QUESTIONS)}."
        )
    for key, (_, question) in QUESTIONS.items():
        if len(str(answers.get(key, "")).split()) < FEWEST_WORDS:
            raise ValueError(
                f"answers[{key!r}] is {answers.get(key)!r}, but must be a sentence that answers: "
                f"{question} If you do not know, write that you do not."
            )
    if not measures:
        raise ValueError(
            "measures are empty, but must hold at least one: a card without a measured number "
            "tells nobody how good the generator is."
        )
    parts = [f"# {title}", _facts(gan)]
    parts += [f"## {head}\n\n{answers[key].strip()}" for key, (head, _) in QUESTIONS.items()]
    results = "\n".join(f"- {name}: {_told(value)}" for name, value in measures.items())
    parts.append(f"## Measured\n\n{results}")
    text = "\n\n".join(parts) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as [unfinished]:
        unfinished.write_text(text, encoding="utf-8")
    return text


def _facts(gan: "GAN") -> str:
    """What the program knows, as a table."""
    import keras
    import tensorflow as tf

    import ganlib

    shape = " × ".join(str(side) for side in gan.generator.output_shape[1:])
    networks = " and ".join(
        f"{network.name} ({network.count_params():,} weights)"
        for network in (gan.generator, gan.discriminator)
    )
    penalties = ", ".join(f"{name} × {weight:g}" for name, weight in gan.penalties.items())
    rows = {
        "draws": f"samples of {shape}" + (f", {gan.classes} classes" if gan.classes else ""),
        "networks": networks,
        "latent vector": f"{gan.latent_dim} numbers, standard normal",
        "loss": gan.adversarial_loss.name + (f", with {penalties}" if penalties else ""),
        "augmentation": ", ".join(_augmentation(gan.discriminator)) or "none",
        "steps": f"{int(gan.step.numpy()):,}, seed {gan.seed}",
        "optimizers": " and ".join(_optimizer(each) for each in (gan.g_optimizer, gan.d_optimizer)),
        "weights": "average of the training" if gan.average is not None else "of the last step",
        "fingerprint of the weights": _fingerprint(gan),
        "versions": f"ganlib {ganlib.__version__}, Keras {keras.__version__}, TensorFlow "
        f"{tf.__version__}",
    }
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows.items())]
    )


def _augmentation(network) -> tuple[str, ...]:
    """The kinds of change that a discriminator makes to its images in training."""
    return next((tuple(kinds) for e in network.layers if (kinds := getattr(e, "kinds", ()))), ())


def _optimizer(optimizer) -> str:
    """Its kind and its learning rate."""
    if optimizer is None:
        return "none: not compiled"
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return f"{type(inner).__name__} ({float(optimizer.learning_rate):g})"


def _fingerprint(gan: "GAN") -> str:
    """The first digits of a hash of the weights that draw, which tie the card to its file."""
    digest = hashlib.sha256()
    for weight in gan.drawing_network().get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()[:16]


def _told(value: Any) -> str:
    """A number with four digits, anything else as it says itself."""
    is_number = type(value) in (int, float) or isinstance(value, np.number)
    return f"{value:.4g}" if is_number else str(value)
