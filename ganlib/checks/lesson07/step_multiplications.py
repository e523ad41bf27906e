"""The multiplications of a training step."""

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["step_multiplications"]


@task(
    points=2,
    hints=(
        "Write the lesson's table again in two parts: what happens in each of D's updates, and "
        "what happens once, in G's update.",
        "In each of D's updates G draws once; D looks at two images and goes back for both, its "
        "first layer for the weights alone. All this happens d_steps times.",
        "G's update draws nothing: D goes forward once and back to the image once, G goes back "
        "twice, less its first layer once.",
    ),
)
def step_multiplications(trial: Trial) -> None:
    """Multiplications of a step in which D is updated several times, for one image."""
    for k in (1, int(trial.rng.integers(4, 7))):
        g, d = trial.rng.integers(400, 9000, 4), trial.rng.integers(400, 9000, 3)
        what = "several updates of D" if k > 1 else "a single update of D, as in the lesson"
        with trial.part(1, what):
            answer = trial.number(trial.call(g, d, k), "the count")
            if answer != (k + 2) * g.sum() + (6 * k + 2) * d.sum() - g[0] - 2 * k * d[0]:
                # Layers so different that the sum shows how often each was counted.
                unit = 1000
                count = trial.number(
                    trial.call(np.array([1, unit]), np.array([unit**2, unit**3]), k), "the count"
                )
                raise Wrong(_about_step(k, [int(count) // unit**n % unit for n in range(4)]))
    if not trial.failed:
        print(
            "  In the lesson's networks, five updates of D take 1,061 million multiplications in "
            "place of 300 million: 3.5 times as many, not 5."
        )


def _about_step(k: int, digits: list[int]) -> str:
    """What is wrong, from how often G's first layer, its rest, D's first and its rest
    were counted.
    """
    passes_g, passes_d = digits[1], digits[3]
    spared_g, spared_d = passes_g - digits[0], passes_d - digits[2]
    of_g = {
        3 * k: "G is updated only once in a step, so it does not go back each time.",
        3: "Each of D's updates has new generated images: G draws every time.",
        k + 3: "You drew images once more for G's update. It takes those of D's last update.",
        k: "G goes back as well, in its own update.",
        k + 1: "G goes back once for its weights and once for what lies between its layers.",
    }
    of_d = {
        8 * k: "D looks at images for G's update only once in a step.",
        8: "D is updated d_steps times.",
        6 * k + 3: "In G's update nobody needs the gradients of D's weights.",
        6 * k: "In G's update the new D looks at the image, and then goes back to it.",
        6 * k + 1: "In G's update the new D looks at the image, and then goes back to it.",
        3 * k + 2: "D is updated on two images, a real and a generated one.",
    }
    if (passes_g, passes_d) == (3, 8) and k > 1:
        return "This is the step with a single update of D: d_steps changes nothing."
    if (passes_g, passes_d) == (3 * k, 8 * k) and k > 1:
        return "You repeated the whole step d_steps times. G is updated only once."
    if passes_g != k + 2:
        more = of_g.get(passes_g, "Which of them draw, and which go back?")
        return f"With d_steps={k} you go {passes_g} times through G. {more}"
    if passes_d != 6 * k + 2:
        more = of_d.get(passes_d, "Which look at an image, and which go back?")
        return f"With d_steps={k} you go {passes_d} times through D. {more}"
    if (spared_g, spared_d) == (0, 0):
        return "Both first layers go all the way back. Who asks for the gradients behind them?"
    if spared_g != 1:
        return (
            "The passes are right, but not what G's first layer saves: the gradient with "
            "respect to the latents is not needed, and G goes back once in a step."
        )
    if spared_d == 2 * k:
        return (
            "The count is right for some networks and not for others. Does it use all of g and d?"
        )
    more = {
        0: "in D's updates nobody asks for the gradient with respect to the images.",
        2: "it saves work in each of D's updates.",
        k: "it saves work for the real and for the generated image.",
        2 * k + 1: "in G's update it goes all the way back, or G would learn nothing.",
    }
    what = more.get(spared_d, "when does somebody ask for the gradient with respect to an image?")
    return f"The passes are right, but not what D's first layer saves: {what}"
