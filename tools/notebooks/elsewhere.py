"""Runs lessons as other machines would, and says how far each number that they check then spreads.

python tools/course.py lessons-elsewhere 08            on every machine of MACHINES, one by one
python tools/course.py lessons-elsewhere 08 --on here --on seed

Training is chaotic: another processor, precision, number of threads or seed gives other numbers.
The tolerance of a check, and the sentence that it holds, should follow what is printed here.
Nothing is saved in the lessons.
"""

import argparse
import ast
import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tools.notebooks.inputs import ROOT, code_cells, plain_python, source_of
from tools.notebooks.run_lessons import CELL_TIMEOUT, PATIENT, chosen, number, readable

__all__ = ["MACHINES", "Machine", "main", "other_seeds", "report", "run"]

RESULTS = ROOT / "build" / "elsewhere"
# Functions whose first argument is a seed.
SEEDED = ("set_random_seed", "default_rng", "RandomState", "SeedSequence")
# From here on a number that is not the text's stops no cell, and all checks are kept.
WATCH = """
def _told(check):
    def tell(*arguments, **options):
        try:
            check(*arguments, **options)
        except AssertionError as error:
            print("✗", error)
    return tell
course.check = _told(course.check)
"""
ANSWER = "import json as _json\nprint(_json.dumps(course.checks))"


@dataclass(frozen=True)
class Machine:
    """Another machine: the variables that make this one like it, and what is added to all seeds."""

    what: str
    variables: dict[str, str] = field(default_factory=dict)
    seeds: int = 0


MACHINES = {
    "here": Machine("as this machine runs them"),
    "laptop": Machine(
        "a processor with AVX2 alone, in float32",
        {"ONEDNN_MAX_CPU_ISA": "AVX2", "GANLIB_PRECISION": "float32"},
    ),
    "no-amx": Machine(
        "a processor with AVX-512 and without AMX", {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}
    ),
    "one-thread": Machine(
        "a machine with one core",
        dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"),
    ),
    "seed": Machine("this machine with other seeds", seeds=1_000),
}


def _seeds(tree: ast.AST) -> list[ast.Constant]:
    """The numbers in some code that are seeds."""
    places = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            places += [each.value for each in node.keywords if each.arg == "seed"]
            name = ast.unparse(node.func).rpartition(".")[2]
            places += node.args[:1] if name in SEEDED else []
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("seed"):
            places.append(node.value)
    return [each for each in places if isinstance(each, ast.Constant) and type(each.value) is int]


def other_seeds(source: str, added: int) -> str:
    """A cell with this added to each seed that stands in it as a number, and to the lesson's own.

    >>> other_seeds("keras.utils.set_random_seed(1)\\nx = draw(3, seed=0)", 10)
    'keras.utils.set_random_seed(11)\\nx = draw(3, seed=10)'
    """
    source = plain_python(source)
    tree, lines = ast.parse(source), source.splitlines()
    edits = [
        (each.lineno, each.col_offset, each.end_col_offset, each.value) for each in _seeds(tree)
    ]
    for row, start, end, value in sorted(set(edits), reverse=True):
        line = lines[row - 1].encode()  # columns count bytes
        lines[row - 1] = (line[:start] + str(value + added).encode() + line[end:]).decode()
    text = "\n".join(lines)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ganlib.start":
            call = ast.get_source_segment(text, node)
            if not any(each.arg == "seed" for each in node.keywords):
                text = text.replace(call, f"{call.rstrip()[:-1].rstrip(', ')}, seed={added})")
    return text


def run(path: Path, machine: Machine) -> tuple[dict[str, list], list[str]]:
    """Run a copy of a lesson as another machine would.

    Returns:
        What ``course.checks`` holds at the end, and for each cell that failed what it said.
    """
    notebook = nbformat.read(path, as_version=4)
    if machine.seeds:
        for cell in code_cells(notebook):
            cell.source = other_seeds(source_of(cell), machine.seeds)
    setup = next(i for i, cell in enumerate(notebook.cells) if cell.get("id") == "setup")
    notebook.cells.insert(setup + 1, nbformat.v4.new_code_cell(WATCH))
    notebook.cells.append(nbformat.v4.new_code_cell(ANSWER))
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            **PATIENT,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        variables = {**os.environ, **machine.variables, "GANLIB_ASSERT": "0"}
        # What the kernel itself writes, not the cells, is no result.
        client.execute(env=variables, stderr=subprocess.DEVNULL)
    failed = [
        f"{number(index, notebook)}: {readable(''.join(output.traceback), 1)}"
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]
    said = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    return json.loads(said) if said.strip() else {}, failed


def report(results: dict[str, dict[str, list]]) -> list[str]:
    """The lines that tell of each check what it was on each machine, and how far that spreads.

    Args:
        results: by machine what ``course.checks`` held.
    """
    lines = []
    for what in dict.fromkeys(name for checks in results.values() for name in checks):
        there = {machine: checks[what] for machine, checks in results.items() if what in checks}
        _, expected, within, _ = next(iter(there.values()))
        values = [value for value, *_ in there.values()]
        outside = [
            not abs(value - expected) <= within + 1e-9 * abs(expected) for value in values
        ]  # NaN is outside
        finite = [value for value in values if math.isfinite(value)]
        spread = max(finite) - min(finite) if finite else math.nan
        told = " · ".join(
            f"{machine} {value:.4g}{' ✗' if bad else ''}"
            for machine, value, bad in zip(there, values, outside, strict=True)
        )
        mark = "✗" if any(outside) else "✓"
        lines += [
            f"{mark} {what}: text {expected:g} ± {within:g}, spread {spread:.3g}",
            f"    {told}",
        ]
    return lines


def main(arguments: list[str]) -> int:
    """Runs what was asked for; returns 1 if a cell failed on some machine."""
    parser = argparse.ArgumentParser(
        prog="lessons-elsewhere",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name}: {machine.what}" for name, machine in MACHINES.items()),
    )
    parser.add_argument("lesson", nargs="?", help="its number or name; all if left out")
    parser.add_argument("--on", action="append", choices=MACHINES, help="only this machine")
    options = parser.parse_args(arguments)
    broken = False
    for path in chosen(options.lesson):
        print(path.stem, flush=True)
        results = {}
        for name in options.on or MACHINES:
            results[name], failed = run(path, MACHINES[name])
            print(f"  {name}: {MACHINES[name].what}; {len(results[name])} checks", flush=True)
            for each in failed:
                print(f"    failed: {each}")
            broken = broken or bool(failed)
        print("\n".join(f"  {line}" for line in report(results)), flush=True)
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{path.stem}.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
