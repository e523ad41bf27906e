"""The classifier of patches: what it takes, what it returns, and that it learns."""

import numpy as np
import pytest

from ganlib import shapes
from ganlib.society import adversarial_training, attacks
from ganlib.society.patches import patch_classifier


def test_it_takes_bytes_and_returns_features_and_logits():
    network = patch_classifier(7, width=4)
    pixels = shapes.draw(3, seed=0)[0]
    answer = network.predict_on_batch(pixels)
    assert answer["features"].shape == (3, 64) and answer["features"].min() >= 0
    assert answer["logits"].shape == (3, 7) and answer["logits"].dtype == np.float32
    np.testing.assert_allclose(
        attacks.Victim(network).logits(pixels), answer["logits"], rtol=1e-4, atol=1e-4
    )
    with pytest.raises(TypeError, match="must be given uint8"):
        network(pixels / 255)
    with pytest.raises(ValueError, match="classes is 0"):
        patch_classifier(0)


@pytest.mark.slow
def test_it_learns_hues_in_seconds():
    images, factors = shapes.draw(1500, seed=1)
    hues = factors["hue"].astype(int)
    network = patch_classifier()
    adversarial_training.train(
        network, images[:1200], hues[:1200], steps=150, epsilon=0, inner="none"
    )
    assert attacks.right(attacks.Victim(network), images[1200:], hues[1200:]).mean() > 0.8
