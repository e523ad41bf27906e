"""A training that goes on after a stop."""

import contextlib
import os
import tempfile

from ganlib.checks.lesson07.accidents import full_disk, watched_renames
from ganlib.checks.lesson07.runs import NO_STEP, Gone, Run, content_of
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
        "What does move() read and change? All of it belongs in the file. pickle writes whole "
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
        with trial.part(1, "an unbroken training, with a checkpoint every ten steps"):
            run = Run(trial, seed, folder, "unbroken")
            result, moves = run.until(30)
            if isinstance(result, SmallTraining) and not moves:
                raise Wrong(NO_STEP)
            run.expect_at(result, 30)
            run.expect_checkpoints(moves)
        with trial.part(2, "a training that was broken off equals the unbroken one"):
            _expect_it_goes_on(trial, seed, folder)
        with trial.part(1, "at every moment there is one whole checkpoint"):
            exact = not trial.failed
            _expect_all_in_one_file(trial, seed, folder, exact)
            _expect_it_survives_a_full_disk(trial, seed, folder, exact)
            _expect_whole_renames(trial, seed, folder, exact)


def _expect_it_goes_on(trial: Trial, seed: int, folder: str) -> None:
    run = Run(trial, seed, folder, "broken off")
    with contextlib.suppress(Gone):
        run.until(30, gone_at=27)
    run.goes_on("A training was broken off after step 27.", 20)
    result, moves = run.until(30)
    if moves:
        raise Wrong("Called again with until=30 after 30 steps, it trains on. It has arrived.")
    run.expect_at(result, 30)
    with contextlib.suppress(Wrong):  # it is stopped if it never ends
        run.until(20)
    if run.moves:
        raise Wrong(
            "Called with until=20 after 30 steps, it trains on. It is beyond until already, and "
            "`!=` would never end there."
        )

    run = Run(trial, seed, folder, "another every")
    _, moves = run.until(15, every=5)
    written = run.written(moves, 15)
    if written != [5, 10, 15]:
        shown = ", ".join(map(str, written)) or "none"
        raise Wrong(
            f"With every=5 and until=15 it writes after the steps {shown}. It should do so after "
            "5, 10 and 15: is a number written out in place of every?"
        )
    _, moves = run.until(40)
    written = run.written(moves, 40)
    if written != [20, 30, 40]:
        shown = ", ".join(map(str, written[:4])) or "none"
        raise Wrong(
            "Going on from step 15 with every=10 and until=40, it writes after the steps "
            f"{shown}. It should do so after 20, 30 and 40: the number of the step counts, not "
            "how many were made since."
        )


def _expect_all_in_one_file(trial: Trial, seed: int, folder: str, exact: bool) -> None:
    run = Run(trial, seed, folder, "first of two", exact)
    run.until(20)
    Run(trial, seed + 1, folder, "second of two").until(10)
    try:
        run.goes_on("", 20)
    except (Exception, SystemExit) as problem:
        alone = Run(trial, seed, folder, "one alone", exact)
        alone.until(20)
        alone.goes_on("A training of 20 steps was called again.", 20)
        raise Wrong(
            "It goes on as it should, but not if another training, in another folder, was called "
            "in between. Something is kept elsewhere than in the file at path."
        ) from problem


def _whole_at(run: Run) -> bytes:
    """The checkpoint after 10 steps."""
    run.until(10)
    content = content_of(run.path)
    if content is None:
        raise Wrong("After 10 steps there is no file at path.")
    return content


def _expect_it_survives_a_full_disk(trial: Trial, seed: int, folder: str, exact: bool) -> None:
    run = Run(trial, seed, folder, "full disk", exact)
    half = len(_whole_at(run)) // 2
    with full_disk(run.folder, half), contextlib.suppress(Exception):
        run.until(20)
    run.goes_on("The disk was full when half of a new checkpoint was written.", 10, True)


def _expect_whole_renames(trial: Trial, seed: int, folder: str, exact: bool) -> None:
    """A link to the old file shows whether it is written over; renames are watched."""
    run = Run(trial, seed, folder, "other name", exact)
    before, link, sources = _whole_at(run), os.path.join(folder, "link"), []
    with contextlib.suppress(OSError):  # some file systems have no links
        os.link(run.path, link)  # what is renamed over the first name leaves the second alone
    with watched_renames(run.path, sources) as renamed, contextlib.suppress(Gone):
        run.until(20)
    if os.path.exists(link) and content_of(link) != before:
        raise Wrong(
            "It writes over the old checkpoint: if the machine goes while it writes, neither the "
            "old nor the new one is whole. Write under another name, then rename."
        )
    for source in sources:
        if not source.startswith(os.path.abspath(run.folder)):
            raise Wrong(
                f"The new checkpoint is written in another folder ({os.path.dirname(source)}). "
                "That may be another disk, and then renaming copies, byte by byte. Keep both "
                "names in the same folder."
            )
    whole = content_of(run.path)
    run.goes_on("The machine went after the old file was removed, before the rename.", 10, True)
    for number, held in enumerate(dict.fromkeys(renamed)):
        if held in (before, whole):
            continue
        if whole.startswith(held):
            rest = "what you wrote was" if not held else "part of what you wrote was"
            raise Wrong(
                f"You renamed the file before it was closed: {rest} still in memory, and path held "
                f"{len(held)} bytes."
            )
        run.copy(f"renamed {number}", held).goes_on(
            "The machine went right after a rename.", 20, True
        )
