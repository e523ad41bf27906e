"""A GAN as a Keras model: ``compile``, ``fit``, ``sample``, ``save``.

``GAN`` lives in network space. It knows points in the plane and images in [-1, 1] alike; only at
its door are pixels (uint8) turned into floats, by ``ganlib.data.to_network``, so that they travel
to the device as bytes.

How the players learn stands in ``ganlib.game``, what several devices add to that in
``ganlib.support.replicas``, and how a run survives a stop in ``ganlib.checkpoints``.
"""

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from ganlib import averages, checkpoints, losses
from ganlib.game import Game
from ganlib.penalties import checked as checked_penalties
from ganlib.support import batches, keras_files, keras_settings, players, replicas
from ganlib.support.validation import real_number, whole_number

__all__ = ["GAN"]

PART = 500  # samples that go through the generator at once, which bounds the memory


@keras.saving.register_keras_serializable("ganlib")
class GAN(keras_files.InKerasFiles, replicas.Shared, Game):
    """A generator, a discriminator, and the rule by which they learn.

    Args:
        generator: latents ``(n, latent_dim)`` [and labels ``(n,)``] to samples.
        discriminator: samples [and labels] to logits ``(n, 1)``, without a sigmoid.
        latent_dim: numbers in one latent vector, drawn from a standard normal distribution.
        loss: a name from ``ganlib.losses.LOSSES``.
        penalties: names from ``ganlib.penalties.PENALTIES`` to weights, for example
            ``{"gradient_penalty": 10.0}`` or ``{"r1": 0.1}``.
        discriminator_steps: discriminator updates per generator update. The batch is split into so
            many parts; each update has its own part and its own latents.
        ema: decay of a running average of the generator's weights, in (0, 1), or None for none.
            Where it is kept, ``sample`` draws from the average.
        seed: fixes latents and every other draw of the training steps.

    Raises:
        TypeError, ValueError: an argument that cannot work, such as an unknown loss, or a gradient
            penalty with a discriminator that has batch norm.

    >>> from ganlib import networks
    >>> gan = GAN(networks.dense_generator(), networks.dense_discriminator(), latent_dim=100)
    >>> gan.sample(2, seed=1).shape
    (2, 32, 32, 3)
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent_dim: int,
        loss: str = "non_saturating",
        penalties: Mapping[str, float] | None = None,
        discriminator_steps: int = 1,
        ema: float | None = None,
        seed: int = 0,
        name: str = "gan",
    ):
        super().__init__(name=name)
        self.latent_dim = whole_number(latent_dim, "latent_dim", 1)
        self.adversarial_loss = losses.get(loss)
        self.discriminator_steps = whole_number(discriminator_steps, "discriminator_steps", 1)
        self.ema = None if ema is None else real_number(ema, "ema", above=0, below=1)
        self.seed = whole_number(seed, "seed", -(10**9), 10**9)
        self.generator = players.built(generator, "generator", (self.latent_dim,))
        taken = self.generator.output_shape[1:]
        self.discriminator = players.built(discriminator, "discriminator", taken)
        players.check_pair(self.generator, self.discriminator, self.latent_dim)
        self.penalties = checked_penalties(penalties or {}, self.discriminator)
        self.conditional = len(self.generator.inputs) == 2
        self.classes = players.classes(self.generator)
        self.average = None
        if self.ema is not None:
            self.average = averages.average_of(self.generator)
        self.label_counts: list[int] | None = None  # of each class, in the data that fit was given
        self.step = self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False, name="step"
        )
        self.means = {
            name: keras.metrics.Mean(name, dtype="float32")
            for name in ("d_loss", "g_loss", "real_logits", "fake_logits")
        }
        self.g_optimizer = self.d_optimizer = None
        self.earlier_logs: list[dict[str, float]] = []
        self.built = True

    # Training -----------------------------------------------------------------------------------

    def compile(
        self, *, g_optimizer=None, d_optimizer=None, jit_compile: bool = False, **options
    ) -> None:
        """Say how the two players learn.

        Args:
            g_optimizer: the generator's Keras optimizer; None for Adam(2e-4, beta_1=0.5), the
                choice of Radford et al. 2016 (arXiv 1511.06434).
            d_optimizer: the discriminator's. It must be another object: a Keras optimizer is built
                for one list of weights.
            jit_compile: whether XLA compiles the step. Off: on a CPU it slows convolutions down.
            **options: ``run_eagerly`` and ``steps_per_execution``, as for every Keras model.

        Raises:
            TypeError: an argument of Keras that means nothing for a GAN, such as a loss.
            ValueError: both players were given the same optimizer.
        """
        batches.check_options(options, "compile")
        super().compile(optimizer=None, jit_compile=jit_compile, **options)
        if isinstance(g_optimizer, keras.optimizers.Optimizer) and g_optimizer is d_optimizer:
            raise ValueError(
                "Both players were given the same optimizer object. Make two: a Keras optimizer "
                "is built for the weights of one network."
            )
        self.g_optimizer = players.optimizer_for(self.generator, g_optimizer)
        self.d_optimizer = players.optimizer_for(self.discriminator, d_optimizer)
        # As they are now: a schedule may change the learning rate in the course of a run.
        self.optimizer_settings = {
            "g": players.settings(self.g_optimizer),
            "d": players.settings(self.d_optimizer),
        }

    def fit(
        self,
        dataset,
        epochs: int = 1,
        *,
        resume=None,
        steps_per_epoch: int | None = None,
        callbacks=None,
        **options,
    ) -> keras.callbacks.History:
        """Train on batches of real samples.

        Args:
            dataset: batches ``(n, ...)`` or ``(samples, labels)``, usually from
                ``ganlib.data.dataset``, or a ``tf.data.Dataset`` of them; uint8 images become
                floats on the device. In the scope of a ``tf.distribute`` strategy they are the
                batches of all replicas together (see ``ganlib.support.replicas``).
            epochs: passes through the data in all.
            resume: a folder, such as ``"runs/06"``. Training leaves a checkpoint there about once a
                minute. Call the same line again after a stop and it goes on where it was, with the
                same result as if it had never been stopped. Needs a data set from
                ``ganlib.data.dataset``. A ``ganlib.checkpoints.Checkpoint`` says how often.
            steps_per_epoch: batches in an epoch; known for a data set from ``ganlib.data.dataset``.
            callbacks: a Keras callback, or some; where several machines train together, the same on
                all.
            **options: more arguments of ``keras.Model.fit``, such as ``verbose``.

        Returns:
            A Keras ``History``: per epoch the mean of both losses and of the logits on real and on
            generated samples. After a resume it holds the earlier epochs too.

        Raises:
            TypeError, ValueError: an argument that means nothing here; data of another shape or
                range than the generator's; labels out of range; nothing says how long an epoch is;
                or the checkpoint belongs to other networks, other data or other arguments.
        """
        if self.g_optimizer is None:
            raise ValueError("The GAN has no optimizers yet: call gan.compile() before gan.fit().")
        batches.check_options(options, "fit")
        steps = batches.steps_of_an_epoch(dataset, steps_per_epoch)
        epochs = whole_number(epochs, "epochs", 1)
        seen = batches.check_data(dataset, self.generator, self.discriminator)
        self.label_counts = seen or self.label_counts
        options |= {"steps_per_epoch": steps, "shuffle": False, "epochs": epochs}
        options |= {"callbacks": batches.as_callbacks(callbacks)}
        self.earlier_logs = []
        with batches.watch_labels(dataset, self.classes) as dataset:
            if resume is None:
                history = super().fit(dataset, **options)
            else:
                history = checkpoints.go_on(super().fit, self, dataset, resume, **options)
        self.drawing_network()  # so that predict, which is compiled, finds it ready
        return history

    def evaluate(self, *arguments, **options):
        """Not for a GAN, whose losses do not say how good it is."""
        raise NotImplementedError(
            "A GAN has no loss that would judge it. Measure samples: "
            "ganlib.metrics.classifier_frechet_distance(real, "
            "ganlib.data.to_uint8(gan.sample(1000)))."
        )

    @property
    def metrics(self):
        """The four running means of an epoch, which Keras resets and reports."""
        return list(self.means.values())

    def state(self) -> list:
        """All variables that training changes, in a fixed order: what a checkpoint holds. Not the
        average's batch-norm statistics, which are measured where they are needed.
        """
        means = [variable for metric in self.metrics for variable in metric.variables]
        optimizers = (self.g_optimizer, self.d_optimizer)
        mine = self.variables
        if self.average is not None:
            measured = {id(weight) for weight in averages.statistics(self.average)}
            mine = [variable for variable in mine if id(variable) not in measured]
        return [*mine, *means, *(v for each in optimizers for v in each.variables)]

    def set_state(self, values) -> None:
        """Give all variables of ``state()`` these values, in its order."""
        for variable, value in zip(self.state(), values, strict=True):
            variable.assign(value)

    # Drawing ------------------------------------------------------------------------------------

    def sample(self, n: int, labels=None, seed: int | None = None) -> np.ndarray:
        """Draw samples. Never moves the random state of the training.

        Args:
            n: how many.
            labels: for a conditional GAN, integers ``(n,)``, or one integer for all.
            seed: the same seed draws the same latents; None for new ones.

        Returns:
            float32 ``(n, ...)`` in network space; ``ganlib.data.to_uint8`` makes pixels of them.

        Raises:
            TypeError, ValueError: n is no positive integer, or labels are missing or not wanted.
        """
        n, rng = whole_number(n, "n", 1), np.random.default_rng(seed)
        latents = rng.standard_normal((n, self.latent_dim), np.float32)
        return self.generate(latents, labels, rng)

    def generate(self, latents, labels=None, rng: np.random.Generator | None = None) -> np.ndarray:
        """The samples that belong to given latents ``(n, latent_dim)``; as ``sample`` otherwise.

        Args:
            latents: float array ``(n, latent_dim)``.
            labels: as for ``sample``.
            rng: draws the noise of a generator that adds some; None for always the same.
        """
        inputs = [latents, labels, self.latent_dim, self.conditional, self.classes]
        inputs = players.generator_inputs(*inputs)
        network = self.drawing_network()
        rng = np.random.default_rng(0) if rng is None else rng
        states = players.random_states(network)
        before = [state.numpy() for state in states]
        try:
            for state in states:
                state.assign(rng.integers(2**31, size=state.shape))
            parts = []
            for start in range(0, len(inputs[0]), PART):
                part = [array[start : start + PART] for array in inputs]
                parts.append(ops.convert_to_numpy(network(part if self.conditional else part[0])))
        finally:
            for state, value in zip(states, before, strict=True):
                state.assign(value)
        return np.concatenate(parts)

    def drawing_network(self) -> keras.Model:
        """The averaged generator, where one is kept, with the batch-norm statistics of
        its weights.
        """
        if self.average is None:
            return self.generator
        if self.step.numpy():  # before the first step it is the generator, with its statistics
            averages.measure_statistics(self.average, self.latent_dim, self.label_counts)
        return self.average

    def call(self, latents, training=False):
        """Samples for latents (for a conditional GAN, for [latents, labels]), as a Keras model
        does.
        """
        network = self.generator if training or self.average is None else self.average
        return network(latents, training=training)

    # Saving ---------------------------------------------------------------------------------------

    def get_config(self):
        """All that ``.keras`` files need to build this GAN again."""
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "latent_dim": self.latent_dim,
            "loss": self.adversarial_loss.name,
            "penalties": self.penalties,
            "discriminator_steps": self.discriminator_steps,
            "ema": self.ema,
            "seed": self.seed,
            "label_counts": self.label_counts,
            "name": self.name,
        }

    @classmethod
    @keras_settings.usual()
    def from_config(cls, config):
        """The GAN that ``get_config`` describes, with fresh weights."""
        config = dict(config)
        label_counts = config.pop("label_counts", None)
        for network in ("generator", "discriminator"):
            config[network] = keras.saving.deserialize_keras_object(config[network])
        gan = cls(**config)
        gan.label_counts = label_counts
        return gan
