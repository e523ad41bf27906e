"""What a careless user types at the modules beyond the first lessons, and what comes of it."""

import pathlib  # noqa: F401

import keras
import numpy as np
import pytest
from PIL import Image

from ganlib import conditional, control, data, inversion, networks, shapes, taste  # noqa: F401
from ganlib.gan import GAN
from ganlib.rivals import (  # noqa: F401
    adversarial,
    autoencoder,
    autoregressive,
    builders,
    diffusion,
    families,
    flow,
    likelihood,
)
from ganlib.society import (  # noqa: F401
    adversarial_training,
    attacks,
    forensics,
    generations,
    judging,
    marks,
    patches,
    perturber,
    poisoning,
    provenance,
    queries,
    sharing,
)
from ganlib.society.privacy import accountant, audit, crowd, dp_sgd  # noqa: F401
from ganlib.society.privacy import attacks as membership  # noqa: F401
from ganlib.widgets import dashboard  # noqa: F401
from ganlib.worlds import editing, glb, measures, meshes, solids, views  # noqa: F401

CALLS = {
    # Labels, latents, directions
    "conditional.concatenated('d', 3)": "discriminator is str, but must be a Keras model",
    "conditional.concatenated(networks.dcgan_discriminator(width=2, classes=3), 2)": "labels alre",
    "conditional.concatenated(keras.Sequential([keras.layers.Dense(1)]), 2)": "begin it with keras",
    "conditional.with_conditional_norm(None, 3)": "generator is NoneType, but must be a Keras",
    "conditional.auxiliary(activated, 3)": "ends in relu, but must end in a dense layer",
    "control.first_kernel(gan)": r"generator is GAN.*A GAN's is gan\.drawing_network\(\)",
    "control.direction(Z, ['a'] * 20)": "values: a list that is no array of numbers was given",
    "control.direction(Z * np.nan, Z[:, 0])": "latents: 80 of 80 values are NaN",
    "control.direction(Z * 0, Z[:, 0])": "there is no direction to find",
    "control.apart(Z[0], Z[1], Z[2][:3])": r"others\[1\]: numbers of the shape \(3,\).*\(4,\)",
    "control.apart(Z[:2])": r"wanted: numbers of the shape \(2, 4\).*\(latent_dim,\)",
    "control.effects(draw, Z, Z[0])": r"directions: numbers of the shape \(4,\).*directions, 4\)",
    "control.effects(draw, Z, [])": r"directions: numbers of the shape \(0,\)",
    "control.effects(draw, Z, [Z[0]], measures=['size'])": "measures is list, but must be a dict",
    "control.effects(draw, Z, [Z[0]], measures={'n': same})": "'n' is the same for all 20 images",
    "control.measure(list(U)).shape": (6, 4),
    "control.truncated(3, 4, 1, seed='x')": "seed is 'x'.*must be a whole number",
    "inversion.invert(gan.generator, U)": r"gan is Functional, but must be a ganlib\.gan\.GAN",
    "inversion.invert(of_classes, U, [0, 1])": r"labels have shape \(2,\).*one integer for all",
    "inversion.invert(of_classes, U, [0, 1, 2, 0, 1, 3])": "labels go from 0 to 3.*must be 0 to 2",
    "inversion.invert(of_classes, U, np.eye(6, 3))": r"\(6, 3\).*write labels\.argmax\(1\)",
    "inversion.invert(gan, U, learning_rate='fast')": "learning_rate is 'fast'.*must be a number",
    "inversion.invert(gan, U, seed=None)": "seed is None.*must be a whole number",
    "editing.project(gan.generator, S)": r"gan is Functional, but must be a ganlib\.gan\.GAN",
    "generations.generations(fresh=0.001)": "fresh is 0.001, which rounds to 0 of 50",
    "dashboard.moderation_figure(None, None, threshold=-6)": "threshold is -6.*at least -4",
    "dashboard.moderation_figure(None, None, reviews=10_000)": "reviews is 10,000.*at most 3,000",
    "dp_sgd.per_example_gradients(forensics.detector_network(), None, U)": "has batch norm",
    # Tastes
    "taste.Reader([0.6, 0.8]).likes([1, 0])": r"facts: numbers of the shape \(2,\).*\(n, 2\)",
    "taste.Reader([0.6, 0.8], firmness='very')": "firmness is 'very' .*must be a number",
    "taste.Reader([0.6, np.nan])": "taste: 1 of 2 values are NaN",
    "taste.readers(1, 2)[0].prefers([[1, 0]], [[0, 1]], 0)": "rng is 0, but must be a NumPy gen",
    "taste.catalogue(black, Z)": "'warmth' is the same for all 20 images",
    "taste.learn(Z * np.nan, np.ones(20))": "differences: 80 of 80 values are NaN",
    "taste.learn(Z, ['A'] * 20)": "answers: a list that is no array of numbers",
    "taste.steered(Z, Z[0][:3], 1)": r"direction: numbers of the shape \(3,\).*\(4,\)",
    "taste.steered(Z[0], Z[1], 1)": r"latents: numbers of the shape \(4,\)",
    "taste.steered(np.zeros((1, 4)), Z[0], 0)": "Latent 0 has moved to 0",
    "taste.spread([])": r"facts: numbers of the shape \(0,\)",
    # Rivals
    "families.build('vae', {'latent_dim': 4})": "sizes has latent_dim, but must have latent_dim, w",
    "families.build('diffusion', {'widths': (4,)})": "widths is .4,.*multiples of 8",
    "families.build('autoregressive', {'levels': 1})": "levels is 1, but must be",
    "builders.causal_network((1, 2, 1), 8, 4, ())": "reaches is empty",
    "builders.plane_network(2, 2.0)": "outputs is 2.0 .*write outputs=2",
    "diffusion.Diffusion(builders.plane_network(2, 2))": "must take samples and a time",
    "diffusion.Diffusion(None)": "network is NoneType, but must be a Keras model",
    "autoencoder.VAE(None, None)": "encoder is NoneType, but must be a Keras model",
    "autoregressive.Autoregressive(builders.plane_network(2, 2))": r"rows, columns, channels",
    "adversarial.Generator(gan.generator).sample(2, seed=-1)": "seed is -1, but must be",
    "adversarial.Generator('dcgan')": "network is str, but must be a Keras model",
    "vae.judge([])": r"images have the shape \(0,\)",
    "vae.judge(P[:, :1])": r"samples have the shape \(8, 1\), but each must have \(2,\)",
    "vae.judge(P * np.nan)": "NaN or infinite",
    "vae.judge(P.astype(float)).shape": (8,),
    "vae.judge(P, seed=1.5)": "seed is 1.5 .*must be a whole number",
    "levels.judge(P * 100)": r"samples reach .*must lie in \[-4, 4\].*astype\('uint8'\)",
    "levels.judge(P * np.nan)": "NaN or infinite",
    "vae.fit(data.dataset(P), steps_per_epoch=0)": "steps_per_epoch is 0",
    "vae.fit(data.dataset(P), epochs='2', steps_per_epoch=2)": "epochs is '2'",
    "vae.fit(data.dataset(U), steps_per_epoch=1)": r"\(6, 32, 32, 3\), but each must have \(2,\)",
    "levels.fit(data.dataset(P * 100), steps_per_epoch=1)": r"must lie in \[-4, 4\]",
    "likelihood.bits_of([1.0], 0)": "values is 0, but must be",
    "likelihood.diffusion_bound(vae, P)": "model is VAE, but must be a Diffusion",
    # Objects
    "solids.to_solid(np.full((1, 8, 8, 8, 1), np.nan))": r"from nan to nan.*in \[-1, 1\]",
    "solids.to_solid(255.0 * solids.to_samples(S))": r"to 6\.502e\+04.*to_network",
    "measures.volume(S[:0]).shape": (0,),
    "measures.undecided(np.array([np.nan]))": "NaN or infinite",
    "measures.undecided(np.array([0.1]), within='half')": "within is 'half' .*must be a number",
    "measures.likeness(S, S.reshape(4, 8, 32, 16))": r"\(16, 16, 16\) and the others \(8, 32, 16\)",
    "measures.coverage(S, S[:0])": "fake has the shape .* one object at least",
    "measures.one_nearest_neighbour(3, 4)": "objects are int64 of the shape",
    "meshes.placed(S[0], 1)": r"mesh is ndarray, but must be a Mesh, as voxel_faces\(solid\)",
    "meshes.placed(mesh, 1, at=3)": r"at: numbers of the shape \(\) .*\(2,\)",
    "meshes.placed(mesh, 1, at=(0, np.nan))": "at: 1 of 2 values are NaN",
    "glb.write('it.glb', mesh)": "items hold a ndarray, but must be a list that holds an Item",
    "glb.write('it.glb', [glb.Item('a', S[0])])": "mesh of 'a' is ndarray, but must be a Mesh",
    "glb.write('~/it.glb', [glb.Item('a', mesh)]).parent == pathlib.Path.home()": True,
    "views.render(S)": r"meshes\[0\] is ndarray, but must be a Mesh",
    "views.render(mesh, frame=3)": "frame is 3, but must be a pair",
    "views.render(mesh, frame=((0, 0, 0), 0))": r"frame\[1\] is 0, but must be above 0",
    "views.portraits(S, colours=['red'])": "There are 1 colours, but there must be 4",
    "views.portraits(S, pixels='8')": "pixels is '8' .*must be a whole number",
    "views.portraits(list(S), pixels=8).shape": (4, 8, 8, 3),
    "views.turn_around([])": "meshes is empty",
    # Detectors, marks, notes
    "judging.auc(['a'], [1])": "negatives: a list that is no array of numbers",
    "judging.rates([1, 2], [2, 3], at='0')": "at: a str that is no array of numbers",
    "judging.rates([1, 2], [2, 3], at=np.nan)": "at: 1 of 1 values are NaN",
    "judging.calibration([0.0, 1.0], ['real', 'fake'])": "generated .*hold True",
    "judging.best_shift([0.0, np.inf], [0, 1])": "logits: 1 of 2 values are infinite",
    "provenance.signed(U[0], 'me', b'k')": "claims is 'me', but must be a dictionary",
    "provenance.signed(U[0], {'a': np.float32(1)}, b'k')": "cannot be written as JSON.*float32",
    "provenance.checked('photo.png', b'k')": r"file is a str.*read_bytes\(\)",
    "forensics.fit_linear(U, U)(U[:, :16, :16])": "24 numbers were measured.*must be 48",
    "forensics.fit_linear(U, U[:, :16, :16])": "both must have one size",
    "forensics.fit_linear(U, U, measure='rings')": "measure is 'rings', but must be a function",
    "forensics.fit_network(U, U[:, :16, :16])": "both must have one size",
    "forensics.pooled([U], sharing.PATHS)": "each of paths is 'exact', but must be a function",
    "marks.Watermark(b'key')": "key is b'key', but must be a text",
    "marks.Watermark('')": "key is '', but must be a text",
    "marks.Watermark('k', band=0.5)": r"band: numbers of the shape \(\).*\(2,\)",
    # Who was in the data
    "membership.lira(np.full((6, 4), np.nan), np.ones((6, 4), bool), 0)": "scores: 24 of 24",
    "membership.nearest_distance([[1, np.nan]], [[1, 2]])": "points: 1 of 2 values are NaN",
    "audit.epsilon_at_least(list('abcd'), [1, 2, 3, 4], 0)": "seen: a list that is no array",
    "accountant.epsilon(0, 'x', 10, 1e-5)": "rate is 'x'",
    "accountant.best_tpr('a', 1, 0)": r"fpr is 'a', but must be numbers in \[0, 1\]",
    "many.train(Z, members, 1, size='10')": "size: a str that is no array of numbers",
    "many.train(Z, members, 1, clip=[1, 2])": r"clip: numbers of the shape \(2,\).*\(3,\)",
    "many.logits(Z * np.nan)": "points: 80 of 80 values are NaN",
    # Attacks
    "attacks.Victim(None)": "logits is None, but must be a function",
    "attacks.right(classifier, U, L)": r"victim is PixelModel.*write Victim\(classifier\)",
    "attacks.pgd(classifier, U, L, 0.1)": "victim is PixelModel, but must be a Victim",
    "queries.square_attack(victim, U, L + 1, 0.1)": "labels go up to 3.*the victim has 3 logits",
    "attacks.differentiable(None)": "classifier is NoneType, but must be a Keras model",
    "perturber.apply(small, U, 0.1, batch_size=0)": "batch_size is 0",
    "perturber.apply(small, U[:, :28, :28], 0.1)": r"\(6, 28, 28, 3\), but the generator takes",
    "perturber.train_cleaner(small, classifier, U, L, steps=1, epsilon=8, reach=0.1)": "at most 1",
    "perturber.train_cleaner(small, classifier, U, L + 1, steps=1, epsilon=0, reach=0)": "up to 3",
    "adversarial_training.train(classifier, U, L + 1, steps=1, epsilon=0.1)": "labels go up to 3",
    "adversarial_training.train(classifier, U, L, steps=1, epsilon=0.1, watch=3)": "watch is 3",
    "poisoning.spectral_scores('a')": "features: a str that is no array of numbers",
}


