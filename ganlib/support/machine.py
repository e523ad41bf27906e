"""The machine that a lesson runs on: its settings, its device, and how Keras and
Matplotlib start.
"""

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from types import ModuleType

__all__ = ["describe", "in_notebook", "setting", "settle_figures", "settle_keras"]

# Where Matplotlib draws into a notebook; other places show nothing below a cell.
INLINE = "module://matplotlib_inline.backend_inline"
IN_NOTEBOOKS = ("inline", "ipympl", "widget", "nbagg", "notebook")


def setting(variable: str, known: tuple[str, ...]) -> str:
    """What an environment variable of the course holds; nothing where it is not set.

    Raises:
        ValueError: it holds something else than one of ``known``.
    """
    given = os.environ.get(variable, "").strip()  # "set X=cpu && …" on Windows leaves a space
    if given and given not in known:
        raise ValueError(
            f"The environment variable {variable} is {given!r}, but must be one of "
            f'{", ".join(known)}. Write import os; os.environ["{variable}"] = "{known[0]}" and run '
            'this cell again; with "" the course chooses by itself.'
        )
    return given


def in_notebook() -> bool:
    """True in a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def settle_figures() -> None:
    """See to it that a notebook shows figures, and that Matplotlib starts, without a word of its
    own.

    It has some where the home may not be written to, or while it looks for the machine's fonts.
    """
    chosen = os.environ.get("MPLBACKEND", "")
    if in_notebook() and not any(name in chosen for name in IN_NOTEBOOKS):
        os.environ["MPLBACKEND"] = INLINE  # a cluster's "Agg", say, with which no figure is seen
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            import matplotlib.font_manager  # noqa: F401
    except ValueError as error:
        raise ValueError(
            f"The environment variable MPLBACKEND is {chosen!r}, and Matplotlib does not start "
            f'with that ({error}). Write import os; os.environ["MPLBACKEND"] = "Agg" and run this '
            "again."
        ) from None


def settle_keras() -> None:
    """Keras on TensorFlow with its usual settings, whatever KERAS_BACKEND or a keras.json says."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    if (backend := keras.backend.backend()) != "tensorflow":
        raise RuntimeError(
            f"Keras was imported before this cell, and runs on {backend!r}; the course needs "
            "TensorFlow. Restart the kernel and run this cell first: it sets KERAS_BACKEND itself."
        )
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")


def describe(tf: ModuleType, gpus: Sequence) -> tuple[str, str, str]:
    """The device ("CPU" or "GPU"), its name, and the precision in which it trains fastest.

    Args:
        tf: the module ``tensorflow``.
        gpus: the GPUs that it sees.
    """
    if not gpus:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        name = f"CPU with {cores} core{'s' if cores != 1 else ''}"
        return "CPU", name, "bfloat16" if _cpu_has_bfloat16() else "float32"
    details = tf.config.experimental.get_device_details(gpus[0])
    name = details.get("device_name", "GPU")
    if len(gpus) > 1:
        name = f"{len(gpus)} × {name}"
    capability = details.get("compute_capability", (0, 0))
    # Tensor cores: bfloat16 since Ampere (8.0), float16 since Volta (7.0).
    best = "bfloat16" if capability >= (8, 0) else "float16" if capability >= (7, 0) else "float32"
    return "GPU", name, best


def _cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself, as Linux tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        return False  # not Linux: stay with float32, which every processor does well
    return "amx_bf16" in flags or "avx512_bf16" in flags
