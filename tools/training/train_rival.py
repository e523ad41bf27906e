"""Train one of the GAN's rivals on CIFAR-10 for a number of minutes of processor time.

    python -m tools.training.train_rival vae-cifar10 --measure
    python -m tools.training.train_rival vae-cifar10 --minutes 30

A minute is as many images as the model trains on in a minute of the processor's time with one
thread; the first command measures that, once, into tools/training/rival_rates.json. So the length
of a training, its learning rates and its result do not depend on what else the machine does.
Scoring is not counted. After any stop the same command goes on, from runs/NAME. At each moment the
weights so far go to ganlib/rivals/weights with their card, the curve and the pictures to
ganlib/rivals/records.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[_threads] = "1"

RATES = Path(__file__).with_name("rival_rates.json")
MOMENTS = (1, 3, 6, 10, 15, 20, 25, 30)  # minutes after which to score
CHUNK = 100  # steps between two looks at the clock
SAVED_EVERY = 60  # seconds of processor time between two checkpoints
SAMPLES, PICTURES, SEED = 500, 16, 12345
MACHINE = "one thread of a server CPU with AMX"
RECIPES = {
    "vae-cifar10": {
        "family": "vae",
        "sizes": {"latent_dim": 64, "width": 48, "encoder_width": 32},
        "learning_rate": 1e-3,
    },
    "autoregressive-cifar10": {
        "family": "autoregressive",
        "sizes": {"levels": 32, "width": 64, "reaches": [4, 2, 2, 2, 2]},
        "learning_rate": 2e-3,
    },
    "diffusion-cifar10": {
        "family": "diffusion",
        "sizes": {"widths": [56, 80, 104], "blocks": 1},
        "learning_rate": 2e-3,
    },
}
BATCH_SIZE, EMA = 64, 0.999
DRAWN = {"diffusion": {"evaluations": 25}}  # while it trains; the lesson draws with more


def build(name, steps, seed):
    """A model with its optimizer: the rate is warmed up, then falls to 0 along a cosine."""
    import keras

    from ganlib.rivals import families

    recipe = RECIPES[name]
    model = families.build(recipe["family"], recipe["sizes"], ema=EMA, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=steps,
        warmup_target=recipe["learning_rate"],
        warmup_steps=min(300, steps // 10),
    )
    model.compile(
        keras.optimizers.Adam(rate, beta_2=0.99, global_clipnorm=1.0), steps_per_execution=10
    )
    model.optimizer.build(model.trainable_variables)
    return model


def measure(name, batches):
    """Write down how many images a second of the processor's time trains on."""
    model = build(name, 1000, 0)
    model.fit(batches, steps_per_epoch=10)
    seen = []
    for _ in range(5):
        started = time.process_time()
        model.fit(batches, steps_per_epoch=10)
        seen.append(10 * BATCH_SIZE / (time.process_time() - started))
    rates = json.loads(RATES.read_text()) if RATES.exists() else {}
    rates[name] = round(sorted(seen)[2])
    RATES.write_text(json.dumps(rates, indent=1, sort_keys=True) + "\n")
    print(name, [round(each, 1) for each in seen], "images/s")


def scores(model, family, real):
    """Distances of samples to the real training images, and some pictures."""
    import numpy as np

    from ganlib import data
    from tools.training.score_gan import distances

    options = DRAWN.get(family, {})
    fakes = data.to_uint8(model.sample(SAMPLES, seed=SEED, **options))
    pictures = data.to_uint8(model.sample(PICTURES, seed=0, **options))
    return distances(real, fakes), np.asarray(pictures)


