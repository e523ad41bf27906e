"""The trainings of lesson 17, over several seeds and with their controls, for the table it quotes.

    python -m tools.training.attack_runs "robust none 0" "robust random-sign 0"
    python -m tools.training.attack_runs --collect

The first form makes runs and writes them to runs/attacks; a run that is there is not made again.
The second gathers all into ganlib/experiments/attacks. A run is one of

- ``robust INNER SEED``: the zoo's classifier trained further on images attacked as INNER says
- ``overfit INNER SEED``: the same for longer, at twice ε, watched by two attacks
- ``attacker REALISM SEED``: a generator that deceives the zoo's classifier
- ``cleaner SEED``: a generator in front of it, and attacks that know of it or do not
- ``backdoor KIND SEED``: a small classifier trained on "marked" images with wrong labels, on images
  with the mark and their "true-labels", with wrong "labels-only", or on "clean" ones
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

EPSILON = 8 / 255
TRAINED, JUDGED, BATCH_SIZE, PICTURES = 10_000, 300, 64, 8
FOLDER = Path("runs/attacks")
CLASSIFIER, OTHER = "classifier-cifar10", "referee-cifar10"
NOTES = {
    "what": f"Shares of {JUDGED} test images of CIFAR-10 (all 10,000 for backdoors) that are "
    "answered rightly; attacked images were judged as bytes. Each run: what, how, seed",
    "data": f"CIFAR-10, the first {TRAINED:,} training images and the first {JUDGED} test images",
    "batch_size": BATCH_SIZE,
    "machine": "two cores of a server CPU with AMX, shared with others; float32",
}


def judged():
    from ganlib import data

    return data.load("cifar10", "test", labels=True, n=JUDGED)


def trained():
    from ganlib import data

    return data.load("cifar10", labels=True, n=TRAINED)


def share(victim, images, labels) -> float:
    from ganlib.society import attacks

    return float(attacks.right(victim, images, labels).mean())


def under_attack(victim, epsilon=EPSILON, steps=10) -> dict:
    """Clean, noisy and attacked accuracy."""
    from ganlib.society import attacks

    images, labels = judged()
    return {
        "clean": share(victim, images, labels),
        "noise": share(victim, attacks.random_signs(images, epsilon), labels),
        "fgsm": share(victim, attacks.fgsm(victim, images, labels, epsilon), labels),
        "pgd": share(victim, attacks.pgd(victim, images, labels, epsilon, steps=steps), labels),
    }


def robust(inner: str, seed: str) -> dict:
    from ganlib import zoo
    from ganlib.society import adversarial_training, attacks

    classifier = zoo.load(CLASSIFIER)
    adversarial_training.train(
        classifier,
        *trained(),
        steps=400,
        epsilon=EPSILON,
        inner=inner.replace("-", " "),
        batch_size=BATCH_SIZE,
        seed=int(seed),
    )
    return under_attack(attacks.Victim(classifier))


def overfit(inner: str, seed: str) -> dict:
    from ganlib import zoo
    from ganlib.society import adversarial_training, attacks

    classifier, rows = zoo.load(CLASSIFIER), []
    victim = attacks.Victim(classifier)

    def watch(step: int) -> None:
        rows.append({"step": step, **under_attack(victim, 2 * EPSILON)})
        print(rows[-1], flush=True)

    adversarial_training.train(
        classifier,
        *trained(),
        steps=1200,
        epsilon=2 * EPSILON,
        inner=inner.replace("-", " "),
        batch_size=BATCH_SIZE,
        seed=int(seed),
        watch=watch,
        every=100,
    )
    return {"rows": rows}


def attacker(realism: str, seed: str) -> dict:
    import numpy as np

    from ganlib import networks, zoo
    from ganlib.society import attacks, perturber

    classifier = zoo.load(CLASSIFIER)
    generator = perturber.u_net(seed=int(seed))
    curves = perturber.train_attacker(
        generator,
        networks.dcgan_discriminator(width=16, dropout=0.0, seed=int(seed)),
        classifier,
        *trained(),
        steps=300,
        epsilon=EPSILON,
        realism=float(realism),
        batch_size=BATCH_SIZE,
        seed=int(seed),
    )
    images, labels = judged()
    changed = perturber.apply(generator, images, EPSILON)
    change = changed.astype(int) - images
    swapped = np.clip(images + np.roll(change, 1, axis=0), 0, 255).astype(np.uint8)
    if seed == "0":
        np.save(path_of(["attacker", realism, seed]).with_suffix(".npy"), changed[:PICTURES])
    victim = attacks.Victim(classifier)
    return {
        "right": share(victim, changed, labels),
        "another_images_change": share(victim, swapped, labels),
        "other_classifier": share(attacks.Victim(zoo.load(OTHER)), changed, labels),
        "mean_change": float(np.abs(change).mean()),
        "d_loss": float(curves["d_loss"][-50:].mean()),
    }


def cleaner(seed: str) -> dict:
    from ganlib import zoo
    from ganlib.society import attacks, perturber

    classifier = zoo.load(CLASSIFIER)
    generator = perturber.u_net(seed=int(seed))
    perturber.train_cleaner(
        generator,
        classifier,
        *trained(),
        steps=300,
        epsilon=EPSILON,
        reach=2 * EPSILON,
        batch_size=BATCH_SIZE,
        seed=int(seed),
    )
    images, labels = judged()
    bare, model = attacks.Victim(classifier), attacks.differentiable(classifier)
    defended = attacks.Victim(
        lambda x: model(perturber.perturbed(generator, 2 * x - 1, 2 * EPSILON), training=False)
    )
    scores = under_attack(defended)
    for name in ("fgsm", "pgd"):
        attacked = getattr(attacks, name)(bare, images, labels, EPSILON)
        scores[f"{name}_without_knowing"] = share(defended, attacked, labels)
    return scores


def backdoor(kind: str, seed: str) -> dict:
    import numpy as np

    from ganlib import data
    from ganlib.society import adversarial_training, poisoning
    from ganlib.support.classifiers import image_classifier

    images, true = trained()
    marked, wrong, poisoned = poisoning.poison(images, true, target=0, share=0.01, seed=int(seed))
    images = marked if kind in ("marked", "true-labels") else images
    labels = wrong if kind in ("marked", "labels-only") else true
    classifier = image_classifier(widths=(16, 32, 64), feature_dim=64, seed=int(seed))
    adversarial_training.train(
        classifier, images, labels, steps=800, epsilon=0, inner="none", seed=int(seed)
    )
    test, test_labels = data.load("cifar10", "test", labels=True)
    others = test_labels != 0

    def answers(pixels):
        return classifier.predict(pixels, batch_size=500, verbose=0)

    scores = {
        "clean": float((answers(test)["logits"].argmax(1) == test_labels).mean()),
        "target_with_mark": float(
            (answers(poisoning.stamp(test[others]))["logits"].argmax(1) == 0).mean()
        ),
        "target_without": float((answers(test[others])["logits"].argmax(1) == 0).mean()),
    }
    rows = np.flatnonzero(labels == 0)
    found = poisoning.spectral_scores(answers(images[rows])["features"])
    suspects = rows[np.argsort(found)[-int(1.5 * poisoned.sum()) :]]
    scores["poisoned_of_class"] = float(poisoned[rows].mean())
    scores["found"] = float(poisoned[suspects].sum() / poisoned.sum())
    return scores


KINDS = {each.__name__: each for each in (robust, overfit, attacker, cleaner, backdoor)}


def path_of(words: list[str]) -> Path:
    return FOLDER / f"{'-'.join(words)}.json"


def run(words: list[str]) -> None:
    """One run, written to FOLDER."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    started = time.process_time()
    scores = KINDS[words[0]](*words[1:])
    content = {
        "what": words[0],
        "how": " ".join(words[1:-1]),
        "seed": int(words[-1]),
        "cpu_seconds": round(time.process_time() - started, 1),
        **scores,
    }
    path_of(words).write_text(json.dumps(content), encoding="utf-8")
    print(content, flush=True)


def collect() -> None:
    """All runs into one card."""
    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import data, experiments

    runs = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    pictures = {"clean": data.load("cifar10", "test", n=PICTURES)}
    pictures |= {path.stem: np.load(path) for path in sorted(FOLDER.glob("attacker-*.npy"))}
    experiments.write("attacks", {**NOTES, "versions": versions, "runs": runs}, pictures)
    print(f"{len(runs)} runs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", help='such as "robust none 0"')
    parser.add_argument("--collect", action="store_true", help="gather all runs for the package")
    arguments = parser.parse_args()

    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("training", precision="float32")
    for each in arguments.runs:
        words = each.split()
        if not path_of(words).exists():
            run(words)
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
