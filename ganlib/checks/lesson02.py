"""The tasks of exercise 02: V, the best D, the Jensen-Shannon divergence, slopes, a game by hand."""

import numpy as np

from ganlib.checks.core import Trial, Wrong, task

__all__ = [
    "best_discriminator",
    "game",
    "generator_slopes",
    "jensen_shannon",
    "three_points",
    "value",
]


@task(
    points=2,
    hints=(
        "V is a sum of two expectations, one over real and one over generated samples. What is an "
        "expectation of a sample?",
        "For real samples D should be high: log D. For generated samples D should be low: log(1 − D).",
        "np.log(d_real) is an array; its mean is the first term. The second has d_fake in it.",
    ),
)
def value(trial: Trial) -> None:
    """V(D, G) from D's answers, probabilities, on a real and on a generated batch."""
    for n_real, n_fake, what in (
        (4, 4, "a discriminator that always says one half has −log 4"),
        (70, 50, "V of any other discriminator"),
    ):
        half = n_real == 4
        d_real = np.full(n_real, 0.5) if half else trial.rng.uniform(0.3, 0.95, n_real)
        d_fake = np.full(n_fake, 0.5) if half else trial.rng.uniform(0.05, 0.6, n_fake)
        found = trial.number(trial.call(d_real, d_fake), "V")
        real, fake = np.log(d_real), np.log(1 - d_fake)
        right = real.mean() + fake.mean()
        trial.expect(
            found,
            right,
            usual=(
                (-right, "The sign is turned round: this is D's loss −V. D wants a high V."),
                (
                    right / 2,
                    "Half of V. That is a mean over both classes; V adds two expectations.",
                ),
                (-right / 2, "This is the binary cross-entropy, −V/2."),
                (real.sum() + fake.sum(), "You added up the samples. An expectation is a mean."),
                (
                    np.concatenate([real, fake]).mean(),
                    "You took one mean over both batches together; V adds two expectations.",
                ),
                (
                    real.mean() + np.log(d_fake).mean(),
                    "For generated samples you took log D. Which probability does D give to the right "
                    "answer, 'generated'?",
                ),
                (
                    np.log(1 - d_real).mean() + np.log(d_fake).mean(),
                    "Real and generated samples have changed places (or their labels).",
                ),
                (
                    np.log(d_real.mean()) + np.log(1 - d_fake.mean()),
                    "You took the logarithm of a mean. V is the mean of logarithms.",
                ),
                (
                    np.log10(d_real).mean() + np.log10(1 - d_fake).mean(),
                    "This has logarithms with base 10; V has natural ones.",
                ),
                (
                    np.log2(d_real).mean() + np.log2(1 - d_fake).mean(),
                    "This has logarithms with base 2; V has natural ones.",
                ),
            ),
            otherwise="V is not right. Compare with the definition: one mean for each batch, added.",
        )
        trial.award(1, what)


@task(
    points=3,
    hints=(
        "At each x, maximise a log d + b log(1 − d) over d. Where is the derivative 0?",
        "D* is the share of the real density in both together.",
        "Where both densities are 0, the quotient is 0/0. Compute there with another denominator and "
        "put ½ afterwards, for example with np.where.",
    ),
)
def best_discriminator(trial: Trial) -> None:
    """D* at the places of a grid, ½ where both densities are 0."""
    p_data = trial.rng.uniform(0.1, 2.0, 40)
    p_g = trial.rng.uniform(0.1, 2.0, 40)
    right = p_data / (p_data + p_g)
    found = trial.array(trial.call(p_data, p_g), (40,), "D*")
    trial.expect(
        found,
        right,
        usual=(
            (
                1 - right,
                "This is high where p_g is high. D says how probable it is that x is real.",
            ),
            (p_data / p_g, "This is the ratio of the densities. D* is a probability, below 1."),
            (np.log(p_data / p_g), "This is the logit of D*. Asked for is the probability."),
            (right / right.sum(), "At each x the two probabilities add to 1, not over all x."),
            (
                p_data / (p_data + p_g) / 2,
                "Half of D*. The density of the urn is (p_data + p_g)/2.",
            ),
        ),
        otherwise="D* is not right where both densities are above 0. Derive it again at one x, with "
        "a = p_data(x) and b = p_g(x).",
    )
    thin = np.array([1e-9, 3e-30, 2e-12]), np.array([3e-9, 1e-30, 2e-12])
    trial.expect(
        trial.array(trial.call(*thin), (3,), "D*"),
        np.array([0.25, 0.75, 0.5]),
        within=1e-6,
        otherwise="Where both densities are small but not 0, such as 1e-9 and 3e-9, D* is not right: it "
        "is a ratio, and small numbers have ratios too.",
    )
    trial.award(1, "D* where both densities are above 0, however small")

    p_data, p_g = np.array([0.0, 0.7, 0.0, 1.2]), np.array([0.4, 0.0, 0.9, 1.2])
    found = trial.array(trial.call(p_data, p_g), (4,), "D*")
    trial.expect(
        found,
        np.array([0.0, 1.0, 0.0, 0.5]),
        within=1e-6,
        otherwise="Where one density is 0, D* is not right: there D is sure.",
    )
    trial.award(1, "0 and 1 where one of the densities is 0")

    p_data, p_g = np.array([0.0, 0.3, 0.0]), np.array([0.0, 0.1, 0.0])
    result = np.asarray(trial.call(p_data, p_g), np.float64)
    if np.isnan(result).any():
        raise Wrong("Where both densities are 0 your D* is NaN (0/0). The task asks for ½ there.")
    trial.expect(
        result,
        np.array([0.5, 0.75, 0.5]),
        within=1e-6,
        otherwise="Where both densities are 0 the task asks for ½, and for no change elsewhere.",
    )
    trial.call_without_warning(
        "np.where computes both of its branches everywhere, so 0/0 is divided before it chooses. See "
        "hint 3.",
        p_data,
        p_g,
    )
    trial.award(1, "½ where both densities are 0")


