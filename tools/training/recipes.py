"""The recipes that were compared, by name, and how a GAN is made of one."""

import json
from pathlib import Path

RATES = Path(__file__).with_name("rates.json")

DCGAN = {
    "data": "cifar10",
    "generator": ("dcgan_generator", {"latent_dim": 100, "width": 64}),
    "discriminator": ("dcgan_discriminator", {"width": 64, "dropout": 0.3}),
    "gan": {"latent_dim": 100, "loss": "non_saturating", "ema": 0.999},
    "adam": {"learning_rate": 2e-4, "beta_1": 0.5},
    "batch_size": 64,
    "precision": "auto",
}
NO_DROPOUT = ("dcgan_discriminator", {"width": 64, "dropout": 0.0})
DENSE = (
    ("dense_generator", {"latent_dim": 100, "hidden": [128, 128]}),
    ("dense_discriminator", {"hidden": [128, 128]}),
)
KERNEL_4 = {
    "generator": ("dcgan_generator", {"latent_dim": 100, "width": 64, "kernel_size": 4}),
    "discriminator": ("dcgan_discriminator", {"width": 64, "dropout": 0.3, "kernel_size": 4}),
}
NO_DROPOUT_KERNEL_4 = (
    "dcgan_discriminator",
    {"width": 64, "dropout": 0.0, "kernel_size": 4},
)
CONDITIONAL = {
    "generator": (
        "dcgan_generator",
        {"latent_dim": 100, "width": 64, "kernel_size": 4, "classes": 10},
    ),
    "discriminator": (
        "dcgan_discriminator",
        {"width": 64, "dropout": 0.0, "kernel_size": 4, "classes": 10},
    ),
}


def changed(base=DCGAN, **changes):
    """A recipe with other entries; "gan" and "adam" are merged."""
    recipe = {**base, **changes}
    for key in ("gan", "adam"):
        recipe[key] = {**base[key], **changes.get(key, {})}
    return recipe


RELATIVISTIC = changed(
    discriminator=NO_DROPOUT,
    gan={"loss": "relativistic", "penalties": {"r1": 0.1, "r2": 0.1}},
    adam={"beta_1": 0.0, "beta_2": 0.99},
)
# The best of those screened for three minutes with one seed: see benchmarks/README.md.
RATE_1E_3 = changed(
    RELATIVISTIC,
    generator=KERNEL_4["generator"],
    discriminator=NO_DROPOUT_KERNEL_4,
    gan={"penalties": {"r1": 1.0, "r2": 1.0}, "ema": 0.995},
    adam={"learning_rate": 1e-3},
)
SHAPES = changed(
    RELATIVISTIC,
    data="shapes",
    generator=("dcgan_generator", {"latent_dim": 64, "width": 32, "kernel_size": 4}),
    discriminator=("dcgan_discriminator", {"width": 32, "dropout": 0.0, "kernel_size": 4}),
    # With weights of 0.1 the distance rose again after two minutes; L_D fell to 0.27.
    gan={"latent_dim": 64, "penalties": {"r1": 10.0, "r2": 10.0}},
)
UNTAUGHT = changed(
    RATE_1E_3,
    **CONDITIONAL,
    adam={"learning_rate": 3e-4},
    falling_steps=3_520,
    mirrored=True,
    goes_on_from="conditional-falling-100",
)
RECIPES = {
    "plain-64": DCGAN,
    "plain-128": changed(batch_size=128),
    "plain-64-float32": changed(precision="float32"),
    "plain-64-kernel-4": changed(**KERNEL_4),
    "learning-rate-2e-3": changed(adam={"learning_rate": 2e-3}),
    "learning-rate-2e-2": changed(adam={"learning_rate": 2e-2}),
    "r1": changed(discriminator=NO_DROPOUT, gan={"penalties": {"r1": 0.1}}),
    "relativistic-r1-r2": RELATIVISTIC,
    "relativistic-kernel-4": changed(
        RELATIVISTIC,
        generator=KERNEL_4["generator"],
        discriminator=NO_DROPOUT_KERNEL_4,
    ),
    "relativistic-rate-1e-3": RATE_1E_3,
    "wgan-gp": changed(
        discriminator=NO_DROPOUT,
        gan={
            "loss": "wasserstein",
            "penalties": {"gradient_penalty": 10.0},
            "discriminator_steps": 3,
        },
        adam={"learning_rate": 1e-4, "beta_1": 0.0, "beta_2": 0.9},
        batch_size=192,
    ),
    "spectral-hinge": changed(
        discriminator=("sn_discriminator", {"width": 32}), gan={"loss": "hinge"}
    ),
    # For lessons on modes.
    "shapes": SHAPES,
    # A higher rate that falls to 0, and stronger penalties: see benchmarks/README.md.
    "shapes-falling": changed(
        SHAPES,
        gan={"penalties": {"r1": 30.0, "r2": 30.0}, "ema": 0.995},
        adam={"learning_rate": 1.2e-3},
        falling_steps=21_240,
    ),
    # Twice as long, with mirrored images.
    "shapes-falling-40": changed(
        SHAPES,
        gan={"penalties": {"r1": 30.0, "r2": 30.0}, "ema": 0.995},
        adam={"learning_rate": 1e-3},
        falling_steps=42_480,
        mirrored=True,
    ),
    "conditional": changed(RELATIVISTIC, **CONDITIONAL),
    # The rate above falling to 0: over 80 minutes; with labels over the 15 minutes after which
    # recipes are compared, and over an hour.
    "relativistic-falling-80": changed(RATE_1E_3, falling_steps=38_850),
    "conditional-falling": changed(RATE_1E_3, **CONDITIONAL, falling_steps=6_200),
    "conditional-falling-60": changed(RATE_1E_3, **CONDITIONAL, falling_steps=24_810),
    # Longer, from half the rate, with mirrored images as well: D learns fewer of them by heart.
    "conditional-falling-100": changed(
        RATE_1E_3,
        **CONDITIONAL,
        adam={"learning_rate": 5e-4},
        falling_steps=41_340,
        mirrored=True,
    ),
    # From its end on, with a classifier that also teaches G: see tools/training/teacher.py; and
    # its control without a teacher.
    "conditional-taught": changed(UNTAUGHT, teacher_weight=0.05),
    "conditional-untaught": UNTAUGHT,
    # Controls of the longer one: no mirrored images; labels at the higher rate, without a fall.
    "conditional-unmirrored": changed(
        RATE_1E_3, **CONDITIONAL, adam={"learning_rate": 5e-4}, falling_steps=41_340
    ),
    "conditional-rate-1e-3": changed(RATE_1E_3, **CONDITIONAL),
    # The same without labels.
    "relativistic-falling-120": changed(
        RATE_1E_3, adam={"learning_rate": 5e-4}, falling_steps=58_280, mirrored=True
    ),
    # From the dense GAN to DCGAN, one change at a time; the last step is plain-64 itself.
    "dense": changed(generator=DENSE[0], discriminator=DENSE[1], gan={"ema": None}),
    "convolutional-discriminator": changed(
        generator=DENSE[0], discriminator=NO_DROPOUT, gan={"ema": None}
    ),
    "convolutional": changed(
        generator=("dcgan_generator", {"latent_dim": 100, "width": 64, "batch_norm": False}),
        discriminator=NO_DROPOUT,
        gan={"ema": None},
    ),
    "batch-norm": changed(discriminator=NO_DROPOUT, gan={"ema": None}),
    # Trainings that fail.
    "failure-discriminator-wins": changed(
        discriminator=NO_DROPOUT,
        gan={"loss": "minimax", "discriminator_steps": 5},
        batch_size=320,
    ),
    "failure-collapse": changed(
        generator=("dcgan_generator", {"latent_dim": 100, "width": 64, "batch_norm": False}),
        discriminator=("dcgan_discriminator", {"width": 8, "dropout": 0.0}),
        adam={"learning_rate": 5e-5},
        g_adam={"learning_rate": 1e-3},
    ),
    "failure-unscaled": changed(unscaled=True),
}


