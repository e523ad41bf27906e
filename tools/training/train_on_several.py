"""Train lesson 07's DCGAN on several machines at once.

    python -m tools.training.train_on_several 10.0.0.1:12345 10.0.0.2:12345 --this 0
    python -m tools.training.train_on_several 10.0.0.1:12345 10.0.0.2:12345 --this 1

the first line on the first machine, the second on the second

The same addresses in the same order on every machine, each with its own number; the ports are any
that are free and not blocked, and no proxy is asked. The machines wait for each other, ten minutes
if ``--minutes-to-meet`` says nothing else, and then train in step. The first one alone keeps the
checkpoint. When a machine dies the others end with an error; start the command again on all of
them, and they go on from the checkpoint. On fewer machines it goes on too. SIGTERM ends it at any
time.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ganlib.course import PRECISIONS
from tools.training.watched import reach_without_proxy, watch


def parse() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("machines", nargs="+", metavar="ADDRESS:PORT", help="all machines")
    parser.add_argument("--this", type=int, required=True, help="number of this one, from 0")
    parser.add_argument("--data", default="cifar10", help="cifar10 or shapes")
    parser.add_argument("--images", type=int, default=50_000, help="so many of them")
    parser.add_argument("--batch-size", type=int, default=256, help="of all machines together")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--width", type=int, default=64, help="of the networks")
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help="one that all devices have"
    )
    parser.add_argument("--folder", default="runs/several", help="where the first machine saves")
    parser.add_argument(
        "--minutes-to-meet", type=float, default=10, help="how long to wait for the others"
    )
    arguments = parser.parse_args()
    if not 0 <= arguments.this < len(arguments.machines):
        parser.error(f"--this is {arguments.this}, but must be 0 to {len(arguments.machines) - 1}.")
    return arguments


def train(arguments: argparse.Namespace, met: Callable[[], None]) -> None:
    """Train, or go on with a training; call ``met`` when all machines are there."""
    reach_without_proxy(arguments.machines)
    os.environ["TF_CONFIG"] = json.dumps(
        {
            "cluster": {"worker": arguments.machines},
            "task": {"type": "worker", "index": arguments.this},
        }
    )
    import keras
    import tensorflow as tf

    import ganlib
    from ganlib import data, networks

    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before TensorFlow computes anything
    met()
    keras.config.set_dtype_policy(PRECISIONS[arguments.precision])
    images = data.load(arguments.data, n=arguments.images)
    with strategy.scope():
        gan = ganlib.GAN(
            networks.dcgan_generator(width=arguments.width),
            networks.dcgan_discriminator(width=arguments.width),
            latent_dim=100,
            ema=0.999,
        )
        gan.compile()
    gan.fit(
        data.dataset(images, batch_size=arguments.batch_size),
        epochs=arguments.epochs,
        resume=arguments.folder,
        verbose=2,
    )


def main() -> int:
    """Train with a process beside that watches; return the exit code."""
    arguments = parse()
    too_late = (
        f"After {arguments.minutes_to_meet:g} minutes the machines had not met: "
        f"{', '.join(arguments.machines)}; this is number {arguments.this}.\n"
        "Was the command started on each, with the same addresses in the same order and its own "
        "--this? Can each machine reach the ports of the others (a firewall)?"
    )
    return watch(train, arguments, 60 * arguments.minutes_to_meet, too_late)


if __name__ == "__main__":
    sys.exit(main())
