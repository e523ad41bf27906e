"""Adversarial losses, as plain functions.

A loss is a pair of functions of logits, the discriminator's outputs before any sigmoid:

>>> import keras
>>> loss = get("non_saturating")
>>> float(loss.generator(None, ops.zeros((4, 1)))) == float(ops.log(2.0))
True

Each is a mean over the batch and a float32 scalar, whatever the precision of the networks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

from ganlib.support.logits import logits_of, may_be_alike, need_real

__all__ = ["LOSSES", "AdversarialLoss", "get", "register"]

Tensor = Any


@dataclass(frozen=True)
class AdversarialLoss:
    """What each player minimises.

    Attributes:
        name: the name that ``get`` knows it by.
        discriminator: ``(real_logits, fake_logits)`` to a float32 scalar.
        generator: ``(real_logits, fake_logits)`` to a float32 scalar; ``real_logits`` may be None
            unless ``generator_needs_real``.
        generator_needs_real: whether the generator's loss looks at real logits too.
        won_below: a discriminator loss that stays below this means that the discriminator tells all
            real from all generated samples; None where the loss has no lower bound.
        source: where the loss comes from.
    """

    name: str
    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor | None, Tensor], Tensor]
    source: str
    generator_needs_real: bool = False
    won_below: float | None = None


def _two_terms(
    name: str, on_real: Callable, on_fake: Callable
) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean of ``on_real`` over real logits plus the mean of ``on_fake`` over generated ones."""

    def discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        need_real(real_logits, f"The discriminator's {name} loss")
        real_logits, fake_logits = logits_of(real_logits, fake_logits)
        return ops.mean(on_real(real_logits)) + ops.mean(on_fake(fake_logits))

    return discriminator


