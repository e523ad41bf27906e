"""What users of Keras and owners of other data and networks type: it works, or a sentence
says why.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from ganlib import averages, callbacks, data, losses, networks, penalties
from ganlib.gan import GAN
from ganlib.support import players

SHAPE = (4, 4, 3)


def pixels(n=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *SHAPE), np.uint8)


def generator(last="tanh", classes=0):
    latents = inputs = x = keras.Input((2,))
    if classes:
        labels = keras.Input((), dtype="int32")
        inputs = [latents, labels]
        x = layers.Concatenate()([x, layers.Embedding(classes, 2)(labels)])
    return keras.Model(inputs, layers.Reshape(SHAPE)(layers.Dense(48, last)(x)))


def discriminator(last=None, classes=0):
    images = inputs = keras.Input(SHAPE)
    x = layers.Flatten()(images)
    if classes:
        labels = keras.Input((), dtype="int32")
        inputs = [images, labels]
        x = layers.Concatenate()([x, layers.Embedding(classes, 2)(labels)])
    return keras.Model(inputs, layers.Dense(1, last)(x))


def gan_of(g=None, d=None, classes=0, **options):
    g, d = g or generator(classes=classes), d or discriminator(classes=classes)
    gan = GAN(g, d, 2, **options)
    gan.compile(g_optimizer="sgd", d_optimizer="sgd", run_eagerly=True)
    return gan


def stream(*columns):
    columns = columns[0] if len(columns) == 1 else columns
    return tf.data.Dataset.from_tensor_slices(columns).batch(4)


# The range of the data ----------------------------------------------------------------------------


def test_floats_up_to_255_are_refused_before_the_first_step(tmp_path):
    for number, image in enumerate(pixels(4)):
        keras.utils.save_img(tmp_path / f"{number}.png", image)
    images = keras.utils.image_dataset_from_directory(
        tmp_path, labels=None, image_size=SHAPE[:2], verbose=False
    )
    gan = gan_of()
    with pytest.raises(ValueError, match=r"floats from .* to 2\d\d.*tanh.*\[-1, 1\].*to_network"):
        gan.fit(images, verbose=0)
    assert int(gan.step) == 0
    gan.fit(images.map(lambda x: data.to_network(tf.cast(x, tf.uint8))), verbose=0)


@pytest.mark.parametrize(
    ("last", "low", "high", "message"),
    [
        ("tanh", 0, 255, r"\[-1, 1\]"),
        ("tanh", -3, 3, r"-3 to 3.*\[-1, 1\]"),
        ("sigmoid", -1, 1, r"sigmoid.*\[0, 1\]"),
        (None, 0, 255, r"images numbers in \[-1, 1\]"),
        ("tanh", -1.1, 1.1, None),  # a sharp resize
        ("tanh", 0, 1, None),
        ("sigmoid", 0, 1, None),
        (None, -3, 3, None),  # standardised
    ],
)
def test_the_range_of_floats_is_that_of_the_generator(last, low, high, message):
    images = np.linspace(low, high, 4 * 48, dtype=np.float32).reshape(4, *SHAPE)
    gan = gan_of(generator(last))
    if message is None:
        gan.fit(data.dataset(images, batch_size=4), verbose=0)
        return
    with pytest.raises(ValueError, match=message):
        gan.fit(data.dataset(images, batch_size=4), verbose=0)


def test_bytes_for_a_generator_that_makes_no_negative_numbers_are_refused():
    with pytest.raises(ValueError, match=r"uint8.*sigmoid.*\[0, 1\].*tanh"):
        gan_of(generator("sigmoid")).fit(data.dataset(pixels(), batch_size=4))


def test_points_have_no_range():
    gan = GAN(
        keras.Sequential([keras.Input((2,)), layers.Dense(2)]),
        keras.Sequential([keras.Input((2,)), layers.Dense(1)]),
        2,
    )
    gan.compile(run_eagerly=True)
    gan.fit(data.dataset(np.full((4, 2), 500, np.float32), batch_size=2), verbose=0)


def test_samples_of_another_shape_are_named_beside_those_of_the_networks():
    images = np.zeros((8, 6, 6, 3), np.uint8)
    with pytest.raises(ValueError, match=r"\(6, 6, 3\).*\(4, 4, 3\)"):
        gan_of().fit(data.dataset(images, batch_size=4))


def test_an_empty_data_set_is_told():
    with pytest.raises(ValueError, match="empty"):
        gan_of().fit(stream(pixels()).take(0))


# Labels -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([-1, 0, 1, 2], "from -1 to 2.*0 to 2.*3 classes"),
        ([1, 2, 3, 1], "from 1 to 3.*0 to 2.*labels - 1"),
        (np.eye(4, 3, dtype=np.float32), r"\(4, 3\).*argmax\(1\)"),
        (np.eye(4, 3, dtype=np.int32), r"\(4, 3\).*argmax\(1\)"),
        (np.zeros((4, 1), np.int32), r"\(4, 1\).*labels\[:, 0\]"),
        (np.zeros(4, np.float32), "float32.*integers"),
    ],
)
def test_labels_that_no_class_has_are_refused_in_sample_and_fit(labels, message):
    gan = gan_of(classes=3)
    with pytest.raises(ValueError, match=message):
        gan.sample(4, labels=labels)
    with pytest.raises(ValueError, match=message):
        gan.fit(stream(pixels(4), np.asarray(labels)), verbose=0)
    assert int(gan.step) == 0


@pytest.mark.parametrize(("wrong", "message"), [(3, "from 0 to 3"), (-1, "from -1 to 0")])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_wrong_label_in_a_later_batch_of_another_data_set_ends_the_training(
    wrong, message, jit_compile
):
    labels = np.zeros(64, int)
    labels[63] = wrong
    batches = tf.data.Dataset.from_tensor_slices((pixels(64), labels)).batch(4)
    gan = gan_of(classes=3)
    gan.compile(jit_compile=jit_compile)
    with pytest.raises(ValueError, match=f"labels go {message}, but must be 0 to 2"):
        gan.fit(batches, verbose=0)


def test_all_labels_of_batches_are_looked_at():
    labels = np.zeros(64, int)
    labels[63] = 3
    with pytest.raises(ValueError, match=r"from 0 to 3.*0 to 2"):
        gan_of(classes=3).fit(data.dataset(pixels(64), labels, batch_size=4))


def one_hot_network():
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    x = layers.Concatenate()([latents, keras.ops.one_hot(labels, 3)])
    x = layers.BatchNormalization()(layers.Dense(8)(x))
    return keras.Model([latents, labels], layers.Reshape(SHAPE)(layers.Dense(48, "tanh")(x)))


def conditional_norm_network():
    """Batch norm whose scale and shift depend on the class, at two places: four embeddings."""
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    x = latents
    for units in (8, 6):
        x = layers.BatchNormalization(center=False, scale=False)(layers.Dense(units)(x))
        scale, shift = layers.Embedding(3, units)(labels), layers.Embedding(3, units)(labels)
        x = layers.ReLU()(x * (1 + scale) + shift)
    return keras.Model([latents, labels], layers.Reshape(SHAPE)(layers.Dense(48, "tanh")(x)))


def category_network():
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    rows = layers.Reshape((1,))(labels)
    encoded = layers.CategoryEncoding(num_tokens=3, output_mode="one_hot")(rows)
    x = layers.BatchNormalization()(layers.Dense(8)(layers.Concatenate()([latents, encoded])))
    return keras.Model([latents, labels], layers.Reshape(SHAPE)(layers.Dense(48, "tanh")(x)))


def positional_network():
    """An embedding of places, which has nothing to do with labels."""
    latents = keras.Input((2,))
    x = layers.Reshape((16, 2))(layers.Dense(32)(latents))
    x = x + layers.Embedding(16, 2)(keras.ops.arange(16))
    x = layers.BatchNormalization()(layers.Flatten()(x))
    return keras.Model(latents, layers.Reshape(SHAPE)(layers.Dense(48, "tanh")(x)))


CONDITIONAL = [one_hot_network, conditional_norm_network, category_network]


@pytest.mark.parametrize("build", CONDITIONAL)
def test_the_number_of_classes_is_read_off_what_the_network_does_with_labels(build):
    assert players.classes(build()) == 3


@pytest.mark.parametrize("build", [*CONDITIONAL, positional_network])
def test_an_average_with_batch_norm_draws_whatever_its_generator_does_with_labels(build, tmp_path):
    def train(epochs):
        keras.utils.set_random_seed(0)
        g = build()
        classes = players.classes(g) or 0
        gan = gan_of(g, discriminator(classes=classes), ema=0.5)
        labels = np.arange(8) % 3 if classes else None
        gan.fit(data.dataset(pixels(), labels, batch_size=4), epochs, resume=tmp_path, verbose=0)
        return gan, gan.sample(3, labels=[0, 1, 2] if classes else None, seed=0)

    _, drawn = train(1)
    assert np.isfinite(drawn).all()
    gan, after = train(2)
    assert int(gan.step) == 4 and not np.array_equal(after, drawn)


def test_statistics_are_measured_with_the_labels_that_the_training_saw():
    gan = gan_of(conditional_norm_network(), discriminator(classes=3), ema=0.5)
    labels = np.array([0, 0, 0, 0, 0, 0, 2, 2])
    gan.fit(data.dataset(pixels(), labels, batch_size=8), verbose=0)
    assert gan.label_counts == [6, 0, 2]
    given = averages._labels(gan.average, gan.label_counts)
    assert np.bincount(given.ravel()).tolist() == [1152, 0, 384]
    norms = [each for each in gan.average.layers if isinstance(each, layers.BatchNormalization)]
    gan.sample(1, labels=0)
    seen = norms[1].moving_mean.numpy()
    gan.label_counts = [0, 8, 0]
    gan.sample(1, labels=0)
    assert not np.array_equal(norms[1].moving_mean.numpy(), seen)
    gan.label_counts = [6, 0, 2]
    gan.sample(1, labels=0)
    np.testing.assert_array_equal(norms[1].moving_mean.numpy(), seen)


@pytest.mark.parametrize(
    ("function", "counts"),
    [(lambda x, y: (x, y), [8, 0, 2]), (lambda x, y: (x, 2 - y), [1, 0, 1])],
)
def test_of_mapped_batches_all_labels_count_where_they_stay_what_they_were(function, counts):
    labels = np.array([0] * 8 + [2] * 2)
    images = np.random.default_rng(0).integers(0, 256, (10, *pixels().shape[1:]), np.uint8)
    batches_of_two = data.dataset(images, labels, batch_size=2, seed=1).map(function)
    gan = gan_of(conditional_norm_network(), discriminator(classes=3), ema=0.5)
    first = next(iter(batches_of_two))[1].numpy()
    gan.fit(batches_of_two, steps_per_epoch=1, verbose=0)
    wanted = counts if sum(counts) == 10 else np.bincount(first).tolist()
    assert gan.label_counts == wanted


def test_a_label_that_no_class_has_is_told_in_mapped_batches_too():
    labels = np.array([0] * 8 + [3])  # the first batch does not hold it
    images = np.random.default_rng(0).integers(0, 256, (9, *pixels().shape[1:]), np.uint8)
    mapped = data.dataset(images, labels, batch_size=1).map(lambda x, y: (x, y + 0))
    gan = gan_of(one_hot_network(), discriminator(classes=3))
    with pytest.raises(ValueError, match="labels go from 0 to 3"):
        gan.fit(mapped, verbose=0)
    moved = data.dataset(images, labels * 0, batch_size=1).map(
        lambda x, y: (x, y + 3 * tf.cast(x[0, 0, 0, 0] == images[8, 0, 0, 0], tf.int32))
    )
    with pytest.raises(ValueError, match="labels go from 3 to 3"):
        gan.fit(moved, verbose=0)


def test_the_labels_that_were_seen_are_in_a_keras_file(tmp_path):
    gan = gan_of(one_hot_network(), discriminator(classes=3), ema=0.5)
    gan.fit(data.dataset(pixels(), np.arange(8) % 2, batch_size=4), verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert loaded.label_counts == [4, 4]
    np.testing.assert_array_equal(loaded.sample(3, 0, seed=1), gan.sample(3, 0, seed=1))


def test_players_with_different_numbers_of_classes_are_refused():
    with pytest.raises(ValueError, match=r"3 classes.* 4"):
        gan_of(generator(classes=3), discriminator(classes=4))


# Networks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["sigmoid", "tanh", "hard_sigmoid"])
def test_a_discriminator_that_ends_in_bounds_is_refused(last):
    with pytest.raises(ValueError, match=f"ends in {last}.*logits.*[Ll]eave"):
        gan_of(d=discriminator(last))


def test_a_sigmoid_layer_at_the_end_is_found_too():
    inside = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), layers.Dense(1)])
    images = keras.Input(SHAPE)
    for end in (layers.Activation("sigmoid"), keras.ops.sigmoid):
        with pytest.raises(ValueError, match="ends in sigmoid"):
            gan_of(d=keras.Model(images, end(inside(images))))


def test_a_sequential_that_was_not_built_is_built():
    g = keras.Sequential([layers.Dense(48, "tanh"), layers.Reshape(SHAPE)])
    gan = gan_of(g, keras.Sequential([layers.Flatten(), layers.Dense(1)]), ema=0.9)
    gan.fit(data.dataset(pixels(), batch_size=4), verbose=0)
    assert gan.sample(2).shape == (2, *SHAPE)


def test_a_subclassed_model_is_told_what_it_must_be():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(48)

        def call(self, x):
            return keras.ops.reshape(self.dense(x), (-1, *SHAPE))

    with pytest.raises(ValueError, match=r"generator is a subclassed model \(Own\).*keras.Input"):
        gan_of(Own())
    with pytest.raises(TypeError, match=r"discriminator is Dense.*Keras model"):
        gan_of(d=layers.Dense(1))


def test_a_generator_with_an_input_for_noise_is_told_the_truth():
    latents, noise = keras.Input((2,)), keras.Input((4, 4, 1))
    x = layers.Reshape(SHAPE)(layers.Dense(48)(latents)) + noise
    with pytest.raises(
        ValueError, match=r"generator has further inputs.*\(None, 4, 4, 1\).*labels"
    ):
        gan_of(keras.Model([latents, noise], x))


class Noise(layers.Layer):
    """Noise in training and in drawing, as StyleGAN has it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator(3)

    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seed_generator)


