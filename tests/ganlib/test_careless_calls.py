"""What a careless user types, line by line, and what comes of it: a result, or the words of an
error that says what is wrong.
"""

import keras  # noqa: F401
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ganlib import (  # noqa: F401
    clinic,
    data,
    metrics,
    networks,
    plots,
    precision_recall,
    records,
    shapes,
    theory,
    toys,
    widgets,
    zoo,
)

CALLS = {
    # Images and labels in batches
    "data.dataset(tf.constant(U)).n": 6,
    "data.dataset([[0.0, 1.0], [1.0, 2.0]]).n": 2,
    "data.dataset(U, tf.range(6)).n": 6,
    "next(iter(data.dataset(U, np.arange(6, dtype=np.uint64))))[1].dtype": tf.int32,
    "data.dataset([[0, 1], [1, 2]])": "int64, but must be uint8 or floats.*astype",
    "data.dataset([])": r"shape \(0,\), but must have \(n, height, width, channels\)",
    "data.dataset(None)": "images: None was given, but must be",
    "data.dataset('photos/')": "images: a str was given, but must be",
    "data.dataset(data.dataset(U))": "images: a Batches was given, but must be",
    "data.dataset((U, np.zeros(6, int)))": r"a pair, but must be one array.*\(images, labels\)",
    "data.dataset(tf.data.Dataset.from_tensor_slices(U))": "Dataset was given, but must be",
    "data.dataset(U, np.zeros((6, 1), np.uint8))": r"labels.*\(6, 1\).*Write labels\[:, 0\]",
    "data.dataset(U, list('abcdef'))": "labels are <U1, but must be whole numbers from 0",
    "data.dataset(U, np.arange(6.0))": r"labels are float64.*labels\.astype\(int\)",
    "data.dataset(U, np.eye(6, dtype=int))": r"labels.*\(6, 6\).*one-hot.*argmax\(1\)",
    "data.dataset(U, [1, 2])": r"labels have the shape \(2,\), but must have \(6,\)",
    "data.dataset(U, batch_size='32')": r"batch_size is '32' \(str\), but must be a whole number\.",
    "data.dataset(U, batch_size=32.0)": "must be a whole number: write batch_size=32",
    "data.dataset(U, batch_size=None)": "batch_size is None .* must be a whole number",
    "data.dataset(U, seed=None)": "seed is None .* must be a whole number",
    "data.dataset(U)": "Batches(n=6, batch_size=128, seed=0, start_step=0, steps_per_epoch=1)",
    "data.load('CIFAR10')": "There is no data set 'CIFAR10'. Known: 'cifar10', 'shapes'",
    "data.load('shapes', n='all')": r"n is 'all' \(str\), but must be a whole number",
    "data.load('shapes', 'val')": "There is no split 'val'. Known: 'train', 'test'",
    "len(data.load('shapes', 'test', True, 4))": 2,
    # Bytes and floats
    "data.to_network(U / 255)": r"given float64, but must be given uint8.*astype\('uint8'\)",
    "data.to_network([[1, 2]])": "given int64, but must be given uint8",
    "data.to_uint8(U + 200.0)": "values from 200 to 455, but must be given floats in .-1, 1",
    "data.to_uint8(keras.ops.ones((2,)) * 3, clip=True).tolist()": [255, 255],
    "plots.image_grid(U.astype(float) + 200)": "values from 200 to 455, but must be given floats",
    "plots.image_grid(U.astype(int))": "images are int64, but must be uint8 or floats.*astype",
    "plots.image_grid(U > 100)": "images are bool, but must be uint8 or floats",
    # Drawn images and points
    "shapes.draw(3, weights=[1, 2, 3])": r"weights have the shape \(3,\), but must have \(60,\)",
    "shapes.draw(3, weights=-np.ones(60))": "weights lie between -1.0 and -1.0, but must be",
    "shapes.draw(1e3)": "must be a whole number: write n=1000",
    "shapes.mode_name(60)": "mode is 60, but must be a whole number of at most 59",
    "toys.ring(8, '2')": r"radius is '2' \(str\), but must be a number",
    "toys.ring(std=None)": "std is None .*, but must be a number",
    "toys.ring().sample(4, None).shape": (4, 2),
    "toys.coverage(toys.ring(), np.zeros((4, 3)))": r"shape \(4, 3\), but must have \(n, 2\)",
    "toys.networks(hidden=64)": "hidden is 64 .* a sequence of whole numbers, for example",
    "toys.networks(0)": "latent_dim is 0, but must be a whole number of at least 1",
    "theory.normal([0.0, 1.0], 0, -1)": "std is -1, but must be",
    # Networks
    "networks.dcgan_generator(100, (96, 96, 3))": "96, 3.* 4 or 7 times a power of two.*Resize",
    "networks.dcgan_generator(100, 64)": "image_shape is 64 .* for example image_shape=.32, 32, 3",
    "networks.dcgan_generator(100, (3, 32, 32))": r"The channels come last: \(32, 32, 3\)",
    "networks.dcgan_generator(width=64.0)": "must be a whole number: write width=64",
    "networks.dcgan_generator(classes=True)": r"classes is True \(bool\), but must be a whole",
    "networks.dcgan_generator(classes=['cat', 'dog'])": "classes is .*cat.*must be a whole number",
    "networks.dcgan_generator(8, width=2, classes=np.int64(3)).output_shape": (None, 32, 32, 3),
    "networks.dcgan_discriminator(dropout=30)": "dropout is 30, but must be at least 0 and below",
    "networks.dcgan_discriminator(dropout=None)": "dropout is None .*, but must be a number",
    "networks.dcgan_discriminator(kernel_size=(5, 5))": "kernel_size is .* a whole number",
    "networks.dense_generator(seed=None)": "seed is None .*, but must be a whole number",
    "networks.dense_generator(8, hidden=()).count_params()": 27648,
    "networks.sn_discriminator(width=2, classes=np.int64(3)).output_shape": (None, 1),
    # Distances and scores
    "float(frechet(pil, pil))": 0.0,
    "float(frechet(tf.constant(U), U))": 0.0,
    "frechet(U.astype(int), U)": "images_a are int64, but must be uint8 images",
    "frechet(U / 255, U / 255)": "images_a are float64, but must be uint8 images",
    "frechet('cifar10', U)": "images_a: a str was given, but must be",
    "frechet(None, U)": "images_a: None was given, but must be",
    "frechet(U[0], U)": r"A single image is a batch of one: image\[None\]",
    "frechet(U, U, features='inception')": "no network 'inception'; there are: classifier-cif",
    "frechet(U, U, features='dcgan-cifar10')": "'dcgan-cifar10' has no features to compare",
    "frechet(U[:, :28, :28, :1], U)": r"shape \(6, 28, 28, 1\), but must have \(n, 32, 32, 3\)",
    "frechet(metrics.extract(U), metrics.extract(U, 'referee-cifar10'))": "different features",
    "frechet(data.load('shapes', n=5, labels=True), U)": r"images_a\[1\] has the shape \(5,\)",
    "metrics.kernel_distance(X[:, 0], X[:, 0])": r"shape \(40,\), but must be .* floats \(n, d\)",
    "metrics.kernel_distance((row for row in X), X)": "images_a: a generator was given",
    "prdc(X, X + 1, np.int64(3)).recall": 0.725,
    "prdc(X, X, True)": r"True \(bool\), but must be a whole number",
    "metrics.classifier_score(np.full((9, 10), 0.1))": "as probabilities have, but must be logits",
    "metrics.classifier_score(U / 127.5 - 1)": r"float64, but must be uint8.*to_uint8\(images\)",
    "metrics.classifier_score(np.arange(10))": "images are int64, but must be uint8 images",
    "metrics.classifier_score(X[:1])": "images: only 1 given, but at least 2 are needed",
    "metrics.extract([])": r"images have the shape \(0,\), but must have",
    "metrics.extract('image.png')": "images: a str was given, but must be",
    # Pictures
    "plots.image_grid(pil).get_size_inches().tolist()[0] > 1": True,
    "plots.image_grid('cat.png')": "images: a str was given, but must be",
    "plots.image_grid(U[0])": r"A single image is a batch of one: image\[None\]",
    "plots.image_grid(U, columns=2.0)": "must be a whole number: write columns=2",
    "plots.image_grid(U, scale='2')": r"scale is '2' \(str\), but must be a whole number",
    "plots.image_grid(U, captions='abc')": "There are 3 captions, but there must be 6",
    "type(plots.image_grid(U, captions=np.arange(6))).__name__": "Figure",
    "plots.strip(U, ['a'] * 6)": r"A single image is a batch of one: image\[None\]",
    "plots.progress(None, U)": "The history is None, but must be what GAN.fit returned",
    "plots.histogram(['a', 'b'])": "real holds <U1, but must hold real numbers",
    # The clinic
    "clinic.nearest(list(U[:2]), list(U))[0].tolist()": [0, 1],
    "clinic.inspect_batch(a=[[1], [1, 2]])": r"a\[1\] has the shape \(2,\), but must have \(1,\)",
    "clinic.inspect_batch(a=None)": "a: None was given, but must be",
    "clinic.gradient_norms(lambda: {}, [])": "networks is list, but must be a dictionary",
    "clinic.who_is_updated(lambda: None, [])": "networks is list, but must be a dictionary",
    # What ships
    "zoo.load('DCGAN-CIFAR10')": "There is no network 'DCGAN-CIFAR10'; there are: classifier",
    "zoo.load(None)": "There is no network None; there are",
    "zoo.card(['a'])": r"There is no network \['a'\]; there are",
    "records.load('plain-64')": "There is no record 'plain-64'; there are: .*plain-64-0",
    "records.load('plain-64-0').at('3')": r"minutes is '3' \(str\), but must be a number",
    "records.load('a', '/nowhere')": "There is no record 'a'; there are: none",
    # Explorers
    "widgets.convolve(np.ones((4, 4, 3)), np.ones((2, 2)))": "but must have two axes: one channel",
    "widgets.convolve(np.ones((4, 4)), np.ones((2, 2)), stride=1.5)": "stride is 1.5 .* whole",
    "widgets.convolution_figure(np.ones((4, 4)), np.ones((2, 2)), -1)": "position is -1, but must",
    "widgets.minimax_game('one hill', 0, 0)": "std is 0, but must be above 0",
}
# Words that are an answer, not an error.
ANSWERS = {"data.dataset(U)", "type(plots.image_grid(U, captions=np.arange(6))).__name__"}


@pytest.fixture(scope="module")
def names():
    """What the calls may use: six images, forty rows of features, short names."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 32, 32, 3), np.uint8)
    return {
        **globals(),
        "U": images,
        "X": rng.normal(size=(40, 6)),
        "pil": [Image.fromarray(image) for image in images],
        "frechet": metrics.classifier_frechet_distance,
        "prdc": precision_recall.precision_recall_density_coverage,
    }


@pytest.mark.parametrize("call", CALLS)
def test_a_careless_call_gives_a_result_or_a_sentence(call, names):
    right = CALLS[call]
    if call in ANSWERS:
        assert str(eval(call, names)) == right
    elif isinstance(right, str):
        with pytest.raises((TypeError, ValueError), match=right):
            eval(call, names)
    else:
        assert eval(call, names) == (pytest.approx(right) if isinstance(right, float) else right)
    plt.close("all")
