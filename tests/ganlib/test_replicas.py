"""Two devices, and two machines, with half a batch each learn what one device learns with all of
it.
"""

import json
import sys

import machines
import numpy as np
import pytest
import tensorflow as tf
import worker

from ganlib import data

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["two devices", "two machines"])
def two_machines(request, tmp_path_factory):
    """What each process found: one that holds two devices, or two with one each."""
    folder = tmp_path_factory.mktemp(request.param.replace(" ", "-"))
    files, variables = [folder / "found-0"], None
    if request.param == "two machines":
        files.append(folder / "found-1")
        cluster = {"worker": machines.addresses()}
        variables = [
            {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": n}})}
            for n in range(2)
        ]
    commands = [[sys.executable, worker.__file__, file] for file in files]
    with machines.started(folder, commands, variables) as processes:
        machines.finish(folder, processes)
    return [json.loads(file.read_text()) for file in files], folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one device learns, by case."""
    folder = tmp_path_factory.mktemp("one-device")
    return {case: worker.train(case, folder) for case in worker.CASES}


def assert_alike(one, other):
    """The same up to what float32 rounds when a sum is split."""
    for weights, others in zip(one["weights"], other["weights"], strict=True):
        np.testing.assert_allclose(weights, others, rtol=0, atol=1e-6)
    assert one["logs"].keys() == other["logs"].keys()
    for name, curve in one["logs"].items():
        np.testing.assert_allclose(curve, other["logs"][name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", worker.CASES)
def test_two_learn_what_one_learns_with_the_same_batches(case, two_machines, alone):
    for process in two_machines[0]:
        assert process[case]["steps"] == 6 and process[case]["moved"] > 0.01
        assert_alike(process[case], alone[case])


def test_one_device_goes_on_where_two_have_stopped(two_machines, tmp_path):
    goes_on = worker.train("plain", f"{two_machines[1] / 'found-0'}.runs", epochs=(3,))
    assert goes_on["steps"] == 9
    assert_alike(goes_on, worker.train("plain", tmp_path, epochs=(3,)))


def test_the_first_machine_alone_keeps_the_checkpoint(two_machines):
    folders = sorted(path.name for path in two_machines[1].glob("*.runs"))
    assert folders == ["found-0.runs"]
    files = {path.name for path in (two_machines[1] / "found-0.runs" / "plain").iterdir()}
    assert files == {"checkpoint.npz", "checkpoint.previous.npz"}


def test_each_row_of_a_batch_is_seen_once_and_so_is_each_latent(two_machines):
    """From the second batch on, as after a resume; the last batch of the three begins an epoch."""
    whole = data.dataset(np.arange(float(worker.N))[:, None], batch_size=worker.BATCH)
    per_process = [process["pieces"] for process in two_machines[0]]
    for step, batch in enumerate(whole.starting_at(1).stream.take(3).as_numpy_iterator()):
        rows, latents, masks = (
            [part for steps in per_process for part in steps[step][kind]] for kind in range(3)
        )
        assert [len(part) for part in rows] == ([5, 6] if len(batch) == 11 else [8, 8])
        np.testing.assert_array_equal(np.concatenate(rows), batch)
        draw = tf.random.stateless_normal((len(batch), 3), [0, 1])
        np.testing.assert_array_equal(np.concatenate(latents), draw)
        first, second = np.array(masks) > 0
        assert 0.2 < (first != second).mean() < 0.8  # dropout is not the same in both


def test_batch_norm_sees_the_rows_of_its_replica_and_keeps_its_own_means(two_machines):
    norms = [process["batch norm"] for process in two_machines[0]]
    first, second = (mean for norm in norms for mean in norm["replicas"])
    for norm in norms:
        halves = np.array(norm["halves"])
        assert np.abs(halves[0] - halves[1]).max() > 1e-4
        np.testing.assert_allclose([first, second], halves, rtol=0, atol=1e-7)
    assert norms[0]["read"] == first  # what is saved and drawn with
    # The averaged generator measures its statistics anew, so it draws alike everywhere.
    np.testing.assert_allclose(norms[0]["drawn"], norms[-1]["drawn"], rtol=0, atol=1e-5)


def test_an_overflow_on_one_replica_makes_all_leave_out_the_step(two_machines):
    for process in two_machines[0]:
        overflowed, good = process["overflow"]
        assert overflowed["moved"] == 0 and 0 < good["moved"] < 0.1
        assert overflowed["scale"] == good["scale"] == 2**14  # half of what Keras begins with


def test_what_cannot_be_divided_is_refused(two_machines):
    said = [process["refused"] for process in two_machines[0]]
    for each in said:
        assert "the last batch of an epoch has 1, but 2 replicas" in each["one image left"]
    if len(said) == 1:
        assert "fewer rows than there are replicas" in said[0]["one image left, not known"]
    else:  # both stop, and one of them can say what differs
        assert all("different things" in each["different images"] for each in said)
        assert "data.first batch was" in said[1]["different images"]
