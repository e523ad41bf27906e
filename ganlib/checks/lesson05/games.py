"""Which table belongs to which game, and a fifth one by hand."""

import numpy as np

from ganlib.checks.lesson05.recorded import NOT_THIS, RECORDED, games_of_class
from ganlib.checks.other_class import expect_own_class
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["games"]


@task(
    points=4,
    hints=(
        "The tables: what is the L_D of a D that cannot tell, of one that can, and of one that "
        "is wrong? A D that never learns can be deceived without end. A G that never learns "
        "covers nothing.",
        "The fifth game: on a drawn mode real points have the density b/k, with k modes. G's "
        "points on modes are 1 − s of all, spread over m modes. D* is the share of the real ones "
        "in both.",
        "L_D: a share m/k of the real points costs −log D*, the rest costs nothing. A share 1 − s "
        "of the generated ones costs −log(1 − D*); what do those on bridges cost, where D* = 0?",
    ),
)
def games(trial: Trial) -> None:
    """Which table belongs to which game, and what the best D does in a fifth one."""
    tables, k, m, s = games_of_class(trial.seed)
    letters = "ABCD"
    answer = trial.dictionary((*letters, "best D", "L_D", "JSD"))
    expect_own_class(trial, answer, _right)
    names = {name.lower(): name for name in RECORDED}
    given = {letter: " ".join(str(answer.get(letter)).split()).lower() for letter in letters}
    for letter, (name, _) in zip(letters, tables, strict=True):
        with trial.part(0.5, f"table {letter}"):
            trial.entry(answer, letter)
            if given[letter] not in names:
                raise Wrong(f"It says {given[letter][:30]!r}. The games are {', '.join(RECORDED)}.")
            claimed = names[given[letter]]
            if list(given.values()).count(given[letter]) > 1:
                raise Wrong("Two tables have the same game. Each game has at most one table.")
            if claimed != name:
                raise Wrong(f"Table {letter} is not that of {claimed!r}. {NOT_THIS[claimed]}")

    best = m / (m + k * (1 - s))
    with trial.part(1, "the best D on a drawn mode"):
        trial.expect(
            trial.number(trial.entry(answer, "best D"), "best D"),
            best,
            within=0.0051,
            usual=(
                (m / (m + k), "You left out the bridges: G has only 1 − s of its points on modes."),
                (1 - best, "This is 1 − D*, the probability of 'generated'."),
                (
                    m / (m + k * s),
                    "You put the points of the bridges on the modes. On modes are the others.",
                ),
                (
                    1 / (2 - s),
                    "This would be right if G drew all modes. It draws m of k, so on each of "
                    "these m it has more.",
                ),
                (
                    k / (k + m * (1 - s)),
                    "k and m have changed places: which of the two densities is 1/k?",
                ),
                (0.5, "½ would be right if real and generated points were equally dense there."),
            ),
            otherwise="D* on a drawn mode is not right. How dense are real points there, how "
            "dense are generated ones?",
        )
    real, fake = -np.log(best), -np.log(1 - best)
    right = m / k * real + (1 - s) * fake
    without = m / (m + k)
    with trial.part(0.5, "its loss"):
        trial.expect(
            trial.number(trial.entry(answer, "L_D"), "L_D"),
            right,
            within=0.006,
            usual=(
                (
                    m / k * real + fake,
                    "The points on bridges are counted as if they lay on modes. What does the "
                    "best D say on a bridge, and what does that cost?",
                ),
                (
                    real + (1 - s) * fake,
                    "All real points are counted as if their modes were drawn. What does the best "
                    "D say on a mode that was left out?",
                ),
                (
                    real + fake,
                    "Every point counts as if it lay on a drawn mode. What do the others cost?",
                ),
                (-m / k * np.log(without) - np.log(1 - without), "This is L_D without bridges."),
                (
                    m / k * real + s * fake,
                    "s and 1 − s have changed places: s is the share on bridges.",
                ),
                (-right, "The sign is turned round: this is V."),
                (right / 2, "Half of L_D: it adds two means."),
                (
                    right / np.log(2),
                    "This has logarithms with base 2. The course has natural ones.",
                ),
                (
                    right / np.log(10),
                    "This has logarithms with base 10. The course has natural ones.",
                ),
                (np.log(4), "2 log 2 would be the loss if real and generated points were alike."),
            ),
            otherwise="L_D is not right. Go through the places: drawn modes, modes left out, "
            "bridges. Which share of the real and of the generated points lies there, and what "
            "does D* say?",
        )
    jsd = (np.log(4) - right) / 2
    with trial.part(0.5, "the divergence"):
        trial.expect(
            trial.number(trial.entry(answer, "JSD"), "JSD"),
            jsd,
            within=0.0051,
            usual=(
                (2 * jsd, "This is twice the JSD."),
                (jsd / np.log(2), "The JSD is in bits here, not in nats."),
                (-jsd, "A JSD is never below 0."),
                (
                    (np.log(2) - right) / 2,
                    "You began with log 2. What is the loss of the best D if there is nothing "
                    "to tell?",
                ),
                ((np.log(4) + right) / 2, "The sign of L_D is turned round: V is −L_D."),
            ),
            otherwise="The JSD is not right. For the best D, L_D = 2 log 2 − 2 JSD.",
        )


def _right(number: int) -> dict[str, float | str]:
    """What is right for a class."""
    tables, k, m, s = games_of_class(number)
    best = m / (m + k * (1 - s))
    loss = -m / k * np.log(best) - (1 - s) * np.log(1 - best)
    fifth = {"best D": best, "L_D": loss, "JSD": (np.log(4) - loss) / 2}
    return fifth | {letter: name for letter, (name, _) in zip("ABCD", tables, strict=True)}
