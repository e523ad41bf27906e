"""The clinic's questions: their answers on programs whose faults and values are known
beforehand.
"""

import ast
import json
import math
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import ganlib
from ganlib import clinic, losses, networks

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "08-clinic.ipynb"
LOG_2 = math.log(2)


def softplus(x):
    return math.log1p(math.exp(x))


def linear(*weights):
    """x ↦ w · x, without a bias."""
    network = keras.Sequential(
        [keras.Input((len(weights),)), keras.layers.Dense(1, use_bias=False)]
    )
    network.set_weights([np.array(weights, np.float32)[:, None]])
    return network


@pytest.fixture(scope="module")
def gan():
    small = {"image_shape": (4, 4, 3), "hidden": (8,)}
    gan = ganlib.GAN(
        networks.dense_generator(6, **small), networks.dense_discriminator(**small), latent_dim=6
    )
    gan.compile()
    return gan


# The table


def test_a_report_is_the_dictionary_that_it_prints():
    rows = {"a": {"n": 1, "x": 0.5}, "long name": {"n": 20, "y": None}}
    report = clinic.Report(rows)
    assert report == rows
    assert str(report).splitlines() == [
        "            n     x  y",
        "a           1   0.5  none",
        "long name  20  none  none",
    ]
    assert str(clinic.Report({"a": {"x": 1 / 3}})).split() == ["x", "a", "0.3333"]
    assert str(clinic.Report()) == ""


# Shapes and ranges


def test_a_batch_is_told_as_it_is():
    report = clinic.inspect_batch(
        images=np.array([[0, 255], [1, 4]], np.uint8), logits=tf.constant([[-2.0], [4.0]])
    )
    assert report["images"] == {
        "shape": (2, 2),
        "dtype": "uint8",
        "min": 0,
        "mean": 65,
        "max": 255,
        "finite": True,
    }
    assert report["logits"]["shape"] == (2, 1) and report["logits"]["mean"] == 1
    assert (report["logits"]["min"], report["logits"]["max"]) == (-2, 4)


def test_what_is_not_finite_is_told_and_does_not_spoil_the_range():
    report = clinic.inspect_batch(
        some=np.array([1.0, np.nan, np.inf, 3.0]), none=np.array([np.nan])
    )
    assert report["some"]["finite"] is False
    assert [report["some"][key] for key in ("min", "mean", "max")] == [1, 2, 3]
    assert report["none"]["min"] is None and report["none"]["finite"] is False


def test_the_mean_of_many_short_floats_is_their_mean():
    for kind in ("float16", "bfloat16"):
        row = clinic.inspect_batch(fake=tf.fill((1000, 1000), tf.cast(0.1, kind)))["fake"]
        assert row["dtype"] == kind and row["mean"] == pytest.approx(0.1, rel=2e-3)


def test_what_holds_no_numbers_is_refused_by_name():
    with pytest.raises(TypeError, match="labels"):
        clinic.inspect_batch(real=np.zeros(2), labels=np.array(["cat", "dog"]))
    with pytest.raises(ValueError, match=r"points\[1\] has the shape \(2,\)"):
        clinic.inspect_batch(points=[[1], [1, 2]])
    with pytest.raises(TypeError, match="complex128, but must hold real numbers"):
        clinic.inspect_batch(spectrum=np.fft.fft(np.ones(4)))


def test_an_empty_batch_has_a_shape_and_no_range():
    line = clinic.inspect_batch(none=np.zeros((0, 3)))["none"]
    assert line["shape"] == (0, 3) and line["mean"] is None


def test_data_scaled_twice_show_in_the_range():
    pixels = np.arange(256, dtype=np.uint8)
    twice = ganlib.data.to_network(pixels) / 127.5 - 1
    line = clinic.inspect_batch(real=twice)["real"]
    assert line["max"] - line["min"] == pytest.approx(2 / 127.5, rel=1e-3)


# Gradients


