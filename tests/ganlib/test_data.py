"""Loading by name, the endless stream, and the way between bytes and floats."""

import os
import subprocess
import sys

import numpy as np
import pytest

from ganlib import data

REAL = pytest.mark.skipif(
    not os.environ.get("GANLIB_DATA_DIR"),
    reason="needs real CIFAR-10: set GANLIB_DATA_DIR to the folder that holds it",
)


def take(batches, count):
    return list(batches.stream.take(count).as_numpy_iterator())


def test_import_needs_no_tensorflow():
    code = "import sys, ganlib.data, ganlib.shapes, ganlib.metrics; print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    for heavy in (b"'tensorflow'", b"'keras'", b"'matplotlib'"):
        assert heavy not in modules


# load


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("cifar100",), ValueError, "'cifar10', 'shapes'"),
        (("shapes", "validation"), ValueError, "'train', 'test'"),
        (("shapes", "train", False, 0), ValueError, "n is 0"),
        (("shapes", "test", False, 10_001), ValueError, "at most 10,000"),
        (("shapes", "train", False, 1.5), TypeError, "whole number"),
    ],
)
def test_load_refuses(arguments, error, words):
    with pytest.raises(error, match=words):
        data.load(*arguments)


@REAL
@pytest.mark.slow
def test_real_cifar10():
    images, labels = data.load("cifar10", labels=True)
    assert images.shape == (50_000, 32, 32, 3) and images.dtype == np.uint8
    assert labels.shape == (50_000,) and labels.dtype == np.int32
    assert np.bincount(labels).tolist() == [5_000] * 10  # Krizhevsky 2009: 5,000 of each class
    # The published channel means of the training set: 0.4914, 0.4822, 0.4465.
    assert images.mean(axis=(0, 1, 2)) / 255 == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-4)
    assert data.CLASS_NAMES[labels[0]] == "frog" and data.CLASS_NAMES[labels[1]] == "truck"
    test, test_labels = data.load("cifar10", "test", labels=True)
    assert test.shape == (10_000, 32, 32, 3)
    assert np.bincount(test_labels).tolist() == [1_000] * 10
    few = data.load("cifar10", n=10_001)
    assert np.array_equal(few, images[:10_001])


@REAL
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
@pytest.mark.slow
def test_real_cifar10_loads_in_little_memory():
    code = (
        "import ganlib.data; ganlib.data.load('cifar10');"
        "print(next(line for line in open('/proc/self/status') if 'VmHWM' in line).split()[1])"
    )
    peak = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert int(peak) < 400_000  # kB; the images alone have 154,000


# dataset


def test_each_epoch_shows_each_row_once_in_a_new_order():
    rows = np.arange(23, dtype=np.uint8)[:, None]
    stream = data.dataset(rows, batch_size=5, seed=3)
    assert (stream.n, stream.batch_size, stream.seed, stream.start_step) == (23, 5, 3, 0)
    assert stream.steps_per_epoch == 5
    epochs = [np.concatenate(take(stream.starting_at(5 * e), 5))[:, 0] for e in range(4)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(23))
    assert len({tuple(epoch) for epoch in epochs}) == 4
    sizes = [len(batch) for batch in take(stream, 10)]
    assert sizes == [5, 5, 5, 5, 3] * 2


def test_order_is_the_documented_permutation():
    import tensorflow as tf

    rows = np.arange(12, dtype=np.float32)[:, None]
    stream = data.dataset(rows, batch_size=4, seed=9)
    for epoch in range(3):
        order = tf.random.experimental.stateless_shuffle(tf.range(12), seed=[9, epoch])
        seen = np.concatenate(take(stream.starting_at(3 * epoch), 3))[:, 0]
        assert np.array_equal(seen, rows[order.numpy(), 0])


@pytest.mark.slow
@pytest.mark.parametrize("step", [0, 4, 12])
def test_start_step_gives_the_tail_of_the_stream(step):
    rows = np.arange(23, dtype=np.uint8)[:, None]
    whole = take(data.dataset(rows, batch_size=5, seed=1), 40)
    late = data.dataset(rows, batch_size=5, seed=1, start_step=step)
    assert late.start_step == step
    for a, b in zip(whole[step:], take(late, 40 - step), strict=True):
        assert np.array_equal(a, b)
    again = data.dataset(rows, batch_size=5, seed=1).starting_at(step)
    assert np.array_equal(take(again, 1)[0], whole[step])


def test_a_late_start_is_as_quick_as_an_early_one():
    rows = np.zeros((1_000, 2), np.float32)
    step = 10**12  # a thousand years of training away
    assert take(data.dataset(rows, batch_size=10, start_step=step), 1)[0].shape == (10, 2)


def test_seed_changes_the_order_and_iterators_are_independent():
    rows = np.arange(50, dtype=np.uint8)[:, None]
    a, b = (np.concatenate(take(data.dataset(rows, seed=s), 1)) for s in (0, 1))
    assert not np.array_equal(a, b)
    stream = data.dataset(rows, batch_size=8)
    first, second = take(stream, 9), take(stream, 9)
    assert all(np.array_equal(x, y) for x, y in zip(first, second, strict=True))


