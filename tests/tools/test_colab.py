"""`make test-colab` sees what it must see."""

import copy
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import course
from tools.commands import environment as setting
from tools.commands.problems import SetupError
from tools.notebooks import address, run_lessons
from tools.publishing import colab

ROOT = Path(__file__).resolve().parents[2]

# The list -----------------------------------------------------------------------------------------


def test_the_list_names_versions_that_the_course_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = colab.pinned()
    allowed = {canonicalize_name(Requirement(each).name): each for each in project["dependencies"]}
    assert set(allowed) - set(listed) == {"tensorboard"}, "which comes with TensorFlow"
    for name in set(allowed) & set(listed):
        assert Requirement(allowed[name]).specifier.contains(listed[name]), allowed[name]
    assert {"ipykernel", "ipython"} <= set(listed), "the kernel is Colab's too"
    assert tuple(map(int, colab.colab_python().split(".")[:2])) == max(colab.PYTHONS)


# Which Python -------------------------------------------------------------------------------------


def python(folder: Path, version: str, works: bool = True) -> None:
    """A stand-in that says it is this version, as far as it is asked."""
    file = folder / f"python{version.rpartition('.')[0]}"
    answers = f'*ensurepip*) printf {version.rpartition(".")[0]};; *) echo "$0"; echo {version};;'
    file.write_text(
        f'#!/bin/sh\ncase "$2" in {answers} esac\n' if works else "#!/bin/sh\nexit 127\n"
    )
    file.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
@pytest.mark.parametrize(
    ("there", "broken", "taken"),
    [
        (["3.12.4", "3.13.2"], [], "3.13.2"),
        (["3.12.4"], ["3.13.2"], "3.12.4"),
        (["3.11.9"], [], None),
        ([], [], None),
    ],
)
def test_the_newest_of_colabs_pythons_is_taken(monkeypatch, tmp_path, there, broken, taken):
    monkeypatch.setattr(course, "ROOT", str(tmp_path / "no environment"))
    for version in there + broken:
        python(tmp_path, version, works=version in there)
    executable, version = colab.find_python(str(tmp_path))
    if taken:
        assert (executable, version) == (str(tmp_path / f"python{taken.rpartition('.')[0]}"), taken)
    else:
        assert version == "{}.{}.{}".format(*sys.version_info)


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_a_python_that_pyenv_keeps_is_found(monkeypatch, tmp_path):
    folder = tmp_path / "versions" / "3.13.9" / "bin"
    folder.mkdir(parents=True)
    python(folder, "3.13.9")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(course, "ROOT", str(tmp_path))
    assert colab.find_python()[1] == "3.13.9"


# The environment ----------------------------------------------------------------------------------


@pytest.fixture
def stage(monkeypatch, tmp_path):
    """Plays pip and venv; writes down which was called."""

    class Stage:
        calls: list = []
        installed = {name: [version, 1] for name, version in colab.pinned().items()}

        def __init__(self):
            self.calls, self.now = [], {}

        def create(self, environment):
            self.calls.append("create")
            environment.folder.mkdir(exist_ok=True)
            for file in environment.folder.glob("*.json"):
                file.unlink()
            (environment.folder / "pyvenv.cfg").write_text("version = 3.12.1\n")

        def run_pip(self, environment):
            self.calls.append(("pip", *environment.requirements))
            self.now = copy.deepcopy(self.installed)
            return 0

        def pip(self, *arguments):
            self.calls.append(arguments)
            for name in arguments[2:]:
                del self.now[name]

        def taken(self):
            calls, self.calls = self.calls, []
            return [each if isinstance(each, str) else each[0] for each in calls]

    it = Stage()
    monkeypatch.setattr(setting, "create", it.create)
    monkeypatch.setattr(setting, "run_pip", it.run_pip)
    monkeypatch.setattr(setting, "try_tensorflow", lambda environment: None)
    monkeypatch.setattr(colab, "find_python", lambda: ("/usr/bin/python3.12", "3.12.1"))
    monkeypatch.setattr(colab.ColabEnvironment, "root", tmp_path)
    monkeypatch.setattr(colab.ColabEnvironment, "__init__", lambda self, maker: None)
    monkeypatch.setattr(colab.ColabEnvironment, "latest", False)
    monkeypatch.setattr(colab.ColabEnvironment, "runs", lambda self, code: self.folder.exists())
    monkeypatch.setattr(colab.ColabEnvironment, "packages", lambda self: copy.deepcopy(it.now))
    monkeypatch.setattr(colab.ColabEnvironment, "pip", it.pip)
    return it


