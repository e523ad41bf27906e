"""Running lessons: what their outputs depend on, what is saved, what a failure leaves as it was."""

import json
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import inputs, run_lessons

PAINTER = {"zoo/painter.npz", "zoo/painter.json"}
COURSE = """\
class course:
    device, device_name, precision = "CPU", "CPU with 2 cores", "float32"
    budget_name, dataset = "{}", "shapes"
"""


def notebook_of(*sources: str, budget: str = "cpu"):
    notebook = nbformat.v4.new_notebook()
    for place, source in enumerate([COURSE.format(budget), *sources]):
        notebook.cells += [
            nbformat.v4.new_markdown_cell("Words.", id=f"words-{place}"),
            nbformat.v4.new_code_cell(source, id=f"code-{place}"),
        ]
    return notebook


@pytest.fixture
def library(tmp_path) -> Path:
    """A library of the same shape as ganlib."""
    files = {
        "__init__.py": '_HOMES = {"start": "course", "GAN": "gan"}\n',
        "course.py": "class Course:\n    def load(self):\n        from ganlib import data\n\n"
        "def start(lesson):\n    return lesson\n",
        "callbacks.py": "class Grid(keras.Callback):\n    def on_epoch_end(self):\n"
        "        from . import losses\n\n@register\ndef show():\n    from ganlib import plots\n",
        "plots.py": "def strip():\n    return 1\n",
        "support/__init__.py": "",
        "support/files.py": "def replacing():\n    return 1\n",
        "support/replicas.py": "from .files import replacing\n\ndef cut():\n    return 1\n",
        "checks/__init__.py": "",
        "checks/lesson06/__init__.py": "from ganlib.checks.lesson06.losses import losses\n"
        "from ganlib.checks.lesson06.step import step\n",
        "checks/lesson06/step.py": "from ganlib import gan\n",
        "checks/lesson06/losses.py": "from ganlib import losses\n",
        "checks/lesson07/__init__.py": "from ganlib import support\n",
        "data.py": "def load(name):\n    from ganlib import shapes\n    return shapes.draw()\n",
        "shapes.py": "def draw():\n    return 1\n",
        "losses.py": "def get(name):\n    return name\n",
        "gan.py": "from . import losses\nfrom .networks import small\n",
        "networks.py": "small = 1\n",
        "metrics.py": 'import ganlib\n\ndef distance():\n    return ganlib.zoo.load("judge")\n',
        "zoo/__init__.py": 'NAMES = ["judge", "painter"]\n\ndef load(name):\n    return name\n',
        "zoo/judge.npz": "1",
        "zoo/painter.npz": "1",
        "zoo/painter.json": "{}",
    }
    folder = tmp_path / "ganlib"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def used(library: Path, *sources: str) -> set[str]:
    files = inputs.used_files(notebook_of(*sources), library)
    return {path.relative_to(library).as_posix() for path in files}


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("import ganlib", set()),
        ('%pip install x\nimport ganlib\nganlib.start("06")', {"course.py"}),
        ("from ganlib import losses", {"losses.py"}),
        ("import ganlib.losses as l", {"losses.py"}),
        ("from ganlib.losses import get", {"losses.py"}),
        ('import ganlib\nganlib.data.load("shapes")', {"data.py", "shapes.py"}),
        ("import ganlib\nganlib.GAN()", {"gan.py", "losses.py", "networks.py"}),
        (
            'from ganlib import zoo\nzoo.load("painter")',
            {"zoo/__init__.py", *PAINTER},
        ),
        ("from ganlib import metrics", {"metrics.py"}),
        (
            "from ganlib import metrics\nmetrics.distance()",
            {"metrics.py", "zoo/__init__.py", "zoo/judge.npz"},
        ),
        (
            "from ganlib.metrics import distance as d",
            {"metrics.py", "zoo/__init__.py", "zoo/judge.npz"},
        ),
        # What a lazy import brings counts where its function is called, if only by its name.
        ("course.load()", set()),
        ('import ganlib\nganlib.start("06").load()', {"course.py", "data.py", "shapes.py"}),
        # A method that a base class calls needs no name; nor does a decorated function.
        ("from ganlib import callbacks", {"callbacks.py", "losses.py", "plots.py"}),
        # Folders count file by file, with what Python imports before.
        (
            "from ganlib.support import files",
            {"support/__init__.py", "support/files.py"},
        ),
        (
            "import ganlib\nganlib.support.replicas.cut()",
            {"support/__init__.py", "support/files.py", "support/replicas.py"},
        ),
        (
            "from ganlib.checks import lesson06",
            {"checks/__init__.py", "checks/lesson06/__init__.py"},
        ),
        (
            "from ganlib.checks import lesson06 as checks\nchecks.losses(1)",
            {"checks/__init__.py", "checks/lesson06/__init__.py", "checks/lesson06/losses.py"}
            | {"losses.py"},
        ),
        # A name that is put together.
        ('from ganlib import zoo\nzoo.load(f"pain{x}")', {"zoo/__init__.py", *PAINTER}),
        (
            'from ganlib import zoo\nzoo.load(f"{x}e{y}")',
            {"zoo/__init__.py", "zoo/judge.npz", *PAINTER},
        ),
        ('from ganlib import zoo\nprint(f"{x}", f"{x:4.2f} per cent")', {"zoo/__init__.py"}),
    ],
)
def test_files_that_a_lesson_uses(library, source, files):
    assert used(library, source) == files


