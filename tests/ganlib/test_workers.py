"""Two machines train together; one dies, both are started again, and nothing is lost."""

import json
import signal
import sys

import machines
import numpy as np
import pytest

pytestmark = pytest.mark.slow

TOOL = "tools.training.train_on_several"
# The tool, with a checkpoint after each step, on a machine that loses its power at one of them.
WITH_A_POWER_CUT = """
import os, runpy, signal, sys
from ganlib import checkpoints

step, sys.argv = int(sys.argv[1]), sys.argv[2:]
checkpoints.Checkpoint.__init__.__defaults__ = (0.0, None)
save_perhaps = checkpoints.Checkpoint.on_train_batch_end

def on_train_batch_end(self, batch, logs=None):
    if int(self.model.step.numpy()) == step:
        os.kill(os.getpid(), signal.SIGKILL)
    save_perhaps(self, batch, logs)

checkpoints.Checkpoint.on_train_batch_end = on_train_batch_end
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def commands(folders, power_cuts):
    """The lines typed on the machines, for three epochs of three steps; a cut at step 0 never comes."""
    here = machines.addresses()
    tool = [sys.executable, "-c", WITH_A_POWER_CUT]
    sizes = "--data shapes --images 40 --batch-size 16 --width 2 --epochs 3".split()
    return [
        [*tool, cut, "-m", TOOL, *here, "--this", number, "--folder", folder, *sizes]
        for number, (folder, cut) in enumerate(zip(folders, power_cuts, strict=True))
    ]


def end_of(folder):
    """The arrays of a checkpoint, and its curves."""
    with np.load(folder / "checkpoint.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(arrays.pop("notes").tobytes())["logs"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A run that nothing stops, on machines that share their folder."""
    folder = tmp_path_factory.mktemp("unbroken")
    with machines.started(folder, commands([folder / "run"] * 2, [0, 0])) as processes:
        machines.finish(folder, processes)
    return end_of(folder / "run")


def test_after_a_machine_has_died_both_go_on_to_the_same_end(unbroken, tmp_path):
    """First the first machine dies, then the second one. Each has a folder of its own."""
    folders = [tmp_path / "first", tmp_path / "second"]
    with machines.started(tmp_path / "begin", commands(folders, [5, 0])) as (first, second):
        assert first.wait(machines.SECONDS) == -signal.SIGKILL
        assert second.wait(180) != 0  # ends by itself, with an error

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