def test_drawing_with_a_seed_repeats_the_noise_and_never_moves_that_of_the_training():
    x = latents = keras.Input((2,))
    gan = gan_of(keras.Model(latents, layers.Reshape(SHAPE)(Noise()(layers.Dense(48)(x)))), ema=0.9)
    before = [np.copy(keras.ops.convert_to_numpy(state)) for state in gan.state()]
    one = gan.sample(3, seed=1)
    np.testing.assert_array_equal(one, gan.sample(3, seed=1))
    assert not np.array_equal(one, gan.sample(3, seed=2))
    assert not np.array_equal(gan.sample(3), gan.sample(3))
    zeros = np.zeros((3, 2))
    np.testing.assert_array_equal(gan.generate(zeros), gan.generate(zeros))
    for old, state in zip(before, gan.state(), strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(state))


def test_a_last_batch_smaller_than_the_discriminators_steps_uses_samples_twice():
    gan = gan_of(discriminator_steps=3)
    gan.fit(data.dataset(pixels(5), batch_size=4), verbose=0)
    parts = list(gan.minibatches(tf.zeros((1, *SHAPE)), None))
    assert [len(part.real) for part in parts] == [1, 1, 1]
    assert not np.array_equal(parts[0].latents, parts[1].latents)


# Arguments of Keras -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 4}, "no batch_size.*ganlib.data.dataset"),
        ({"sample_weight": np.ones(8)}, "no sample_weight"),
        ({"class_weight": {0: 1.0}}, "no class_weight"),
        ({"validation_data": (1, 2)}, "no validation_data.*metrics"),
        ({"validation_split": 0.1}, "no validation_split.*metrics"),
        ({"y": np.zeros(8)}, "no y.*dataset"),
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": True}, "epochs is True"),
        ({"steps_per_epoch": 0}, "steps_per_epoch is 0"),
        ({"callbacks": [callbacks.StopOnFailure]}, r"class.*StopOnFailure\(\)"),
        ({"callbacks": keras.callbacks.ReduceLROnPlateau("d_loss")}, "two.*schedules"),
        ({"callbacks": keras.callbacks.LearningRateScheduler(lambda epoch: 0.1)}, "two.*schedules"),
        ({"callbacks": keras.callbacks.TerminateOnNaN()}, "StopOnFailure"),
    ],
)
def test_arguments_that_mean_nothing_are_told_before_the_first_step(options, message):
    gan = gan_of()
    with pytest.raises((TypeError, ValueError), match=message):
        gan.fit(data.dataset(pixels(), batch_size=4), verbose=0, **options)
    assert int(gan.step) == 0