def test_comments_and_docstrings_of_the_library_do_not_count(library):
    notebook = notebook_of("from ganlib import losses")
    before = inputs.library_hash(notebook, library)
    (library / "losses.py").write_text(
        '"""About\nlosses."""\n\n\n'
        'def get(name):  # one of them\n    """Get "one".\n\n    >>> 1\n    """\n\n'
        "    return name\n"
    )
    assert inputs.library_hash(notebook, library) == before
    (library / "losses.py").write_text("def get(name):\n    return name + '# no comment'\n")
    assert inputs.library_hash(notebook, library) != before


def test_only_used_parts_of_the_library_count(library):
    notebook = notebook_of('import ganlib\nganlib.data.load("shapes")')
    before = inputs.library_hash(notebook, library)
    (library / "losses.py").write_text("changed = 1\n")
    (library / "zoo" / "painter.npz").write_text("2")
    assert inputs.library_hash(notebook, library) == before
    (library / "shapes.py").write_text("def draw():\n    return 2\n")
    assert inputs.library_hash(notebook, library) != before


def test_weights_count_where_they_are_loaded(library):
    notebook = notebook_of('from ganlib import zoo\nzoo.load("painter")')
    before = inputs.library_hash(notebook, library)
    (library / "zoo" / "judge.npz").write_text("2")
    assert inputs.library_hash(notebook, library) == before
    (library / "zoo" / "painter.npz").write_text("2")
    assert inputs.library_hash(notebook, library) != before


def test_a_change_of_replicas_makes_only_those_lessons_stale_that_train():
    library = inputs.ROOT / "ganlib"
    by_lesson = {
        path.stem[:2]: {
            file.relative_to(library).as_posix()
            for file in inputs.used_files(json.loads(path.read_text(encoding="utf-8")), library)
        }
        for path in (inputs.ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb")
    }
    on_replicas = {lesson for lesson, files in by_lesson.items() if "support/replicas.py" in files}
    assert "07" in on_replicas and "02" not in on_replicas
    assert not [
        file for files in by_lesson.values() for file in files if file.startswith("checks/")
    ]
    assert any(file.startswith("records/plain-64-") for file in by_lesson["07"])


def test_real_library_is_understood():
    """What lesson code reaches through ganlib is found in the real modules."""
    library = inputs.ROOT / "ganlib"
    names = used(library, 'import ganlib\ncourse = ganlib.start("06")\nganlib.data.load("shapes")')
    assert {"course.py", "data.py", "shapes.py"} <= names
    assert {"gan.py", "losses.py"} <= used(library, "import ganlib\nganlib.GAN")


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("%pip install x\nx = 1", "pass\nx = 1"),
        ("if True:\n    !ls\n", "if True:\n    pass\n"),
        ("x = (7\n     % 4)", "x = (7\n     % 4)"),
    ],
)
def test_lines_for_ipython_alone_are_taken_out(source, plain):
    assert inputs.plain_python(source) == plain


def test_code_hash_sees_code_alone():
    notebook = notebook_of("x = 1")
    before = inputs.code_hash(notebook)
    notebook.cells[0].source = "Other words."
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    assert inputs.code_hash(notebook) == before
    as_lines = json.loads(nbformat.writes(notebook))
    assert inputs.code_hash(as_lines) == before, "lines or a string: the same"
    notebook.cells[3].source = "x = 2"
    assert inputs.code_hash(notebook) != before


@pytest.fixture
def lesson(tmp_path, library):
    """Writes a lesson to disk and runs it."""
    path = tmp_path / "06-small.ipynb"

    def run(*sources: str, budget: str = "cpu") -> Path:
        nbformat.write(notebook_of(*sources, budget=budget), path)
        run_lessons.run_lesson(path, library)
        return path

    run.path = path
    return run


