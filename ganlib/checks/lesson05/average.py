"""The running average of G's weights."""

from typing import Any

import numpy as np

from ganlib.checks.lesson05.players import in_a_row, network_of, on_cpu
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["average"]


@task(
    points=2,
    hints=(
        "In Python, averages = generator.weights does not copy anything: it is another name for "
        "the same variables. What is γ m + (1 − γ) w if m is w?",
        "generator.get_weights() returns copies, as NumPy arrays. Begin with such copies, and "
        "change the copies after each round.",
    ),
)
def average(trial: Trial) -> None:
    """The running average of G's weights over some rounds."""
    for units, rounds, decay, what in (
        ((2, 3), 6, 0.8, "the average over six rounds"),
        ((2, 4, 1), 2, 0.55, "a network with batch norm, and other numbers"),
    ):
        with trial.part(1, what), on_cpu():
            _one_average(trial, units, rounds, decay)


class _Rounds:
    """A game whose rounds give G weights that are known beforehand."""

    def __init__(self, rng: np.random.Generator, generator: Any, rounds: int):
        self.generator, self.rounds, self.played = generator, rounds, 0
        self.path = [generator.get_weights()]
        for _ in range(rounds):
            self.path.append(
                [rng.normal(0, 1, each.shape).astype("float32") for each in self.path[0]]
            )
        self.flat = np.stack([in_a_row(weights) for weights in self.path])

    def play(self) -> None:
        """One round."""
        self.look()
        if self.played == self.rounds:
            raise Wrong(f"You play more than {self.rounds} rounds, though rounds is {self.rounds}.")
        self.played += 1
        self.generator.set_weights(self.path[self.played])

    def look(self) -> None:
        """Complains if somebody else has changed G."""
        now = in_a_row(self.generator.get_weights())
        if not np.allclose(now, self.flat[self.played], rtol=0, atol=1e-5):
            raise Wrong(
                "G's weights are no longer what the last round has left. The average is kept "
                "beside the game, and the game does not notice."
            )


def _one_average(trial: Trial, units: tuple[int, ...], rounds: int, decay: float) -> None:
    generator = network_of(trial.rng, *units, norm=len(units) > 2)
    game = _Rounds(trial.rng, generator, rounds)
    result = trial.call(generator, game.play, rounds, decay)
    if hasattr(result, "get_weights"):
        result = result.get_weights()
    start, flat = game.path[0], game.flat
    moving = {id(weight) for weight in generator.trainable_variables}
    trained = np.concatenate(
        [np.full(weight.shape, id(weight) in moving).ravel() for weight in generator.weights]
    )
    if isinstance(result, (list, tuple)) and len(result) == len(
        generator.trainable_variables
    ) != len(start):
        raise Wrong(
            f"It returns {len(result)} arrays, and generator.get_weights() has {len(start)}: the "
            "running statistics of batch norm are missing. The task asks for every array."
        )
    if not isinstance(result, (list, tuple)) or len(result) != len(start):
        raise Wrong(
            "It should return a list with an array for each array of generator.get_weights()."
        )
    answer = in_a_row(
        [
            trial.array(each, weight.shape, f"array {number} of the result")
            for number, (each, weight) in enumerate(zip(result, start, strict=True), start=1)
        ]
    )
    if game.played != rounds:
        raise Wrong(f"rounds is {rounds}, but play() was called {game.played} times.")
    game.look()
    trial.expect(
        answer,
        _running(flat, decay),
        within=1e-5,
        usual=(
            (
                _warmed_up(flat, decay),
                "Your γ is smaller in the first rounds, as in the lesson's warm-up. The task asks "
                "for the same γ in every round.",
            ),
            *(
                (
                    np.where(trained, _running(flat, decay), still),
                    "What is trained is averaged, the running statistics of batch norm are not. "
                    "generator.get_weights() has both.",
                )
                for still in (flat[0], flat[-1])
                if not trained.all()
            ),
            (
                flat[-1],
                "This is G as it is after the last round, and no average. Do your averages and "
                "G's weights share their memory?",
            ),
            (
                flat[0],
                "This is G as it was before the first round. Does the average change after each "
                "round, and is the changed one returned?",
            ),
            (
                _running(flat, 1 - decay),
                "γ and 1 − γ have changed places: your average hardly remembers anything.",
            ),
            (
                _running(np.concatenate([0 * flat[:1], flat[1:]]), decay),
                "Your average begins with 0. It begins with the weights that G has before the "
                "first round.",
            ),
            (
                _running(flat[1:], decay),
                "Your average begins with the weights after the first round. Did you take them "
                "after it, or before it without a copy? generator.weights are G's own variables, "
                "and have changed since. It begins with those before it.",
            ),
            (
                _running(flat[:-1], decay),
                "Your average is one round late: it takes up the weights before a round is "
                "played, and misses the last round.",
            ),
            (
                flat.mean(axis=0),
                "This is the plain mean of all weights. A running average gives later rounds more "
                "weight.",
            ),
            (
                flat[1:].mean(axis=0),
                "This is the plain mean of the weights after the rounds. A running average gives "
                "later rounds more weight.",
            ),
            (
                _sum(flat, decay, 1.0),
                "The weights of the round are added without the factor 1 − γ, so the average "
                "grows too large.",
            ),
            (_sum(flat, 1.0, 1 - decay), "The old average is kept whole, without the factor γ."),
            (
                decay * flat[0] + (1 - decay) * flat[-1],
                "Only the last round is in it: each round you begin again with the weights before "
                "the first one.",
            ),
        ),
        otherwise="The average is not right. Write down what it is after one round and after two.",
    )


def _running(flat: np.ndarray, decay: float) -> np.ndarray:
    return _sum(flat, decay, 1 - decay)


def _warmed_up(flat: np.ndarray, decay: float) -> np.ndarray:
    answer = flat[0]
    for step, now in enumerate(flat[1:]):
        gamma = min(decay, (1 + step) / (10 + step))
        answer = gamma * answer + (1 - gamma) * now
    return answer


def _sum(flat: np.ndarray, old: float, new: float) -> np.ndarray:
    answer = flat[0]
    for now in flat[1:]:
        answer = old * answer + new * now
    return answer
