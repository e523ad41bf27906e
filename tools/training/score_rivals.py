"""Score the rivals that ship, from their weights, and write what is found into their cards.

    python -m tools.training.score_rivals
    python -m tools.training.score_rivals gan-cifar10 --gan runs/relativistic-rate-1e-3-0

Distances by both networks, precision, recall, density and coverage, bits for each byte of test
images, and what one sample costs; of the rivals also the distances after half of the time, from
their records. The second form first makes the GAN's entry from the checkpoint of its training by
tools/training/train_gan.py.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_threads] = "1"

SAMPLES, NEAR, HELD_OUT, SEED = 1000, 1000, 200, 12345
WHAT = (
    f"of {SAMPLES:,} samples: Fréchet distances to all training images on features of the course's "
    f"own networks (not FID); the fractions against {NEAR:,} test images, k = 5, on the features "
    f"of the referee; bits for each byte of the first {HELD_OUT} test images, an upper bound but "
    "for the autoregressive model; processor seconds a sample on one thread of a shared server CPU"
)


def from_checkpoint(folder):
    """The GAN's entry: the averaged generator of a training, and how that was made."""
    from ganlib import rivals
    from ganlib.checkpoints import Checkpoint
    from ganlib.rivals import families
    from tools.training import recipes
    from tools.training.score_gan import SAMPLES as SAMPLES_IN_TRAINING
    from tools.training.train_gan import CHUNK

    manifests = [*(folder / "records").glob("*.json")]
    record = json.loads(manifests[0].read_text())
    facts, curve = record["manifest"], record["curve"]
    recipe = facts["recipe"]
    half = curve["minutes"].index(min(curve["minutes"], key=lambda each: abs(each - 7.5)))
    gan = recipes.build(recipe, facts["seed"])
    batches = recipes.dataset(recipe, facts["seed"])
    Checkpoint(folder).restore(gan, batches, CHUNK)
    builder, sizes = recipe["generator"]
    assert builder == "dcgan_generator", builder
    entry = families.Generator(gan.drawing_network())
    rivals.write(
        "gan-cifar10",
        families.drawing_weights(entry),
        {
            "family": "gan",
            "sizes": sizes,
            "recipe_name": facts["recipe_name"],
            "recipe": recipe,
            **{key: facts[key] for key in ("data", "seed", "images_per_second", "minutes")},
            "machine": facts["machine"],
            "precision": facts["precision"],
            "versions": facts["versions"],
            "parameters": int(gan.generator.count_params()),
            "parameters_in_training": int(
                gan.generator.count_params() + gan.discriminator.count_params()
            ),
            "trained": {"images": curve["images"][-1], "minutes": curve["minutes"][-1],
                        "processor_minutes": 2 * curve["minutes"][-1]},
            "after_half_the_time": {
                key: curve[key][half] for key in ("images", "minutes", "classifier", "referee")
            }
            | {"samples": SAMPLES_IN_TRAINING},
        },
    )  # fmt: skip


def score(name, real, test):
    """All that the card says of a model's samples."""
    import numpy as np

    from ganlib import data, metrics, rivals
    from ganlib.precision_recall import precision_recall_density_coverage
    from ganlib.rivals import likelihood

    model, family = rivals.load(name), rivals.card(name)["family"]
    model.sample(8, seed=0)  # what is compiled is compiled
    started = time.process_time()
    fakes = data.to_uint8(model.sample(SAMPLES, seed=SEED))
    scores = {"what": WHAT, "seconds_a_sample": (time.process_time() - started) / SAMPLES}
    named = {"": fakes}
    if family == "vae":
        named["noisy_"] = data.to_uint8(model.sample(SAMPLES, seed=SEED, noise=True), clip=True)
    for prefix, images in named.items():
        seen = {network: metrics.extract(images, network) for network in real}
        for network, features in seen.items():
            distance = metrics.classifier_frechet_distance(real[network], features)
            scores[prefix + network.split("-")[0]] = float(distance)
        fractions = precision_recall_density_coverage(test, seen["referee-cifar10"])
        for each in ("precision", "recall", "density", "coverage"):
            scores[prefix + each] = getattr(fractions, each)
    if family != "gan":
        images = data.load("cifar10", "test", n=HELD_OUT)
        bits = likelihood.bits_per_dimension(model, images)
        scores["bits"] = float(bits.mean())
        scores["bits_error"] = float(np.std(bits) / len(bits) ** 0.5)
    return scores


def after_half_the_time(name):
    """What the record of a rival's training says of its middle."""
    from ganlib import records, rivals
    from tools.training.train_rival import SAMPLES as SAMPLES_IN_TRAINING

    record = records.load(name, rivals.RECORDS)
    half = record.manifest["minutes_planned"] / 2
    row = int(abs(record.curve["minutes"] - half).argmin())
    kept = ("images", "minutes", "classifier", "referee")
    return {key: float(record.curve[key][row]) for key in kept} | {"samples": SAMPLES_IN_TRAINING}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--gan", type=Path, help="the folder of the GAN's training")
    arguments = parser.parse_args()

    from ganlib import course, data, metrics, rivals
    from ganlib.support import stderr
    from tools.training.score_gan import extract_real

    with stderr.quiet():
        course.start("scores")
    if arguments.gan:
        from_checkpoint(arguments.gan)
    real = extract_real("cifar10", Path("runs/real"))
    test = metrics.extract(data.load("cifar10", "test", n=NEAR), "referee-cifar10")
    for name in arguments.names or rivals.names():
        scores = score(name, real, test)
        card = rivals.card(name) | {"scores": scores}
        if card["family"] != "gan":
            card["after_half_the_time"] = after_half_the_time(name)
        rivals.rewrite_card(name, card)
        print(name, {key: value for key, value in scores.items() if key != "what"}, flush=True)


if __name__ == "__main__":
    main()
