"""How the scores of the classifier of shapes are told."""

import numpy as np

from tools.training.train_classifier import shapes_scores


def test_confusions_name_what_is_true_first_and_nothing_where_there_are_none():
    scores = shapes_scores(np.array([10, 10, 0, 11]), np.array([0, 0, 0, 11]))
    assert scores["shape_most_confused"] == "disk taken for ring: 2 of 3"
    assert (scores["shape_accuracy"], scores["hue_accuracy"]) == (0.5, 1.0)
    assert scores["hue_most_confused"] == "none"