def test_gradient_norms_of_linear_networks_are_those_of_their_inputs():
    first, second = linear(1.0, 1.0), linear(2.0, -1.0)
    x = tf.constant([[3.0, 4.0]])
    report = clinic.gradient_norms(
        lambda: {"one": tf.reduce_sum(first(x)), "both": tf.reduce_sum(2 * first(x) + second(x))},
        {"first": first, "second": second},
    )
    assert report["one"] == {"first": pytest.approx(5), "second": None}
    assert report["both"] == {"first": pytest.approx(10), "second": pytest.approx(5)}


def test_a_flat_place_is_told_from_a_missing_path():
    used, unused = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    report = clinic.gradient_norms(
        lambda: {"loss": tf.reduce_sum(0.0 * used)}, {"used": [used], "unused": [unused]}
    )
    assert report["loss"] == {"used": 0.0, "unused": None}


def test_the_norm_runs_over_all_tensors_of_a_network():
    a, b = tf.Variable([1.0, 1.0]), tf.Variable([5.0])
    report = clinic.gradient_norms(
        lambda: {"loss": 3 * a[0] + 4 * b[0]}, {"network": [a, b], "a": [a]}
    )
    assert report["loss"] == {"network": pytest.approx(5), "a": pytest.approx(3)}


def test_a_second_sigmoid_shows_as_a_lost_gradient():
    def pull(logit, double):
        weight = tf.Variable(logit)

        def loss():
            return {"L_G": tf.nn.softplus(-(tf.sigmoid(weight) if double else weight))}

        return clinic.gradient_norms(loss, {"G": [weight]})["L_G"]["G"]

    assert pull(-8.0, double=False) == pytest.approx(1 / (1 + math.exp(-8)), rel=1e-5)
    p = 1 / (1 + math.exp(8))
    assert pull(-8.0, double=True) == pytest.approx(p * (1 - p) / (1 + math.exp(p)), rel=1e-4)


def test_a_loss_that_is_no_scalar_tensor_is_refused():
    weight = tf.Variable([1.0, 2.0])
    for loss, said in ((lambda: weight * 2, r"\(2,\)"), (lambda: 3.0, "3.0")):
        with pytest.raises(ValueError, match=f"'L_G'.*{said}"):
            clinic.gradient_norms(lambda loss=loss: {"L_G": loss()}, {"G": [weight]})


def test_a_network_that_is_not_built_is_refused():
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="'G' has no trainable weights"):
        clinic.gradient_norms(lambda: {}, {"G": unbuilt})
    steps = []
    with pytest.raises(ValueError, match="'G' has no trainable weights"):
        clinic.who_is_updated(lambda: steps.append(1), {"G": unbuilt})
    assert not steps, "it is refused before a step is taken"


# Who is updated, and which way


@pytest.mark.parametrize("ask", [clinic.gradient_norms, clinic.who_is_updated])
def test_networks_without_names_are_refused(ask):
    for networks_ in (linear(1.0), [linear(1.0)]):
        with pytest.raises(TypeError, match="must be a dictionary of networks by name"):
            ask(lambda: {}, networks_)


def test_who_is_updated_counts_tensors_and_measures_the_largest_move():
    a, b, c = tf.Variable([0.0, 0.0]), tf.Variable(1.0), tf.Variable([5.0])

    def step():
        a.assign([0.0, -0.5])
        c.assign([5.25])

    report = clinic.who_is_updated(step, {"one": [a, b], "two": [c], "none": [b]})
    assert report == {
        "one": {"changed": 1, "of": 2, "largest": 0.5},
        "two": {"changed": 1, "of": 1, "largest": 0.25},
        "none": {"changed": 0, "of": 1, "largest": 0.0},
    }


def test_weights_that_are_no_numbers_any_more_have_changed():
    a, b = tf.Variable([1.0]), tf.Variable([1.0])
    report = clinic.who_is_updated(lambda: a.assign([math.nan]), {"network": [a, b]})
    assert report["network"]["changed"] == 1 and math.isnan(report["network"]["largest"])


