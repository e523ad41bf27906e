"""Networks go into the zoo and come out again; what ships with the package is whole and works."""

import hashlib
import json

import keras
import numpy as np
import pytest

from ganlib import data, networks, records, shapes, zoo
from ganlib.support import classifiers
from tools import ROOT
from tools.training import no_shape, score_gan

CLASSIFIER = {"classes": 3, "widths": [4, 6], "feature_dim": 5, "seed": 1}
GENERATOR = {"latent_dim": 4, "hidden": [6]}


@pytest.fixture
def empty_zoo(monkeypatch, tmp_path):
    """The zoo in a folder of its own."""
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    zoo.features.cache_clear()
    yield tmp_path
    zoo.features.cache_clear()


def write_classifier(folder, name="classifier-test", **facts):
    model = classifiers.image_classifier(**CLASSIFIER)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1, w.shape).astype(np.float32) for w in model.weights])
    facts = {"version": 1, "seed": 1, **facts}
    zoo.write(name, {"classifier": (model, "image_classifier", CLASSIFIER)}, facts, folder)
    return model


def write_gan(folder, name="gan-test"):
    generator = networks.dense_generator(**GENERATOR, seed=3)
    discriminator = networks.dense_discriminator(hidden=(5,), seed=4)
    parts = {
        "generator": (generator, "dense_generator", GENERATOR),
        "discriminator": (discriminator, "dense_discriminator", {"hidden": [5]}),
    }
    zoo.write(name, parts, {"version": 1, "gan": {"latent_dim": 4, "loss": "hinge"}}, folder)
    return generator, discriminator


def pixels(n=4):
    return np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), np.uint8)


def half(weights):
    return [weight.astype(np.float16).astype(np.float32) for weight in weights]


