"""The set-up clears only what the course made, and made for this folder."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.commands import environment as setting
from tools.commands.environment import Environment, set_up
from tools.commands.problems import SetupError


def holdings(folder: Path) -> dict[str, str]:
    """The files in a folder and what they hold, without the course's stamp."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "course-setup.json"
    }


def environment_of_an_editor(folder: Path, version: str = "3.12.1") -> dict[str, str]:
    """What an editor's button makes; the learner has put a note beside it."""
    folder.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    (folder / "my-notes.txt").write_text("not to be lost")
    return holdings(folder)


def test_the_environment_of_an_editor_is_used_and_kept(project, stage, capsys):
    environment = Environment(project)
    kept = environment_of_an_editor(environment.folder)
    stage.healthy = True
    assert set_up(environment) is True
    assert stage.taken() == ["pip", "try"] and kept.items() <= holdings(environment.folder).items()
    assert "used, never cleared" in capsys.readouterr().out
    assert set_up(environment) is False


def test_the_environment_of_an_editor_survives_an_interruption(project, stage):
    environment = Environment(project)
    kept = environment_of_an_editor(environment.folder)
    stage.healthy, stage.pip_returns = True, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        set_up(environment)
    stage.taken()
    stage.pip_returns = 0
    assert set_up(environment) is True
    assert stage.taken() == ["pip", "try"] and kept.items() <= holdings(environment.folder).items()


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("used_before", [False, True])
def test_the_environment_of_an_editor_that_cannot_be_used_is_left_alone(
    project, stage, fresh, used_before
):
    environment = Environment(project)
    kept = environment_of_an_editor(environment.folder, version="3.9.2")
    if used_before:
        stage.healthy = True
        set_up(environment)
        stage.taken()
    stage.healthy = False
    with pytest.raises(SetupError) as problem:
        set_up(environment, fresh=fresh)
    assert "was not made by the course" in str(problem.value)
    assert fresh or "its Python (3.9) does not run or is older than 3.11" in str(problem.value)
    assert f"Rename or remove {environment.folder}" in str(problem.value)
    assert stage.taken() == [] and kept.items() <= holdings(environment.folder).items()


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["pip", "Python"])
def test_an_environment_without_pip_gets_it(project, missing):
    """Made for real, as some editors' tools make one."""
    environment = Environment(project)
    subprocess.run(
        [environment.base, "-m", "venv", "--without-pip", str(environment.folder)], check=True
    )
    if missing == "pip":
        assert setting.what_to_do(environment, fresh=False) == "install"
        assert environment.runs("import pip")
    else:
        environment.python.unlink()
        with pytest.raises(SetupError, match="does not run"):
            setting.what_to_do(environment, fresh=False)


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("link", [False, True])
def test_a_folder_with_something_else_in_it_is_left_alone(project, stage, tmp_path, link, fresh):
    environment = Environment(project)
    folder = tmp_path / "photographs" if link else environment.folder
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "holiday.txt").write_text("the only copy")
    if link:
        environment.folder.symlink_to(folder)
    with pytest.raises(SetupError, match="holds files, and is no environment") as problem:
        set_up(environment, fresh=fresh)
    assert str(folder) in str(problem.value) and "What to do:" in str(problem.value)
    assert ("Remove the link" in str(problem.value)) == link
    assert stage.taken() == [] and holdings(folder) == {"2026/holiday.txt": "the only copy"}


def test_a_link_to_an_empty_folder_of_another_disk_is_used(project, stage, tmp_path):
    environment = Environment(project)
    disk = tmp_path / "large disk"
    disk.mkdir()
    environment.folder.symlink_to(disk)
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]
    assert environment.folder.is_symlink() and (disk / "pyvenv.cfg").exists()
    assert set_up(environment) is False
    assert set_up(environment, fresh=True) is True  # it is the course's own, and this folder's


@pytest.mark.slow
def test_an_environment_is_really_made_behind_a_link(project, tmp_path):
    environment = Environment(project)
    disk = tmp_path / "disk"
    disk.mkdir()
    environment.folder.symlink_to(disk)
    environment.write_stamp("begun", made=True)
    setting.create(environment)
    assert environment.runs("import pip") and (disk / "pyvenv.cfg").exists()
    assert environment.read_stamp()["made"] is True


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_the_environment_of_another_copy_behind_a_link_is_left_alone(
    project, stage, tmp_path, fresh, broken
):
    mine, other = Environment(project), Environment(tmp_path / "other copy")
    other.root.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(project / name, other.root / name)
    set_up(other)
    stage.taken()
    kept = holdings(other.folder)
    mine.folder.symlink_to(other.folder)
    stage.healthy = not broken
    with pytest.raises(SetupError, match=r"belongs to the course in .*other copy") as problem:
        set_up(mine, fresh=fresh)
    assert f"rm {mine.folder}" in str(problem.value)
    assert stage.taken() == [] and holdings(other.folder) == kept
    stage.healthy = True
    assert other.is_ready()


def test_a_link_to_nothing_and_a_file_are_told(project, stage, tmp_path):
    environment = Environment(project)
    environment.folder.symlink_to(tmp_path / "a disk that is not there")
    with pytest.raises(SetupError, match="is a link to nothing") as problem:
        set_up(environment)
    assert "attach its disk" in str(problem.value)
    environment.folder.unlink()
    environment.folder.write_text("/home/me/.virtualenvs/gan\n")
    with pytest.raises(SetupError, match=r"\.venv is a file"):
        set_up(environment)
    assert stage.taken() == [] and environment.folder.read_text().startswith("/home/me")


def test_clearing_follows_no_link(project, stage, tmp_path):
    """An environment of the course may hold links that a learner put there."""
    environment = Environment(project)
    set_up(environment)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("the only copy")
    (environment.folder / "lib").symlink_to(mine)
    assert set_up(environment, fresh=True) is True
    assert holdings(mine) == {"thesis.txt": "the only copy"}
    assert not (environment.folder / "lib").exists()


def test_a_set_up_that_is_killed_while_it_clears_is_still_its_own(project, stage, monkeypatch):
    environment = Environment(project)
    set_up(environment)
    stage.taken()

    def killed(environment):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setting, "create", killed)
        with pytest.raises(KeyboardInterrupt):
            set_up(environment, fresh=True)
    assert set_up(environment) is True
    assert stage.taken() == ["create", "pip", "try"]


def test_the_room_is_looked_for_behind_a_link(project, monkeypatch, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    Environment(project).folder.symlink_to(disk)
    free = {str(project / ".venv"): 9 * 10**9, str(project): 1}
    usage = lambda folder: SimpleNamespace(free=free[str(folder)])  # noqa: E731
    monkeypatch.setattr(setting.shutil, "disk_usage", usage)
    setting.check_room(Environment(project))
