"""One file says what belongs to a class: its number, its hidden tests, its dates."""

import re
from datetime import UTC, datetime

import pytest
from course_folder import NAME, make_course

from tools.notebooks import exercises
from tools.teaching import class_file, late
from tools.teaching.class_file import ClassFile, ClassFileError, load, set_number

OF_CLASS = re.compile(r"^CLASS = (\d+)", re.MULTILINE)


def write(root, text):
    (root / "class.toml").write_text(text, encoding="utf-8")
    return root


def test_without_a_file_it_is_class_0(tmp_path):
    assert load(tmp_path) == ClassFile(number=0, seed=71, late="none", due={}, model_answers=True)


def test_all_keys(tmp_path):
    text = "number = 7\nseed = 12\nmodel_answers = false\nlate = 0.1\n"
    loaded = load(write(tmp_path, text + '[due]\n"02" = 2027-04-12T23:59:00+02:00\n'))
    assert loaded == ClassFile(7, 12, False, 0.1, {"02": datetime(2027, 4, 12, 21, 59)})


def test_a_day_is_due_at_its_end_on_this_machines_clock(tmp_path):
    due = load(write(tmp_path, '[due]\n"02" = 2027-04-12\n')).due["02"]
    assert due.replace(tzinfo=UTC).astimezone().strftime("%F %T") == "2027-04-12 23:59:59"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("number = -1", "number in class.toml is -1"),
        ("number = true", "number in class.toml is True"),
        ('seed = "x"', "seed in class.toml is 'x'"),
        ('late = "half"', 'must be "none", "zero" or a share'),
        ("late = 2", "late in class.toml is 2"),
        ("model_answers = 1", "must be true or false"),
        ("klass = 3", "has klass, but knows only number, seed"),
        ("[due]\n2 = 2027-04-12", 'must name exercises as "02"'),
        ('[due]\n"02" = "soon"', "2027-04-12T23:59:00"),
        ('[due]\n"02" = 2027-04-12\nlate = "zero"', 'has "late", but must name exercises'),
        ("number = ", "class.toml cannot be read"),
    ],
)
def test_what_cannot_be_is_told(tmp_path, text, said):
    with pytest.raises(ClassFileError, match=re.escape(said)):
        load(write(tmp_path, text))


def test_a_number_is_set_and_the_rest_stays(tmp_path):
    first = set_number(7, root=tmp_path)
    assert (first.number, first.model_answers) == (7, False)
    assert 1000 <= first.seed < 10_000
    assert set_number(8, root=tmp_path).seed == first.seed  # drawn once
    text = (tmp_path / "class.toml").read_text()
    write(tmp_path, text.replace('late = "none"', "late = 0.5  # mine"))
    assert set_number(9, seed=5, root=tmp_path) == ClassFile(9, 5, False, 0.5, {})
    assert "# mine" in (tmp_path / "class.toml").read_text()
    assert set_number(3, seed=4, root=write(tmp_path, "late = 0.1\n")).number == 3


@pytest.mark.parametrize(
    ("rule", "seconds", "wanted"),
    [
        ("none", 10**9, 0),
        ("zero", 1, 20),
        ("zero", 0, 0),
        (0.1, 0, 0),
        (0.1, -5, 0),
        (0.1, 1, 2),
        (0.1, late.DAY, 2),
        (0.1, late.DAY + 1, 4),
        (0.25, 10 * late.DAY, 20),
        (1, 1, 20),
    ],
)
def test_what_lateness_costs(rule, seconds, wanted):
    assert late.penalty(rule, 20, seconds) == wanted


def test_a_class_gets_its_numbers_in_the_exercise_and_as_literals_in_hidden_tests(tmp_path):
    root = make_course(tmp_path / "course")
    before = (root / "solutions" / NAME / f"{NAME}.ipynb").read_bytes()
    set_number(7, seed=4711, root=root)
    config = exercises.configuration(root)
    solution = root / "solutions" / NAME / f"{NAME}.ipynb"
    locked = exercises.after(exercises.LOCKING, solution, config)
    code = "\n".join(cell.source for cell in locked.cells if cell.cell_type == "code")
    assert OF_CLASS.findall(code) == ["7"]
    assert code.count("seed=4711)") == 4
    assert "three_points(three_points, seed=7)" in code
    assert "seed=71)" not in code
    made = exercises.notebook(NAME, config, root)
    assert OF_CLASS.findall("\n".join(cell.source for cell in made.cells)) == ["7"]
    assert not any("A model answer" in cell.source for cell in made.cells)
    assert "/solutions/" not in str(made)
    assert solution.read_bytes() == before  # the one source stays


def test_without_a_class_file_exercises_show_model_answers(tmp_path):
    root = make_course(tmp_path / "course")
    made = exercises.notebook(NAME, exercises.configuration(root), root)
    assert any("A model answer" in cell.source for cell in made.cells)
    assert class_file.load(root).number == 0
