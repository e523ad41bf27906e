"""The forge's workflows run commands that exist, with no more rights than they need."""

import re

import pytest
import yaml

from tools import course
from tools.commands import main
from tools.notebooks.address import BRANCH
from tools.notebooks.inputs import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


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


def test_there_are_two():
    assert [path.stem for path in WORKFLOWS] == ["site", "test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_steps_are_whole(path):
    """Each runs a target of the Makefile or the one installation of a browser, or an official action."""
    workflow = read(path)
    for step in steps(workflow):
        assert ("run" in step) != ("uses" in step), step
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]), step
    for line in runs(workflow):
        target = re.fullmatch(r"make ([a-z-]+)", line)
        assert target or line == ".venv/bin/playwright install --with-deps chromium", line
        if target:
            assert target[1] in TARGETS
            main.parse([target[1]])  # ends the test if there is no such command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_jobs_end_and_have_few_rights(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert 10 <= job["timeout-minutes"] <= 90
        allowed = {"pages": "write", "id-token": "write"} if name == "publish" else None
        assert job.get("permissions") == allowed, name


def test_the_tests_run_on_the_oldest_and_the_newest_python():
    workflow = named("test")
    assert set(workflow["on"]) == {"push", "pull_request"}
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert matrix == ["{}.{}".format(*course.OLDEST), "{}.{}".format(*course.NEWEST)]
    assert runs({"jobs": {"test": workflow["jobs"]["test"]}}) == ["make setup", "make test"]
    used = runs({"jobs": {"use": workflow["jobs"]["use"]}})
    assert used[0] == "make setup" and {"make test-colab", "make test-browser"} <= set(used)
    assert used.index("make test-browser") > used.index(
        ".venv/bin/playwright install --with-deps chromium"
    )


def test_the_site_that_is_built_is_published():
    workflow = named("site")
    assert workflow["on"]["push"]["branches"] == [BRANCH]
    assert runs(workflow) == ["make site"]
    upload = next(step for step in steps(workflow) if "pages-artifact" in step.get("uses", ""))
    assert upload["with"]["path"] == "build/site"
    assert workflow["jobs"]["publish"]["needs"] == "build"
