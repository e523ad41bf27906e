"""The forge's workflows run commands that exist, with no more rights than they need."""

import re

import pytest
import yaml

from tools import course
from tools.commands import main
from tools.notebooks.address import MAIN
from tools.notebooks.inputs import ROOT
from tools.publishing import build_site

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(path) -> dict:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    workflow["on"] = workflow.pop(True)  # YAML 1.1 reads the key "on" as true
    return workflow


def named(name: str) -> dict:
    return read(ROOT / ".github" / "workflows" / f"{name}.yml")


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def runs(workflow: dict) -> list[str]:
    return [line for step in steps(workflow) for line in step.get("run", "").splitlines()]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_steps_are_whole(path):
    """Each runs a command of the course or the one installation of a browser, or an official
    action.
    """
    workflow = read(path)
    for step in steps(workflow):
        assert ("run" in step) != ("uses" in step), step
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]), step
    for line in runs(workflow):
        target = re.fullmatch(r"make ([a-z-]+)", line)
        assert target or line == ".venv/bin/playwright install --with-deps chromium", line
        assert not target or target[1] in main.COMMANDS, line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_jobs_end_and_have_few_rights(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert 10 <= job["timeout-minutes"] <= 90
        allowed = {"pages": "write", "id-token": "write"} if name == "publish" else None
        assert job.get("permissions") == allowed, name


def test_the_tests_run_on_the_oldest_and_the_newest_python():
    matrix = named("test")["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert matrix == ["{}.{}".format(*course.OLDEST), "{}.{}".format(*course.NEWEST)]


def test_the_site_that_is_built_is_published():
    workflow = named("site")
    assert workflow["on"]["push"]["branches"] == [MAIN]
    upload = next(step for step in steps(workflow) if "pages-artifact" in step.get("uses", ""))
    assert ROOT / upload["with"]["path"] == build_site.SITE