def save(model, folder, notes):
    """All that the training changes, in one file that is whole or not there."""
    import numpy as np

    from ganlib.support import files

    arrays = {f"{i:04d}": np.asarray(v) for i, v in enumerate(state(model))}
    arrays["notes"] = np.frombuffer(json.dumps(notes).encode(), np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    with files.replacing(folder / "checkpoint.npz") as [path]:
        np.savez(path, **arrays)


def restore(model, folder):
    """The notes of the checkpoint, whose state the model has from now on; none without one."""
    import numpy as np

    path = folder / "checkpoint.npz"
    if not path.exists():
        return {"rows": [], "seconds": 0.0}
    with np.load(path) as arrays:
        for number, variable in enumerate(state(model)):
            variable.assign(arrays[f"{number:04d}"])
        return json.loads(arrays["notes"].tobytes())


def state(model):
    """The variables that training changes, in a fixed order."""
    averages = [] if model.ema is None else [*model.drawn_by.values()]
    seen, order = set(), []
    for variable in [
        *model.variables,
        *(weight for network in averages for weight in network.weights),
        *model.optimizer.variables,
    ]:
        if id(variable) not in seen:
            seen.add(id(variable))
            order.append(variable)
    return order


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--minutes", type=float, default=30, help="of processor time, in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure", action="store_true", help="measure the rate, and stop")
    arguments = parser.parse_args()
    name, recipe = arguments.name, RECIPES[arguments.name]

    import keras
    import numpy as np
    import tensorflow as tf

    from ganlib import course, data, records, rivals
    from ganlib.rivals import families
    from ganlib.support import stderr
    from tools.training.score_gan import extract_real

    with stderr.quiet():
        course.start("training", seed=arguments.seed)
    batches = data.dataset(data.load("cifar10"), batch_size=BATCH_SIZE, seed=arguments.seed)
    if arguments.measure:
        return measure(name, batches)
    rate = json.loads(RATES.read_text())[name]
    per_minute = 60 * rate / BATCH_SIZE
    steps = round(arguments.minutes * per_minute / CHUNK) * CHUNK
    model = build(name, steps, arguments.seed)
    folder = Path("runs") / name
    notes = restore(model, folder)
    rows = notes["rows"]
    seen = [*np.load(folder / "pictures.npy")][: len(rows)] if rows else []
    real = extract_real("cifar10", Path("runs/real"))
    facts = {
        "family": recipe["family"],
        "sizes": recipe["sizes"],
        "recipe": {
            "learning_rate": recipe["learning_rate"],
            "schedule": "warmed up, then a cosine to 0",
            "adam": {"beta_2": 0.99, "global_clipnorm": 1.0},
            "batch_size": BATCH_SIZE,
            "ema": EMA,
        },
        "data": "cifar10, 50,000 training images",
        "seed": arguments.seed,
        "minutes_planned": arguments.minutes,
        "images_per_second": rate,
        "minutes": "images / images_per_second / 60: processor time of one thread, no scoring",
        "machine": MACHINE,
        "precision": keras.mixed_precision.global_policy().name,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "parameters": int(sum(w.size for w in families.drawing_weights(model).values())),
    }
    ends = [round(m * per_minute / CHUNK) * CHUNK for m in MOMENTS if m < arguments.minutes]
    saved = notes["seconds"]
    for end in [*ends, steps]:
        history = None
        while int(model.step) < end:
            started = time.process_time()
            history = model.fit(batches.starting_at(int(model.step)), steps_per_epoch=CHUNK)
            notes["seconds"] += time.process_time() - started
            if notes["seconds"] - saved > SAVED_EVERY:
                save(model, folder, notes)
                saved = notes["seconds"]
        if history is None:
            continue
        step = int(model.step)
        distances, pictures = scores(model, recipe["family"], real)
        row = {
            "images": step * BATCH_SIZE,
            "minutes": round(step / per_minute, 2),
            "processor_minutes": round(notes["seconds"] / 60, 2),
            "loss": float(history.history["loss"][-1]),
            **distances,
        }
        rows.append(row)
        seen.append(pictures)
        print({key: round(value, 3) for key, value in row.items()}, flush=True)
        curve = {key: [each[key] for each in rows] for key in row}
        what = f"of {SAMPLES:,} samples against all training images; not FID"
        records.write(name, {"name": name, **facts, "scores": what}, curve, np.stack(seen),
                      rivals.RECORDS)  # fmt: skip
        rivals.write(name, families.drawing_weights(model), {**facts, "trained": row})
        np.save(folder / "pictures.npy", np.stack(seen)) if folder.exists() else None
        save(model, folder, notes)
        np.save(folder / "pictures.npy", np.stack(seen))


if __name__ == "__main__":
    main()
