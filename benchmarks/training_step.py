"""How fast a whole training step of the DCGAN is: ``GAN.fit``, a bare TensorFlow loop, PyTorch.

    python benchmarks/training_step.py --torch-python ~/torch/bin/python

All sides train the same networks on batches of the same size by the same rule: one update of D on
real and generated images, then one of G through the updated D on the same generated images, by
Adam. They take turns, and the table holds the medians of all rounds. PyTorch is no part of the
course's
environment: its side runs in a Python of its own (``_torch_step.py``) and is left out where there
is none; GANLIB_TORCH_PYTHON names it too.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
LATENT_DIM = 100
STEPS_PER_EXECUTION = 10
PEAK_SIZE = 4096
QUIET = 0.06  # share of the machine that other programs may take while one side is measured
ENOUGH = 3  # quiet measurements of each side


# How much work a step is --------------------------------------------------------------------------


def products(network) -> list[int]:
    """Multiplications of one sample in each layer that has a kernel, in order."""
    import math

    counts = []
    for layer in network.layers:
        kind = type(layer).__name__
        if kind == "Dense":
            counts.append(math.prod(layer.kernel.shape))
        elif kind in ("Conv2D", "Conv2DTranspose"):
            # Each number on the coarse side meets each kernel entry of its channel once.
            coarse = layer.output if kind == "Conv2D" else layer.input
            counts.append(math.prod(coarse.shape[1:3]) * math.prod(layer.kernel.shape))
    return counts


def step_flops(generator: list[int], discriminator: list[int]) -> int:
    """Floating-point operations of one alternating step per real image (one generated beside it).

    A layer's forward pass, its gradient for the weights and its gradient for the input cost the
    same, one multiplication and one addition per product; the first layer needs no gradient for its
    input.
    """
    g, d = sum(generator), sum(discriminator)
    learn_d = 2 * (3 * d - discriminator[0])  # real and generated: forward, weights, inputs
    learn_g = 3 * g - generator[0] + 2 * d  # through D: forward and the gradient for the images
    return 2 * (learn_d + learn_g)


# The sides ----------------------------------------------------------------------------------------


def build(precision: str, seed: int = 0):
    """Both networks in one precision."""
    import keras

    from ganlib import networks

    keras.mixed_precision.set_global_policy(PRECISIONS[precision])
    return networks.dcgan_generator(LATENT_DIM, seed=seed), networks.dcgan_discriminator(seed=seed)


class FitSide:
    """``GAN.fit`` as a lesson calls it: bytes, running means, a guard against failure."""

    def __init__(self, precision: str, batch_size: int, images, seed: int = 0):
        import keras

        from ganlib import callbacks, data
        from ganlib.gan import GAN

        class Clock(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.start = time.perf_counter()

            def on_epoch_end(self, epoch, logs=None):
                self.seconds = time.perf_counter() - self.start

        self.gan = GAN(*build(precision, seed), LATENT_DIM, seed=seed)
        self.gan.compile(steps_per_execution=STEPS_PER_EXECUTION)
        self.dataset = data.dataset(images, batch_size=batch_size, seed=seed)
        self.clock = Clock()
        self.callbacks = [self.clock, callbacks.StopOnFailure()]

    def measure(self, steps: int) -> float:
        options = {"steps_per_epoch": steps, "callbacks": self.callbacks, "verbose": 0}
        self.gan.fit(self.dataset, **options)
        return self.clock.seconds


class BareSide:
    """One compiled function on one batch that is ready as floats: nothing but the step."""

    def __init__(self, precision: str, batch_size: int, images):
        import keras
        import tensorflow as tf

        generator, discriminator = build(precision)
        g_adam, d_adam = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
        g_adam.build(generator.trainable_variables)
        d_adam.build(discriminator.trainable_variables)
        real = tf.constant(images[:batch_size], tf.float32) / 127.5 - 1.0

        def learn(optimizer, tape, loss, network):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply(gradients, network.trainable_variables)

        @tf.function
        def step():
            latents = tf.random.normal((batch_size, LATENT_DIM))
            with tf.GradientTape() as g_tape:
                fake = generator(latents, training=True)
            with tf.GradientTape() as tape:
                on_real = discriminator(real, training=True)
                on_fake = discriminator(fake, training=True)
                loss = tf.reduce_mean(tf.nn.softplus(-on_real) + tf.nn.softplus(on_fake))
            learn(d_adam, tape, loss, discriminator)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(fake)
                on_fake = discriminator(fake, training=True)
                g_loss = tf.reduce_mean(tf.nn.softplus(-on_fake))
            towards = tape.gradient(g_loss, fake)
            variables = generator.trainable_variables
            g_adam.apply(g_tape.gradient(fake, variables, towards), variables)
            return g_loss

        self.step = step

    def measure(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            loss = self.step()
        loss.numpy()
        return time.perf_counter() - start


class TorchProcess:
    """The other interpreter, which waits for one order per line and answers in JSON."""

    def __init__(self, python: str):
        script = Path(__file__).with_name("_torch_step.py")
        self.process = subprocess.Popen(
            [python, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("The PyTorch side ended; its message stands above.")
        return json.loads(answer)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class TorchSide:
    def __init__(self, process: TorchProcess, precision: str, batch_size: int):
        self.process, self.name = process, (precision, batch_size)
        process.ask("build", *self.name)

    def measure(self, steps: int) -> float:
        return self.process.ask("measure", *self.name, steps)


class PeakSide:
    """A product of two square matrices: the most that the machine computes with this library."""

    def __init__(self, precision: str):
        import tensorflow as tf

        one, other = (tf.cast(tf.random.normal((PEAK_SIZE,) * 2), precision) for _ in range(2))
        self.product = tf.function(lambda: tf.matmul(one, other)[0, 0])

    def measure(self, times: int) -> float:
        start = time.perf_counter()
        for _ in range(times):
            self.product().numpy()
        return (time.perf_counter() - start) / times


# Measuring ----------------------------------------------------------------------------------------


def torch_process(python: str | None) -> TorchProcess | None:
    """The PyTorch side, or None and a line that says why there is none."""
    if not python:
        print("PyTorch: left out; --torch-python names an interpreter that has it.")
        return None
    probe = subprocess.run([python, "-c", "import torch"], capture_output=True, text=True)
    if probe.returncode:
        print(f"PyTorch: left out; {python} cannot import torch.")
        return None
    return TorchProcess(python)


def describe_machine(torch: TorchProcess | None) -> None:
    """Processor, instructions that matter here, and versions."""
    import keras
    import tensorflow as tf

    model, flags = platform.processor(), set()
    if Path("/proc/cpuinfo").exists():
        lines = dict(
            line.split(":", 1)
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if ":" in line
        )
        fields = {key.strip(): value.strip() for key, value in lines.items()}
        model, flags = fields.get("model name", model), set(fields.get("flags", "").split())
    notable = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    print(f"Machine: {os.cpu_count()} cores of {model}; {' '.join(notable) or 'flags unknown'}")
    versions = f"TensorFlow {tf.__version__}, Keras {keras.__version__}"
    print(f"Versions: Python {platform.python_version()}, {versions}", end="")
    print(f", PyTorch {torch.ask('version')}" if torch else "")


def check_work(torch: TorchProcess | None) -> int:
    """FLOP of a step per image; the networks of both libraries must agree in it and in size."""
    generator, discriminator = build("float32")
    sizes = [
        sum(int(variable.value.shape.num_elements()) for variable in network.trainable_variables)
        for network in (generator, discriminator)
    ]
    counts = [products(generator), products(discriminator)]
    flops = step_flops(*counts)
    print(
        f"Work: G has {sizes[0]:,} weights to learn and D {sizes[1]:,}; a sample costs "
        f"{2 * sum(counts[0]) / 1e6:.1f} MFLOP forward in G and "
        f"{2 * sum(counts[1]) / 1e6:.1f} in D,"
        f" a step {flops / 1e6:.0f} MFLOP per image of the batch."
    )
    if torch:
        theirs = torch.ask("work")
        if theirs != [sizes, counts]:
            raise SystemExit(f"The networks differ: Keras {[sizes, counts]}, PyTorch {theirs}.")
        print("      PyTorch's networks have the same, layer by layer.")
    return flops


class Others:
    """How much of the machine other programs take while a side is measured; needs psutil."""

    def __init__(self):
        try:
            import psutil
        except ImportError:
            psutil = None
        self.psutil = psutil

    def _now(self) -> list[float]:
        times, me = self.psutil.cpu_times(), self.psutil.Process()
        ours = [process.cpu_times()[:2] for process in (me, *me.children(recursive=True))]
        idle = times.idle + getattr(times, "iowait", 0.0)
        return [sum(times), idle, sum(map(sum, ours))]

    def during(self, side, amount: int) -> tuple[float, float]:
        """What ``side.measure`` returns, and the share (0..1) of the machine that others took."""
        if not self.psutil:
            return side.measure(amount), 0.0
        before = self._now()
        result = side.measure(amount)
        total, idle, ours = (new - old for new, old in zip(self._now(), before, strict=True))
        return result, max(0.0, (total - idle - ours) / max(total, 1e-9))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", default=os.environ.get("GANLIB_TORCH_PYTHON"))
    parser.add_argument("--rounds", type=int, default=5, help="at least")
    parser.add_argument("--minutes", type=float, default=5, help="goes on for quiet rounds so long")
    parser.add_argument("--images", type=int, default=1280, help="per side and round")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[128, 64])
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    return parser.parse_args()


def main() -> None:
    arguments = options()
    import numpy as np

    from ganlib.support import stderr

    with stderr.quiet():
        import tensorflow  # noqa: F401

        torch = torch_process(arguments.torch_python)
        describe_machine(torch)
    flops = check_work(torch)
    images = np.random.default_rng(0).integers(0, 256, (12800, 32, 32, 3), np.uint8)
    sides = {}
    for batch_size in arguments.batch_sizes:
        for precision in arguments.precisions:
            sides[precision, batch_size, "fit"] = FitSide(precision, batch_size, images)
            sides[precision, batch_size, "bare"] = BareSide(precision, batch_size, images)
            if torch:
                sides[precision, batch_size, "torch"] = TorchSide(torch, precision, batch_size)
    peaks = {precision: PeakSide(precision) for precision in arguments.precisions}
    for side in (*sides.values(), *peaks.values()):  # compile, fill the caches
        side.measure(STEPS_PER_EXECUTION)

    others = Others()
    measured = {key: [] for key in (*sides, *peaks)}  # of pairs: speed, share of others
    print(f"Measuring {len(measured)} sides ...", flush=True)
    end = time.monotonic() + 60 * arguments.minutes
    turn = 0
    while turn < arguments.rounds or (time.monotonic() < end and not quiet(measured)):
        for key, side in list(sides.items())[:: 1 if turn % 2 == 0 else -1]:
            executions = -(-arguments.images // (key[1] * STEPS_PER_EXECUTION))
            steps = executions * STEPS_PER_EXECUTION
            seconds, share = others.during(side, steps)
            measured[key].append((steps * key[1] / seconds, share))
        for precision, side in peaks.items():
            seconds, share = others.during(side, 3)
            measured[precision].append((2 * PEAK_SIZE**3 / seconds, share))
        turn += 1
    report(measured, flops)
    if torch:
        torch.close()


def quiet(measured: dict) -> bool:
    """Whether each side was measured often enough while other programs hardly ran."""
    return all(sum(share <= QUIET for _, share in pairs) >= ENOUGH for pairs in measured.values())


def report(measured: dict, flops: int) -> None:
    """The table: medians, and in brackets the lowest and the highest."""
    shares = [share for pairs in measured.values() for _, share in pairs]
    limit = QUIET if quiet(measured) else 1.0
    speeds = {
        key: [speed for speed, share in pairs if share <= limit] for key, pairs in measured.items()
    }
    median = {key: statistics.median(values) for key, values in speeds.items()}
    settings = dict.fromkeys(key[:2] for key in median if isinstance(key, tuple))
    fewest = min(map(len, speeds.values()))
    print(f"\nImages per second, medians of {fewest} or more rounds in turn (lowest-highest):\n")
    print(
        "| precision | batch | GAN.fit | bare loop | PyTorch | fit/bare | fit/PyTorch | of peak |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for precision, batch_size in settings:
        fit = median[precision, batch_size, "fit"]
        cells = []
        for side in ("fit", "bare", "torch"):
            values = speeds.get((precision, batch_size, side))
            spread = f" ({min(values):.0f}-{max(values):.0f})" if values else ""
            cells.append(f"{statistics.median(values):.0f}{spread}" if values else "-")
        for side in ("bare", "torch"):
            other = median.get((precision, batch_size, side))
            cells.append(f"{fit / other:.2f}" if other else "-")
        cells.append(f"{fit * flops / median[precision]:.2f}")
        print(f"| {precision} | {batch_size} | {' | '.join(cells)} |")
    print()
    for precision in dict.fromkeys(precision for precision, _ in settings):
        low, high = min(speeds[precision]) / 1e9, max(speeds[precision]) / 1e9
        value = median[precision] / 1e9
        print(
            f"Matrix product {PEAK_SIZE}², {precision}: {value:.0f} GFLOP/s ({low:.0f}-{high:.0f})"
        )
    for batch_size in dict.fromkeys(size for _, size in settings):
        pair = [median.get((name, batch_size, "fit")) for name in ("bfloat16", "float32")]
        if all(pair):
            print(f"GAN.fit, batch {batch_size}: bfloat16 is {pair[0] / pair[1]:.2f} × float32")
    taken = f"Other programs took {statistics.mean(shares):.0%} of the machine"
    if limit == QUIET:
        print(f"{taken}; only measurements with at most {QUIET:.0%} count.")
    else:
        print(f"{taken}: it was NOT quiet, every measurement counts, and none is to be quoted.")


if __name__ == "__main__":
    sys.exit(main())
