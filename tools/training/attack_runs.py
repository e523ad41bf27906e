"""Repeat what lesson 17 shows in one run with several seeds and controls, and keep the table.

    python -m tools.training.attack_runs generator cleaner
    python -m tools.training.attack_runs --collect

The first form makes all runs of these parts (see PARTS) that are not there yet, and writes them to
runs/attacks. The second puts them into ganlib/experiments/attack-runs, in the place of those that
ship: the numbers of every run, and what each generator draws on the same eight images.

Networks, data and rates are those of the lesson; what differs is in SETTINGS.
"""

import argparse
import functools
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NAME, FOLDER, SEEDS = "attack-runs", Path("runs/attacks"), (0, 1, 2)
CLASSES, TRAINED_ON, JUDGED, FEW, DRAWN = 10, 10_000, 2_000, 200, 8
EPSILON = 8 / 255
SETTINGS = {
    # The weight of the discriminator.
    "generator": {"λ 0.1": 0.1},
    # The size of the attacks that the cleaner learns to undo.
    "cleaner": {"ε = 8/255": EPSILON},
    # How training images are changed, and ε.
    "overfitting": {
        "FGSM, ε = 8/255": ("sign", EPSILON),
        "FGSM, ε = 16/255": ("sign", 2 * EPSILON),
        "random start, ε = 16/255": ("random sign", 2 * EPSILON),
    },
    # The share of images with the mark, and whether their label is wrong.
    "backdoor": {"1 %": (0.01, True), "1 %, true labels": (0.01, False)},
    # How the images are changed from which the first detector learns further.
    "detector": {"attacked images": "random sign", "unchanged images": "none"},
}
STEPS = {
    "first": 500,
    "generator": 800,
    "cleaner": 800,
    "overfitting": 600,
    "backdoor": 1_000,
    "detector": 300,
}
WATCHED_EVERY = 200
BATCH_SIZE, GENERATOR_BATCH, GENERATOR_RATE, BACKDOOR_RATE = 64, 32, 3e-3, 3e-3
DETECTOR_IMAGES, DETECTOR_HELD_OUT, DETECTOR_EPSILON = 2_000, 300, 2 / 255
NOTES = {
    "what": "shares of test images that small classifiers answer rightly under attack; of poisoned "
    "networks the share of images that get the target; of detectors areas under the ROC curve",
    "script": "tools/training/attack_runs.py",
    "data": f"CIFAR-10: the first {TRAINED_ON:,} training images, the first {JUDGED:,} test images "
    f"(the first {FEW} of them for attacks of many steps); of detectors {DETECTOR_IMAGES:,} "
    f"training images and as many of dcgan-cifar10, judged on {DETECTOR_HELD_OUT:,} others of each",
    "settings": SETTINGS,
    "batch_size": BATCH_SIZE,
    "steps": STEPS,
    "machine": "one core of a server CPU with AMX, shared with others",
}


@functools.cache
def images(split, n):
    """Images and labels of CIFAR-10."""
    from ganlib import data

    return data.load("cifar10", split=split, labels=True, n=n)


def first_network(seed):
    """The small classifier that the lesson attacks, trained on images as they are."""
    from ganlib.society.patches import patch_classifier

    network = patch_classifier(CLASSES, seed=seed)
    network.set_weights(_first_weights(seed))
    return network


@functools.cache
def _first_weights(seed):
    from ganlib.society import adversarial_training
    from ganlib.society.patches import patch_classifier

    network = patch_classifier(CLASSES, seed=seed)
    given = images("train", TRAINED_ON)
    adversarial_training.train(
        network, *given, steps=STEPS["first"], epsilon=EPSILON, inner="none", seed=seed
    )
    return network.get_weights()


def generator(realism, seed):
    """A generator that attacks, and its control: changes that were made for another image."""
    import numpy as np

    from ganlib import networks
    from ganlib.society import attacks, perturber

    network, (test, labels) = first_network(seed), images("test", JUDGED)
    victim = attacks.Victim(network)
    attacker = perturber.u_net(width=8, seed=seed)
    discriminator = networks.dcgan_discriminator(width=8, dropout=0.0, seed=seed)
    perturber.train_attacker(
        attacker,
        discriminator,
        network,
        *images("train", TRAINED_ON),
        steps=STEPS["generator"],
        epsilon=EPSILON,
        realism=realism,
        batch_size=GENERATOR_BATCH,
        learning_rate=GENERATOR_RATE,
        seed=seed,
    )
    drawn = perturber.apply(attacker, test, EPSILON)
    change = np.roll(drawn.astype(int) - test, 1, axis=0)
    made = {
        "clean": test,
        "noise": attacks.random_signs(test, EPSILON),
        "FGSM": attacks.fgsm(victim, test, labels, EPSILON),
        "drawn": drawn,
        "swapped": (test + change).clip(0, 255).astype(np.uint8),
    }
    row = {name: right(victim, each, labels) for name, each in made.items()}
    row["size"] = round(float(np.abs(drawn.astype(int) - test).mean()), 3)
    return row, drawn[:DRAWN]