def test_a_tensorboard_that_counts_steps_is_told(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, write_steps_per_second=True)
    with pytest.raises(ValueError, match="write_steps_per_second"):
        gan_of().fit(data.dataset(pixels(), batch_size=4), callbacks=[board])


def test_an_array_is_told_to_become_batches():
    for images in (pixels(), tf.constant(pixels()), [pixels()], (pixels(), np.zeros(8))):
        with pytest.raises(TypeError, match=r"batches.*ganlib\.data\.dataset.*shuffles"):
            gan_of().fit(images, 2)


def test_no_callbacks_one_and_some():
    for each in (None, [], (), callbacks.StopOnFailure(), [callbacks.StopOnFailure()]):
        gan_of().fit(data.dataset(pixels(), batch_size=4), callbacks=each, verbose=0)


def test_an_initial_epoch_counts_without_resume_and_is_refused_with_it(tmp_path):
    gan = gan_of()
    history = gan.fit(data.dataset(pixels(), batch_size=4), 3, initial_epoch=1, verbose=0)
    assert history.epoch == [1, 2]
    with pytest.raises(ValueError, match="leave initial_epoch out"):
        gan.fit(data.dataset(pixels(), batch_size=4), 3, initial_epoch=1, resume=tmp_path)


@pytest.mark.parametrize("name", ["loss", "optimizer", "metrics"])
def test_compile_says_what_takes_the_place_of_keras_arguments(name):
    with pytest.raises(TypeError, match=f"no {name}"):
        gan_of().compile(**{name: "adam"})


