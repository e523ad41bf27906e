"""The set-up: a second call does nothing, a broken one is repaired, and nothing working is lost."""

import shutil

import pytest

from tools.commands import environment as setting
from tools.commands.environment import Environment, set_up
from tools.commands.problems import SetupError

# What pip writes then; test_setup_problems.py has it in full.
NO_NETWORK = "WARNING: connection broken by 'NewConnectionError(…)'"
DISK_FULL = "ERROR: [Errno 28] No space left on device"


def test_second_call_does_nothing(project, stage):
    environment = Environment(project)
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]
    assert set_up(environment) is False
    assert stage.taken() == []


@pytest.mark.parametrize("change", ["constraints.txt", "pyproject.toml"])
def test_changed_dependencies_are_installed_over(project, stage, change):
    environment = Environment(project)
    set_up(environment)
    stage.taken()
    file = project / change
    old = {"constraints.txt": "absl-py==", "pyproject.toml": '"psutil>='}[change]
    file.write_text(file.read_text().replace(old, old[:-2] + "-other" + old[-2:]))
    assert set_up(environment) is True
    assert stage.taken() == ["pip", "try"]


def test_other_changes_of_pyproject_need_no_set_up(project, stage):
    environment = Environment(project)
    set_up(environment)
    with open(project / "pyproject.toml", "a") as file:
        file.write("\n[tool.something]\nline = 1\n")
    assert set_up(environment) is False


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), MemoryError()])
def test_interrupted_set_up_begins_anew(project, stage, interruption):
    environment = Environment(project)
    stage.pip_returns = interruption
    with pytest.raises(type(interruption)):
        set_up(environment)
    assert not environment.is_ready()
    stage.taken()
    stage.pip_returns = 0
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_broken_environment_is_made_again(project, stage):
    environment = Environment(project)
    set_up(environment)
    stage.taken()
    stage.healthy = False  # its Python was removed, or TensorFlow is gone
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_damaged_stamp_is_not_believed(project, stage):
    environment = Environment(project)
    set_up(environment)
    environment.stamp.write_text('{"state": "rea')
    assert set_up(environment) is True


def test_moved_course_is_set_up_again(project, stage, tmp_path):
    set_up(Environment(project))
    stage.taken()
    moved = tmp_path / "moved here"
    moved.mkdir()
    for name in ("pyproject.toml", "constraints.txt", ".venv"):
        shutil.move(project / name, moved / name)
    assert set_up(Environment(moved)) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_fresh_begins_from_nothing(project, stage):
    environment = Environment(project)
    set_up(environment)
    stage.taken()
    assert set_up(environment, fresh=True) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_no_network_leaves_a_working_environment_as_it_was(project, stage):
    environment = Environment(project)
    set_up(environment)
    before = environment.read_stamp()
    (project / "constraints.txt").write_text("")
    stage.pip_says, stage.pip_returns = NO_NETWORK, 1
    with pytest.raises(SetupError, match="could not be reached"):
        set_up(environment)
    assert environment.read_stamp() == before
    stage.taken()
    stage.pip_returns = 0
    set_up(environment)
    assert stage.taken() == ["pip", "try"], "nothing was lost"


@pytest.mark.parametrize("installing", [False, True])
def test_interrupted_update_keeps_an_environment_that_pip_has_not_changed(
    project, stage, installing
):
    environment = Environment(project)
    set_up(environment)
    before = environment.read_stamp()
    (project / "constraints.txt").write_text("")
    built = "2026-01-01T10:00:00,1   Installing collected packages: setuptools\n"
    began = "2026-01-01T10:00:02,1 Installing collected packages: numpy\n"
    stage.pip_says, stage.pip_returns = built + began * installing, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        set_up(environment)
    assert (environment.read_stamp() == before) == (not installing)
    stage.taken()
    stage.pip_returns = 0
    set_up(environment)
    assert stage.taken() == [*["create"] * installing, "pip", "try"]


def test_full_disk_leaves_nothing_half_done_behind(project, stage):
    environment = Environment(project)
    set_up(environment)
    (project / "constraints.txt").write_text("")
    stage.pip_says, stage.pip_returns = DISK_FULL, 1
    with pytest.raises(SetupError, match="disk became full"):
        set_up(environment)
    stage.taken()
    stage.pip_returns = 0
    set_up(environment)
    assert stage.taken() == ["create", "pip", "try"]


def test_two_set_ups_do_not_meet(project, stage):
    environment = Environment(project)
    with setting.one_at_a_time(environment):
        with pytest.raises(SetupError, match="Another set-up"):
            set_up(environment)
    assert stage.taken() == []
    assert set_up(environment) is True


def test_latest_has_an_environment_of_its_own(project, stage):
    tested, latest = Environment(project), Environment(project, latest=True)
    set_up(tested)
    assert set_up(latest) is True
    assert tested.folder != latest.folder and tested.is_ready()
    assert "constraints.txt" in setting.install_command(tested)
    assert "constraints.txt" not in setting.install_command(latest)
