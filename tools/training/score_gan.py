"""Score a GAN of the zoo again, from the weights as they ship, and compare with its card.

    python -m tools.training.score_gan dcgan-cifar10
    python -m tools.training.score_gan dcgan-cifar10 --write

The second form writes what it finds into the card: the weights ship in half precision and are
scored here in float32, so the numbers differ a little from those that the training saw. It takes
about a
minute: the 50,000 training images pass through both feature networks.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SAMPLES, SEED = 5000, 12345
WHAT_SCORES_ARE = (
    f"of {SAMPLES:,} samples against all training images, weights averaged where the recipe says "
    "ema; Fréchet distances on features of the course's own networks, not FID, not comparable with "
    "papers"
)
ON_A_CARD = {
    *("classifier", "referee", "class_shares", "smallest_class", "class_agreement"),
    *("no_shape", "shown_shares"),
}
NETWORKS = {  # the first one selects; the others never do
    "cifar10": ("classifier-cifar10", "referee-cifar10"),
    "shapes": ("classifier-shapes", "referee-shapes"),
}


def distances(real, images):
    """By the first word of each network's name: the distance of images to the real ones.

    Args:
        real: by network what ``metrics.extract`` gave for real images.
        images: uint8 ``(n, 32, 32, 3)``.
    """
    from ganlib import metrics

    return {
        network.split("-")[0]: float(metrics.classifier_frechet_distance(each, images, network))
        for network, each in real.items()
    }


def extract_real(name, folder=None):
    """What each feature network makes of a data set's training images; kept in ``folder``, if
    given.
    """
    import numpy as np

    from ganlib import data, features, metrics, zoo

    extracted = {}
    for network in NETWORKS[name]:
        kept = folder and folder / f"{network}-{zoo.card(network)['sha256'][:12]}.npz"
        if kept and kept.exists():
            with np.load(kept, allow_pickle=False) as archive:
                extracted[network] = features.Extracted(
                    archive["features"], archive["logits"], str(archive["network"])
                )
            continue
        extracted[network] = metrics.extract(data.load(name), network)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(kept, **vars(extracted[network]))
    return extracted


def scores(gan, real):
    """Distances to the real images and the share of each class, of SAMPLES samples with a fixed
    seed.

    Args:
        gan: a ``ganlib.gan.GAN``; a conditional one is asked for each class equally often.
        real: from ``extract_real``.

    Returns:
        A dictionary: the distance by each network, under its name up to the hyphen; "class_shares"
        and "smallest_class" in the eyes of the first network; "unaveraged", the first distance
        without the average of the weights (the same where none is kept); for a conditional GAN also
        "class_agreement", the share of samples in which that network sees the class asked for; and
        where a network knows one class more, "no_shape" and "shown_shares": the shares of the
        samples in which it sees none of the others, and each of them.
    """
    import numpy as np

    from ganlib import data, metrics

    first = next(iter(real))
    classes = real[first].logits.shape[1]
    labels = np.arange(SAMPLES) % classes if gan.conditional else None
    fakes = data.to_uint8(gan.sample(SAMPLES, seed=SEED, labels=labels))
    seen = {network: metrics.extract(fakes, network) for network in real}
    row = {
        network.split("-")[0]: float(
            metrics.classifier_frechet_distance(real[network], seen[network])
        )
        for network in real
    }
    seen_classes = np.argmax(seen[first].logits, -1)
    shares = np.bincount(seen_classes, minlength=classes) / SAMPLES
    row["class_shares"] = shares.tolist()
    row["smallest_class"] = float(shares.min())
    for each in seen.values():
        if each.logits.shape[1] > classes:  # it knows one class more: none of them
            shown = np.bincount(np.argmax(each.logits, -1), minlength=classes + 1) / SAMPLES
            row["no_shape"] = float(shown[classes])
            row["shown_shares"] = shown[:classes].tolist()
    row["unaveraged"] = row[first.split("-")[0]]
    if gan.average is not None:
        average, gan.average = gan.average, None
        fakes = data.to_uint8(gan.sample(SAMPLES, seed=SEED, labels=labels))
        gan.average = average
        distance = metrics.classifier_frechet_distance(real[first], fakes, features=first)
        row["unaveraged"] = float(distance)
    if gan.conditional:
        row["class_agreement"] = float(np.mean(seen_classes == labels))
    return row


def floors(name, real):
    """What as many real test images score in the place of the samples, by each network."""
    from ganlib import data, metrics

    test = data.load(name, "test", n=SAMPLES)
    return {
        network.split("-")[0]: float(
            metrics.classifier_frechet_distance(real[network], metrics.extract(test, network))
        )
        for network in real
    }


def main():
    from ganlib import course, zoo
    from ganlib.support import stderr

    gans = [name for name in zoo.names() if "generator" in zoo.card(name)["networks"]]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=gans)
    parser.add_argument("--write", action="store_true", help="put the scores into the card")
    arguments = parser.parse_args()
    name = arguments.name
    with stderr.quiet():
        course.start("scores", precision="float32")
    card = zoo.card(name)
    real = extract_real(card["recipe"]["data"])
    again = scores(zoo.load(name), real)
    again.pop("unaveraged")  # the zoo holds one generator only
    for key, value in again.items():
        if key not in card["scores"]:  # the card is older than the score
            print(f"{key:>16}:  new")
            continue
        there = card["scores"][key]
        numbers = (
            [(value, there)] if not isinstance(value, list) else zip(value, there, strict=True)
        )
        print(f"{key:>16}: ", *(f"{new:.4f} (card {old:.4f})" for new, old in numbers))

    if arguments.write:
        card["scores"].update(again, floors=floors(card["recipe"]["data"], real))
        zoo.rewrite_card(name, card)


if __name__ == "__main__":
    main()
