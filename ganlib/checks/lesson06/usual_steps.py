"""Usual mistakes in a training step: how the players would be trained, and what to say of it."""

from ganlib.checks.lesson06.play import loss_of_d, loss_of_g

__all__ = ["of_d", "of_g"]


def of_d() -> list[tuple[dict, str]]:
    """What goes wrong with D: options of ``Game.play``, and a message."""
    import tensorflow as tf

    mean, softplus = tf.reduce_mean, tf.nn.softplus
    return [
        (
            {"d_loss": lambda r, f: loss_of_d(-r, -f)},
            "D's labels are swapped: it learns to call generated images real.",
        ),
        (
            {"d_loss": lambda r, f: loss_of_d(r, f) / 2},
            "D moves half as far as it should: L_D is the sum of its two parts, not their mean.",
        ),
        (
            {"d_loss": lambda r, f: 6 * loss_of_d(r, f)},
            "D moves too far: the losses of a batch are averaged, not added up.",
        ),
        ({"d_loss": lambda r, f: mean(softplus(-r))}, "D learns from real images alone."),
        ({"d_loss": lambda r, f: mean(softplus(f))}, "D learns from generated images alone."),
        (
            {"d_loss": lambda r, f: mean(softplus(-r)) + mean(softplus(-f))},
            "D learns to call both batches real.",
        ),
        (
            {"d_loss": lambda r, f: mean(softplus(-f))},
            "D was moved by G's loss. Its own has two parts.",
        ),
        (
            {"d_loss": lambda r, f: loss_of_d(r, f) + loss_of_g(f)},
            "D was moved by the sum of both losses. Each player has a gradient of its own loss.",
        ),
        (
            {"d_loss": lambda r, f: loss_of_d(tf.sigmoid(r), tf.sigmoid(f))},
            "Two sigmoids: D's logits went through one before the loss.",
        ),
        (
            {"d_training": False},
            "The generated images are not those of training mode. How is a network with batch norm "
            "called there?",
        ),
        (
            {"joint": "D"},
            "D saw real and generated images in one joint batch. With batch norm in D each kind "
            "then depends on the other: show them in two calls.",
        ),
        ({"flags": (False, False, True)}, "D itself was not called with training=True."),
        (
            {"flags": (False, True, True)},
            "D was not called with training=True on the real images.",
        ),
        (
            {"flags": (True, False, True)},
            "D was not called with training=True on the generated images.",
        ),
        (
            {"flags": (False, False, True), "d_training": False},
            "Neither of the two networks was called with training=True.",
        ),
        (
            {"flags": (False, False, True), "joint": "D"},
            "D saw real and generated images in one joint batch, and was not called with "
            "training=True.",
        ),
        (
            {"order": "GD"},
            "D was trained on images of a G that had already moved. Both gradients belong to the "
            "weights of before.",
        ),
    ]


def of_g() -> list[tuple[dict, str]]:
    """What goes wrong with G: options of ``Game.play``, and a message."""
    import tensorflow as tf

    def saturating(fake_logits):
        return -tf.reduce_mean(tf.nn.softplus(fake_logits))

    return [
        (
            {"order": "DG"},
            "G was trained through the D that has just learned, as in the lesson. Here both learn "
            "at once: take both gradients first, then apply them.",
        ),
        (
            {"g_loss": lambda f: tf.reduce_mean(tf.nn.softplus(f))},
            "G learns to be found out: in L_G the logit has the wrong sign.",
        ),
        (
            {"g_loss": saturating},
            "G minimises log(1 − σ) or −L_D, the saturating loss. The task asks for the one of "
            "task 3.",
        ),
        (
            {"g_loss": saturating, "order": "DG"},
            "G minimises −L_D, the saturating loss, and that of the D that has just learned.",
        ),
        ({"g_loss": lambda f: loss_of_g(f) / 2}, "G moves half as far as it should."),
        (
            {"g_loss": lambda f: 6 * loss_of_g(f)},
            "G moves too far: the losses of a batch are averaged, not added up.",
        ),
        (
            {"g_loss": lambda f: loss_of_g(f) + tf.reduce_mean(tf.nn.softplus(f))},
            "G was moved by the sum of both losses. Each player has a gradient of its own loss.",
        ),
        (
            {"g_loss": lambda f: loss_of_g(tf.sigmoid(f))},
            "Two sigmoids in G's loss: softplus takes the logit itself.",
        ),
        (
            {"flags": (True, True, False)},
            "D judges G's images without training=True, which is not what the task asks for.",
        ),
        (
            {"flags": (True, True, False), "g_training": False},
            "Neither of the two networks was called with training=True where G learns.",
        ),
        (
            {"joint": "G"},
            "G was judged in one joint batch with real images. Its images are shown alone.",
        ),
        (
            {"joint": "G", "flags": (True, True, False)},
            "G was judged in one joint batch with real images, and without training=True.",
        ),
        (
            {"g_training": False},
            "Where G learns, its images are not those of training mode. How is a network with "
            "batch norm called there?",
        ),
    ]
