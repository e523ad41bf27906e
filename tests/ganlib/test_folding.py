"""Without its batch norms a classifier says the same."""

import keras
import numpy as np
import pytest
from keras import layers

from ganlib.support import classifiers
from ganlib.support.folding import folded

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), np.uint8)


def classifier(residual):
    """A classifier whose batch norms scale and shift by much, as after a training."""
    model = classifiers.image_classifier(
        classes=3, widths=(4, 6, 8), feature_dim=5, residual=residual
    )
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            signs = rng.choice([-1, 1], gamma.shape)
            layer.set_weights(
                [
                    signs * rng.uniform(0.5, 2, gamma.shape),
                    rng.normal(size=beta.shape),
                    rng.normal(size=mean.shape),
                    rng.uniform(0.2, 3, variance.shape),
                ]
            )
    return model


@pytest.mark.parametrize("residual", [False, True])
def test_values_stay_and_batch_norms_go(residual):
    model = classifier(residual)
    before = [weight.copy() for weight in model.get_weights()]
    fast = folded(model)
    for name, values in model(PIXELS).items():
        np.testing.assert_allclose(fast(PIXELS)[name], values, rtol=1e-4, atol=1e-5)
    assert not any(isinstance(layer, layers.BatchNormalization) for layer in fast.layers)
    assert fast.count_params() < model.count_params()
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_values_in_bfloat16_are_those_in_float32_up_to_its_rounding():
    exact = folded(classifier(residual=False))(PIXELS)["features"].numpy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        short = folded(classifier(residual=False))(PIXELS)["features"].numpy()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert short.dtype == np.float32
    assert 0 < np.abs(short - exact).max() < 2 * 2**-8 * exact.max()
