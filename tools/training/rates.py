"""Measure how many images per second each recipe trains on, on a machine that does nothing else.

    python -m tools.training.rates [RECIPE ...]

The budgets of tools/training/train_gan.py are minutes at these rates, so that a training has the
same length whatever else the machine does meanwhile. The median of five stretches goes to
``rates.json`` beside this file.
"""

import json
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tools.training.recipes import RATES, RECIPES, build, dataset

IMAGES = 3840  # of a stretch


def measure(name):
    """Print the images per second of one recipe, in this process."""
    from ganlib import course
    from ganlib.support import stderr

    recipe = RECIPES[name]
    with stderr.quiet():
        course.start("rates", seed=0, precision=recipe["precision"])
    gan, batches = build(recipe, 0), dataset(recipe, 0)
    steps = IMAGES // recipe["batch_size"] // 10 * 10
    seen = []
    for _ in range(6):
        start = time.perf_counter()
        gan.fit(batches, steps_per_epoch=steps, verbose=0)
        seen.append(steps * recipe["batch_size"] / (time.perf_counter() - start))
    print(json.dumps(round(statistics.median(seen[1:]))))


def main():
    if sys.argv[1:2] == ["--one"]:
        return measure(sys.argv[2])
    for name in sys.argv[1:] or RECIPES:
        command = [sys.executable, "-m", "tools.training.rates", "--one", name]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        rates = json.loads(RATES.read_text()) if RATES.exists() else {}
        rates[name] = json.loads(said.splitlines()[-1])
        RATES.write_text(json.dumps(rates, indent=1, sort_keys=True) + "\n")
        print(f"{name}: {rates[name]} images/s", flush=True)


if __name__ == "__main__":
    main()
