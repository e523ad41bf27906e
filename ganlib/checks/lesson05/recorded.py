"""The recorded games, and those of a class."""

import numpy as np

__all__ = ["NOT_THIS", "RECORDED", "game", "games_of_class"]


# Five kinds of game on the ring of eight, five seeds each: after 250, 500, 750 and 1,000 rounds the
# mean losses of D and G over the last 100, the modes covered by G, and the share of high quality in
# percent.
RECORDED = {
    "equal": (
        ((1.34, 0.73, 0, 2), (1.17, 0.87, 5, 11), (1.16, 0.93, 8, 31), (1.18, 0.97, 6, 28)),
        ((1.34, 0.74, 0, 2), (1.19, 0.87, 4, 11), (1.18, 0.92, 7, 24), (1.18, 0.95, 8, 54)),
        ((1.33, 0.74, 0, 3), (1.18, 0.89, 1, 2), (1.18, 0.93, 7, 29), (1.17, 0.97, 7, 48)),
        ((1.31, 0.74, 0, 3), (1.21, 0.85, 6, 27), (1.18, 0.92, 6, 36), (1.16, 0.98, 8, 56)),
        ((1.34, 0.73, 0, 3), (1.19, 0.87, 6, 14), (1.19, 0.90, 7, 27), (1.21, 0.93, 5, 32)),
    ),
    "fast G": (
        ((1.41, 0.74, 0, 1), (1.40, 0.72, 0, 0), (1.40, 0.72, 1, 4), (1.39, 0.72, 0, 0)),
        ((1.39, 0.75, 1, 1), (1.39, 0.73, 0, 0), (1.39, 0.72, 1, 4), (1.38, 0.72, 1, 9)),
        ((1.40, 0.75, 0, 1), (1.40, 0.72, 1, 51), (1.40, 0.71, 1, 3), (1.39, 0.71, 1, 2)),
        ((1.40, 0.73, 0, 0), (1.39, 0.73, 1, 3), (1.38, 0.74, 0, 0), (1.39, 0.74, 1, 2)),
        ((1.40, 0.75, 0, 0), (1.40, 0.71, 0, 0), (1.39, 0.71, 1, 13), (1.39, 0.71, 1, 8)),
    ),
    "fast D": (
        ((0.46, 4.29, 0, 2), (0.56, 7.98, 0, 2), (0.61, 4.71, 2, 12), (0.48, 3.13, 2, 26)),
        ((0.34, 4.83, 2, 4), (0.37, 3.71, 1, 64), (0.41, 2.24, 1, 96), (0.39, 2.25, 1, 99)),
        ((0.64, 5.25, 0, 2), (0.63, 8.17, 0, 3), (0.63, 7.22, 2, 7), (0.62, 4.03, 3, 17)),
        ((0.66, 4.63, 0, 3), (0.46, 9.10, 0, 2), (0.63, 7.17, 2, 6), (0.61, 5.18, 3, 17)),
        ((0.67, 4.76, 0, 2), (0.53, 8.91, 0, 2), (0.58, 8.03, 1, 4), (0.60, 6.27, 3, 8)),
    ),
    "idle D": (
        ((6.76, 0.00, 0, 0), (8.80, 0.00, 0, 0), (9.84, 0.00, 0, 0), (10.54, 0.00, 0, 0)),
        ((5.38, 0.01, 0, 0), (7.59, 0.00, 0, 0), (8.66, 0.00, 0, 0), (9.39, 0.00, 0, 0)),
        ((6.44, 0.01, 0, 0), (8.57, 0.00, 0, 0), (9.60, 0.00, 0, 0), (10.29, 0.00, 0, 0)),
        ((6.89, 0.00, 0, 0), (8.96, 0.00, 0, 0), (9.96, 0.00, 0, 0), (10.65, 0.00, 0, 0)),
        ((6.38, 0.01, 0, 0), (8.32, 0.00, 0, 0), (9.27, 0.00, 0, 0), (9.91, 0.00, 0, 0)),
    ),
    "idle G": (
        ((0.01, 5.24, 0, 0), (0.00, 7.21, 0, 0), (0.00, 8.18, 0, 0), (0.00, 8.84, 0, 0)),
        ((0.01, 5.73, 0, 0), (0.00, 7.91, 0, 0), (0.00, 9.11, 0, 0), (0.00, 10.00, 0, 0)),
        ((0.01, 5.45, 0, 0), (0.00, 7.52, 0, 0), (0.00, 8.52, 0, 0), (0.00, 9.25, 0, 0)),
        ((0.01, 5.49, 0, 0), (0.00, 7.37, 0, 0), (0.00, 8.32, 0, 0), (0.00, 8.97, 0, 0)),
        ((0.01, 5.62, 0, 0), (0.00, 7.66, 0, 0), (0.00, 8.69, 0, 0), (0.00, 9.42, 0, 0)),
    ),
}


# What to say to somebody who takes another game for this one.
NOT_THIS = {
    "equal": "With equal rates as small as these the points spread over the ring. "
    "Look at the losses, and at the last line's modes.",
    "fast G": "With large steps the heap of G's points has moved on before D has learned where it "
    "is. What is the L_D of a D that cannot tell?",
    "fast D": "A D that is far ahead can tell, but G still learns a little: it reaches some "
    "modes, and L_G falls in the end. Look at both.",
    "idle D": "A D that never learns is an easy one for G: in the end all of G's points lie where "
    "it says 'real'. What does that do to L_G, and then to L_D?",
    "idle G": "If G never learns, its points stay where they are, and nothing hinders D. What does "
    "that do to L_D, and how many modes will be covered?",
}


def games_of_class(seed: int) -> tuple[list[tuple[str, tuple]], int, int, float]:
    """Four games with their tables; of the fifth the modes, those drawn, and the share on
    bridges.
    """
    if not seed:
        names, record = ["fast D", "idle D", "equal", "fast G"], 0
        modes, drawn, bridges = 8, 6, 0.2
    else:
        rng = np.random.default_rng(seed)
        left_out = rng.choice(["idle D", "idle G"])
        names = [str(name) for name in rng.permutation([n for n in RECORDED if n != left_out])]
        record = int(rng.integers(5))
        modes = int(rng.choice([6, 8, 10, 12]))
        drawn = int(rng.integers(modes // 2, modes))
        shares = [0.1, 0.15, 0.2, 0.25, 0.3]
        # With drawn = modes · (1 − bridges) the best D would say ½.
        bridges = float(
            rng.choice([each for each in shares if abs(drawn / modes + each - 1) > 0.03])
        )
    return [(name, RECORDED[name][record]) for name in names], modes, drawn, bridges


def game(seed: int) -> tuple[dict[str, np.ndarray], int, int, float]:
    """Show four tables for a class; they, and a fifth game's modes, drawn modes and share on
    bridges.
    """
    of_class, modes, drawn, bridges = games_of_class(seed)
    tables = {}
    for letter, (_, rows) in zip("ABCD", of_class, strict=True):
        print(f"Game {letter}\n  round    L_D    L_G   modes   high quality")
        tables[letter] = np.column_stack([(250, 500, 750, 1000), rows])
        for at, d_loss, g_loss, covered, quality in tables[letter]:
            print(
                f"  {at:5.0f}  {d_loss:5.2f}  {g_loss:5.2f}  {covered:.0f} of 8  {quality:8.0f} %"
            )
    print(
        f"The fifth game: {modes} modes, {drawn} drawn, {100 * bridges:.0f} % of G's points on "
        "bridges"
    )
    return tables, modes, drawn, bridges
