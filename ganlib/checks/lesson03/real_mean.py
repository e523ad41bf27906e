"""A mean over real data from generated samples and D's logits."""

import numpy as np

from ganlib.checks.formulas import sigmoid
from ganlib.checks.task import task
from ganlib.checks.trial import Trial

__all__ = ["real_mean"]


@task(
    points=3,
    hints=(
        "An expectation over p_data is ∫ p_data q = ∫ p_g (p_data / p_g) q: a mean over generated "
        "images, each with a weight. The lesson has the mean of this weight.",
        "With equal numbers the weight is e^l. With others, D = n_real p_data / (n_real p_data + "
        "n_fake p_g). What is its logit?",
        "The logit is log(p_data/p_g) + log(n_real/n_fake), so the weight is e^l · n_fake/n_real. "
        "Shapes: weights (n, 1) times quantity (n, d), then the mean over axis 0.",
    ),
)
def real_mean(trial: Trial) -> None:
    """The mean of quantities over real data, from generated samples and D's logits."""
    outcomes, d = 6, 3
    counts = trial.rng.integers(2, 9, outcomes)  # the sample has exactly the shares of p_g
    p_g = counts / counts.sum()
    sample = trial.rng.permutation(np.repeat(np.arange(outcomes), counts))
    p_data = trial.rng.dirichlet(np.ones(outcomes)) * 0.8 + 0.2 / outcomes
    values = trial.rng.uniform(1, 9, (outcomes, d))
    quantity, ratio = values[sample], (p_data / p_g)[sample, None]
    right, plain, n = p_data @ values, p_g @ values, len(sample)

    def learnt(n_real: int, n_fake: int) -> tuple[np.ndarray, np.ndarray]:
        logits = np.log(ratio * n_real / n_fake)
        return trial.array(trial.call(quantity, logits, n_real, n_fake), (d,)), logits

    with trial.part(1, "batches with as many real as generated images"):
        result, logits = learnt(64, 64)
        answers = sigmoid(logits)
        trial.expect(
            result,
            right,
            within=1e-4,
            usual=(
                (
                    plain,
                    "This is the mean over the generated images, as they are. The real ones "
                    "have another distribution: what does D say of each image?",
                ),
                (
                    (answers * quantity).mean(axis=0),
                    "You weighted with the probabilities D. Which function of D is the ratio of "
                    "the densities?",
                ),
                (
                    (answers * quantity).sum(axis=0) / answers.sum(),
                    "You weighted with the probabilities D. Which function of D is the ratio of "
                    "the densities?",
                ),
                (
                    (quantity / ratio).mean(axis=0),
                    "The ratio is turned round: images that look real should count more.",
                ),
                (
                    (quantity / ratio).sum(axis=0) / (1 / ratio).sum(),
                    "The ratio is turned round: images that look real should count more.",
                ),
                (
                    (logits * quantity).mean(axis=0),
                    "You weighted with the logits. They are logarithms of what you need.",
                ),
                (n * right, "You added up the images. An expectation is a mean."),
                (
                    np.full(d, right.mean()),
                    "You took one mean over all quantities; they stay apart.",
                ),
            ),
            otherwise="With as many real as generated images in a batch it is not right. How does "
            "a mean over p_g become one over p_data?",
        )
    with trial.part(2, "batches with more of one kind"):
        for n_real, n_fake in ((96, 32), (40, 100)):
            result, _ = learnt(n_real, n_fake)
            share = n_real / n_fake
            trial.expect(
                result,
                right,
                within=1e-4,
                usual=(
                    (
                        right * share,
                        f"With {n_real} real and {n_fake} generated images in a batch, D says "
                        f"'real' more {'often' if share > 1 else 'rarely'}, and your weights take "
                        "that over.",
                    ),
                    (
                        right * share**2,
                        "You corrected for the unequal numbers in the wrong direction.",
                    ),
                    (
                        right * share * n_real / (n_real + n_fake),
                        "The correction is not the share of the real images. Write down the logit "
                        "of D for such batches.",
                    ),
                    (
                        right * n_real / (n_real + n_fake),
                        "The correction is not the share of the generated images. Write down the "
                        "logit of D for such batches.",
                    ),
                ),
                otherwise=f"With {n_real} real and {n_fake} generated images in a batch it is not "
                "right. Write down D for such batches, and its logit.",
            )
        for n_real, n_fake in ((100_000, 1), (1, 10**9)):
            result, logits = learnt(n_real, n_fake)
            trial.expect(
                result,
                right,
                within=1e-4,
                otherwise=f"With {n_real} real images for {n_fake} generated, where logits lie "
                f"about {logits.mean():.0f}, it is not right. Does something clip them, or round "
                "D to 0 or 1? e^l needs no D.",
            )