SET_UP = ["create", "pip"]


def test_a_second_call_keeps_the_environment(stage, capsys):
    colab.prepare(fresh=False)
    assert "Python 3.12.1; Colab has 3.13." in capsys.readouterr().out
    assert stage.taken() == SET_UP
    colab.prepare(fresh=False)
    assert stage.taken() == []
    colab.prepare(fresh=True)
    assert stage.taken() == SET_UP


def test_colabs_list_is_what_pip_installs(stage):
    colab.prepare(fresh=False)
    assert stage.calls[-1] == ("pip", "-r", str(colab.VERSIONS))


def test_an_interrupted_set_up_begins_anew(stage, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(setting, "try_tensorflow", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        colab.prepare(fresh=False)
    stage.taken()
    colab.prepare(fresh=False)
    assert stage.taken() == SET_UP


def test_another_list_or_another_python_begins_anew(stage, monkeypatch, tmp_path):
    colab.prepare(fresh=False)
    stage.taken()
    other = tmp_path / "colab-versions.txt"
    other.write_text(colab.VERSIONS.read_text("utf-8") + "# a comment\n", "utf-8")
    monkeypatch.setattr(colab, "VERSIONS", other)
    colab.prepare(fresh=False)
    assert stage.taken() == []
    other.write_text(other.read_text("utf-8").replace("keras==3.13.2", "keras==3.14.0"), "utf-8")
    stage.installed = stage.installed | {"keras": ["3.14.0", 1]}
    colab.prepare(fresh=False)
    assert stage.taken() == SET_UP
    monkeypatch.setattr(colab, "find_python", lambda: ("/usr/bin/python3.13", "3.13.1"))
    colab.prepare(fresh=False)
    assert stage.taken() == SET_UP


def test_what_the_last_call_installed_is_taken_away(stage):
    colab.prepare(fresh=False)
    stage.taken()
    stage.now |= {"ganlib": ["0.1.0", 5], "brought-along": ["1", 5]}
    colab.prepare(fresh=False)
    assert stage.calls == [("uninstall", "--yes", "brought-along", "ganlib")]
    assert stage.now == stage.installed


@pytest.mark.parametrize("change", [["1.26.4", 1], ["2.1.3", 7], None])
def test_an_environment_that_pip_moved_is_made_again(stage, capsys, change):
    colab.prepare(fresh=False)
    stage.taken()
    stage.now["numpy"] = change
    if change is None:
        del stage.now["numpy"]
    colab.prepare(fresh=False)
    assert stage.taken() == SET_UP
    assert "made again" in capsys.readouterr().out


def test_an_environment_that_is_not_colabs_is_refused(stage):
    stage.installed = stage.installed | {"keras": ["3.15.1", 1]}
    with pytest.raises(SetupError, match="keras is not installed as"):
        colab.prepare(fresh=False)


# The package --------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", [address.MAIN, "v2027.1"])
def test_the_set_up_cell_installs_the_wheel_and_is_else_the_same(tmp_path, monkeypatch, revision):
    monkeypatch.setattr(address, "REVISION", revision)
    cell = address.setup_cell(address.repository(), "03")
    changed = colab.from_wheel(cell, tmp_path / "ganlib-1.whl")
    different = [pair for pair in zip(cell.splitlines(), changed.splitlines(), strict=True)]
    different = [pair for pair in different if pair[0] != pair[1]]
    wheel = (tmp_path / "ganlib-1.whl").as_uri()
    assert [new.strip() for _, new in different] == [f'%pip install --quiet "ganlib @ {wheel}"']
    with pytest.raises(colab.Failed, match="does not install from"):
        colab.from_wheel(address.setup_cell("some--body/else", "03"), tmp_path / "ganlib-1.whl")


def test_what_pip_did_is_told():
    before = {
        "numpy": ["2.1.3", 1],
        "keras": ["3.13.2", 1],
        "scipy": ["1.16.3", 1],
        "pip": ["1", 1],
    }
    after = {"numpy": ["2.4", 9], "scipy": ["1.16.3", 9], "pip": ["1", 1], "ganlib": ["0.1", 9]}
    wrong, new = colab.moved(before, after)
    assert new == ["ganlib 0.1"]
    assert wrong == [
        "numpy was moved from 2.1.3 to 2.4",
        "keras 3.13.2 was removed",
        "scipy 1.16.3 was installed over",
    ]
    assert colab.moved(before, before) == ([], [])


@pytest.fixture
def installing(monkeypatch, tmp_path):
    """`install` with the kernel and pip played; what they do can be set."""

    class Play:
        home = str(ROOT / ".venv-colab" / "lib" / "ganlib" / "__init__.py")
        path = [str(ROOT / ".venv-colab" / "lib"), "/usr/lib/python3.13"]
        after = {"numpy": ["2.1.3", 1], "ganlib": ["0.1.0", 2]}
        conflicts = ""

    play = Play()
    installed, checked = [], []

    def run(notebook, folder, variables):
        installed.append(True)
        notebook.cells[1].outputs = [stream(json.dumps([play.home, *play.path]))]

    def pip(self, *arguments):
        checked.append(arguments)
        said = play.conflicts if installed else "old is not met\n"
        return subprocess.CompletedProcess([], 0, said)

    monkeypatch.setattr(colab, "run_notebook", run)
    monkeypatch.setattr(colab, "WORK", tmp_path)
    monkeypatch.setattr(colab.ColabEnvironment, "pip", pip)
    monkeypatch.setattr(
        colab.ColabEnvironment,
        "packages",
        lambda self: play.after if installed else {"numpy": ["2.1.3", 1]},
    )
    page = colab.chosen("00")[0]
    play.go = lambda: colab.install(colab.ColabEnvironment(), page, tmp_path / "ganlib.whl", {})
    return play


def test_an_install_that_moves_nothing_passes(installing, capsys):
    installing.conflicts = "old is not met\n"
    installing.go()
    assert "installed ganlib 0.1.0; nothing that Colab has was moved" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"after": {"numpy": ["2.4.0", 2], "ganlib": ["0.1.0", 2]}}, "numpy was moved from 2.1.3"),
        ({"after": {"numpy": ["2.1.3", 1]}}, "ganlib was not installed"),
        ({"conflicts": "keras needs what is not there\n"}, "keras needs what is not there"),
        ({"home": str(ROOT / "ganlib" / "__init__.py")}, "the kernel's ganlib is"),
        ({"path": [str(ROOT)]}, "looks for packages in the repository"),
    ],
)
def test_an_install_that_does_harm_is_refused(installing, change, said):
    vars(installing).update(change)
    with pytest.raises(colab.Failed, match=said):
        installing.go()