def assert_equal(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_classifier_comes_back_with_its_weights_in_half_precision(empty_zoo):
    model = write_classifier(empty_zoo)
    assert zoo.names() == ["classifier-test"]
    loaded = zoo.load("classifier-test")
    assert_equal(loaded.get_weights(), half(model.get_weights()))
    assert {weight.dtype for weight in loaded.weights} == {"float32"}
    logits = loaded(pixels())
    assert (
        tuple(logits.shape) == (4, 3) and keras.backend.standardize_dtype(logits.dtype) == "float32"
    )
    model.set_weights(half(model.get_weights()))
    np.testing.assert_allclose(logits, model(pixels())["logits"], rtol=1e-6)


def test_a_gan_comes_back_as_a_gan_that_draws(empty_zoo):
    generator, discriminator = write_gan(empty_zoo)
    gan = zoo.load("gan-test")
    assert gan.adversarial_loss.name == "hinge"
    assert_equal(gan.generator.get_weights(), half(generator.get_weights()))
    assert_equal(gan.discriminator.get_weights(), half(discriminator.get_weights()))
    assert gan.sample(2, seed=0).shape == (2, 32, 32, 3)


def test_the_card_says_what_is_there(empty_zoo):
    write_classifier(empty_zoo, scores={"accuracy": 0.5}, limits="none known")
    card = zoo.card("classifier-test")
    assert card["name"] == "classifier-test" and card["version"] == 1
    assert card["scores"] == {"accuracy": 0.5} and card["limits"] == "none known"
    assert card["networks"]["classifier"]["builder"] == "image_classifier"
    content = (empty_zoo / "classifier-test.npz").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert sorted(path.suffix for path in empty_zoo.iterdir()) == [".json", ".npz"]


def test_half_precision_takes_half_the_room(empty_zoo):
    generator, discriminator = write_gan(empty_zoo)
    count = generator.count_params() + discriminator.count_params()
    assert (empty_zoo / "gan-test.npz").stat().st_size < 2 * count + 5000


def test_features_come_with_logits_and_are_loaded_once(empty_zoo):
    write_classifier(empty_zoo)
    extractor = zoo.features("classifier-test")
    outputs = extractor(pixels())
    assert tuple(outputs["features"].shape) == (4, 5) and tuple(outputs["logits"].shape) == (4, 3)
    assert zoo.features("classifier-test") is extractor
    np.testing.assert_allclose(outputs["logits"], zoo.load("classifier-test")(pixels()), rtol=1e-5)


@pytest.mark.parametrize("scale", [1 / 127.5, 1.0])
def test_a_classifier_refuses_floats_which_keras_would_cut_to_bytes(scale, empty_zoo):
    write_classifier(empty_zoo)
    floats = pixels().astype(np.float32) * scale
    for model in (zoo.load("classifier-test"), zoo.features("classifier-test")):
        for call in (model, model.predict_on_batch, lambda x, m=model: m.predict(x, verbose=0)):
            with pytest.raises(TypeError, match=r"images of float32, but must.*to_uint8"):
                call(floats)
        model.predict(pixels(), verbose=0)


def test_features_of_a_gan_are_refused_with_the_names_that_have_some(empty_zoo):
    write_gan(empty_zoo)
    write_classifier(empty_zoo)
    with pytest.raises(ValueError, match=r"'gan-test' has no features.*classifier-test"):
        zoo.features("gan-test")


@pytest.mark.parametrize("call", [zoo.load, zoo.card, zoo.features])
def test_unknown_names_list_the_known_ones(call, empty_zoo):
    write_classifier(empty_zoo)
    with pytest.raises(ValueError, match=r"no network 'dcgan'.*classifier-test"):
        call("dcgan")
    with pytest.raises(ValueError):
        call("../zoo/classifier-test")


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty", "missing", "another"])
def test_damaged_weights_are_an_oserror_with_advice(damage, empty_zoo):
    write_classifier(empty_zoo)
    path = empty_zoo / "classifier-test.npz"
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "another":
        write_gan(empty_zoo)
        path.write_bytes((empty_zoo / "gan-test.npz").read_bytes())
    else:
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        path.write_bytes({"truncated": whole[:200], "changed": changed, "empty": b""}[damage])
    for call in (zoo.load, zoo.features):
        with pytest.raises(OSError, match=r"classifier-test.*Install the package again"):
            call("classifier-test")


def test_a_file_that_its_card_calls_right_but_is_no_archive_is_an_oserror(empty_zoo):
    write_classifier(empty_zoo)
    path = empty_zoo / "classifier-test.npz"
    path.write_bytes(b"PK\x03\x04 not an archive")
    card = zoo.card("classifier-test")
    card["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (empty_zoo / "classifier-test.json").write_text(json.dumps(card))
    with pytest.raises(OSError, match="Install the package again"):
        zoo.load("classifier-test")


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_weights_that_half_precision_cannot_hold_are_refused(value, empty_zoo):
    model = classifiers.image_classifier(**CLASSIFIER)
    weights = model.get_weights()
    weights[0].flat[0] = value
    model.set_weights(weights)
    with pytest.raises(ValueError, match=r"weight classifier/000 is not.*Nothing was written"):
        zoo.write("new", {"classifier": (model, "image_classifier", CLASSIFIER)}, {}, empty_zoo)
    assert list(empty_zoo.iterdir()) == []


@pytest.fixture(params=["channels_first", "float16", "float64"])
def other_settings(request):
    """Keras as a learner's ~/.keras/keras.json may have set it."""
    order, floatx = keras.config.image_data_format(), keras.config.floatx()
    policy = keras.config.dtype_policy()
    if request.param == "channels_first":
        keras.config.set_image_data_format("channels_first")
    else:
        keras.config.set_floatx(request.param)
        keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_image_data_format(order)
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


def test_the_settings_of_keras_on_a_machine_change_nothing(empty_zoo, other_settings, request):
    rng = np.random.default_rng(2)
    latents = rng.standard_normal((3, 4), np.float32)
    write_classifier(empty_zoo), write_gan(empty_zoo)
    there = {
        "logits": zoo.load("classifier-test")(pixels()),
        "features": zoo.features("classifier-test")(pixels())["features"],
        "images": zoo.load("gan-test").generate(latents),
    }
    assert {weight.dtype for weight in zoo.load("gan-test").generator.weights} == {"float32"}
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    zoo.features.cache_clear()
    np.testing.assert_allclose(there["logits"], zoo.load("classifier-test")(pixels()), rtol=1e-5)
    np.testing.assert_allclose(
        there["features"], zoo.features("classifier-test")(pixels())["features"], rtol=1e-5
    )
    np.testing.assert_allclose(there["images"], zoo.load("gan-test").generate(latents), rtol=1e-5)


# What ships ---------------------------------------------------------------------------------------

SHIPPED = zoo.names()


def shipped(*kinds):
    """The shipped networks of a kind; a test without any is skipped by pytest."""
    return [name for name in SHIPPED if name.startswith(kinds)]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_network_loads_and_has_a_card(name):
    card = zoo.card(name)
    for key in ("version", "data", "recipe", "seed", "limits", "sha256"):
        assert card.get(key) not in (None, ""), key
    zoo.load(name)


@pytest.mark.skipif(not SHIPPED, reason="no networks have been trained yet")
def test_the_zoo_stays_small():
    sizes = [path.stat().st_size for path in zoo.FOLDER.glob("*.npz")]
    assert sum(sizes) <= 20e6
    assert sorted(path.stem for path in zoo.FOLDER.glob("*.npz")) == SHIPPED


@pytest.mark.parametrize("name", shipped("dcgan-"))
def test_shipped_generators_draw_images_that_differ(name):
    gan = zoo.load(name)
    drawn = gan.sample(16, seed=0, labels=np.arange(16) % 10 if gan.conditional else None)
    assert drawn.shape == (16, 32, 32, 3)
    images = data.to_uint8(drawn).astype(float)
    assert images.std(axis=0).mean() > 20  # grey levels, between images
    assert images.std(axis=(1, 2, 3)).min() > 10  # and within each


@pytest.mark.parametrize("name", shipped("classifier-", "referee-"))
def test_shipped_classifiers_take_bytes_and_return_a_logit_for_each_class(name):
    logits = zoo.load(name)(pixels())
    classes = zoo.card(name)["networks"]["classifier"]["arguments"]["classes"]
    of_data = {"cifar10": 10, "shapes": shapes.MODES}[name.split("-")[1]]
    assert classes == of_data + (name == "referee-shapes")  # it knows "no shape" too
    assert (
        tuple(logits.shape) == (4, classes)
        and keras.backend.standardize_dtype(logits.dtype) == "float32"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped("classifier-", "referee-"))
def test_shipped_classifiers_have_the_accuracy_their_card_states(name):
    try:
        images, labels = data.load(name.split("-")[1], "test", labels=True, n=2000)
    except data.DataUnavailable as error:
        pytest.skip(str(error).splitlines()[0])
    logits = zoo.load(name).predict(images, batch_size=250, verbose=0)
    accuracy = (logits.argmax(-1) == labels).mean()
    assert accuracy == pytest.approx(zoo.card(name)["test_accuracy"], abs=0.02)


@pytest.mark.parametrize("judge", score_gan.NETWORKS["shapes"])
def test_hue_and_shape_are_read_well_enough_to_count_modes(judge):
    card = zoo.card(judge)
    for factor, names in (("shape", shapes.SHAPE_NAMES), ("hue", shapes.HUE_NAMES)):
        confusion = np.array(card[f"{factor}_confusion"])
        assert confusion.shape == (len(names), len(names))
        assert np.trace(confusion) / confusion.sum() == card[f"{factor}_accuracy"] >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("made_of", score_gan.NETWORKS)
def test_the_shipped_generators_have_the_scores_their_cards_state(made_of):
    generators = shipped(f"dcgan-{made_of}")
    assert generators
    try:
        real = score_gan.extract_real(made_of)
    except data.DataUnavailable as error:
        pytest.skip(str(error).splitlines()[0])
    for name in generators:
        stated, again = zoo.card(name)["scores"], score_gan.scores(zoo.load(name), real)
        compared = score_gan.ON_A_CARD & set(again)
        assert compared == score_gan.ON_A_CARD & set(stated)
        for score in compared:
            near = 0.05 if score in ("classifier", "referee") else 0.002
            assert again[score] == pytest.approx(stated[score], abs=near)


@pytest.mark.parametrize("name", shipped("dcgan-"))
def test_the_cards_of_generators_agree_with_their_records(name):
    """The weights are those of the best moment. The scores of a card were computed again, from
    weights in half precision.
    """
    card = zoo.card(name)
    record = records.load(f"{card['recipe_name']}-{card['seed']}")
    assert record.manifest["recipe"] == card["recipe"]
    best = record.curve["classifier"].argmin()
    assert record.curve["images"][best] == card["images_seen"]
    compared = {"classifier", "referee", "class_agreement"} & set(card["scores"])
    assert {"classifier", "referee"} <= compared
    for score in compared:
        assert record.curve[score][best] == pytest.approx(
            card["scores"][score], abs=0.03, rel=0.006
        )


@pytest.mark.parametrize("name", ["dcgan-cifar10-conditional", "dcgan-cifar10-taught"])
def test_the_card_of_a_conditional_generator_says_how_often_it_obeys(name):
    card = zoo.card(name)
    agreement = 100 * card["scores"]["class_agreement"]
    assert f"the class asked for in {agreement:.0f} % of 5,000 samples" in card["limits"]


@pytest.mark.parametrize(
    ("name", "lessons"),
    [
        ("dcgan-cifar10-conditional", ("11-control",)),
        ("dcgan-cifar10-taught", ()),
        ("dcgan-cifar10", ("10-measuring",)),
    ],
)
def test_how_long_a_generator_was_trained_is_what_its_card_says(name, lessons):
    card = zoo.card(name)
    minutes = round(card["training_minutes"])
    assert f"the weights of minute {minutes}," in card["limits"]
    for lesson in lessons:
        text = (ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8")
        assert f"trained for {minutes} minutes" in text


def test_lessons_00_and_11_say_how_long_the_taught_generator_was_trained():
    card = zoo.card("dcgan-cifar10-taught")
    assert round(card["training_minutes"]) == 5
    before = records.load(f"{card['recipe']['goes_on_from']}-{card['seed']}").curve["minutes"][-1]
    first, eleventh = (
        (ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8")
        for lesson in ("00-start-here", "11-control")
    )
    assert f"for {before:.0f} minutes on two CPU cores, and then for five more" in first
    assert "after five minutes of this ships" in eleventh


def test_the_judge_of_shapes_sees_that_there_are_none():
    """Of each kind that it was taught, of one that it was not, and in no real image."""
    seen = zoo.card("referee-shapes")["no_shape_seen"]
    assert set(seen) == {"a shape", *no_shape.TRAINED, *no_shape.UNSEEN}
    judge = zoo.load("referee-shapes")
    for kind, share in seen.items():
        images = shapes.load("test", 500)[0]
        if kind != "a shape":
            images = no_shape.without_a_shape(kind, 500, seed=2)
        none = (
            judge.predict(images, batch_size=250, verbose=0).argmax(-1) == no_shape.NO_SHAPE
        ).mean()
        assert none == pytest.approx(share, abs=0.03)
        assert none < 0.002 if kind == "a shape" else none > 0.9


def test_the_card_of_the_shapes_says_in_how_many_samples_there_is_none():
    card = zoo.card("dcgan-shapes")
    share = card["scores"]["no_shape"]
    assert f"sees none of the six in {100 * share:.0f} % of 5,000 samples" in card["limits"]
    assert sum(card["scores"]["shown_shares"]) == pytest.approx(1 - share)


def test_the_card_of_the_shapes_says_which_modes_come_too_often_and_too_seldom():
    """The shares that the card holds, and the sentence about them."""
    card = zoo.card("dcgan-shapes")
    shares = np.reshape(card["scores"]["class_shares"], (6, 10)).sum(axis=1)
    most, least = int(shares.argmax()), int(shares.argmin())
    assert [shapes.SHAPE_NAMES[each] for each in (most, least)] == ["square", "star"]
    assert (
        f"takes {100 * shares[most]:.1f} % of 5,000 samples for squares "
        f"(modes {10 * most} to {10 * most + 9}) and {100 * shares[least]:.1f} % for stars "
        f"({10 * least} to {10 * least + 9})"
    ) in card["limits"]
