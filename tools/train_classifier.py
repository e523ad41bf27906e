"""Train a feature network of the zoo and write its weights and its card.

    python tools/train_classifier.py classifier-cifar10
    python tools/train_classifier.py referee-cifar10

Resumes after a stop from runs/NAME; about a quarter of an hour each on two cores.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

RECIPES = {
    # Selects recipes, scores lessons.
    "classifier-cifar10": {
        "arguments": {"classes": 10, "widths": (32, 64, 112, 160), "seed": 1},
        "epochs": 20,
    },
    # Another architecture, another seed; it never selects anything.
    "referee-cifar10": {
        "arguments": {"classes": 10, "widths": (24, 64, 96, 176), "residual": True, "seed": 2},
        "epochs": 20,
    },
}


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

    from ganlib import data, networks, zoo

    seed = recipe["arguments"]["seed"]
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    images, labels = data.load("cifar10", labels=True)
    test_images, test_labels = data.load("cifar10", "test", labels=True)

    network = networks.image_classifier(**recipe["arguments"])
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
    accuracy = float(np.mean(np.argmax(logits, -1) == test_labels))
    zoo.write(
        arguments.name,
        {"classifier": (network, "image_classifier", recipe["arguments"])},
        {
            "version": 1,
            "data": "CIFAR-10 training set, 50,000 images",
            "recipe": "AdamW, 2e-3 warmed up and decayed by cosine, weight decay 0.02, batch 128, "
            "mirrored and moved by up to 4 pixels; the epochs were fixed beforehand, the last is kept",
            "seed": seed,
            "epochs": epochs,
            "test_accuracy": accuracy,
            "limits": "Features of a small network trained on CIFAR-10: distances made with them "
            "are not FID and not comparable with papers.",
        },
    )
    print(f"{arguments.name}: test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