def test_the_old_discriminator_judges_the_new_generator():
    generator, discriminator = linear(1.0), linear(2.0)
    latents = np.array([[1.0], [3.0]], np.float32)  # mean 2

    def steps():
        generator.set_weights([np.array([[5.0]])])
        discriminator.set_weights([np.array([[-1.0]])])

    logits = clinic.which_way(steps, generator, discriminator, latents)
    assert logits == {"at first": 4.0, "later": -10.0, "old D, new G": 20.0}
    assert discriminator.get_weights()[0].item() == -1, "the steps are not undone"


@pytest.mark.parametrize(("sign", "gains"), [(1, True), (-1, False)])
def test_a_generator_that_works_for_its_opponent_is_found_out(sign, gains):
    generator, discriminator = linear(1.0, -1.0), linear(0.5)
    latents = np.random.default_rng(0).normal(size=(16, 2)).astype(np.float32)
    optimizer = keras.optimizers.SGD(0.01)

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(-discriminator(generator(latents))))
        weights = generator.trainable_variables
        optimizer.apply([sign * g for g in tape.gradient(loss, weights)], weights)

    logits = clinic.which_way(step, generator, discriminator, latents)
    assert (logits["old D, new G"] > logits["at first"]) is gains


def test_a_step_of_the_gan_moves_both_players(gan):
    real = np.zeros((4, 4, 4, 3), np.float32)
    report = clinic.who_is_updated(
        lambda: gan.train_on_batch(real), {"D": gan.discriminator, "G": gan.generator}
    )
    for row in report.values():
        assert row["changed"] == row["of"] == 4
        assert row["largest"] == pytest.approx(2e-4, rel=1e-2), (
            "Adam's first step: the learning rate"
        )


def test_one_step_is_taken_and_not_undone():
    calls, weight = [], tf.Variable(0.0)

    def step():
        calls.append(1)
        weight.assign_add(1.0)

    clinic.who_is_updated(step, {"network": [weight]})
    assert len(calls) == 1 and float(weight) == 1


# Losses


def test_known_logits_give_the_known_values():
    loss = losses.get("non_saturating")
    report = clinic.loss_on_known_logits(loss.discriminator, loss.generator)
    for row in report.values():
        assert row["L_D"] == pytest.approx(softplus(-row["real"]) + softplus(row["fake"]), rel=1e-5)
        assert row["L_G"] == pytest.approx(softplus(-row["fake"]), rel=1e-5)
    undecided = report["D cannot tell"]
    assert (undecided["L_D"], undecided["L_G"]) == (
        pytest.approx(2 * LOG_2, rel=1e-6),
        pytest.approx(LOG_2, rel=1e-6),
    )


def test_known_logits_hold_every_pair_of_opinions():
    report = clinic.loss_on_known_logits(lambda real, fake: 0.0, lambda real, fake: 0.0)
    signs = {(np.sign(row["real"]), np.sign(row["fake"])) for row in report.values()}
    assert signs == {(1, -1), (0, 0), (-1, 1), (1, 1), (-1, -1)}


def test_a_generators_loss_that_looks_at_real_logits_shows():
    def with_real(real, fake):
        return tf.reduce_mean(tf.nn.softplus(real)) + tf.reduce_mean(tf.nn.softplus(-fake))

    report = clinic.loss_on_known_logits(losses.get("hinge").discriminator, with_real)
    right, all_fake = report["D is right"], report["D takes all for fake"]
    assert right["fake"] == all_fake["fake"] and right["L_G"] > all_fake["L_G"] + 1


def test_a_loss_for_each_image_in_place_of_a_mean_is_refused():
    per_image = lambda real, fake: tf.nn.softplus(-fake)  # noqa: E731
    with pytest.raises(ValueError, match=r"L_G.*\(8, 1\)"):
        clinic.loss_on_known_logits(lambda real, fake: 0.0, per_image)


# Learning by heart


def test_nearest_finds_the_image_and_its_distance():
    images = np.stack([np.full((2, 2, 3), value, np.float32) for value in (-1.0, 0.0, 1.0)])
    drawn = np.stack([np.full((2, 2, 3), value, np.float32) for value in (0.75, -0.4)])
    which, distance = clinic.nearest(drawn, images)
    assert which.tolist() == [2, 1]
    assert distance == pytest.approx([0.25, 0.4])


