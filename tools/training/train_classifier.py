"""Train a feature network of the zoo and write its weights and its card.

    python -m tools.training.train_classifier classifier-cifar10
    python -m tools.training.train_classifier referee-cifar10
    python -m tools.training.train_classifier classifier-shapes
    python -m tools.training.train_classifier referee-shapes

Resumes after a stop from runs/NAME; about a quarter of an hour each on two cores.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tools.training import no_shape

RECIPES = {
    # Selects recipes, scores lessons.
    "classifier-cifar10": {
        "data": "cifar10",
        "arguments": {"classes": 10, "widths": (32, 64, 112, 160), "seed": 1},
        "epochs": 20,
        "limits": "Features of a small network trained on CIFAR-10: distances made with them "
        "are not FID and not comparable with papers.",
    },
    # Another architecture, another seed; it never selects anything.
    "referee-cifar10": {
        "data": "cifar10",
        "arguments": {"classes": 10, "widths": (24, 64, 96, 176), "residual": True, "seed": 2},
        "epochs": 20,
        "limits": "Features of a small network trained on CIFAR-10: distances made with them "
        "are not FID and not comparable with papers.",
    },
    # Reads hue and shape of images like those of ganlib.shapes, to count a generator's modes.
    "classifier-shapes": {
        "data": "shapes",
        "arguments": {"classes": 60, "widths": (16, 32, 64, 128), "seed": 3},
        "epochs": 6,
        "limits": "Names one of 60 modes for any image, also for one that shows no shape at all: "
        "look at its certainty.",
    },
    # Another architecture, another seed; it never selects anything, and it knows a 61st class.
    "referee-shapes": {
        "data": "shapes",
        "without_a_shape": 20_000,
        "arguments": {"classes": 61, "widths": (16, 32, 64, 96), "residual": True, "seed": 4},
        "epochs": 6,
        "limits": 'Class 60 is "no shape", as tools/training/no_shape.py makes it: where a '
        "distorted shape ends and no shape begins, that file decides.",
    },
}
DATA = {
    "cifar10": "CIFAR-10 training set, 50,000 images",
    "shapes": "ganlib.shapes, 50,000 images",
}


def shapes_scores(predicted, modes):
    """How well hue and shape are read, and which pairs are taken for each other most often."""
    import numpy as np

    from ganlib import shapes

    scores = {}
    for factor, names, read in (
        ("shape", shapes.SHAPE_NAMES, lambda mode: mode // len(shapes.HUE_NAMES)),
        ("hue", shapes.HUE_NAMES, lambda mode: mode % len(shapes.HUE_NAMES)),
    ):
        confusion = np.zeros((len(names), len(names)), int)
        np.add.at(confusion, (read(modes), read(predicted)), 1)
        wrong = confusion - np.diag(np.diag(confusion))
        true, taken = np.unravel_index(wrong.argmax(), wrong.shape)
        scores[f"{factor}_accuracy"] = float(np.diag(confusion).sum() / len(modes))
        scores[f"{factor}_confusion"] = confusion.tolist()
        scores[f"{factor}_most_confused"] = (
            f"{names[true]} taken for {names[taken]}: {wrong.max()} of {confusion[true].sum()}"
            if wrong.any()
            else "none"
        )
    return scores


def with_no_shape(images, labels, n, seed):
    """Images and labels, and after them n images without a shape, of each kind equally many."""
    import numpy as np

    each = n // len(no_shape.TRAINED)
    more = [no_shape.without_a_shape(kind, each, seed) for kind in no_shape.TRAINED]
    return (
        np.concatenate([images, *more]),
        np.concatenate([labels, np.full(each * len(more), no_shape.NO_SHAPE, labels.dtype)]),
    )


def no_shape_scores(network, images):
    """The share of images with a shape, and of each kind without one, in which it sees none."""
    kinds = (*no_shape.TRAINED, *no_shape.UNSEEN)
    shown = {"a shape": images}
    shown |= {kind: no_shape.without_a_shape(kind, 2_000, seed=1) for kind in kinds}
    seen = {}
    for name, each in shown.items():
        said = network.predict(each, batch_size=500, verbose=0).argmax(-1)
        seen[name] = float((said == no_shape.NO_SHAPE).mean())
    return {"no_shape_seen": seen}


def batches(images, labels, batch_size, seed):
    """Training batches: mirrored at random, and moved by up to four pixels."""
    import tensorflow as tf

    def augment(image, label):
        image = tf.pad(image, [[4, 4], [4, 4], [0, 0]], mode="REFLECT")
        image = tf.image.random_crop(image, (32, 32, 3), seed=seed)
        return tf.image.random_flip_left_right(image, seed=seed), label

    return (
        tf.data.Dataset.from_tensor_slices((images, labels))
        .shuffle(len(images), seed=seed)
        .map(augment, num_parallel_calls=2)
        .batch(batch_size, drop_remainder=True)
        .prefetch(2)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch-size", type=int, default=128)
    arguments = parser.parse_args()
    recipe = RECIPES[arguments.name]
    epochs = arguments.epochs or recipe["epochs"]

    import keras
    import numpy as np

    from ganlib import data, zoo
    from ganlib.support import classifiers

    seed = recipe["arguments"]["seed"]
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    images, labels = data.load(recipe["data"], labels=True)
    test_images, test_labels = data.load(recipe["data"], "test", labels=True)
    trained_on = DATA[recipe["data"]]
    if "without_a_shape" in recipe:
        images, labels = with_no_shape(images, labels, recipe["without_a_shape"], seed=0)
        trained_on += f", and {recipe['without_a_shape']:,} without a shape"

    network = classifiers.image_classifier(**recipe["arguments"])
    steps = len(images) // arguments.batch_size
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, epochs * steps, warmup_target=2e-3, warmup_steps=2 * steps
    )
    trained = keras.Model(network.input, network.output["logits"])
    trained.compile(
        keras.optimizers.AdamW(rate, weight_decay=0.02, clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    folder = Path("runs") / arguments.name
    folder.mkdir(parents=True, exist_ok=True)
    trained.fit(
        batches(images, labels, arguments.batch_size, seed),
        epochs=epochs,
        validation_data=(test_images, test_labels),
        validation_batch_size=500,
        shuffle=False,
        verbose=2,
        callbacks=[
            keras.callbacks.BackupAndRestore(folder / "backup", delete_checkpoint=False),
            keras.callbacks.CSVLogger(folder / "log.csv", append=True),
        ],
    )
    logits = trained.predict(test_images, batch_size=500, verbose=0)
    predicted = np.argmax(logits, -1)
    accuracy = float(np.mean(predicted == test_labels))
    more = {}
    if recipe["data"] == "shapes":
        more = shapes_scores(np.argmax(logits[:, : no_shape.NO_SHAPE], -1), test_labels)
    if "without_a_shape" in recipe:
        more |= no_shape_scores(trained, test_images)
    zoo.write(
        arguments.name,
        {"classifier": (network, "image_classifier", recipe["arguments"])},
        {
            "version": 1,
            "data": trained_on,
            "recipe": "AdamW, 2e-3 warmed up and decayed by cosine, weight decay 0.02, batch 128, "
            "mirrored and moved by up to 4 pixels; the epochs were fixed beforehand, the last is "
            "kept",
            "seed": seed,
            "epochs": epochs,
            "test_accuracy": accuracy,
            **more,
            "limits": recipe["limits"],
        },
    )
    print(f"{arguments.name}: test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
