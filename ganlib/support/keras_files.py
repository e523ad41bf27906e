"""How a GAN is written to files of Keras and read again."""

from pathlib import Path

import keras

from ganlib.support import files, keras_settings, players

__all__ = ["InKerasFiles"]


class InKerasFiles:
    """A layer around a model with two optimizers: ``class GAN(InKerasFiles, ..., keras.Model)``."""

    def save(self, filepath, overwrite=True, **options) -> None:
        """Write a ``.keras`` file; what was there stays whole until the new one is.

        Raises:
            OSError: it cannot be written, for example because the disk is full.
            ValueError: the file's name has another ending.
        """
        path = Path(filepath).expanduser()
        if path.suffix != ".keras":
            raise ValueError(f"{path} must end in .keras, the format that holds all of a GAN.")
        if path.exists() and not overwrite:
            return super().save(path, overwrite, **options)  # which asks
        try:
            with files.replacing(path) as [unfinished]:
                super().save(unfinished, **options)
        except OSError as error:
            raise OSError(
                error.errno,
                f"{path} could not be written: {error.strerror or error}. Make room or choose "
                "another folder, then save again; if there was such a file before, it is whole.",
            ) from error

    def export(self, filepath, **options) -> None:
        """Write what draws, the generator or its average, as a TensorFlow SavedModel."""
        self.drawing_network().export(Path(filepath).expanduser(), **options)

    def save_own_variables(self, store) -> None:
        """Keras asks for this when it writes a file: the states of dropout and noise go with it."""
        super().save_own_variables(store)
        for index, state in enumerate(players.random_states(self)):
            store[f"random_state_{index}"] = state.numpy()

    def load_own_variables(self, store) -> None:
        """What ``save_own_variables`` wrote."""
        arrays = {name: store[name] for name in store.keys()}
        for index, state in enumerate(players.random_states(self)):
            state.assign(arrays.pop(f"random_state_{index}"))
        super().load_own_variables(arrays)

    def get_compile_config(self):
        """Both optimizers, so that a loaded GAN goes on learning where it was."""
        if self.g_optimizer is None:
            return {}
        return {
            "g_optimizer": keras.saving.serialize_keras_object(self.g_optimizer),
            "d_optimizer": keras.saving.serialize_keras_object(self.d_optimizer),
        }

    @keras_settings.usual()
    def compile_from_config(self, config):
        """Compile as ``get_compile_config`` says."""
        self.compile(**keras.saving.deserialize_keras_object(config))