def cleaner(epsilon, seed):
    """A generator that undoes attacks, in front of the network."""
    from ganlib.society import attacks, perturber

    network, (test, labels) = first_network(seed), images("test", FEW)
    bare = attacks.Victim(network)
    cleaning = perturber.u_net(width=8, seed=seed)
    perturber.train_cleaner(
        cleaning,
        network,
        *images("train", TRAINED_ON),
        steps=STEPS["cleaner"],
        epsilon=epsilon,
        reach=2 * EPSILON,
        batch_size=GENERATOR_BATCH,
        learning_rate=GENERATOR_RATE,
        seed=seed,
    )
    model = attacks.differentiable(network)
    behind = attacks.Victim(lambda x: model(perturber.perturbed(cleaning, 2 * x - 1, 2 * EPSILON)))
    for_bare = attacks.pgd(bare, test, labels, EPSILON)
    return {
        "bare, clean": right(bare, test, labels),
        "bare, PGD": right(bare, for_bare, labels),
        "clean": right(behind, test, labels),
        "made for the bare network": right(behind, for_bare, labels),
        "PGD": right(behind, attacks.pgd(behind, test, labels, EPSILON), labels),
    }, None


def overfitting(setting, seed):
    """Training on one-step attacks, watched by one step and by many."""
    from ganlib.society import adversarial_training, attacks

    inner, epsilon = setting
    network, (test, labels) = first_network(seed), images("test", FEW)
    victim, rows = attacks.Victim(network), []

    def watch(step):
        given = victim, test, labels, epsilon
        made = {"clean": test, "FGSM": attacks.fgsm(*given), "PGD": attacks.pgd(*given)}
        rows.append({"step": step} | {k: right(victim, v, labels) for k, v in made.items()})

    adversarial_training.train(
        network,
        *images("train", TRAINED_ON),
        steps=STEPS["overfitting"],
        epsilon=epsilon,
        inner=inner,
        seed=seed,
        watch=watch,
        every=WATCHED_EVERY,
    )
    return {"rows": rows}, None


def backdoor(setting, seed):
    """A network that learned from poisoned images, and how well the poison is found."""
    import numpy as np

    from ganlib.society import adversarial_training, attacks, poisoning
    from ganlib.society.patches import patch_classifier

    share, mislabelled = setting
    pixels, true = images("train", TRAINED_ON)
    marked, wrong, poisoned = poisoning.poison(pixels, true, target=0, share=share, seed=seed)
    network = patch_classifier(CLASSES, seed=seed)
    adversarial_training.train(
        network,
        marked,
        wrong if mislabelled else true,
        steps=STEPS["backdoor"],
        epsilon=EPSILON,
        inner="none",
        learning_rate=BACKDOOR_RATE,
        seed=seed,
    )
    test, labels = images("test", JUDGED)
    victim, others = attacks.Victim(network), test[labels != 0]
    row = {"clean": right(victim, test, labels), "poisoned": int(poisoned.sum())}
    for name, shown in (("with mark", poisoning.stamp(others)), ("without", others)):
        row[name] = share_of(victim.logits(shown).argmax(1) == 0)
    if mislabelled:
        rows = np.flatnonzero(wrong == 0)
        answers = network.predict(marked[rows], batch_size=500, verbose=0)
        features = answers["features"] - answers["features"].mean(axis=0)
        along = (features @ np.linalg.svd(features, full_matrices=False)[2][:3].T) ** 2
        sure = answers["logits"][:, 0] - np.delete(answers["logits"], 0, axis=1).max(axis=1)
        bad, looked_at = poisoned[rows], round(1.5 * poisoned.sum())
        scores = {"first": along[:, 0], "second": along[:, 1], "third": along[:, 2], "sure": sure}
        row["found"] = {
            name: round(float(bad[np.argsort(each)[-looked_at:]].sum() / bad.sum()), 4)
            for name, each in scores.items()
        }
        row["by chance"] = round(looked_at / len(rows), 4)
    return row, None


def detector(inner, seed):
    """Lesson 15's detector, a forger, the detector trained further, and the forger again."""
    import numpy as np

    from ganlib.society import adversarial_training, attacks

    reals, fakes, new_reals, _ = photographs_and_fakes()
    classifier, first, forged = first_detector(seed)
    weights = classifier.get_weights()
    adversarial_training.train(
        classifier,
        np.concatenate([reals, fakes]),
        np.repeat([0, 1], DETECTOR_IMAGES),
        steps=STEPS["detector"],
        epsilon=DETECTOR_EPSILON,
        inner=inner,
        seed=seed,
    )
    victim = attacks.Victim(classifier)
    second, _ = judged(victim)
    second["forged for the first"] = auc(victim, forged, new_reals)
    classifier.set_weights(weights)
    return {"first": first, "second": second}, None


