"""Train five families on the ring of eight modes, for the same processor time, and keep the table.

    python -m tools.training.rivals_in_plane 0 1 2
    python -m tools.training.rivals_in_plane --collect

The first form trains all with these seeds and writes to runs/rivals-in-plane; the second gathers
all runs into ganlib/rivals/records/plane.json, which lesson 12 shows.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_threads] = "1"

SECONDS, STEPS, BATCH_SIZE, RATE, STD = 15.0, 100, 256, 2e-3, 0.1
FOLDER = Path("runs/rivals-in-plane")
NOTES = {
    "what": "modes covered and share of 2,000 points within three standard deviations of a mode; "
    "milliseconds of processor time to draw them all, 50 passes for diffusion and flow matching",
    "data": f"20,000 points of ganlib.toys.ring(std={STD})",
    "processor_seconds": SECONDS,
    "adam": {"learning_rate": RATE, "GAN": "1e-3, beta_1 0.5, and an average of 0.99"},
    "batch_size": BATCH_SIZE,
    "machine": "one thread of a server CPU, shared with others; compiling not counted",
}


def models(seed):
    """For each family the model, compiled."""
    import keras

    from ganlib import GAN, toys
    from ganlib.rivals import builders
    from ganlib.rivals.autoencoder import VAE
    from ganlib.rivals.autoregressive import Autoregressive
    from ganlib.rivals.diffusion import Diffusion
    from ganlib.rivals.flow import Flow

    players = toys.networks(8, hidden=(128, 128), seed=seed)
    gan = GAN(*players, latent_dim=8, ema=0.99, seed=seed)
    g, d = (keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2))
    gan.compile(g_optimizer=g, d_optimizer=d, steps_per_execution=STEPS)
    encoder = builders.plane_network(2, 4, seed=seed)
    decoder = builders.plane_network(2, 2, seed=seed + 50)
    causal = builders.causal_network((1, 2, 1), levels=128, width=64, reaches=(1, 1, 1), seed=seed)
    rivals = {
        "VAE": VAE(encoder, decoder, seed=seed),
        "autoregressive": Autoregressive(causal, limit=3.0, seed=seed),
        "diffusion": Diffusion(builders.timed_plane_network(seed=seed), limit=3.0, seed=seed),
        "flow matching": Flow(builders.timed_plane_network(seed=seed), seed=seed),
    }
    for model in rivals.values():
        model.compile(keras.optimizers.Adam(RATE), steps_per_execution=STEPS)
    return {"GAN": gan, **rivals}


def run(seed):
    """All families with one seed."""
    import numpy as np

    from ganlib import data, toys

    ring = toys.ring(std=STD)
    points = ring.sample(20_000, seed=0)
    rows = []
    for name, model in models(seed).items():
        batches = data.dataset(points, batch_size=BATCH_SIZE, seed=seed)
        model.fit(batches, steps_per_epoch=STEPS, verbose=0)  # compiles
        used, steps = 0.0, STEPS
        while used < SECONDS:
            started = time.process_time()
            more = batches.starting_at(steps)
            model.fit(more, steps_per_epoch=5 * STEPS, verbose=0)
            used += time.process_time() - started
            steps += 5 * STEPS
        model.sample(2_000, seed=2)
        started = time.process_time()
        where = np.asarray(model.sample(2_000, seed=1))
        drawing = time.process_time() - started
        judged = toys.coverage(ring, where)
        rows.append(
            {
                "family": name,
                "seed": seed,
                "steps": steps,
                "modes": judged.modes_covered,
                "near": judged.high_quality,
                "milliseconds": 1000 * drawing,
            }
        )
        print(rows[-1], flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{seed}.json").write_text(json.dumps(rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--collect", action="store_true")
    arguments = parser.parse_args()

    from ganlib import course, rivals
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("rivals", precision="float32")
    for seed in arguments.seeds:
        run(seed)
    if arguments.collect:
        runs = [
            row for path in sorted(FOLDER.glob("*.json")) for row in json.loads(path.read_text())
        ]
        text = json.dumps({**NOTES, "runs": runs}, indent=1, ensure_ascii=False)
        (rivals.RECORDS / "plane.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
