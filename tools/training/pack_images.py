"""Write CIFAR-10 as plain arrays in parts, to carry to a machine that has neither it nor
TensorFlow.

    python -m tools.training.pack_images build/cifar10-parts

Each part is one ``.npz`` of at most 64 MiB with ``images`` (uint8) and ``labels`` (int32); they are
named in the order of the training set. ``train_on_gpu`` reads whatever parts are there.
"""

import argparse
from pathlib import Path

import numpy as np

PARTS = 5
LARGEST = 64 * 2**20


def pack(images: np.ndarray, labels: np.ndarray, folder: Path, parts: int = PARTS) -> list[Path]:
    """Write the images and labels as that many compressed files; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, rows in enumerate(np.array_split(np.arange(len(images)), parts)):
        path = folder / f"part-{number}.npz"
        np.savez_compressed(path, images=images[rows], labels=labels[rows])
        if path.stat().st_size > LARGEST:
            raise SystemExit(f"{path} is larger than 64 MiB: write more than {parts} parts.")
        paths.append(path)
    return paths


def unpack(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of all parts in a folder, in order."""
    paths = sorted(folder.glob("part-*.npz"))
    if not paths:
        raise SystemExit(
            f"There are no parts in {folder}. Make them where CIFAR-10 is: "
            "python -m tools.training.pack_images FOLDER"
        )
    contents = [np.load(path, allow_pickle=False) for path in paths]
    return tuple(np.concatenate([part[name] for part in contents]) for name in ("images", "labels"))


def main() -> None:
    from ganlib import data

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for path in pack(*data.load("cifar10", labels=True), parser.parse_args().folder):
        print(f"{path}: {path.stat().st_size / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