def _one_term(on_fake: Callable) -> Callable[[Tensor | None, Tensor], Tensor]:
    def generator(real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        return ops.mean(on_fake(logits_of(fake_logits)[0]))

    return generator


def _paired(sign: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean of softplus(−sign · (real − fake)) over pairs."""

    def loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        need_real(real_logits, "The relativistic loss")
        real_logits, fake_logits = logits_of(real_logits, fake_logits)
        if not may_be_alike(real_logits.shape, fake_logits.shape):
            raise ValueError(
                f"The relativistic loss compares in pairs, but there are real logits of shape "
                f"{tuple(real_logits.shape)} and generated ones of shape "
                f"{tuple(fake_logits.shape)}. Draw as many latents as there are real samples."
            )
        return ops.mean(ops.softplus(-sign * (real_logits - fake_logits)))

    return loss


# −log σ(l) = softplus(−l) and −log(1 − σ(l)) = softplus(l), without overflow for any l.
_cross_entropy = _two_terms("cross-entropy", lambda logits: ops.softplus(-logits), ops.softplus)

LOSSES: dict[str, AdversarialLoss] = {
    loss.name: loss
    for loss in (
        AdversarialLoss(
            "minimax",
            _cross_entropy,
            _one_term(lambda logits: -ops.softplus(logits)),
            "Goodfellow et al. 2014, arXiv 1406.2661, eq. 1: G minimises log(1 − D(G(z)))",
            won_below=0.02,
        ),
        AdversarialLoss(
            "non_saturating",
            _cross_entropy,
            _one_term(lambda logits: ops.softplus(-logits)),
            "Goodfellow et al. 2014, arXiv 1406.2661, section 3: G minimises −log D(G(z))",
            won_below=0.02,
        ),
        AdversarialLoss(
            "least_squares",
            _two_terms(
                "least-squares",
                lambda logits: 0.5 * (logits - 1) ** 2,
                lambda logits: 0.5 * logits**2,
            ),
            _one_term(lambda logits: 0.5 * (logits - 1) ** 2),
            "Mao et al. 2017, arXiv 1611.04076, eq. 9: targets 0, 1 and 1",
            won_below=0.005,
        ),
        AdversarialLoss(
            "wasserstein",
            _two_terms("Wasserstein", lambda logits: -logits, lambda logits: logits),
            _one_term(lambda logits: -logits),
            "Arjovsky et al. 2017, arXiv 1701.07875; needs a penalty or spectral normalisation",
        ),
        AdversarialLoss(
            "hinge",
            _two_terms(
                "hinge", lambda logits: ops.relu(1 - logits), lambda logits: ops.relu(1 + logits)
            ),
            _one_term(lambda logits: -logits),
            "Lim & Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957, eq. 16 and 17",
            won_below=0.02,
        ),
        AdversarialLoss(
            "relativistic",
            _paired(+1.0),
            _paired(-1.0),
            "Jolicoeur-Martineau 2019, arXiv 1807.00734; as in Huang et al. 2024 (R3GAN), "
            "arXiv 2501.05441, section 2",
            generator_needs_real=True,
            won_below=0.01,
        ),
    )
}


# 0.9 · softplus(−l) + 0.1 · softplus(l) = softplus(−l) + 0.1 · l; its least value is the entropy of
# the target, 0.325.
_SMOOTHED = AdversarialLoss(
    "smoothed",
    _two_terms("smoothed", lambda logits: ops.softplus(-logits) + 0.1 * logits, ops.softplus),
    _one_term(lambda logits: ops.softplus(-logits)),
    "Salimans et al. 2016, arXiv 1606.03498, section 3.4: one-sided label smoothing. Real samples "
    "have the target 0.9 in the place of 1, so that D has nothing to gain from logits above 2.2",
    won_below=0.345,
)
_REGISTERED: dict[str, AdversarialLoss] = {_SMOOTHED.name: _SMOOTHED}


def register(loss: AdversarialLoss) -> AdversarialLoss:
    """Register a loss of your own by name, so that files of a GAN that uses it can be read again.

    Call this before ``keras.saving.load_model``, also in a program that only reads the file. A
    name that was registered before gets the new loss, as when a notebook's cell is run again.

    Raises:
        TypeError: it is no ``AdversarialLoss``.
        ValueError: its name is one of ``LOSSES``, or it does not return one number.

    >>> only_fake = AdversarialLoss(
    ...     "only_fake",
    ...     discriminator=lambda real, fake: ops.mean(ops.softplus(fake)),
    ...     generator=lambda real, fake: ops.mean(ops.softplus(-fake)),
    ...     source="an example",
    ... )
    >>> get(register(only_fake).name) is only_fake
    True
    """
    if not isinstance(loss, AdversarialLoss):
        raise TypeError(f"The loss is {loss!r}, but must be a ganlib.losses.AdversarialLoss.")
    if loss.name in LOSSES:
        raise ValueError(f"The name {loss.name!r} belongs to a loss of the course: take another.")
    logits = ops.zeros((2, 1))
    for player, value in (
        ("discriminator", loss.discriminator(logits, logits)),
        ("generator", loss.generator(logits if loss.generator_needs_real else None, logits)),
    ):
        if tuple(ops.shape(value)) != ():
            raise ValueError(
                f"The {player}'s part of {loss.name!r} returns shape {tuple(ops.shape(value))}, "
                "but must return one number: the mean over the batch."
            )
    _REGISTERED[loss.name] = loss
    return loss


def get(name: str | AdversarialLoss) -> AdversarialLoss:
    """The loss of that name.

    Args:
        name: one of ``LOSSES``: "minimax", "non_saturating", "least_squares", "wasserstein",
            "hinge", "relativistic"; "smoothed", which is non_saturating with one-sided label
            smoothing; or one that was registered. A loss itself is registered.

    Raises:
        ValueError: unknown name; the message lists the known ones.
    """
    known = {**LOSSES, **_REGISTERED}
    if isinstance(name, AdversarialLoss):
        return name if known.get(name.name) is name else register(name)
    if name not in known:
        raise ValueError(
            f"There is no loss {name!r}. Known losses: {', '.join(known)}. One of your own is made "
            "known by ganlib.losses.register."
        )
    return known[name]