@functools.cache
def photographs_and_fakes():
    """Photographs and generated images to learn from, and new ones to judge on."""
    import numpy as np

    from ganlib import data, zoo

    n, new = DETECTOR_IMAGES, DETECTOR_HELD_OUT
    fakes = np.asarray(data.to_uint8(zoo.load("dcgan-cifar10").sample(n + new, seed=3)))
    return images("train", TRAINED_ON)[0][:n], fakes[:n], images("test", new)[0], fakes[n:]


@functools.cache
def first_detector(seed):
    """A detector, what it is worth, and what a forger makes for it."""
    from ganlib.society import attacks, forensics

    classifier = two_classes(forensics.fit_network(*photographs_and_fakes()[:2], seed=seed).model)
    return classifier, *judged(attacks.Victim(classifier))


def judged(victim):
    """AUCs of a detector, and the images that were forged for it."""
    import numpy as np

    from ganlib.society import attacks, sharing

    *_, new_reals, new_fakes = photographs_and_fakes()
    ones, size = np.ones(len(new_fakes), int), DETECTOR_EPSILON
    forged = attacks.pgd(victim, new_fakes, ones, size, step_size=1 / 255)
    noisy = attacks.random_signs(new_fakes, size)
    shown = {"fakes": new_fakes, "noise on fakes": noisy, "forged": forged}
    row = {name: auc(victim, each, new_reals) for name, each in shown.items()}
    for name in ("fakes", "forged"):
        row[f"{name}, JPEG"] = auc(victim, sharing.jpeg(shown[name]), sharing.jpeg(new_reals))
    return row, forged


def two_classes(model):
    """A detector as a classifier of bytes: 0 is a photograph, 1 generated."""
    import keras

    from ganlib.support.classifiers import PixelModel

    pixels = keras.Input((32, 32, 3), dtype="uint8")
    logit = model(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels))
    logits = keras.layers.Concatenate()([-logit / 2, logit / 2])
    return PixelModel(pixels, logits, name="detector")


def auc(victim, fake, real):
    from ganlib.society import judging

    on_real, on_fake = (logits[:, 1] - logits[:, 0] for logits in map(victim.logits, (real, fake)))
    return round(judging.auc(on_real, on_fake), 4)


def right(victim, pixels, labels):
    from ganlib.society import attacks

    return share_of(attacks.right(victim, pixels, labels))


def share_of(values):
    return round(float(values.mean()), 4)


PARTS = {each.__name__: each for each in (generator, cleaner, overfitting, backdoor, detector)}


def run(part, setting, seed):
    """One run, written to FOLDER; nothing if it is there."""
    import numpy as np

    place = FOLDER / f"{part}-{list(SETTINGS[part]).index(setting)}-{seed}.json"
    if place.exists():
        return
    started = time.process_time()
    row, drawn = PARTS[part](SETTINGS[part][setting], seed)
    seconds = round(time.process_time() - started, 1)
    row = {"part": part, "setting": setting, "seed": seed, "cpu_seconds": seconds} | row
    FOLDER.mkdir(parents=True, exist_ok=True)
    if drawn is not None:
        np.save(place.with_suffix(".npy"), drawn)
    place.write_text(json.dumps(row), encoding="utf-8")
    print({key: value for key, value in row.items() if key != "rows"}, flush=True)


def collect():
    """Put the runs, and what their generators draw, in the place of those that ship."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import experiments

    card, drawn = experiments.load(NAME) if NAME in experiments.names() else ({"runs": []}, {})
    shipped = {(each["part"], each["setting"], each["seed"]): each for each in card["runs"]}
    runs = []
    for part, settings in SETTINGS.items():
        for place, setting in enumerate(settings):
            for seed in SEEDS:
                path = FOLDER / f"{part}-{place}-{seed}.json"
                if path.exists():
                    runs.append(json.loads(path.read_text("utf-8")))
                elif (part, setting, seed) in shipped:
                    runs.append(shipped[part, setting, seed])
                if path.with_suffix(".npy").exists():
                    drawn[f"{setting}, seed {seed}"] = np.load(path.with_suffix(".npy"))
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    experiments.write(NAME, NOTES | {"versions": versions, "runs": runs}, drawn)
    print(f"{len(runs)} runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(SETTINGS)}")
    parser.add_argument("--seed", type=int, choices=SEEDS, help="only this one")
    parser.add_argument("--collect", action="store_true", help="gather all runs for the package")
    arguments = parser.parse_args()

    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("attacks", precision="float32")
    for seed in SEEDS if arguments.seed is None else [arguments.seed]:
        for part in arguments.parts:
            for setting in SETTINGS[part]:
                run(part, setting, seed)
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