def test_labels_stay_with_their_images_as_int32():
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    labels = images[:, 0, 0, 0] % 10
    batches = data.dataset(images, labels, batch_size=16)
    for some, their in take(batches, 6):
        assert some.dtype == np.uint8 and their.dtype == np.int32
        assert np.array_equal(some[:, 0, 0, 0] % 10, their)
    assert batches.stream.element_spec[0].shape.as_list() == [None, 32, 32, 3]


def test_points_pass_as_they_are_and_a_large_batch_is_the_whole_set():
    points = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    (batch,) = take(data.dataset(points, batch_size=100), 1)
    assert batch.dtype == np.float32
    assert np.array_equal(np.sort(batch, axis=0), np.sort(points, axis=0))


def test_the_stream_has_its_own_copy():
    rows = np.zeros((8, 2), np.uint8)
    stream = data.dataset(rows, batch_size=8)
    rows[:] = 1
    assert take(stream, 1)[0].max() == 0


IMAGES = np.zeros((4, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"images": IMAGES.astype(int)}, TypeError, "must be uint8.*astype"),
        ({"images": "photos/"}, TypeError, "images: a str was given, but must be"),
        ({"images": None}, TypeError, "None was given"),
        ({"images": (IMAGES, [0, 1, 2, 0])}, TypeError, r"write dataset\(images, labels\)"),
        ({"batch_size": 32.0}, TypeError, "write batch_size=32"),
        ({"images": [IMAGES[0], IMAGES[0, :28]]}, ValueError, r"images\[1\] has .*resize"),
        ({"images": [*IMAGES, IMAGES[0, ..., 0]]}, ValueError, r"images\[4\] has .*It is grey"),
        (
            {"images": [np.zeros((8, 8, 4)), *IMAGES[:, :8, :8]]},
            ValueError,
            r"\[0\] .*transparency",
        ),
        ({"images": IMAGES[:0]}, ValueError, r"\(0, 32, 32, 3\)"),
        ({"images": np.zeros(4, np.float32)}, ValueError, r"\(4,\)"),
        ({"images": np.array([[0.0, np.nan]])}, ValueError, "NaN"),
        ({"labels": np.zeros(3, int)}, ValueError, r"\(3,\)"),
        ({"labels": np.zeros((4, 1), int)}, ValueError, r"labels\[:, 0\]"),
        ({"labels": np.eye(4)}, ValueError, r"must have \(4,\).*one-hot, write labels.argmax\(1\)"),
        ({"labels": np.zeros(4)}, TypeError, r"whole numbers from 0.*astype\(int\)"),
        ({"labels": np.zeros(4, bool)}, TypeError, r"labels are bool.*astype\(int\)"),
        ({"labels": list("abcd")}, TypeError, "labels are <U1"),
        (
            {"labels": [0, 1, -1, 2]},
            ValueError,
            "between -1 and 2, but must be class numbers: 0 … k",
        ),
        ({"labels": [0, 1, 2**40, 2]}, ValueError, "class numbers"),
        ({"batch_size": 0}, ValueError, "batch_size is 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size is 2.0"),
        ({"seed": -1}, ValueError, "seed is -1"),
        ({"seed": 2**63}, ValueError, "at most"),
        ({"start_step": -1}, ValueError, "start_step is -1"),
    ],
)
def test_dataset_refuses(arguments, error, words):
    with pytest.raises(error, match=words):
        data.dataset(**{"images": IMAGES, **arguments})


def test_lists_of_images_and_numbers_of_numpy_will_do():
    batches = data.dataset(list(IMAGES), [np.int64(2), 0, 1, 2], np.int32(3), seed=np.uint8(5))
    assert (batches.n, batches.batch_size, batches.seed) == (4, 3, 5)
    assert [len(labels) for _, labels in take(batches, 2)] == [3, 1]
    assert data.load("shapes", n=np.int64(2)).shape == (2, 32, 32, 3)


def test_starting_at_refuses():
    with pytest.raises(ValueError, match="step is -2"):
        data.dataset(IMAGES).starting_at(-2)


def test_batches_say_what_they_are_and_a_map_keeps_it():
    import tensorflow as tf

    images, labels = np.arange(23, dtype=np.uint8)[:, None], np.arange(23)
    batches = data.dataset(images, labels, batch_size=5, seed=3, start_step=7)
    mapped = batches.map(lambda images, labels: (images + 100, labels)).map(lambda *pair: pair[0])
    for each in (batches, mapped):
        facts = (each.n, each.batch_size, each.seed, each.start_step, each.steps_per_epoch)
        assert facts == (23, 5, 3, 7, 5)
        assert each.stream.cardinality() == tf.data.INFINITE_CARDINALITY
    for (_, their), raised in zip(take(batches, 9), take(mapped, 9), strict=True):
        assert np.array_equal(their + 100, raised[:, 0])
    later = take(mapped.starting_at(9), 3)
    assert all(np.array_equal(*pair) for pair in zip(later, take(mapped, 5)[2:], strict=True))
    facts = "n=23, batch_size=5, seed=3, start_step=7, steps_per_epoch=5"
    assert repr(batches) == repr(mapped) == f"Batches({facts})"  # 50,000 images are not printed