@pytest.mark.slow
def test_outputs_are_saved_with_what_they_depend_on(lesson, library):
    asserted = "assert os.environ['GANLIB_ASSERT'] == '1'"
    path = lesson("print('hello')", f"import os\nprint(sorted(os.listdir()))\n{asserted}\n1 + 1")
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3]
    assert code[1].outputs[0].text == "hello\n"
    assert code[2].outputs[0].text == "[]\n", "it runs in an empty folder"
    assert code[2].outputs[1].data["text/plain"] == "2"
    assert [cell.id for cell in code] == ["code-0", "code-1", "code-2"]
    assert all("execution" not in cell.metadata for cell in code)
    saved = notebook.metadata.ganlib
    assert saved.inputs == inputs.inputs_of(notebook, library)
    assert (saved.budget, saved.device, saved.precision, saved.data) == (
        "cpu",
        "CPU with 2 cores",
        "float32",
        "shapes",
    )
    assert set(saved.versions) == {"tensorflow", "keras", "numpy", "matplotlib"}
    assert isinstance(saved.seconds, int)
    assert list(path.parent.glob("*.unfinished*")) == []


@pytest.mark.slow
def test_lesson_that_did_not_change_is_skipped(lesson, library, monkeypatch):
    path = lesson("x = 1")
    assert run_lessons.changes(path, library) == []
    text = json.loads(path.read_text())
    text["cells"][0]["source"] = "Other words."
    path.write_text(json.dumps(text))
    assert run_lessons.changes(path, library) == []
    monkeypatch.setattr(run_lessons, "versions", lambda: inputs.versions() | {"keras": "99.1"})
    assert [each.split()[0] for each in run_lessons.changes(path, library)] == ["keras"]
    monkeypatch.undo()
    text["cells"][3]["source"] = "x = 2"
    path.write_text(json.dumps(text))
    assert run_lessons.changes(path, library) == ["its code"]


@pytest.mark.slow
def test_lesson_with_cleared_outputs_is_run(lesson):
    path = lesson("x = 1")
    assert run_lessons.changes(path) == []
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert run_lessons.changes(path) == ["cells were run by hand, or their outputs cleared"]


def test_lesson_never_run_is_run(lesson, library):
    nbformat.write(notebook_of("x = 1"), lesson.path)
    assert run_lessons.changes(lesson.path, library) == ["was never run"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "budget", "said"),
    [
        (
            "x = 1\nraise ValueError('no luck')",
            "cpu",
            r"code cell 2 \(id code-1\):\n    x = 1\n.*no luck",
        ),
        ("import sys\nprint('look out', file=sys.stderr)", "cpu", "wrote to stderr:\nlook out"),
        ("import os\nos._exit(1)", "cpu", "code cell 2.*Kernel died"),
        ("x = 1", "smoke", "ran at the smoke budget"),
        ("del course", "cpu", "After the last cell: NameError"),
    ],
)
def test_failure_leaves_the_file_as_it_was(lesson, library, source, budget, said):
    nbformat.write(notebook_of(source, budget=budget), lesson.path)
    before = lesson.path.read_bytes()
    with pytest.raises(run_lessons.LessonFailed, match=f"(?s){said}") as failure:
        run_lessons.run_lesson(lesson.path, library)
    assert lesson.path.read_bytes() == before
    assert "\x1b[" not in str(failure.value)


@pytest.mark.slow
def test_state_of_widgets_is_saved_unless_it_is_too_large(lesson, monkeypatch, capsys):
    source = "import ipywidgets\nipywidgets.IntSlider(3, description='place')"
    state = nbformat.read(lesson(source), as_version=4).metadata.widgets
    models = state["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert "IntSliderModel" in {model["model_name"] for model in models}
    monkeypatch.setattr(run_lessons, "LARGEST_BYTES", 2000)
    assert "widgets" not in nbformat.read(lesson(source), as_version=4).metadata
    assert "left out" in capsys.readouterr().out


@pytest.mark.slow
def test_progress_bar_is_saved_as_it_looks_in_the_end(lesson):
    path = lesson(
        "import sys\nfor i in range(3):\n    print(f'\\rstep {i}', end='', flush=True)\nprint()"
    )
    cell = nbformat.read(path, as_version=4).cells[3]
    assert "".join(output.text for output in cell.outputs) == "step 2\n"


def test_smoke_budget_is_refused_before_anything_runs(monkeypatch, capsys):
    monkeypatch.setenv("GANLIB_BUDGET", "smoke")
    assert run_lessons.main([]) == 1
    assert "not for readers" in capsys.readouterr().out


def test_a_lesson_comes_with_the_solution_of_its_exercise():
    lessons = run_lessons.chosen("06")
    names = [path.relative_to(inputs.ROOT) for path in run_lessons.with_solutions(lessons)]
    assert [name.parts[0] for name in names] == ["notebooks", "solutions"]
    assert {name.stem for name in names} == {"06-first-image-gan"}
    (start,) = run_lessons.chosen("00")
    assert run_lessons.with_solutions([start]) == [start]  # it has no exercise


def test_unknown_lesson_is_told_with_the_known_ones():
    with pytest.raises(SystemExit, match=r"no lesson '99'\. There are: "):
        run_lessons.chosen("99")
