"""A training that goes on after a stop."""

import contextlib
import os
import tempfile

from ganlib.checks.lesson07.accidents import full_disk, watched_renames
from ganlib.checks.lesson07.runs import Gone, Run, content_of
from ganlib.checks.lesson07.small_training import SmallTraining
from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["train"]


@task(
    points=4,
    hints=(
        "First: if there is a file at path, read it and put all that it holds into training. Then "
        "a loop that moves while training.step < until, and writes when training.step % every is "
        "0.",
        "What does move() read and change? All of it belongs into the file. pickle writes whole "
        "dictionaries, random generators too, and vars(training) is a dictionary of all "
        "attributes.",
        "Write to path + '.new' inside a with block. After the block, when the file is closed, "
        "call os.replace(path + '.new', path).",
    ),
)
def train(trial: Trial) -> None:
    """Train up to a step with checkpoints, so that a broken training equals an unbroken one."""
    seed = int(trial.rng.integers(10_000))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = Run(trial, seed, folder, "unbroken")
        result, moves = run.until(30)
        if isinstance(result, SmallTraining) and not moves:
            raise Wrong("It makes no step: call training.move() until training.step is until.")
        run.expect_at(result, 30)
        run.expect_checkpoints(moves)
        trial.award(1, "an unbroken training, with a checkpoint every ten steps")

        run = Run(trial, seed, folder, "broken off")
        with contextlib.suppress(Gone):
            run.until(30, gone_at=27)
        run.goes_on("A training was broken off after step 27.", 20)
        result, moves = run.until(30)
        if moves:
            raise Wrong("Called again with until=30 after 30 steps, it trains on. It has arrived.")
        run.expect_at(result, 30)
        trial.award(2, "a training that was broken off equals the unbroken one")

        run = Run(trial, seed, folder, "full disk")
        run.until(10)
        half = os.path.getsize(run.path) // 2
        with full_disk(run.folder, half), contextlib.suppress(Exception):
            run.until(20)
        run.goes_on("The disk was full when half of a new checkpoint was written.", 10, True)

        run = Run(trial, seed, folder, "other name")
        run.until(10)
        link, before = os.path.join(folder, "link"), content_of(run.path)
        with contextlib.suppress(OSError):  # some file systems have no links
            os.link(run.path, link)  # what is renamed over the first name leaves the second alone
        with watched_renames(run.path) as renamed, contextlib.suppress(Gone):
            run.until(20)
        if os.path.exists(link) and content_of(link) != before:
            raise Wrong(
                "It writes over the old checkpoint: if the machine goes while it writes, neither "
                "the old nor the new one is whole. Write under another name, then rename."
            )
        whole = content_of(run.path)
        run.goes_on("The machine went after the old file was removed, before the rename.", 10, True)
        for number, held in enumerate(dict.fromkeys(renamed)):
            if held in (before, whole):
                continue
            if whole.startswith(held):
                rest = "what you wrote was" if not held else "part of what you wrote was"
                raise Wrong(
                    f"You renamed the file before it was closed: {rest} still in memory, and path "
                    f"held {len(held)} bytes."
                )
            run.copy(f"renamed {number}", held).goes_on(
                "The machine went right after a rename.", 20, True
            )
        trial.award(1, "at every moment there is one whole checkpoint")