def test_a_loop_over_batches_yields_tensors():
    import tensorflow as tf

    batches = data.dataset(np.zeros((10, 3), np.float32), batch_size=4)
    sizes = [batch.shape[0] for batch, _ in zip(batches, range(4), strict=False)]
    assert sizes == [4, 4, 2, 4]
    assert isinstance(next(iter(batches)), tf.Tensor)


def test_the_stream_goes_into_any_keras_model():
    import keras

    points = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    batches = data.dataset(points, (points[:, 0] > 0).astype(int), batch_size=4)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(
        batches.stream, steps_per_epoch=batches.steps_per_epoch, shuffle=False, verbose=0
    )
    assert len(history.history["loss"]) == 1 and int(model.optimizer.iterations) == 3


# to_network, to_uint8

ALL = np.arange(256, dtype=np.uint8)


def test_bytes_become_floats_between_minus_one_and_one():
    floats = data.to_network(ALL)
    assert floats.dtype == np.float32
    assert floats[0] == -1 and floats[255] == 1
    assert np.abs(floats[::-1] + floats).max() < 1e-6  # symmetric about 127.5
    assert np.diff(floats) == pytest.approx(2 / 255, abs=1e-6)
    assert data.to_network(np.zeros((2, 3, 4), np.uint8)).shape == (2, 3, 4)


def test_round_trip_is_exact_for_all_values():
    assert np.array_equal(data.to_uint8(data.to_network(ALL)), ALL)
    half = data.to_network(ALL).astype(np.float16)  # 11 bits are enough for 256 levels
    assert np.array_equal(data.to_uint8(half), ALL)


def test_tensors_go_both_ways_also_when_compiled():
    import tensorflow as tf

    tensor = tf.constant(ALL)
    floats = data.to_network(tensor)
    assert floats.dtype == tf.float32
    compiled = tf.function(data.to_network)(tensor)
    assert np.allclose(floats, data.to_network(ALL), atol=1e-6)
    assert np.allclose(compiled, data.to_network(ALL), atol=1e-6)
    assert np.array_equal(data.to_uint8(compiled), ALL)
    assert data.to_uint8(tf.constant([-1.0, 1.0], tf.bfloat16)).tolist() == [0, 255]
    with pytest.raises(TypeError, match="float32"):
        tf.function(data.to_network)(floats)


def test_to_network_is_part_of_a_keras_model_and_float32_under_any_policy():
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        inputs = keras.Input((2,), dtype="uint8")
        outputs = data.to_network(inputs)
        assert outputs.dtype == "float32"
        model = keras.Model(inputs, outputs)
        assert np.asarray(model(np.array([[0, 255]], np.uint8))).tolist() == [[-1, 1]]
    finally:
        keras.config.set_dtype_policy("float32")


def test_rounding_and_clipping():
    # One grey level is 2/255 wide in [-1, 1]; 0.1 is (0.1 + 1) * 127.5 = 140.25.
    assert data.to_uint8(np.array([0.1, 0.0, -1.005, 1.005])).tolist() == [140, 128, 0, 255]


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (np.zeros(3), TypeError, "scaled already"),
        (np.zeros(3, np.int64), TypeError, "int64"),
        ([0, 1], TypeError, "astype"),
    ],
)
def test_to_network_refuses(value, error, words):
    with pytest.raises(error, match=words):
        data.to_network(value)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (ALL, TypeError, "bytes already"),
        (ALL.astype(int), TypeError, "int64"),
        (np.array([0.0, np.nan]), ValueError, "diverged"),
        (np.array([0.0, np.inf]), ValueError, "1 .of 2."),
        (np.array([0.0, 1.5]), ValueError, r"0 to 1.5.*clip=True"),
        (np.array([-7.0, 255.0]), ValueError, "tanh"),
    ],
)
def test_to_uint8_refuses(value, error, words):
    with pytest.raises(error, match=words):
        data.to_uint8(value)


def test_images_beyond_the_range_can_be_clipped_and_counted():
    drawn = np.array([[-3.0, -1.005, 0.1], [1.005, 1.2, 9.0]], np.float32)
    assert data.to_uint8(drawn, clip=True).tolist() == [[0, 0, 140], [255, 255, 255]]
    assert data.share_outside(drawn) == 0.5
    assert data.share_outside(data.to_network(ALL)) == 0
    for function in (lambda value: data.to_uint8(value, clip=True), data.share_outside):
        with pytest.raises(ValueError, match=r"1 \(of 2\) values that are NaN"):
            function(np.array([np.nan, 3.0]))
        with pytest.raises(TypeError, match="bytes already"):
            function(ALL)


def test_cifars_classes_are_in_the_order_of_the_alphabet():
    assert list(data.CLASS_NAMES) == sorted(data.CLASS_NAMES) and len(data.CLASS_NAMES) == 10
