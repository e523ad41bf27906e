"""Train each of the four families for a short time on shapes, and count the modes that they draw.

    python -m tools.training.rivals_on_shapes "vae 0" "gan 2"
    python -m tools.training.rivals_on_shapes --collect

The first form trains (family, seed) and writes to runs/rivals-on-shapes; a run that is there is not
made again. Each takes the same processor time, with one thread. The second form gathers all into
ganlib/experiments/rivals-on-shapes, which lesson 12 shows.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_threads] = "1"

SECONDS = 90
SAMPLES, PICTURES, SEED, CHUNK = 1000, 16, 12345, 50
NETWORK = "classifier-shapes"
FOLDER = Path("runs/rivals-on-shapes")
SIZES = {
    "vae": {"latent_dim": 64, "width": 32, "encoder_width": 32},
    "autoregressive": {"levels": 32, "width": 48, "reaches": [4, 2, 2, 2]},
    "diffusion": {"widths": [48, 64, 96], "blocks": 1},
}
RATES = {"vae": 1e-3, "autoregressive": 2e-3, "diffusion": 2e-3}
NOTES = {
    "what": f"of {SAMPLES:,} samples: modes that have a tenth of their fair share of 1/60 in the "
    "eyes of the classifier; the Fréchet distance to 10,000 other images on its features; "
    "precision and recall among 1,000",
    "data": "ganlib.shapes, 50,000 images of 32 × 32",
    "processor_seconds": SECONDS,
    "machine": "one thread of a server CPU with AMX, shared with others",
    "networks": {**SIZES, "gan": 'the recipe "shapes" of tools/training/recipes.py'},
    "adam": {**RATES, "beta_2": 0.99},
    "batch_size": 64,
    "average": 0.995,
}


def model_of(family, seed):
    """The model and a function that trains so many steps from a batch on."""
    import keras

    from ganlib import data
    from ganlib.rivals import families
    from tools.training import recipes

    if family == "gan":
        recipe = recipes.changed(recipes.RECIPES["shapes"], gan={"ema": NOTES["average"]})
        model, batches = recipes.build(recipe, seed), recipes.dataset(recipe, seed)
    else:
        model = families.build(family, SIZES[family], ema=NOTES["average"], seed=seed)
        adam = keras.optimizers.Adam(RATES[family], beta_2=0.99, global_clipnorm=1.0)
        model.compile(adam, steps_per_execution=10)
        batches = data.dataset(data.load("shapes"), batch_size=64, seed=seed)
    return model, lambda: model.fit(
        batches.starting_at(int(model.step)), steps_per_epoch=CHUNK, verbose=0
    )


def judged(drawn, real):
    """What the classifier of shapes makes of samples."""
    import numpy as np

    from ganlib import metrics
    from ganlib.precision_recall import precision_recall_density_coverage

    seen = metrics.extract(drawn, NETWORK)
    shares = np.bincount(np.argmax(seen.logits, -1), minlength=60) / len(drawn)
    few = metrics.Extracted(real.features[: len(drawn)], real.logits[: len(drawn)], real.network)
    fractions = precision_recall_density_coverage(few, seen)
    return {
        "modes": int((shares >= 0.1 / 60).sum()),
        "distance": float(metrics.classifier_frechet_distance(real, seen)),
        "precision": fractions.precision,
        "recall": fractions.recall,
        "coverage": fractions.coverage,
    }


def run(family, seed):
    """One training, from start to scores."""
    import numpy as np

    from ganlib import data, metrics

    model, fit = model_of(family, seed)
    step, used = 0, 0.0
    while used < SECONDS:
        started = time.process_time()
        fit()
        if step:  # the first steps compile
            used += time.process_time() - started
        step += CHUNK
    options = {"evaluations": 25} if family == "diffusion" else {}
    drawn = data.to_uint8(model.sample(SAMPLES, seed=SEED, **options))
    real = metrics.extract(data.load("shapes", "test"), NETWORK)
    facts = {"family": family, "seed": seed, "images": step * 64, **judged(drawn, real)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.save(FOLDER / f"{family}-{seed}.npy", drawn[:PICTURES])
    (FOLDER / f"{family}-{seed}.json").write_text(json.dumps(facts))
    print(facts, flush=True)


def collect():
    """All runs into the experiment that ships."""
    import numpy as np

    from ganlib import experiments

    order = ["gan", *SIZES]
    runs = [json.loads(path.read_text()) for path in FOLDER.glob("*.json")]
    runs.sort(key=lambda each: (order.index(each["family"]), each["seed"]))
    pictures = {family: np.load(FOLDER / f"{family}-0.npy") for family in order}
    experiments.write("rivals-on-shapes", {**NOTES, "runs": runs}, pictures)
    print(f"{len(runs)} runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="*", help='such as "vae 0": family and seed')
    parser.add_argument("--collect", action="store_true")
    arguments = parser.parse_args()

    from ganlib import course
    from ganlib.support import stderr

    with stderr.quiet():
        course.start("rivals")
    for each in arguments.runs:
        family, seed = each.split()
        if not (FOLDER / f"{family}-{seed}.json").exists():
            run(family, int(seed))
    if arguments.collect:
        collect()


if __name__ == "__main__":
    main()