def test_optimizers_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        gan_of().compile("adam", "sgd")


def test_evaluate_points_to_the_measures():
    with pytest.raises(NotImplementedError, match="classifier_frechet_distance"):
        gan_of().evaluate(data.dataset(pixels(), batch_size=4))


@pytest.mark.parametrize("name", ["latent_dim", "discriminator_steps", "seed"])
def test_true_is_no_number(name):
    with pytest.raises(TypeError, match=f"{name} is True"):
        GAN(generator(), discriminator(), **{"latent_dim": 2, name: True})


# Numbers and files --------------------------------------------------------------------------------


def test_numbers_of_numpy_are_numbers(tmp_path):
    options = {"penalties": {"r1": np.float32(0.5)}, "ema": np.float32(0.5), "seed": np.int64(3)}
    gan = GAN(generator(), discriminator(), np.int64(2), **options)
    adam = [keras.optimizers.Adam(0.01, beta_1=np.float32(0.5)) for _ in range(2)]
    gan.compile(g_optimizer=adam[0], d_optimizer=adam[1], run_eagerly=True)
    gan.fit(data.dataset(pixels(), batch_size=4), resume=tmp_path / "run", verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert loaded.penalties == {"r1": 0.5} and loaded.ema == 0.5 and loaded.seed == 3
    gan.fit(data.dataset(pixels(), batch_size=4), 2, resume=tmp_path / "run", verbose=0)
    assert int(gan.step) == 4


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    gan = gan_of()
    gan.fit(data.dataset(pixels(), batch_size=4), resume="~/runs/a", verbose=0)
    gan.save("~/gan.keras")
    assert (tmp_path / "runs" / "a" / "checkpoint.npz").exists()
    assert (tmp_path / "gan.keras").exists() and not (tmp_path / "~").exists()


@pytest.mark.parametrize("name", ["gan.h5", "gan.hdf5", "gan"])
def test_other_files_than_keras_are_told(name, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.keras"):
        gan_of().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_keras_file_holds_the_state_of_dropout(tmp_path):
    images = keras.Input(SHAPE)
    x = layers.Dropout(0.5, seed=1)(layers.Flatten()(images))
    gan = gan_of(d=keras.Model(images, layers.Dense(1)(x)))
    gan.compile(g_optimizer="sgd", d_optimizer="sgd")  # as a file does
    batches = data.dataset(pixels(), batch_size=4)
    gan.fit(batches, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for one in (gan, loaded):
        one.fit(batches.starting_at(2), verbose=0)
    for one, other in zip(gan.state(), loaded.state(), strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other)
        )


def test_a_gan_can_be_exported_after_it_predicted(tmp_path):
    gan = GAN(
        networks.dense_generator(2, SHAPE, (4,)), networks.dense_discriminator(SHAPE, (4,)), 2
    )
    gan.compile()
    gan.fit(data.dataset(pixels(), batch_size=4), verbose=0)
    latents = np.ones((2, 2), np.float32)
    drawn = gan.predict(latents, verbose=0)
    gan.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(exported.serve(latents), drawn, atol=1e-6)


def test_a_gan_with_a_loss_and_a_penalty_of_ones_own_is_saved_and_read(tmp_path, monkeypatch):
    monkeypatch.setattr(losses, "_REGISTERED", dict(losses._REGISTERED))
    monkeypatch.setattr(penalties, "PENALTIES", dict(penalties.PENALTIES))

    @penalties.register
    def steep(critic, real, fake, labels=None, seed=None):
        return keras.ops.mean(keras.ops.relu(penalties.squared_slopes(critic, fake, labels) - 1))

    own = losses.AdversarialLoss(
        "own",
        discriminator=lambda real, fake: keras.ops.mean(fake - real),
        generator=lambda real, fake: -keras.ops.mean(fake),
        source="a test",
    )
    gan = gan_of(loss=own, penalties={"steep": 2.0})
    batches = data.dataset(pixels(), batch_size=4)
    gan.fit(batches, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert loaded.adversarial_loss is own and loaded.penalties == {"steep": 2.0}
    loaded.fit(batches, verbose=0)
    losses._REGISTERED.pop("own")
    with pytest.raises(ValueError, match=r"no loss 'own'.*losses\.register"):
        keras.saving.load_model(tmp_path / "gan.keras")


def test_one_sided_smoothing_is_a_loss_by_name(tmp_path):
    gan = gan_of(loss="smoothed")
    gan.fit(data.dataset(pixels(), batch_size=4), resume=tmp_path, verbose=0)
    assert gan.get_config()["loss"] == "smoothed"