def optimizers(recipe):
    """An Adam for G and one for D. With "falling_steps" the learning rates fall to 0 in a straight
    line, over so many steps.
    """
    import keras

    pair = []
    for changes in (recipe.get("g_adam", {}), {}):
        settings = {**recipe["adam"], **changes}
        if "falling_steps" in recipe:
            settings["learning_rate"] = keras.optimizers.schedules.PolynomialDecay(
                settings["learning_rate"], recipe["falling_steps"], end_learning_rate=0.0
            )
        pair.append(keras.optimizers.Adam(**settings))
    return pair


def players(recipe, seed):
    """A generator, and a discriminator; with "augment" the latter sees its images changed so."""
    from ganlib import networks
    from ganlib.augment import augmented

    generator, discriminator = (
        getattr(networks, recipe[role][0])(**recipe[role][1], seed=seed)
        for role in ("generator", "discriminator")
    )
    if "augment" in recipe:
        discriminator = augmented(discriminator, recipe["augment"], seed)
    return generator, discriminator


def bare(discriminator):
    """The discriminator without the layer that changes its images in training."""
    from ganlib.augment import Augment

    layers = discriminator.layers
    return layers[-1] if any(isinstance(one, Augment) for one in layers) else discriminator


def build(recipe, seed):
    """The GAN of a recipe, compiled."""
    from ganlib.gan import GAN

    if "teacher_weight" in recipe:
        from tools.training.teacher import TaughtGAN as GAN

    gan = GAN(*players(recipe, seed), **recipe["gan"], seed=seed)
    g_optimizer, d_optimizer = optimizers(recipe)
    gan.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, steps_per_execution=10)
    return gan


def shown(recipe, images, labels=None):
    """The images and labels that a recipe trains on, of those of its data set: with "mirrored" each
    image comes a second time, left and right exchanged.
    """
    import numpy as np

    if not recipe.get("mirrored"):
        return images, labels
    images = np.concatenate([images, images[:, :, ::-1]])
    return images, labels if labels is None else np.concatenate([labels, labels])


def dataset(recipe, seed):
    """The batches of a recipe's data set."""
    import numpy as np

    from ganlib import data

    classes = recipe["generator"][1].get("classes", 0)
    loaded = data.load(recipe["data"], labels=bool(classes))
    images, labels = shown(recipe, *(loaded if classes else (loaded,)))
    if recipe.get("unscaled"):
        images = images.astype(np.float32)
    return data.dataset(images, labels, batch_size=recipe["batch_size"], seed=seed)


def rate(name):
    """Images per second of a recipe's training on two quiet cores, as ``rates`` measured them."""
    rates = json.loads(RATES.read_text()) if RATES.exists() else {}
    if name not in rates:
        raise SystemExit(
            f"The rate of {name} is not known. On a quiet machine: "
            f"python -m tools.training.rates {name}"
        )
    return rates[name]