@pytest.fixture(scope="module")
def names():
    """What the calls may use: images, labels, latents, points, objects, small networks."""
    rng = np.random.default_rng(0)
    images = keras.Input((4,))
    drawn = solids.draw(4)[0]
    gan = GAN(
        networks.dense_generator(4, hidden=(8,)), networks.dense_discriminator(hidden=(8,)), 4
    )
    label_pair = (
        networks.dcgan_generator(4, width=2, classes=3),
        networks.dcgan_discriminator(width=2, classes=3),
    )
    causal = builders.causal_network((1, 2, 1), 8, 8, (1, 1))
    classifier = patches.patch_classifier(3, 4)
    return {
        **globals(),
        "U": rng.integers(0, 256, (6, 32, 32, 3), np.uint8),
        "L": np.arange(6) % 3,
        "Z": rng.standard_normal((20, 4)).astype(np.float32),
        "P": rng.standard_normal((8, 2)).astype(np.float32),
        "S": drawn,
        "mesh": meshes.voxel_faces(drawn[0]),
        "activated": keras.Model(images, keras.layers.ReLU(name="relu")(images)),
        "gan": gan,
        "of_classes": GAN(*label_pair, 4),
        "draw": lambda latents: shapes.draw(len(latents), seed=1)[0],
        "black": lambda latents: np.zeros((len(latents), 32, 32, 3), np.uint8),
        "same": lambda images: np.ones(len(images)),
        "vae": autoencoder.VAE(
            builders.plane_network(2, 4, (8,)), builders.plane_network(2, 2, (8,))
        ),
        "levels": autoregressive.Autoregressive(causal, limit=4.0),
        "classifier": classifier,
        "victim": attacks.Victim(classifier),
        "small": perturber.u_net(width=2),
        "many": crowd.Crowd(3, 4, hidden=(4,)),
        "members": np.ones((3, 20), bool),
    }


@pytest.mark.parametrize("call", CALLS)
def test_a_careless_call_gives_a_result_or_a_sentence(call, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    right = CALLS[call]
    if isinstance(right, str):
        with pytest.raises((TypeError, ValueError), match=right):
            eval(call, names)
    else:
        assert eval(call, names) == right


def test_bytes_that_are_no_picture_are_told():
    for read in (provenance.pixels_of, lambda file: provenance.checked(file, b"k")):
        with pytest.raises(OSError, match=r"These 8 bytes are no image that Pillow can read\."):
            read(b"no image")


def test_pictures_of_pillow_and_one_label_for_all_are_taken(names):
    pictures = [Image.fromarray(image) for image in names["U"][:2]]
    found = inversion.invert(names["of_classes"], pictures, labels=2, starts=2, steps=1)
    assert found.latents.shape == (2, 4) and found.errors.shape == (2, 2)
    each = inversion.invert(names["of_classes"], pictures, labels=[2, 2], starts=2, steps=1)
    np.testing.assert_array_equal(found.latents, each.latents)