def test_a_set_up_cell_that_fails_is_told_with_where_pip_said_why(installing, monkeypatch):
    def run(notebook, folder, variables):
        raise run_lessons.LessonFailed("code cell 1: No module named 'ganlib'")

    monkeypatch.setattr(colab, "run_notebook", run)
    monkeypatch.setattr(colab, "ROOT", colab.WORK)
    with pytest.raises(colab.Failed, match=r"(?s)set-up\.ipynb.*code cell 1: No module"):
        installing.go()
    assert (colab.WORK / "set-up" / "set-up.ipynb").exists()


# The notebooks ------------------------------------------------------------------------------------


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(kind, data="…"):
    return nbformat.v4.new_output("display_data", data={kind: data})


def lesson():
    """A lesson with a figure, a widget and a line of text."""
    notebook = nbformat.v4.new_notebook()
    outputs = {
        "draw": [shown(colab.IMAGE)],
        "slide": [shown(colab.WIDGET)],
        "say": [stream("hello\n")],
        "think": [],
    }
    for name, each in outputs.items():
        notebook.cells.append(nbformat.v4.new_code_cell("…", id=name, outputs=each))
    return notebook


def test_what_the_saved_lesson_shows_must_be_shown():
    saved, notebook = lesson(), lesson()
    notebook.cells[3].outputs = [stream("more than the saved one")]
    assert colab.lost(saved, notebook) == []
    for cell in notebook.cells:
        cell.outputs = []
    assert colab.lost(saved, notebook) == [
        "cell draw shows no figure, the saved notebook does",
        "cell slide shows no widget, the saved notebook does",
        "cell say shows no line of text, the saved notebook does",
    ]


def test_a_figure_is_no_text_and_text_no_figure():
    saved, notebook = lesson(), lesson()
    notebook.cells[0].outputs, notebook.cells[2].outputs = (
        [stream("no figure")],
        [shown(colab.IMAGE)],
    )
    assert len(colab.lost(saved, notebook)) == 2


