"""The two players and their game: one Keras model with two networks and two optimizers.

``GAN`` lives in network space. It knows points in the plane and images in [-1, 1] alike; only at its
door are pixels (uint8) turned into floats, by ``ganlib.data.to_network``, so that they travel to the
device as bytes.

One step of ``fit`` is the alternating step of Goodfellow et al. 2014 (algorithm 1): the discriminator
learns on real samples and on generated ones, then the generator learns through the updated
discriminator. Every random draw is a function of the seed and the step.
"""

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from keras import ops

from ganlib import averages, losses
from ganlib.data import to_network
from ganlib.support import files, replicas

__all__ = ["GAN"]


@keras.saving.register_keras_serializable("ganlib")
class GAN(keras.Model):
    """A generator, a discriminator, and the rule by which they learn.

    Args:
        generator: latents ``(n, latent_dim)`` [and labels ``(n,)``] to samples.
        discriminator: samples [and labels] to logits ``(n, 1)``, without a sigmoid.
        latent_dim: numbers in one latent vector, drawn from a standard normal distribution.
        loss: a name from ``ganlib.losses.LOSSES``.
        penalties: name to weight, for example ``{"gradient_penalty": 10.0}`` or ``{"r1": 0.1}``,
            where r1 and r2 count γ / 2 times.
        discriminator_steps: discriminator updates per generator update. The batch is split into so many
            parts; each update has its own part and its own latents.
        ema: decay of a running average of the generator's weights, in (0, 1), or None for none. Where it
            is kept, ``sample`` draws from the average.
        seed: fixes latents and every other draw of the training steps.

    Raises:
        ValueError: an argument that cannot work, such as an unknown loss, or a gradient penalty with a
            discriminator that has batch norm.

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
        self.latent_dim = latent_dim
        self.adversarial_loss = losses.get(loss)
        self.penalties = dict(penalties or {})
        self.discriminator_steps = discriminator_steps
        self.ema = ema
        self.seed = seed
        self._refuse_what_cannot_work(generator, discriminator)
        self.conditional = len(generator.inputs) == 2

        self.generator = generator
        self.discriminator = discriminator
        self.average = None
        if ema is not None:
            self.average = keras.models.clone_model(generator)
            self.average.set_weights(generator.get_weights())
            self.average.trainable = False
        self._statistics_at = None  # the step at which the average's statistics were measured
        self.step = self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False, name="step"
        )
        self.means = {
            name: keras.metrics.Mean(name)
            for name in ("d_loss", "g_loss", "real_logits", "fake_logits")
        }
        self.g_optimizer = self.d_optimizer = None
        self.earlier_logs = []
        self.built = True

    def _refuse_what_cannot_work(self, generator, discriminator) -> None:
        for name in ("latent_dim", "discriminator_steps"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is {value!r}, but must be a positive integer.")
        if not isinstance(self.seed, int):
            raise ValueError(f"seed is {self.seed!r}, but must be an integer.")
        if generator.inputs[0].shape[1:] != (self.latent_dim,):
            raise ValueError(
                f"latent_dim is {self.latent_dim}, but the generator takes inputs of shape "
                f"{tuple(generator.inputs[0].shape)}: give it (None, {self.latent_dim}), or change "
                "latent_dim."
            )
        made, taken = generator.output_shape[1:], tuple(discriminator.inputs[0].shape)[1:]
        if made != taken:
            raise ValueError(
                f"The generator makes samples of shape {made}, the discriminator takes {taken}: "
                "build both for the same shape."
            )
        if tuple(discriminator.output_shape) != (None, 1):
            raise ValueError(
                f"The discriminator's output has shape {discriminator.output_shape}, but must be one "
                "logit per sample, (None, 1)."
            )
        if len(generator.inputs) != len(discriminator.inputs):
            raise ValueError(
                "One of the two networks takes labels and the other does not: build both with the "
                "same number of classes."
            )
        if self.ema is not None and not 0 < self.ema < 1:
            raise ValueError(f"ema is {self.ema!r}, but must lie between 0 and 1, or be None.")
        for name, weight in self.penalties.items():
            losses.penalty(name)
            losses.refuse_batch_norm(discriminator)
            if not 0 < weight < float("inf"):
                raise ValueError(
                    f"The weight of the penalty {name!r} is {weight!r}, but must be a positive number."
                )

    # Training -----------------------------------------------------------------------------------

    def compile(self, g_optimizer=None, d_optimizer=None, jit_compile=False, **options) -> None:
        """Say how the two players learn.

        Args:
            g_optimizer: the generator's Keras optimizer; None for Adam(2e-4, beta_1=0.5), the choice of
                Radford et al. 2016 (arXiv 1511.06434).
            d_optimizer: the discriminator's. It must be another object: a Keras optimizer is built for
                one list of weights.
            jit_compile: whether XLA compiles the step. Off: on a CPU it slows convolutions down.
            **options: ``run_eagerly`` and ``steps_per_execution``, as for every Keras model.

        Raises:
            ValueError: both players were given the same optimizer.
        """
        super().compile(optimizer=None, jit_compile=jit_compile, **options)
        if isinstance(g_optimizer, keras.optimizers.Optimizer) and g_optimizer is d_optimizer:
            raise ValueError(
                "Both players were given the same optimizer object. Make two: a Keras optimizer is built "
                "for the weights of one network."
            )
        self.g_optimizer = self._optimizer(g_optimizer, self.generator)
        self.d_optimizer = self._optimizer(d_optimizer, self.discriminator)
        # As they are now: a schedule may change the learning rate in the course of a run.
        self.optimizer_settings = {
            "g": self.g_optimizer.get_config(),
            "d": self.d_optimizer.get_config(),
        }

    @staticmethod
    def _optimizer(optimizer, network):
        optimizer = keras.optimizers.get(optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5))
        half = any(layer.compute_dtype == "float16" for layer in network.layers)
        if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            # float16 turns small gradients into 0 unless the loss is scaled up first.
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(network.trainable_variables)
        return optimizer

    def fit(
        self,
        dataset,
        epochs: int = 1,
        *,
        resume=None,
        steps_per_epoch: int | None = None,
        callbacks=(),
        **options,
    ):
        """Train on batches of real samples.

        Args:
            dataset: batches ``(n, ...)`` or ``(samples, labels)``, usually from ``ganlib.data.dataset``,
                or a ``tf.data.Dataset`` of them; uint8 images are turned into floats on the device.
                For a GAN built and compiled in the scope of a ``tf.distribute`` strategy they are the
                batches of all replicas together (see ``ganlib.support.replicas``).
            epochs: passes through the data in all.
            resume: a folder, such as ``"runs/06"``. Training leaves a checkpoint there about once a
                minute. Call the same line again after a stop and it goes on where it was, with the same
                result as if it had never been stopped. Needs a data set from ``ganlib.data.dataset``.
            steps_per_epoch: batches in an epoch; known for a data set from ``ganlib.data.dataset``.
            callbacks: Keras callbacks; where several machines train together, the same on all of them.
            **options: more arguments of ``keras.Model.fit``, such as ``verbose``.

        Returns:
            A Keras ``History``: per epoch the mean of both losses and of the logits on real and on
            generated samples. After a resume it holds the earlier epochs too.

        Raises:
            ValueError: the data set has no end and nothing says how long an epoch is; or the checkpoint
                belongs to other networks, other data or other arguments.
        """
        import tensorflow as tf

        if self.g_optimizer is None:
            raise ValueError("The GAN has no optimizers yet: call gan.compile() before gan.fit().")
        steps = steps_per_epoch or getattr(dataset, "steps_per_epoch", None)
        endless = tf.data.INFINITE_CARDINALITY
        if steps is None and getattr(dataset, "cardinality", lambda: 0)() == endless:
            raise ValueError(
                "The data set has no end, so nothing says how long an epoch is. Give "
                "steps_per_epoch=number of samples // batch size, or make the data set with "
                "ganlib.data.dataset, which knows."
            )
        options = {"steps_per_epoch": steps, "shuffle": False, **options}
        callbacks = list(callbacks)
        if resume is None:
            self.earlier_logs = []
            batches = replicas.cut(dataset, self.distribute_strategy)
            history = super().fit(batches, epochs=epochs, callbacks=callbacks, **options)
            self._drawing_network()  # so that predict, which is compiled, finds it ready
            return history

        from ganlib.checkpoints import Checkpoint, OneRun

        checkpoint = Checkpoint(resume, dataset, steps_per_epoch=steps)
        if steps % self.steps_per_execution:
            raise ValueError(
                f"An epoch has {steps} batches, which steps_per_execution={self.steps_per_execution} "
                "does not divide, so Keras would run more. To resume, compile with a divisor, or give "
                f"steps_per_epoch={steps + -steps % self.steps_per_execution}."
            )
        epoch, within = divmod(checkpoint.restore(self), steps)
        self.earlier_logs = checkpoint.logs
        self.stop_training = False
        verbose = options.get("verbose", "auto")
        run = OneRun([*callbacks, checkpoint], self, epochs, steps, verbose)
        if within and epoch < epochs:  # the rest of an epoch that was broken off
            run.goes_on = epoch + 1 < epochs
            first = {**options, "steps_per_epoch": steps - within, "initial_epoch": epoch}
            rest = replicas.cut(
                dataset.starting_at(epoch * steps + within), self.distribute_strategy
            )
            super().fit(rest, epochs=epoch + 1, callbacks=run, **first)
            epoch += 1
        if run.goes_on and not self.stop_training:
            run.goes_on = False
            rest = replicas.cut(dataset.starting_at(epoch * steps), self.distribute_strategy)
            super().fit(rest, epochs=epochs, callbacks=run, initial_epoch=epoch, **options)
        self._drawing_network()
        self.history = checkpoint.history()
        return self.history

    def train_step(self, data):
        """One alternating step: ``discriminator_steps`` updates of D, then one of G."""
        import tensorflow as tf

        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if self.conditional and labels is None:
            raise ValueError(
                "This GAN is conditional, but the data set holds no labels: make it with "
                "ganlib.data.dataset(images, labels, ...)."
            )
        if real.dtype == tf.uint8:
            real = to_network(real)
        elif not real.dtype.is_floating:
            raise TypeError(
                f"The data set holds {real.dtype.name}, but must hold uint8 images in 0..255 or floats "
                "in network space."
            )
        for part in range(self.discriminator_steps):
            rows = self._rows(tf.shape(real)[0], part)
            real_part = real[rows]
            labels_part = labels[rows] if self.conditional else None
            place = replicas.place(tf.shape(real_part)[0])
            latents = place.latents(self.latent_dim, self._stateless_seed(part, 0))
            with tf.GradientTape() as generator_tape:
                fake = self._call(self.generator, latents, labels_part)
            fixed = tf.stop_gradient(fake)
            self._update_discriminator(real_part, fixed, labels_part, part, place.share)
        self._update_generator(real_part, fake, labels_part, generator_tape, place.share)
        self.step.assign_add(1)
        logs = {name: mean.result() for name, mean in self.means.items()}
        if replicas.are_on_several_machines(self.distribute_strategy):
            # Keras 3 means to average logs over machines, and does so over axis 0, which scalars lack.
            logs = {name: value[None] for name, value in logs.items()}
        return logs

    def _maybe_symbolic_build(self, *arguments, **options) -> None:
        """Nothing is left to be built. Keras would add up images of all replicas to learn their shape."""

    def _update_discriminator(self, real, fake, labels, part, share) -> None:
        import tensorflow as tf

        network = self.discriminator
        with tf.GradientTape() as tape:
            real_logits = self._call(network, real, labels)
            fake_logits = self._call(network, fake, labels)
            loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            total = loss
            for index, (name, weight) in enumerate(self.penalties.items()):
                function, factor = losses.penalty(name)
                seed = replicas.own_seed(self._stateless_seed(part, 1 + index))
                total += factor * weight * function(network, real, fake, labels, seed)
            scaled = self.d_optimizer.scale_loss(total * share)
        variables = network.trainable_variables
        self._apply(self.d_optimizer, tape.gradient(scaled, variables), variables)
        self.means["d_loss"].update_state(loss, sample_weight=share)
        self.means["real_logits"].update_state(real_logits)
        self.means["fake_logits"].update_state(fake_logits)

    def _update_generator(self, real, fake, labels, generator_tape, share) -> None:
        """The generator's update, on the samples that the discriminator has just learned from.

        Its gradient is a product: that of the loss with respect to the samples, through the updated
        discriminator, and that of the samples with respect to the generator's weights, whose forward
        pass ``generator_tape`` has seen. So the generator runs only once in a step.
        """
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(fake)
            fake_logits = self._call(self.discriminator, fake, labels)
            real_logits = None
            if self.adversarial_loss.generator_needs_real:
                real_logits = self._call(self.discriminator, real, labels)
            loss = self.adversarial_loss.generator(real_logits, fake_logits)
            scaled = self.g_optimizer.scale_loss(loss * share)
        towards = tape.gradient(scaled, fake)
        variables = self.generator.trainable_variables
        gradients = generator_tape.gradient(fake, variables, towards)
        self._apply(self.g_optimizer, gradients, variables)
        self.means["g_loss"].update_state(loss, sample_weight=share)
        if self.average is not None:
            averages.update(self.average, self.generator, self.step, self.ema)

    @staticmethod
    def _apply(optimizer, gradients, variables) -> None:
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            gradients = replicas.agree_on_overflow(gradients)
        optimizer.apply(gradients, variables)

    def _rows(self, n, part: int):
        """Which rows of a batch of n the discriminator's update number ``part`` sees; never none."""
        import tensorflow as tf

        first = tf.minimum(part * n // self.discriminator_steps, n - 1)
        last = (part + 1) * n // self.discriminator_steps
        return slice(first, tf.maximum(last, first + 1))

    def _stateless_seed(self, part: int, use: int):
        """Two numbers, different for every step, part of the step and use."""
        import tensorflow as tf

        number = self.step.value * self.discriminator_steps + part
        return tf.stack([tf.constant(self.seed * 100 + use, tf.int64), number])

    @staticmethod
    def _call(network, samples, labels):
        return network(samples if labels is None else [samples, labels], training=True)

    @property
    def metrics(self):
        """The four running means of an epoch, which Keras resets and reports."""
        return list(self.means.values())

    def state(self) -> list:
        """All variables that training changes, in a fixed order: what a checkpoint holds.

        Not the batch-norm statistics of the average, which are measured where they are needed.
        """
        self._statistics_at = None  # whoever asks may set the variables
        means = [variable for metric in self.metrics for variable in metric.variables]
        optimizers = (self.g_optimizer, self.d_optimizer)
        mine = self.variables
        if self.average is not None:
            measured = {id(weight) for weight in averages.statistics(self.average)}
            mine = [variable for variable in mine if id(variable) not in measured]
        return [*mine, *means, *(v for each in optimizers for v in each.variables)]

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
            ValueError: n is no positive integer, or labels are missing or not wanted.
        """
        if not isinstance(n, (int, np.integer)) or n < 1:
            raise ValueError(f"n is {n!r}, but must be a positive integer: the number of samples.")
        latents = np.random.default_rng(seed).standard_normal((n, self.latent_dim), np.float32)
        return self.generate(latents, labels)

    def generate(self, latents, labels=None) -> np.ndarray:
        """The samples that belong to given latents ``(n, latent_dim)``; as ``sample`` otherwise."""
        latents = np.asarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim or not len(latents):
            raise ValueError(
                f"latents have shape {latents.shape}, but must have (n, {self.latent_dim}), n ≥ 1."
            )
        if not np.isfinite(latents).all():
            raise ValueError("latents hold NaN or infinity; they must be finite numbers.")
        inputs = [latents]
        if self.conditional:
            if labels is None:
                raise ValueError("This GAN is conditional: give labels, an integer per sample.")
            labels = np.asarray(labels)
            if labels.dtype.kind not in "iu" or labels.shape not in ((), (len(latents),)):
                raise ValueError(
                    f"labels are {labels.dtype} of shape {labels.shape}, but must be integers: one, or "
                    f"({len(latents)},), one per sample."
                )
            inputs.append(np.broadcast_to(labels.astype(np.int32), len(latents)))
        elif labels is not None:
            raise ValueError(
                "This GAN knows no labels: it was built without classes. Leave them out."
            )
        network = self._drawing_network()
        parts = []
        for start in range(0, len(latents), 500):  # bounds the memory
            batch = [array[start : start + 500] for array in inputs]
            parts.append(ops.convert_to_numpy(network(batch if labels is not None else batch[0])))
        return np.concatenate(parts)

    def _drawing_network(self):
        """The averaged generator, where one is kept, with the batch-norm statistics of its weights."""
        if self.average is None:
            return self.generator
        step = int(self.step.numpy())
        if step != self._statistics_at:
            averages.measure_statistics(self.average, self.latent_dim)
            self._statistics_at = step
        return self.average

    def call(self, latents, training=False):
        """Samples for latents (for a conditional GAN, for [latents, labels]), as a Keras model does."""
        network = self.generator if training or self.average is None else self.average
        return network(latents, training=training)

    # Saving -------------------------------------------------------------------------------------

    def save(self, filepath, overwrite=True, **options) -> None:
        """Write a ``.keras`` file; what was there stays whole until the new one is.

        Raises:
            OSError: it cannot be written, for example because the disk is full.
        """
        path = Path(filepath)
        if path.suffix != ".keras" or (path.exists() and not overwrite):
            return super().save(path, overwrite, **options)  # which says what it does not like
        try:
            with files.replacing(path) as [unfinished]:
                super().save(unfinished, **options)
        except OSError as error:
            raise OSError(
                error.errno,
                f"{path} could not be written: {error.strerror or error}. Make room or choose another "
                "folder, then save again; if there was such a file before, it is whole.",
            ) from error

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
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        """The GAN that ``get_config`` describes, with fresh weights."""
        config = dict(config)
        for network in ("generator", "discriminator"):
            config[network] = keras.saving.deserialize_keras_object(config[network])
        return cls(**config)

    def get_compile_config(self):
        """Both optimizers, so that a loaded GAN goes on learning where it was."""
        if self.g_optimizer is None:
            return {}
        return {
            "g_optimizer": keras.saving.serialize_keras_object(self.g_optimizer),
            "d_optimizer": keras.saving.serialize_keras_object(self.d_optimizer),
        }

    def compile_from_config(self, config):
        """Compile as ``get_compile_config`` says."""
        self.compile(**keras.saving.deserialize_keras_object(config))
