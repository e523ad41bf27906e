"""The largest piece of an object made of voxels."""

import itertools

import numpy as np

from ganlib.checks.task import task
from ganlib.checks.trial import Trial, Wrong

__all__ = ["largest_piece"]

FACES = [step for step in itertools.product((-1, 0, 1), repeat=3) if np.abs(step).sum() == 1]
CORNERS = [step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)]


@task(
    points=4,
    hints=(
        "First give each voxel a label that is the same for all of its piece, as count_pieces of "
        "the lesson does. np.bincount of the labels then says how large each piece is.",
        "Beware of 0, the label of air: it is the most frequent one. And of the edges of the "
        "array: np.roll brings what leaves on one side back on the other.",
        "Or walk: begin at a voxel that no piece has yet, keep a list of voxels to visit, take one "
        "from it, append its six neighbours that are matter and not visited. What was visited "
        "when the list is empty is one piece.",
    ),
)
def largest_piece(trial: Trial) -> None:
    """The object without its loose pieces."""
    with trial.part(1, "a block with two crumbs beside it"):
        solid = np.zeros((5, 6, 7), bool)
        solid[1:4, 1:4, 1:3] = True
        solid[4, 5, 6] = solid[0, 5, 4:6] = True
        _expect(trial, solid)
    with trial.part(1, "pieces that touch along an edge or at a corner alone"):
        solid = np.zeros((6, 6, 6), bool)
        solid[0:2, 0:2, 0:2] = True
        solid[2:5, 2:5, 0:2] = True  # shares an edge with the first
        solid[5, 5, 2] = True  # a corner
        solid[0, 5, 5] = True  # nothing
        _expect(trial, solid)
    with trial.part(1, "pieces at opposite sides of the array, and a long path"):
        solid = np.zeros((7, 7, 5), bool)
        solid[0, :, 2] = solid[-1, 2:5, 2] = solid[3, 3, 0] = True
        _expect(trial, solid)
        snake = np.zeros((9, 9, 3), bool)
        snake[::2, :, 1] = True
        snake[1::4, -1, 1] = snake[3::4, 0, 1] = True
        snake[0, 0, 1] = False
        _expect(trial, snake)
    with trial.part(1, "random matter, one piece, one voxel, and nothing"):
        made = 0
        while made < 3:
            solid = trial.rng.random((7, 8, 6)) < 0.3
            sizes = sorted(map(len, _pieces(solid, FACES)))
            if len(sizes) > 1 and sizes[-1] > sizes[-2]:
                _expect(trial, solid)
                made += 1
        one = np.zeros((4, 4, 4), bool)
        one[2, 1, 3] = True
        for solid in (np.ones((3, 3, 3), bool), one, np.zeros((4, 3, 2), bool)):
            _expect(trial, solid)


def _expect(trial: Trial, solid: np.ndarray) -> None:
    answer = trial.array(trial.call(solid), solid.shape)
    if not np.isin(answer, (0, 1)).all():
        raise Wrong(
            "It must hold True and False only: where the largest piece is, and where not. Are "
            "these labels, or sizes?"
        )
    pieces = sorted(_pieces(solid, FACES), key=len)
    touching = sorted(_pieces(solid, CORNERS), key=len)
    wrapped = sorted(_pieces(solid, FACES, wrap=True), key=len)

    def filled(places) -> np.ndarray:
        picture = np.zeros(solid.shape)
        for place in places:
            picture[place] = 1
        return picture

    right = filled(pieces[-1] if pieces else [])
    usual = [
        (solid, "Nothing was taken away."),
        (~solid, "This is the air: label 0 is no piece, though there is most of it."),
    ]
    if pieces:
        usual += [
            (filled(touching[-1]), "Voxels that touch along an edge or at a corner are taken for "
             "one piece. They must share a face."),
            (filled(wrapped[-1]), "Pieces on opposite sides of the array are taken for one: what "
             "np.roll moves out on one side comes back on the other."),
            (filled(pieces[0]), "This is the smallest piece."),
            (solid * (1 - right), "This is all but the largest piece."),
        ]  # fmt: skip
    otherwise = "These are not the voxels of the largest piece."
    if (answer > solid).any():
        otherwise = "There is matter where the object has none."
    elif answer.sum() < right.sum() and not (answer > right).any():
        otherwise = (
            "A part of the largest piece is missing. A number has to go all the way along a "
            "piece: repeat until nothing changes."
        )
    trial.expect(answer, right, usual=usual, otherwise=otherwise)


def _pieces(solid: np.ndarray, steps: list, wrap: bool = False) -> list[list[tuple[int, ...]]]:
    left, pieces = {tuple(place) for place in np.argwhere(solid).tolist()}, []
    while left:
        to_visit = [left.pop()]
        pieces.append([])
        while to_visit:
            place = to_visit.pop()
            pieces[-1].append(place)
            for step in steps:
                near = tuple(a + b for a, b in zip(place, step, strict=True))
                if wrap:
                    near = tuple(a % size for a, size in zip(near, solid.shape, strict=True))
                if near in left:
                    left.remove(near)
                    to_visit.append(near)
    return pieces
