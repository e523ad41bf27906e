"""Runs of an answer with a checkpoint, and the accidents that befall them."""

import copy
import os
from typing import Any

import numpy as np

from ganlib.checks.lesson07.small_training import SmallTraining
from ganlib.checks.trial import Trial, Wrong

__all__ = ["NO_STEP", "Gone", "Run", "content_of"]

NO_STEP = "It makes no step: call training.move() until training.step is until."


class Gone(BaseException):
    """The machine is taken away; not an Exception, so that no answer handles it."""


class Run:
    """Calls of an answer with one checkpoint, in a folder of its own.

    With ``exact`` false it is not looked whether a training that goes on has the right state: that
    was said before, and costs no further points.
    """

    def __init__(self, trial: Trial, seed: int, folder: str, name: str, exact: bool = True):
        self.trial, self.seed, self.name, self.exact = trial, seed, name, exact
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.path = os.path.join(self.folder, "checkpoint")
        training, self.reference = SmallTraining(seed), []
        for _ in range(50):
            self.reference.append(copy.deepcopy(vars(training)))
            training.move()

    def copy(self, name: str, content: bytes) -> "Run":
        """Another folder, with nothing in it but a checkpoint with this content."""
        run = Run(self.trial, self.seed, os.path.dirname(self.folder), name, self.exact)
        with open(run.path, "wb") as file:
            file.write(content)
        return run

    def until(
        self, step: int, gone_at: int | None = None, every: int = 10
    ) -> tuple[Any, list[dict]]:
        """What the answer returns for a training built anew, and state and file before
        each move.
        """
        moves: list[dict] = []
        self.moves = moves  # for whom the answer does not come to its end
        move = SmallTraining.move

        def watched(training: SmallTraining) -> None:
            if training.step == gone_at:
                raise Gone
            if len(moves) > 100:
                raise Wrong("It makes more than 100 steps where 30 would do. When does it end?")
            moves.append({**copy.deepcopy(vars(training)), "file": content_of(self.path)})
            move(training)

        SmallTraining.move = watched
        try:
            return self.trial.call(SmallTraining(self.seed), self.path, step, every), moves
        finally:
            SmallTraining.move = move

    def difference(self, state: dict) -> str | None:
        """What is not as it was after as many steps of an unbroken training, in words."""
        if state.get("step") not in range(50):
            return f"step is {state.get('step')!r}"
        right = self.reference[state["step"]]
        for name, words in (
            ("weights", "the weights are not as they were then"),
            ("momentum", "the momentum, the optimizer's state, is not as it was then"),
            ("average", "the average of the weights is not as it was then"),
        ):
            try:
                answer = np.asarray(state.get(name), np.float64)
                same = np.allclose(answer, right[name], rtol=0, atol=1e-9)
            except (TypeError, ValueError):
                same = False
            if not same:
                return words
        rng, first = state.get("rng"), self.reference[0]["rng"].bit_generator.state
        answer = rng.bit_generator.state if isinstance(rng, np.random.Generator) else None
        if answer != right["rng"].bit_generator.state:
            anew = (
                ": it begins anew, so that the same latents come twice" if answer == first else ""
            )
            return f"the random generator is not in the state it had then{anew}"
        return None

    def expect_at(self, result: Any, step: int) -> None:
        """A training after so many steps, equal to the unbroken one."""
        if not isinstance(result, SmallTraining):
            raise Wrong("It should return the training: return training.")
        if result.step != step:
            raise Wrong(
                f"Called with until={step}, it returns a training after {result.step} steps. until "
                "is the step at which to stop, however many were made before."
            )
        words = self.difference(vars(result))
        if words:
            raise Wrong(f"It returns a training of {step} steps, but {words}.")

    def expect_checkpoints(self, moves: list[dict]) -> None:
        """After 30 steps: a file at path, written after the steps 10, 20 and 30."""
        files = sorted(os.listdir(self.folder))
        if "checkpoint" not in files:
            near = f" There is {files[0]!r}; np.savez adds an ending of its own." if files else ""
            raise Wrong(f"After 30 steps there is no file at path.{near}")
        written = self.written(moves, 30)
        if written == [30]:
            raise Wrong(
                "It writes at the end alone. A training that is broken off before has nothing to "
                "go on from."
            )
        if written != [10, 20, 30]:
            shown = ", ".join(map(str, written[:4])) + (" and more" if len(written) > 4 else "")
            raise Wrong(
                f"With every=10 and until=30 it writes after the steps {shown}. It should do so "
                "after 10, 20 and 30."
            )

    def written(self, moves: list[dict], last: int) -> list[int]:
        """The steps after which another file is at path than before, up to the last."""
        contents = [move["file"] for move in moves] + [content_of(self.path)]
        steps = [*(move["step"] for move in moves[1:]), last]
        pairs = zip(steps, contents, contents[1:], strict=False)
        return sorted({step for step, before, after in pairs if after != before})

    def goes_on(self, what: str, step: int, other_name: bool = False) -> None:
        """As _goes_on; other files may lie in the folder, but the one at path must be enough."""
        content, files = content_of(self.path), sorted(os.listdir(self.folder))
        if content is None and not other_name:
            raise Wrong(
                f"{what} No file is at path then. One is written there after each step whose "
                "number is a multiple of every."
            )
        self._goes_on(what, step, other_name)
        if content is None:
            raise Wrong(
                f"{what} No file is at path then, whatever lies beside it. The old checkpoint must "
                "stay there until the new one takes its place."
            )
        if files == ["checkpoint"]:
            return
        try:
            self.copy(f"{self.name}, alone", content)._goes_on(what, step, other_name)
        except Exception:
            raise Wrong(
                f"The folder holds {len(files)} files, and the one at path alone is not enough to "
                "go on from. All that belongs together should be in it: of two files one may be "
                "older."
            ) from None

    def _goes_on(self, what: str, step: int, other_name: bool) -> None:
        """Built anew and called again, it begins at a checkpoint, whole, and ends as if
        unbroken.
        """
        rule = " The old checkpoint must stay whole until the new one is." if other_name else ""
        try:
            result, moves = self.until(30)
        except Exception as problem:
            if not other_name:
                raise
            if isinstance(problem, FileExistsError):
                raise Wrong(
                    f"{what} Called again, it refuses to write over the half-written file that was "
                    "left behind. A file opened with 'x' must not exist before; use 'wb'."
                ) from None
            raise Wrong(
                f"{what} Called again, it cannot read the file ({type(problem).__name__}).{rule}"
            ) from None
        if not moves and isinstance(result, SmallTraining) and result.step == 0:
            raise Wrong(NO_STEP)
        if moves and moves[0].get("step") == 0:
            steps = [
                number
                for number, each in enumerate(self.reference[1:], start=1)
                if np.allclose(each["weights"], moves[0]["weights"], rtol=0, atol=1e-9)
            ]
            if steps:
                raise Wrong(
                    f"{what} Called again, it begins at step 0, though with the weights of step "
                    f"{steps[0]}. The number of the step belongs in the file as well."
                )
        if not moves or moves[0].get("step") == 0:
            look = rule or " Does it read the file before it trains?"
            raise Wrong(f"{what} Built anew and called again, it begins at step 0.{look}")
        words, began = self.difference(moves[0]) if self.exact else None, moves[0].get("step")
        if words:
            raise Wrong(
                f"{what} Called again, it goes on at step {began}, but {words}. What does move() "
                "read and change?"
            )
        if began < step:
            raise Wrong(f"{what} Called again, it goes on at step {began}, not {step}.")
        if self.exact:
            self.expect_at(result, 30)


def content_of(path: str) -> bytes | None:
    """What a file holds; None if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
