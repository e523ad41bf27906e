"""A model card holds what the program knows, and refuses to leave out what only a person knows."""

import keras
import numpy as np
import pytest

from ganlib import augment, cards, data, networks
from ganlib.gan import GAN

ANSWERS = {
    "data": "Drawn by code, 8 images.",
    "rights": "Nobody's work was used.",
    "people": "There are no people.",
    "use": "To test a card.",
    "limits": "It draws nothing well.",
}


@pytest.fixture(scope="module")
def gan():
    judge = augment.augmented(networks.dense_discriminator((8, 8, 3), (4,)), ["cutout"])
    gan = GAN(
        networks.dense_generator(3, (8, 8, 3), (4,)),
        judge,
        3,
        "hinge",
        {"r1": 0.5},
        ema=0.9,
        seed=4,
    )
    gan.compile(g_optimizer=keras.optimizers.SGD(0.25))
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3)).astype(np.uint8)
    gan.fit(data.dataset(images, batch_size=4), epochs=3, verbose=0)
    return gan


def test_a_card_holds_what_the_program_knows_and_what_it_was_told(gan, tmp_path):
    path = tmp_path / "new" / "card.md"
    text = cards.write_card(path, gan, "Noise", ANSWERS, {"distance of 10": 1.23456, "seen": "no"})
    assert path.read_text(encoding="utf-8") == text
    assert text.startswith("# Noise\n\n| | |\n|---|---|\n| draws | samples of 8 × 8 × 3 |")
    for line in (
        "| loss | hinge, with r1 × 0.5 |",
        "| augmentation | cutout |",
        "| steps | 6, seed 4 |",
        "| optimizers | SGD (0.25) and Adam (0.0002) |",
        "| weights | average of the training |",
        "- distance of 10: 1.235",
        "- seen: no",
    ):
        assert line in text.splitlines(), text
    for key, (heading, _) in cards.QUESTIONS.items():
        assert f"## {heading}\n\n{ANSWERS[key]}\n" in text


def test_the_fingerprint_is_that_of_the_weights(gan, tmp_path):
    def fingerprint():
        text = cards.write_card(tmp_path / "card.md", gan, "x", ANSWERS, {"a": 1})
        return next(line for line in text.splitlines() if "fingerprint" in line)

    first = fingerprint()
    assert fingerprint() == first
    gan.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    other = cards.write_card(tmp_path / "again.md", again, "x", ANSWERS, {"a": 1})
    assert first in other


@pytest.mark.parametrize("key", cards.QUESTIONS)
@pytest.mark.parametrize("text", [None, "", "  ", "tbd", "no people"])
def test_an_answer_cannot_be_left_out(gan, key, text, tmp_path):
    answers = {**ANSWERS, key: text}
    if text is None:
        del answers[key]
    with pytest.raises(ValueError, match=rf"answers\['{key}'\] is .* but must be a sentence"):
        cards.write_card(tmp_path / "card.md", gan, "x", answers, {"a": 1})
    assert list(tmp_path.iterdir()) == []


def test_other_mistakes_are_told(gan, tmp_path):
    with pytest.raises(ValueError, match="hold consent, but must hold only: data, rights"):
        cards.write_card(
            tmp_path / "c.md", gan, "x", {**ANSWERS, "consent": "They agreed."}, {"a": 1}
        )
    with pytest.raises(ValueError, match="measures are empty"):
        cards.write_card(tmp_path / "c.md", gan, "x", ANSWERS, {})
    with pytest.raises(ValueError, match=r"must end in \.md"):
        cards.write_card(tmp_path / "c.txt", gan, "x", ANSWERS, {"a": 1})
