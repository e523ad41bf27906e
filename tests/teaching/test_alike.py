"""The same answers are pointed out; those that are the same by chance are not."""

from course_folder import answered, exercise, right

from tools.teaching.alike import answers, groups

EXERCISE = exercise()
ESSAY = (
    "A loss near two times the logarithm of two only says that this discriminator cannot tell the "
    "two apart on the images it was trained with; a larger one might."
)
OWN = {
    "jsd_answer": """def jensen_shannon(p, q):
    total = 0.0
    middle = 0.5 * p + 0.5 * q
    for one in (p, q):
        safe = np.where(one > 0, one / np.maximum(middle, 1e-300), 1.0)
        total = total + 0.5 * np.sum(one * np.log(safe), axis=-1)
    return total
"""
}


def compared(**notebooks):
    return groups({who: answers(made, EXERCISE) for who, made in notebooks.items()})


def test_untouched_answers_are_nobodys():
    assert compared(ana=answered(), ben=answered()) == []


def test_the_same_code_in_other_layout_is_found():
    other = right(
        value_answer='def value(d_real, d_fake):\n\n    """Mine."""\n    # sum\n'
        "    return (np.log(d_real).mean()\n            + np.log(1-d_fake).mean())"
    )
    ((who, where),) = compared(ana=right(), ben=other, cem=right(**OWN))
    assert who == ["ana", "ben"]
    assert where == sorted(
        f"{task}-answer" for task in ("value", "best", "jsd", "slopes", "points")
    )


def test_one_short_answer_in_common_is_chance():
    full = right()
    value = next(cell.source for cell in full.cells if cell.id == "value-answer")
    assert compared(ana=answered(value_answer=value), ben=answered(value_answer=value)) == []
    assert compared(ana=right(), ben=right(**OWN)) == []


def test_the_same_words_are_found_and_short_ones_are_chance():
    long = {
        "ana": right(**OWN, open_answer=ESSAY),
        "ben": answered(open_answer=ESSAY.upper() + " !"),
    }
    assert compared(**long) == [(["ana", "ben"], ["open-answer"])]
    around = answered(open_answer="I think this. " + ESSAY + " That is all.")
    assert compared(ana=answered(open_answer=ESSAY), ben=around)
    short = {
        "ana": answered(open_answer="I do not know."),
        "ben": answered(open_answer="I do not know."),
    }
    assert compared(**short) == []


def test_three_with_the_same_are_one_group():
    ((who, _),) = compared(ana=right(), ben=right(), cem=right(), dan=answered())
    assert who == ["ana", "ben", "cem"]
