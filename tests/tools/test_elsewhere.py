"""Lessons as other machines would run them: other seeds, no cell that stops, every number told."""

import json

import nbformat
import pytest

from tools.notebooks import elsewhere

COURSE = """
import os
from ganlib.course import Course
course = Course("09", 0, "CPU", "CPU", "float32", "cpu", {}, dataset="toys")
assert os.environ["GANLIB_ASSERT"] == "0"
"""


@pytest.mark.parametrize(
    ("source", "other"),
    [
        ("draw(seed=3)", "draw(seed=13)"),
        ("np.random.default_rng(0).normal()", "np.random.default_rng(10).normal()"),
        ("é = [f(seed=1), 'ü', f(seed=1)]", "é = [f(seed=11), 'ü', f(seed=11)]"),
        ("seed = 7\nf(seed=seed)", "seed = 17\nf(seed=seed)"),
        ("first_seed = 7", "first_seed = 17"),
        ("f(seed=True)\ng(seed=None)\nh(3)", "f(seed=True)\ng(seed=None)\nh(3)"),
        # The names of records hold the seeds that they were trained with.
        (
            "[load(f'plain-{seed}') for seed in range(3)]",
            "[load(f'plain-{seed}') for seed in range(3)]",
        ),
        ('course = ganlib.start("06")', 'course = ganlib.start("06", seed=10)'),
        (
            'x = 1\nif x:\n    %pip install y\ncourse = ganlib.start("06", precision="float32")',
            'x = 1\nif x:\n    pass\ncourse = ganlib.start("06", precision="float32", seed=10)',
        ),
        ('ganlib.start("06", seed=2)', 'ganlib.start("06", seed=12)'),
    ],
)
def test_every_seed_of_a_cell_is_another_one(source, other):
    assert elsewhere.other_seeds(source, 10) == other


def test_each_lesson_can_be_given_other_seeds():
    for path in elsewhere.chosen(None):
        notebook = nbformat.read(path, as_version=4)
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        changed = [elsewhere.other_seeds(source, 10) for source in sources]
        assert ", seed=10)" in changed[0], path.name


def test_the_spread_of_each_number_is_told():
    results = {
        "here": {"accuracy": [0.83, 0.84, 0.02, False], "two": [2.0, 2.0, 0.0, True]},
        "laptop": {"accuracy": [0.7, 0.84, 0.02, False], "two": [2.0, 2.0, 0.0, True]},
        "seed": {"accuracy": [float("nan"), 0.84, 0.02, False]},
    }
    assert elsewhere.report(results) == [
        "✗ accuracy: text 0.84 ± 0.02, spread 0.13",
        "    here 0.83 · laptop 0.7 ✗ · seed nan ✗",
        "✓ two: text 2 ± 0, spread 0",
        "    here 2 · laptop 2",
    ]


@pytest.mark.slow
def test_a_lesson_goes_on_to_its_end(tmp_path, monkeypatch, capsys):
    notebook = nbformat.v4.new_notebook()
    sources = {
        "setup": COURSE,
        "value": "def value(seed):\n    return seed\nx = value(seed=5)",
        "check": 'course.check(x, 5, what="a fact")\n'
        'course.check_all(("measured", 0.5, 0.1, 0.1), measured_on="toys")',
        "broken": 'assert x == 5, "another seed"',
        "after": 'course.check(1, 1, what="after the failure")',
    }
    notebook.cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in sources.items()]
    path = tmp_path / "09-small.ipynb"
    nbformat.write(notebook, path)
    before = path.read_text()
    monkeypatch.setattr(elsewhere, "chosen", lambda lesson: [path])
    monkeypatch.setattr(elsewhere, "RESULTS", tmp_path / "results")
    assert elsewhere.main(["09", "--on", "here"]) == 0
    capsys.readouterr()
    assert elsewhere.main(["09", "--on", "here", "--on", "seed"]) == 1
    said = capsys.readouterr().out
    assert "✗ a fact: text 5 ± 0, spread 1e+03\n      here 5 · seed 1005 ✗" in said
    assert "✗ measured: text 0.1 ± 0.1, spread 0\n" in said
    assert "✓ after the failure: text 1 ± 0, spread 0\n      here 1 · seed 1" in said
    assert "failed: code cell 5 (id broken): AssertionError: another seed" in said
    saved = json.loads((tmp_path / "results" / "09-small.json").read_text())
    assert saved["seed"]["a fact"] == [1005.0, 5.0, 0.0, True]
    assert path.read_text() == before
