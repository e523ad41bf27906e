"""Which checks a table of an attack's results fails."""

from collections.abc import Mapping

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["suspicious"]

CHECKS = ("steps", "noise", "transfer", "squares", "unbounded")
SOUND = {
    "clean": 0.9,
    "noise": 0.88,
    "one step": 0.3,
    "many steps": 0.1,
    "transfer": 0.5,
    "squares": 0.2,
    "unbounded": 0.0,
}


@task(
    points=3,
    hints=(
        "The numbers are the victim's accuracies: a *smaller* one means a stronger attack.",
        "Four checks compare with many steps, which should be the strongest of those with the same "
        "ε. Noise, transfer and squares know less, and one step does less: none may leave a "
        "smaller accuracy.",
        "The fifth is that unbounded is 0. Begin with failed = set() and add names.",
    ),
)
def suspicious(trial: Trial) -> None:
    """The names of the checks that fail."""
    with trial.part(1, "a table without fault, and ties"):
        found = trial.call(dict.fromkeys(SOUND, 0.5) | {"many steps": 0.9})
        if isinstance(found, set | list | tuple | frozenset) and not found:
            raise Wrong("It finds no fault in a table where all five checks fail.")
        _expect(trial, {})
        _expect(trial, {"noise": 0.1, "one step": 0.1, "transfer": 0.1, "squares": 0.1})
        _expect(trial, dict.fromkeys(SOUND, 0.0))
    with trial.part(1, "one fault each"):
        _expect(trial, {"one step": 0.08})
        _expect(trial, {"noise": 0.09})
        _expect(trial, {"transfer": 0.05})
        _expect(trial, {"squares": 0.02})
        _expect(trial, {"unbounded": 0.01})
    with trial.part(1, "several faults, as a hidden gradient makes them"):
        hidden = {"one step": 0.9, "many steps": 0.9, "unbounded": 0.9}
        _expect(trial, hidden)
        _expect(trial, {**hidden, "many steps": 0.95})
        for _ in range(20):
            _expect(trial, {name: round(trial.rng.random(), 2) for name in SOUND})


def _expect(trial: Trial, change: Mapping[str, float]) -> None:
    accuracy = {**SOUND, **change}
    answer = trial.call(dict(accuracy))
    if isinstance(answer, str) or not isinstance(answer, set | list | tuple | frozenset):
        raise Wrong("It should return a set of names, for example {'steps', 'noise'} or set().")
    unknown = {str(name) for name in answer} - {*CHECKS}
    if unknown:
        raise Wrong(
            f"{sorted(unknown)[0]!r} is no name of a check. The names are: {', '.join(CHECKS)}."
        )
    answer, most = set(answer), accuracy["many steps"]
    weaker = {"steps": "one step", "noise": "noise", "transfer": "transfer", "squares": "squares"}
    right = {name for name, key in weaker.items() if accuracy[key] < most}
    turned = {name for name, key in weaker.items() if accuracy[key] > most}
    ties = {name for name, key in weaker.items() if accuracy[key] == most}
    if accuracy["unbounded"] > 0:
        right.add("unbounded")
        turned.add("unbounded")
    if answer == right:
        return
    if answer == turned and turned - {"unbounded"}:
        raise Wrong(
            "The comparisons are the wrong way round. A smaller accuracy is a stronger attack, and "
            "a weaker attack must not leave a smaller one than many steps."
        )
    if answer == right | ties:
        raise Wrong("Two attacks that are equally strong are no fault.")
    if ("unbounded" in answer) != ("unbounded" in right):
        raise Wrong(
            f"With {accuracy['unbounded']:g} right at ε = 1, 'unbounded' "
            f"{'fails' if 'unbounded' in right else 'holds'}: without a bound, 0 must be reached."
        )
    name = sorted(answer ^ right)[0]
    raise Wrong(
        f"Where {weaker[name]} leaves {accuracy[weaker[name]]:g} and many steps leave {most:g}, "
        f"{name!r} {'fails' if name in right else 'holds'}."
    )