def _kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0.0).sum(axis=-1)


def _jsd(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    m = (p + q) / 2
    return (_kl(p, m) + _kl(q, m)) / 2


@task(
    points=4,
    hints=(
        "m = (p + q)/2, then the mean of KL(p‖m) and KL(q‖m). Write a function for KL first.",
        "Where p is 0, p log(p/m) counts as 0. NumPy makes NaN of 0 · log 0: replace those places.",
        "For many pairs at once, add up over the last axis only: sum(axis=-1).",
    ),
)
def jensen_shannon(trial: Trial) -> None:
    """The JSD of two discrete distributions, over the last axis, in nats."""
    p, q = (trial.rng.dirichlet(np.ones(6)) for _ in range(2))
    m = (p + q) / 2
    right = float(_jsd(p, q))
    found = trial.number(trial.call(p, q), "the JSD")
    trial.expect(
        found,
        right,
        within=1e-6,
        usual=(
            (2 * right, "This is twice the JSD. It is the mean of two divergences, not their sum."),
            (np.sqrt(right), "This is the root of the JSD, which is a distance; SciPy's function of "
             "a similar name returns it."),
            (right / np.log(2), "This has logarithms with base 2; the task asks for nats."),
            (-right, "The sign is turned round. KL(p‖m) is the sum of p log(p/m)."),
            (_kl(p, q), "This is KL(p‖q). Where is the mixture m?"),
            ((_kl(p, q) + _kl(q, p)) / 2, "This is the mean of KL(p‖q) and KL(q‖p). The JSD compares "
             "both with their mixture m."),
            (right - np.log(2), "It is too small by log 2. Is m half of the sum of p and q?"),
            ((_kl(m, p) + _kl(m, q)) / 2, "KL has its arguments exchanged: it is KL(p‖m), not KL(m‖p)."),
            (_kl(p, m), "This is one of the two halves, KL(p‖m)."),
            (right / 6, "You took a mean over the outcomes. A divergence adds them up."),
        ),
        otherwise="The JSD of two distributions without zeros is not right.",
    )  # fmt: skip
    trial.award(1, "two distributions on six outcomes")

    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.0, 1.0])
    result = np.asarray(trial.call(p, q), np.float64)
    if np.isnan(result).any():
        raise Wrong("With zeros it is NaN: 0 · log 0 must count as 0.")
    if np.isinf(result).any():
        raise Wrong(
            "With zeros it is infinite, but the JSD never exceeds log 2: m is 0 only where both are."
        )
    trial.expect(
        trial.number(result, "the JSD"),
        np.log(2),
        within=1e-6,
        otherwise="Two distributions that nowhere overlap should have the JSD log 2.",
    )
    trial.expect(
        trial.number(trial.call(p, p), "the JSD"),
        0.0,
        within=1e-9,
        otherwise="A distribution and itself should have the JSD 0.",
    )
    trial.award(2, "zeros: log 2 without overlap, 0 for equal ones")

    p, q = (trial.rng.dirichlet(np.ones(4), size=(5,)) for _ in range(2))
    right = _jsd(p, q)
    result = trial.array(trial.call(p, q), what="the JSD of five pairs")
    if result.shape == ():
        raise Wrong(
            "For five pairs of distributions, arrays (5, 4), it returns one number. Add up over the last "
            "axis alone, so that five remain."
        )
    trial.expect(
        trial.array(result, (5,), "the JSD of five pairs"),
        right,
        within=1e-6,
        otherwise="For five pairs at once, arrays (5, 4), it is not right. Which axis is added up?",
    )
    trial.award(1, "five pairs at once")


