"""Two machines train together; one dies, both are started again, and nothing is lost."""

import contextlib
import json
import os
import signal
import sys
import time

import machines
import numpy as np
import psutil
import pytest

from tools.training import watched

pytestmark = pytest.mark.slow

TOOL = "tools.training.train_on_several"
# The tool's training, with a checkpoint after each step, on a machine that loses its power at one.
WITH_A_POWER_CUT = """
import os, signal, sys
from ganlib import checkpoints, gan
from tools.training import train_on_several

step, fit = int(sys.argv.pop(1)), gan.GAN.fit

def fit_and_save_often(self, *arguments, resume, **options):
    return fit(self, *arguments, resume=checkpoints.Checkpoint(resume, seconds=0), **options)

gan.GAN.fit = fit_and_save_often
save_perhaps = checkpoints.Checkpoint.on_train_batch_end

def on_train_batch_end(self, batch, logs=None):
    if int(self.model.step.numpy()) == step:
        os.kill(os.getpid(), signal.SIGKILL)
    save_perhaps(self, batch, logs)

checkpoints.Checkpoint.on_train_batch_end = on_train_batch_end
train_on_several.train(train_on_several.parse(), lambda: None)
"""
# Nobody listens there.
PROXY = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "grpc_proxy")}
PROXY |= {"no_proxy": "", "NO_PROXY": ""}


def commands(folders, power_cuts=None):
    """The lines typed on the machines, for three epochs of three steps; a cut at step 0 never
    comes.
    """
    here = machines.addresses()
    sizes = "--data shapes --images 40 --batch-size 16 --width 2 --epochs 3".split()
    lines = []
    for number, folder in enumerate(folders):
        tool = ["-m", TOOL] if power_cuts is None else ["-c", WITH_A_POWER_CUT, power_cuts[number]]
        options = ["--this", number, "--folder", folder]
        lines.append([sys.executable, *tool, *here, *options, *sizes])
    return lines


def end_of(folder):
    """The arrays of a checkpoint, and its curves."""
    with np.load(folder / "checkpoint.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(arrays.pop("notes").tobytes())["logs"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A run that nothing stops, on machines that share their folder and are told of a proxy."""
    folder = tmp_path_factory.mktemp("unbroken")
    with machines.started(folder, commands([folder / "run"] * 2), [PROXY] * 2) as processes:
        machines.finish(folder, processes)
    return end_of(folder / "run")


def test_after_a_machine_has_died_both_go_on_to_the_same_end(unbroken, tmp_path):
    """First the first machine dies, then the second one. Each has a folder of its own."""
    folders = [tmp_path / "first", tmp_path / "second"]
    with machines.started(tmp_path / "begin", commands(folders, [5, 0])) as (first, second):
        assert first.wait(machines.SECONDS) == -signal.SIGKILL
        assert second.wait(600) != 0  # ends by itself, with an error

    with machines.started(tmp_path / "middle", commands(folders, [0, 7])) as (_, second):
        assert second.wait(machines.SECONDS) == -signal.SIGKILL
        # The first one would end by itself too, but takes up to a minute to notice: it is killed.

    with machines.started(tmp_path / "end", commands(folders, [0, 0])) as processes:
        machines.finish(tmp_path / "end", processes)
    assert "Going on from the first machine, step 4." in (tmp_path / "middle" / "1").read_text()
    assert "Going on from the first machine, step 6." in (tmp_path / "end" / "1").read_text()
    assert not folders[1].exists()

    (arrays, logs), (expected, expected_logs) = end_of(folders[0]), unbroken
    for name, values in expected.items():
        np.testing.assert_allclose(arrays[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
    assert len(logs) == len(expected_logs) == 3
    for epoch, other in zip(logs, expected_logs, strict=True):
        assert epoch == pytest.approx(other, rel=1e-5, abs=1e-6)


def children(process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def test_a_machine_that_waits_alone_says_for_what_and_ends(tmp_path):
    line = [*commands([tmp_path / "run"] * 2)[0], "--minutes-to-meet", "0.2"]
    with machines.started(tmp_path, [line]) as (process,):
        assert process.wait(machines.SECONDS) == 1
    said = (tmp_path / "0").read_text()
    assert "After 0.2 minutes the machines had not met: 127.0.0.1:" in said
    assert "this is number 0" in said and "firewall" in said and "Traceback" not in said


def test_a_machine_that_waits_for_the_others_ends_when_it_is_told_to(tmp_path):
    line = commands([tmp_path / "run"] * 2)[0]
    with machines.started(tmp_path, [line], [{"TF_CPP_MIN_LOG_LEVEL": "0"}]) as (process,):
        end = time.monotonic() + machines.SECONDS
        # TensorFlow's own server runs: from here on it takes no notice of the signal.
        while "Started server with target" not in (tmp_path / "0").read_text():
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.2)
        below = children(process)
        assert below
        process.terminate()
        assert process.wait(180) == 128 + signal.SIGTERM
    _, alive = psutil.wait_procs(below, timeout=180)
    assert not alive


@pytest.mark.parametrize(
    ("before", "addresses", "after"),
    [
        (None, ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:81"], "10.0.0.1,10.0.0.2"),
        ("", ["gpu-1:80"], "gpu-1"),
        ("a.example", ["[::1]:80"], "a.example,::1"),
    ],
)
def test_the_other_machines_are_reached_without_a_proxy(before, addresses, after, monkeypatch):
    monkeypatch.delenv("no_grpc_proxy", raising=False)
    if before is not None:
        monkeypatch.setenv("no_grpc_proxy", before)
    watched.reach_without_proxy(addresses)
    assert os.environ["no_grpc_proxy"] == after