def test_the_distance_is_a_root_mean_square():
    images = np.zeros((1, 2, 2, 1), np.float32)
    drawn = np.array([2.0, 0.0, 0.0, 0.0], np.float32).reshape(1, 2, 2, 1)
    assert clinic.nearest(drawn, images)[1] == pytest.approx([1.0])


def test_bytes_are_compared_without_wrapping_around():
    drawn, images = np.full((1, 2, 2, 3), 10, np.uint8), np.zeros((2, 2, 2, 3), np.uint8)
    images[0], images[1] = 250, 30
    which, distance = clinic.nearest(drawn, images)
    assert which.tolist() == [1] and distance.tolist() == [20.0]


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_short_floats_are_compared_in_float32(kind):
    drawn, images = (tf.fill((1, 32, 32, 3), tf.cast(value, kind)) for value in (200.0, -200.0))
    which, distance = clinic.nearest(drawn, images)  # 400² is more than float16 can hold
    assert which.tolist() == [0] and distance == pytest.approx([400.0])


@pytest.mark.parametrize(
    ("drawn", "images"), [("float32", "uint8"), ("uint8", "float32"), ("int64", "int64")]
)
def test_bytes_and_floats_are_not_compared(drawn, images):
    with pytest.raises(TypeError, match=f"drawn are {drawn} and images are {images}, but must"):
        clinic.nearest(np.zeros((1, 2, 2, 3), drawn), np.zeros((1, 2, 2, 3), images))


def test_images_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 2, 1\).*\(2, 2, 3\)"):
        clinic.nearest(np.zeros((1, 2, 2, 1)), np.zeros((1, 2, 2, 3)))


def test_a_single_image_is_refused():
    image = np.zeros((2, 2, 3))
    for drawn, images in ((image, image[None]), (image[None], image), (image[None], [])):
        with pytest.raises(ValueError, match="batches"):
            clinic.nearest(drawn, images)


@pytest.mark.parametrize(
    ("steps", "error"), [(0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError)]
)
def test_overfit_needs_a_number_of_steps(steps, error):
    images = np.zeros((1, 2, 2, 1))
    with pytest.raises(error, match="steps"):
        clinic.overfit(lambda batch: None, lambda: images, images, steps)


def test_overfit_looks_at_the_start_the_middle_and_the_end():
    images = np.stack([np.full((2, 2, 1), value, np.float32) for value in (0.0, 1.0)])
    seen = []

    def draw():  # after k steps: k / 10 away from the first image
        return np.full((3, 2, 2, 1), len(seen) / 10, np.float32)

    report = clinic.overfit(seen.append, draw, images, steps=4)
    assert list(report) == ["step 0", "step 2", "step 4"]
    assert [row["distance"] for row in report.values()] == pytest.approx([0.0, 0.2, 0.4])
    assert len(seen) == 4 and all(batch is images for batch in seen)


def test_overfit_counts_the_images_that_are_drawn():
    images = np.stack([np.full((2, 2, 1), value, np.float32) for value in (0.0, 1.0, 2.0)])
    drawn = {"all": images, "collapsed": images[[1, 1, 1]]}
    counts = {
        name: clinic.overfit(lambda batch: None, lambda some=some: some, images, 1)["step 1"]
        for name, some in drawn.items()
    }
    assert counts["all"] == {"distance": 0.0, "images": 3}
    assert counts["collapsed"] == {"distance": 0.0, "images": 1}


# The course's own GAN

REAL = np.random.default_rng(0).uniform(-1, 1, (4, 4, 4, 3)).astype(np.float32)


