"""How fast and how well lesson 05 covers the ring of eight modes: five seeds, each from its start.

    python benchmarks/two_dimensional_game.py
    python benchmarks/two_dimensional_game.py map

Each seed has a process of its own and begins with nothing but the imports: building the networks
and compiling count. Then two games that the lesson's playground asks about, over the same seeds:
the modes after G ran ahead for a while, and with five steps of D in each round. Takes about two
minutes.

``map`` plays the lesson's table instead: five learning rates for each player, five seeds, 10,000
rounds, and how many of the five games cover all eight modes at the end, with the mean number of
modes. Takes ten minutes or more.
"""

import os
import subprocess
import sys
import time
from statistics import mean, median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
STEPS = 3500
SEEDS = range(5)
RATES = (1.5e-4, 5e-4, 1.5e-3, 5e-3, 1.5e-2)
MAP_STEPS = 10_000


def one(seed: int) -> None:
    """Play one game and print its row."""
    import ganlib
    from ganlib import toys, widgets
    from ganlib.support import stderr

    with stderr.quiet():
        ganlib.start("05", precision="float32")
    ring = toys.ring()
    began, began_processor = time.perf_counter(), time.process_time()
    game = widgets.PlaneGame(ring, seed=seed)
    game.play(STEPS)
    samples = game.gan.sample(2000, seed=1)
    seconds, processor = time.perf_counter() - began, time.process_time() - began_processor
    judged = toys.coverage(ring, samples)
    print(
        f"{seed:4}  {seconds:7.2f}  {processor:17.2f}  {judged.modes_covered:5}"
        f"  {judged.high_quality:12.3f}  {judged.distance:13.3f}"
    )


def questions() -> None:
    """Play what the playground asks about, and print the modes of each seed."""
    import ganlib
    from ganlib import toys, widgets
    from ganlib.support import stderr

    with stderr.quiet():
        ganlib.start("05", precision="float32")
    ring, loose, back, several, averaged = toys.ring(), [], [], [], []
    for seed in SEEDS:
        game = widgets.PlaneGame(ring, seed=seed)
        game.play(STEPS)
        game.set_rates(1.5e-2, 1.5e-3)
        game.play(100)
        loose.append(game.look().coverage.high_quality)
        game.play(200)
        game.set_rates(1.5e-3, 1.5e-3)
        game.play(1500)
        back.append(game.look().coverage.modes_covered)
        game = widgets.PlaneGame(ring, d_steps=5, seed=seed)
        game.play(3000)
        several.append(game.look().coverage.modes_covered)
        averaged.append(game.look(averaged=True).coverage.modes_covered)
    print("within 3 std after 100 rounds at G's rate 0.015:", *(f"{share:.2f}" for share in loose))
    print("modes after 200 more, and 1,500 at 0.0015:", *back)
    print("modes after 3,000 rounds with five steps of D:", *several, " averaged:", *averaged)


def map_of_rates() -> None:
    """Play all pairs of learning rates; print how many seeds of each end with all modes."""
    import ganlib
    from ganlib import toys, widgets
    from ganlib.support import stderr

    with stderr.quiet():
        ganlib.start("05", precision="float32")
    covered = {(g, d): [] for g in RATES for d in RATES}
    for seed in SEEDS:
        game = widgets.PlaneGame(toys.ring(), seed=seed)
        for rates in covered:
            game.reset()
            game.set_rates(*rates)
            game.play(MAP_STEPS)
            covered[rates].append(game.look().coverage.modes_covered)
    print("G's rate \\ D's rate", *(f"{rate:>9g}" for rate in RATES))
    for g_rate in RATES:
        row = [covered[g_rate, d_rate] for d_rate in RATES]
        print(f"{g_rate:19g}", *(f"{modes.count(8):3} ({mean(modes):3.1f})" for modes in row))


def main() -> None:
    print("seed  seconds  processor seconds  modes  within 3 std  mean distance")
    rows = []
    for seed in SEEDS:
        command = [sys.executable, __file__, str(seed)]
        rows.append(subprocess.check_output(command, text=True).splitlines()[-1])
        print(rows[-1], flush=True)
    columns = list(zip(*(map(float, row.split()) for row in rows), strict=True))
    print(
        f"median: {median(columns[1]):.2f} s, {median(columns[2]):.2f} s on the processor; "
        f"at least {min(columns[3]):.0f} modes and {min(columns[4]):.3f} within 3 std"
    )
    print(subprocess.check_output([sys.executable, __file__, "questions"], text=True).rstrip())


if __name__ == "__main__":
    if sys.argv[1:] == ["questions"]:
        questions()
    elif sys.argv[1:] == ["map"]:
        map_of_rates()
    elif len(sys.argv) > 1:
        one(int(sys.argv[1]))
    else:
        main()
