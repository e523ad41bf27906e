"""What the input pipeline adds to a DCGAN step, and how much memory training on CIFAR-10 takes.

    python benchmarks/pipeline.py

The step is that of ``GAN.fit`` with the DCGAN, batches of 128. It is timed twice: on the
stream of ``ganlib.data.dataset``, which shuffles 50,000 images and gathers each batch, and on one
batch that is ready and comes again and again. Both take turns in rounds, and the table holds
medians. The time from the begin of an epoch to its first step (the shuffle, the first batches) is
told apart, since it comes once in 391 steps. At the end the stream is read alone, as fast as it
goes: a bound that holds on a busy machine too. Memory is the peak of a process that does nothing
else.

Aims: the pipeline adds at most 3 %, the peak is at most 1.5 GB.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

BATCH_SIZE = 128
LATENT_DIM = 100
STEPS_PER_EPOCH = 391  # 50,000 images
WARM_UP = 3  # steps of each turn that are not counted


def images(name: str):
    """CIFAR-10, or for want of it as many random images: the bytes cost the same."""
    import numpy as np

    from ganlib import data

    if name == "cifar10":
        return data.load("cifar10")
    return np.random.default_rng(0).integers(0, 256, (50_000, 32, 32, 3), np.uint8)


def best_available() -> str:
    """The name of the images that this machine has."""
    from ganlib import data

    try:
        data.load("cifar10", n=1)
    except data.DataUnavailable:
        return "random"
    return "cifar10"


def build():
    """The DCGAN, ready to be trained."""
    from ganlib import networks
    from ganlib.gan import GAN

    gan = GAN(
        networks.dcgan_generator(LATENT_DIM), networks.dcgan_discriminator(), latent_dim=LATENT_DIM
    )
    gan.compile()
    return gan


def clock_of_steps():
    """A callback that keeps the seconds before the first step of an epoch and of each step."""
    import keras

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.steps, self.last = [], time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            now = time.perf_counter()
            self.steps.append(now - self.last)
            self.last = now

    return Clock()


def time_both(rounds: int, steps: int) -> None:
    """Print the table of times."""
    import tensorflow as tf

    from ganlib import data

    pixels = images("random")
    gan, clock = build(), clock_of_steps()
    stream = data.dataset(pixels, batch_size=BATCH_SIZE)
    one_batch = tf.data.Dataset.from_tensors(pixels[:BATCH_SIZE]).cache().repeat()

    def turn(dataset) -> tuple[float, float]:
        gan.fit(dataset, steps_per_epoch=WARM_UP + steps, callbacks=[clock], verbose=0)
        return clock.steps[0], statistics.median(clock.steps[WARM_UP:])

    sides = {"one batch, ready": one_batch, "ganlib.data.dataset": stream}
    for dataset in sides.values():  # compile, and fill caches
        turn(dataset)
    times = {name: [] for name in sides}
    for number in range(rounds):
        for name in sorted(sides, reverse=bool(number % 2)):
            times[name].append(turn(sides[name]))
    first, per_step = (
        {name: statistics.median(pair[part] for pair in pairs) for name, pairs in times.items()}
        for part in (0, 1)
    )
    print(f"\n{rounds} rounds of {steps} steps a side, batch {BATCH_SIZE}, float32\n")
    print(f"{'batches from':24} {'ms a step':>10} {'first step':>11} {'spread':>16}")
    for name, pairs in times.items():
        lowest, highest = (1000 * find(pair[1] for pair in pairs) for find in (min, max))
        print(
            f"{name:24} {1000 * per_step[name]:10.1f} {1000 * first[name]:11.1f}"
            f" {lowest:7.1f} …{highest:7.1f}"
        )
    ready, streamed = (per_step[name] for name in sides)
    start = max(0.0, first["ganlib.data.dataset"] - first["one batch, ready"])
    ratios = [
        new[1] / old[1] - 1
        for new, old in zip(times["ganlib.data.dataset"], times["one batch, ready"], strict=True)
    ]
    print(
        f"\nThe pipeline adds {100 * (streamed / ready - 1):+.1f} % to a step (round by round "
        f"{100 * min(ratios):+.1f} … {100 * max(ratios):+.1f} %) and "
        f"{1000 * start:.0f} ms to an epoch, "
        f"together {100 * ((streamed + start / STEPS_PER_EPOCH) / ready - 1):+.1f} %; "
        "aim: at most 3 %."
    )


def time_alone(rounds: int) -> float:
    """Seconds per batch of the stream with nothing else to do: more than it can add to a step."""
    from ganlib import data

    batches = data.dataset(images("random"), batch_size=BATCH_SIZE)
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in batches.stream.take(STEPS_PER_EPOCH):
            pass
        seconds.append((time.perf_counter() - start) / STEPS_PER_EPOCH)
    return statistics.median(seconds)


def peak(name: str, steps: int) -> None:
    """Train in this process, and print its peak memory; called in a process of its own."""
    import resource

    def now() -> float:
        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6

    from ganlib import data

    gan = build()
    print(f"libraries and networks {now():7.0f} MB")
    pixels = images(name)
    print(f"and 50,000 images      {now():7.0f} MB")
    stream = data.dataset(pixels, batch_size=BATCH_SIZE)
    gan.fit(stream, epochs=2, steps_per_epoch=steps // 2, verbose=0)
    gan.sample(1000)
    print(f"and {steps} steps          {now():7.0f} MB; aim: at most 1,500 MB")


def describe_machine() -> None:
    """Print what the numbers belong to."""
    import keras
    import tensorflow as tf

    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    print(f"{model}, {os.cpu_count()} cores, {platform.system()}")
    print(
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, "
        f"Keras {keras.__version__}"
    )
    if gpus := tf.config.list_physical_devices("GPU"):
        print(f"with {len(gpus)} GPU: the peak is that of main memory alone")
    if hasattr(os, "getloadavg"):
        print(
            f"load before the start {os.getloadavg()[0]:.1f} "
            "(0 on a machine with nothing else to do)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20, help="steps of a side in a round")
    parser.add_argument("--peak", metavar="IMAGES", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        peak(arguments.peak, 40)
        return

    from ganlib.support import stderr

    with stderr.quiet():
        import tensorflow  # noqa: F401
    describe_machine()
    name = best_available()
    print(f"\nPeak memory of a process that trains on {name} images")
    command = [sys.executable, __file__, "--peak", name]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    print(done.stdout.strip() if done.returncode == 0 else done.stderr.strip())
    time_both(arguments.rounds, arguments.steps)
    alone = time_alone(arguments.rounds)
    print(f"The stream alone, read as fast as it goes: {1000 * alone:.2f} ms a batch.")


if __name__ == "__main__":
    main()