@task(
    points=3,
    hints=(
        "Differentiate log(1 − σ(l)) and −log σ(l) in l. You need σ' = σ (1 − σ).",
        "The slopes are −σ(l) and −(1 − σ(l)).",
        "For large |l|, e^l overflows. np.tanh does not: σ(l) = (1 + tanh(l/2))/2. Or clip l at ±50.",
    ),
)
def generator_slopes(trial: Trial) -> None:
    """Slopes of G's two losses in the logit: two arrays like the logits."""
    logits = trial.rng.normal(0, 2, 30)
    d = 1 / (1 + np.exp(-logits))
    minimax, other = _pair(trial, logits)
    trial.expect(
        minimax,
        -d,
        usual=(
            (d, "The slope of the minimax loss has the wrong sign: the loss falls when the logit rises."),
            (-(1 - d), "This is the slope of the other loss: the two have changed places."),
            (-1 / (1 - d), "This is the slope of log(1 − D) in D. Asked for is the slope in the logit: "
             "the chain rule adds the factor σ'(l)."),
            (-d / 30, "You divided by the number of logits. Each loss is that of one sample."),
        ),
        otherwise="The slope of log(1 − σ(l)) is not right. Differentiate it step by step.",
    )  # fmt: skip
    trial.award(1, "minimax loss")
    trial.expect(
        other,
        -(1 - d),
        usual=(
            (1 - d, "The slope of −log D has the wrong sign: the loss falls when the logit rises."),
            (-1 / d, "This is the slope of −log D in D. Asked for is the slope in the logit."),
            (-d, "This is the slope of the minimax loss."),
            (
                -(1 - d) / 30,
                "You divided by the number of logits. Each loss is that of one sample.",
            ),
        ),
        otherwise="The slope of −log σ(l) is not right. Differentiate it step by step.",
    )
    trial.award(1, "non-saturating loss")
    minimax, other = _pair(trial, np.array([-800.0, 800.0]))
    trial.expect(
        np.stack([minimax, other]),
        np.array([[0.0, -1.0], [-1.0, 0.0]]),
        within=1e-6,
        otherwise="At logits of ±800 the slopes are not right.",
    )
    trial.call_without_warning(
        "e^800 overflowed on the way: see hint 3.", np.array([-800.0, 800.0])
    )
    trial.award(1, "logits of ±800, where e^l overflows")


def _pair(trial: Trial, logits: np.ndarray) -> list[np.ndarray]:
    result = trial.call(logits)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("It should return two arrays: return minimax, non_saturating.")
    names = ("the slope of the minimax loss", "the slope of the non-saturating loss")
    return [trial.array(each, logits.shape, name) for each, name in zip(result, names, strict=True)]


def game(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The distributions of the task ``three_points`` for one class: what they say, and p_data, p_g."""
    p_data, p_g = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.8, 0.0])
    if seed:
        rng = np.random.default_rng(seed)
        p_data = rng.permutation([0.2, 0.3, 0.5])
        share = rng.choice([0.1, 0.4, 0.6, 0.9])  # never equal to p_data(0)
        p_g = np.array([share, 1 - share, 0.0])
    for name, p in (("p_data", p_data), ("p_g   ", p_g)):
        print(name, " ", "  ".join(f"{point}: {share:.3f}" for point, share in enumerate(p)))
    return p_data, p_g


@task(
    points=3,
    hints=(
        "At each point, D* = p_data / (p_data + p_g). At the third point p_g is 0.",
        "V(D*, G) is the sum over the three points of p_data log D* + p_g log(1 − D*); a term with "
        "probability 0 counts as 0.",
    ),
)
def three_points(trial: Trial) -> None:
    """D*, V and the JSD of the small game of a class, as a dictionary."""
    p, q = trial.of_class(game)
    keys = ("D(0)", "D(1)", "D(2)", "V", "JSD")
    answer = trial.dictionary(trial.call(), keys)
    found = {key: trial.number(answer[key], key) for key in keys}
    best = p / (p + q)
    for point in range(3):
        key, right = f"D({point})", best[point]
        trial.expect(
            found[key],
            right,
            within=0.006,
            usual=(
                (1 - right, f"{key} is 1 − D* there."),
                (0.5, f"{key} is ½ only where both are equally likely."),
                (p[point] / q[point] if q[point] else 2.0, f"{key} is the ratio, not the share."),
            ),
            otherwise=f"{key} is not right. What is the share of p_data in both together there?",
        )
    trial.award(1, "D* at the three points")
    jsd = float(_jsd(p, q))
    right = -np.log(4) + 2 * jsd
    trial.expect(
        found["V"],
        right,
        within=0.006,
        usual=(
            (
                np.log(best).mean() + np.log(1 - best[:2]).mean(),
                "You took plain means: each point counts with its probability.",
            ),
            (-np.log(4), "−log 4 would be V if p_g were equal to p_data."),
            (-right, "V is never above 0: it adds logarithms of probabilities."),
            (right / 2, "This is V/2."),
            (right / np.log(2), "This has logarithms with base 2."),
            (
                np.log(best).sum() + np.log(1 - best[:2]).sum(),
                "You left out the probabilities: V adds p_data log D* + p_g log(1 − D*).",
            ),
        ),
        otherwise="V is not right. Add p_data log D* + p_g log(1 − D*) over the three points.",
    )
    trial.award(1, "V of the best D")
    trial.expect(
        found["JSD"],
        jsd,
        within=0.006,
        usual=(
            (2 * jsd, "This is twice the JSD."),
            (jsd / np.log(2), "This is in bits, not nats."),
        ),
        otherwise="The JSD is not right. V(D*, G) = −log 4 + 2 JSD gives it without any sum.",
    )
    trial.award(1, "the JSD")