def test_errors_inside_of_widgets_are_seen():
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="too large")
    for outputs, said in (
        ([stream("1")], []),
        (
            [stream("a warning", "stderr"), error],
            ["a widget shows 'a warning'", "a widget shows 'too large'"],
        ),
    ):
        notebook = lesson()
        models = {"a": {"state": {"outputs": outputs}}, "b": {"state": {"value": 3}}}
        state = {"application/vnd.jupyter.widget-state+json": {"state": models}}
        notebook.metadata["widgets"] = state
        assert colab.complaints(notebook) == said


def graded(*given):
    """A notebook with a check of 2 points for each text that one shows."""
    notebook = nbformat.v4.new_notebook()
    for place, text in enumerate(given):
        outputs = [] if text is None else [shown("text/plain", text)]
        cell = nbformat.v4.new_code_cell("checks.it()", outputs=[stream("said"), *outputs])
        cell.metadata["nbgrader"] = {
            "grade": True,
            "solution": False,
            "grade_id": f"task-{place}",
            "points": 2,
        }
        notebook.cells.append(cell)
    return notebook


@pytest.mark.parametrize("text", ["1.5", "0.0", None, "nan", "np.float64(2.0)", "Figure"])
def test_a_solution_must_get_all_points(text):
    assert colab.wrong_marks(graded("2.0", "2.0"), "solutions") == []
    (wrong,) = colab.wrong_marks(graded("2.0", text), "solutions")
    assert wrong.startswith("the check task-1 gives") and "of 2 points" in wrong


@pytest.mark.parametrize("text", ["2.0", "0.5", None])
def test_an_untouched_exercise_must_get_none(text):
    assert colab.wrong_marks(graded("0.0", "0.0"), "exercises") == []
    assert len(colab.wrong_marks(graded("0.0", text), "exercises")) == 1


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """A repository of one exercise, and what running it does."""
    path = tmp_path / "exercises" / "02-a" / "02-a.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(graded("0.0"), path)
    monkeypatch.setattr(colab, "ROOT", tmp_path)
    monkeypatch.setattr(colab, "WORK", tmp_path / "build")

    def go(run):
        monkeypatch.setattr(colab, "run_notebook", run)
        return colab.check(path, {"A": "B"})

    return go


def test_a_notebook_runs_alone(runs):
    def run(notebook, folder, variables):
        assert [file.name for file in folder.iterdir()] == ["02-a.ipynb"]
        assert variables == {"A": "B"}
        return {"data": "shapes"}

    line, problems = runs(run)
    assert problems == []
    assert line.startswith("exercises/02-a/02-a.ipynb") and "shapes 0 of 2 points" in line
    assert line.endswith("ok")


def test_a_cell_that_fails_is_told(runs):
    def run(notebook, folder, variables):
        raise run_lessons.LessonFailed("code cell 3 (id d): It wrote to stderr")

    line, problems = runs(run)
    assert line.endswith("FAILED")
    assert problems == ["code cell 3 (id d): It wrote to stderr"]


def test_lessons_come_with_their_exercises_and_solutions():
    names = [path.relative_to(ROOT).parts[0] for path in colab.chosen("07")]
    assert names == ["notebooks", "solutions", "exercises"]
    assert {path.name for path in colab.chosen(None)} >= {path.name for path in colab.chosen("00")}
    with pytest.raises(colab.Failed, match="There are: 00, 01, "):
        colab.chosen("77")


def test_kernels_are_told_nothing_of_the_repository(monkeypatch):
    for name in ("PYTHONPATH", "KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "MPLBACKEND"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.delenv("GANLIB_BUDGET", raising=False)
    environment = colab.ColabEnvironment()
    values = colab.kernel_variables(environment)
    assert "elsewhere" not in values.values() and "PYTEST_CURRENT_TEST" not in values
    assert values["PATH"].split(os.pathsep)[0] == str(environment.folder / "bin")
    assert values["GANLIB_BUDGET"] == "smoke" and values["GANLIB_ASSERT"] == "1"


@pytest.mark.parametrize("failed", [[], [ROOT / "notebooks" / "07-dcgan-on-gpu.ipynb"]])
def test_the_end_says_what_failed_and_what_was_not_tested(monkeypatch, capsys, failed):
    monkeypatch.setattr(colab, "run_all", lambda paths, fresh: failed)
    assert colab.main(["07"]) == bool(failed)
    said = capsys.readouterr().out
    assert "Not tested here:\n- Colab's" in said
    assert f"3 notebooks, {len(failed)} failed" in said
    assert ("What to do" in said) == bool(failed)


def test_a_wrong_number_is_told_without_a_traceback(capsys):
    assert colab.main(["77"]) == 1
    assert "There is no lesson '77'" in capsys.readouterr().err