@pytest.mark.slow
def test_all_questions_can_be_put_to_the_courses_gan(gan):
    latents = np.random.default_rng(1).standard_normal((4, 6)).astype(np.float32)
    loss = gan.adversarial_loss
    players = {"D": gan.discriminator, "G": gan.generator}

    def compute():
        fake = gan.generator(latents)
        real_logits, fake_logits = gan.discriminator(REAL), gan.discriminator(fake)
        return {
            "L_D": loss.discriminator(real_logits, fake_logits),
            "L_G": loss.generator(real_logits, fake_logits),
        }

    def step(batch=REAL):
        gan.train_on_batch(batch)

    batch = clinic.inspect_batch(real=REAL, fake=gan.sample(4, seed=1))
    assert batch["real"]["shape"] == batch["fake"]["shape"]
    pulls = clinic.gradient_norms(compute, players)
    assert pulls["L_D"]["D"] > 0 and pulls["L_G"]["G"] > 0
    logits = clinic.which_way(step, gan.generator, gan.discriminator, latents)
    assert logits["old D, new G"] > logits["at first"]
    assert clinic.loss_on_known_logits(loss.discriminator, loss.generator)["D is right"]["L_D"] < 1
    by_heart = clinic.overfit(step, lambda: gan.sample(4, seed=1), REAL[:2], steps=2)
    assert list(by_heart) == ["step 0", "step 1", "step 2"]


# The lesson


def from_the_lesson(cell_id):
    """The functions and classes that a cell of the lesson defines."""
    notebook = json.loads(LESSON.read_text(encoding="utf-8"))
    (cell,) = [each for each in notebook["cells"] if each.get("id") == cell_id]
    tree = ast.parse("".join(cell["source"]))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = {"np": np, "tf": tf}
    exec(compile(tree, cell_id, "exec"), names)
    return names


def test_the_lessons_inspect_batch_is_that_of_the_library():
    arrays = {"real": np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 6), "n": np.arange(3)}
    assert from_the_lesson("inspect")["inspect_batch"](**arrays) == clinic.inspect_batch(**arrays)


def test_the_lessons_gradient_norms_are_those_of_the_library():
    first, second = linear(1.0, 2.0), linear(0.5, 1.0)
    x = tf.constant([[3.0, 4.0], [1.0, 0.0]])

    def compute():
        return {"a": tf.reduce_mean(first(x) ** 2), "b": tf.reduce_mean(second(x) * first(x))}

    here = {"first": first, "second": second}
    ours = from_the_lesson("gradients")["gradient_norms"](compute, here)
    assert ours == clinic.gradient_norms(compute, here)
    assert ours["a"]["second"] is None


def test_the_lessons_who_is_updated_is_that_of_the_library():
    answers = []
    for ask in (from_the_lesson("who")["who_is_updated"], clinic.who_is_updated):
        network, latents = linear(1.0, 2.0), tf.Variable([0.0])
        optimizer = keras.optimizers.SGD(0.5)
        step = lambda network=network, optimizer=optimizer: optimizer.apply(  # noqa: E731
            [tf.ones((2, 1))], network.trainable_variables
        )
        answers.append(ask(step, {"network": network, "latents": [latents]}))
    assert answers[0] == answers[1]
    assert answers[0]["network"] == {"changed": 1, "of": 1, "largest": 0.5}


def test_the_lessons_known_logits_are_those_of_the_library():
    for name in ("non_saturating", "relativistic"):
        loss = losses.get(name)
        ours = from_the_lesson("known")["loss_on_known_logits"](loss.discriminator, loss.generator)
        assert ours == clinic.loss_on_known_logits(loss.discriminator, loss.generator)


def test_the_lessons_which_way_is_that_of_the_library():
    latents = np.array([[1.0], [3.0]], np.float32)
    answers = []
    for ask in (from_the_lesson("direction")["which_way"], clinic.which_way):
        generator, discriminator = linear(1.0), linear(2.0)
        change = lambda g=generator, d=discriminator: (  # noqa: E731
            g.set_weights([np.array([[5.0]])]),
            d.set_weights([np.array([[-1.0]])]),
        )
        answers.append(ask(change, generator, discriminator, latents))
    assert answers[0] == answers[1] == {"at first": 4.0, "later": -10.0, "old D, new G": 20.0}


def test_the_lessons_nearest_is_that_of_the_library():
    rng = np.random.default_rng(0)
    drawn, images = (rng.uniform(-1, 1, (n, 4, 4, 3)).astype(np.float32) for n in (5, 3))
    ours, theirs = (
        from_the_lesson("overfit")["nearest"](drawn, images),
        clinic.nearest(drawn, images),
    )
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6)
