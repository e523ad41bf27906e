"""How long lesson 00 takes from a new kernel to its first images.

    python benchmarks/start_up.py

Each round starts a kernel and runs the lesson's cells up to the one with the first figure. The
first round may be slower, because the files are not yet in memory.
"""

import argparse
import statistics
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LESSON = Path(__file__).resolve().parents[1] / "notebooks" / "00-start-here.ipynb"
SETUP, FIRST_FIGURE = "setup", "first"


def one_round() -> dict[str, float]:
    """Seconds until the kernel answers, then of each of the cells."""
    notebook = nbformat.read(LESSON, as_version=4)
    places = {cell.id: place for place, cell in enumerate(notebook.cells)}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(LESSON.parent)}})
    seconds, start = {}, time.perf_counter()
    with client.setup_kernel():
        seconds["kernel"] = time.perf_counter() - start
        for name in (SETUP, FIRST_FIGURE):
            start = time.perf_counter()
            client.execute_cell(notebook.cells[places[name]], places[name])
            seconds[name] = time.perf_counter() - start
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = [one_round() for _ in range(parser.parse_args().rounds)]
    print("| | seconds (lowest to highest) |\n|---|---|")
    named = {
        "the kernel starts": "kernel",
        "set-up cell: TensorFlow and the library are loaded": SETUP,
        "the generator is loaded, draws 80 images, and they are shown": FIRST_FIGURE,
    }
    for what, name in named.items():
        values = [each[name] for each in rounds]
        low, high = min(values), max(values)
        print(f"| {what} | {statistics.median(values):.1f} ({low:.1f}–{high:.1f}) |")
    whole = [sum(each.values()) for each in rounds]
    print(f"| in all | {statistics.median(whole):.1f} ({min(whole):.1f}–{max(whole):.1f}) |")


if __name__ == "__main__":
    main()
