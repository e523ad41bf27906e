"""The comparison of recipes at equal cost, read from the records that ship with the package.

    python benchmarks/recipe_comparison.py

Prints the tables of README.md; trains nothing. A recipe says what it is in
tools/training/recipes.py, and a record's manifest repeats it.
"""

import functools

import numpy as np

from ganlib import records

MOMENTS = (3, 15)  # minutes
CURVES = {  # recipe: the moments that its own table shows
    "conditional-falling": (1, 2, 3, 5, 7.5, 10, 12.5, 15),
    "conditional-falling-60": (5, 10, 15, 20, 30, 40, 50, 60),
    "conditional-rate-1e-3": (1, 2, 3, 5, 7.5, 10, 12.5, 15),
    "conditional-unmirrored": (1, 2, 3, 5, 7.5, 10, 12.5, 15),
    "conditional-falling-100": (5, 10, 15, 20, 30, 40, 50, 60, 70, 85, 100),
    "conditional-taught": (1, 2, 3, 5, 7.5, 10),
    "conditional-untaught": (1, 2, 3, 5, 7.5, 8.5),
    "relativistic-falling-120": (5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 115, 120),
    "shapes": (1, 2, 3, 5, 7.5, 10, 15, 20),
    "shapes-falling": (1, 2, 3, 5, 7.5, 10, 15, 20),
    "shapes-falling-40": (1, 2, 3, 5, 10, 15, 20, 25, 30, 35, 40),
}
COLUMNS = ("classifier", "referee", "smallest_class")


@functools.cache
def seeds_of_recipes() -> dict[str, list[records.Record]]:
    """All records, by the name of their recipe."""
    recipes: dict[str, list[records.Record]] = {}
    for record in map(records.load, records.names()):
        recipes.setdefault(record.manifest["recipe_name"], []).append(record)
    return recipes


def measured(minutes: float) -> list[tuple[str, int, list[dict]]]:
    """Name, images a second and rows of each recipe's seeds on CIFAR-10, best classifier first."""
    measurements = []
    for name, seeds in seeds_of_recipes().items():
        manifest = seeds[0].manifest
        if "goes_on_from" in manifest["recipe"]:  # its minutes are not its first
            continue
        seeds = [seed for seed in seeds if seed.curve["minutes"][-1] > minutes - records.NEAR]
        if manifest["recipe"]["data"] != "cifar10" or not seeds:
            continue
        rows = [
            {column: seed.curve[column][seed.at(minutes)] for column in COLUMNS} for seed in seeds
        ]
        measurements.append((name, manifest["images_per_second"], rows))
    return sorted(measurements, key=lambda each: np.mean([row["classifier"] for row in each[2]]))


def table(minutes: float) -> str:
    """A Markdown table: for each recipe the mean of its seeds and, of several, each of them."""
    lines = [
        "| recipe | images/s | classifier | referee | smallest class |",
        "|---|---|---|---|---|",
    ]
    for name, speed, rows in measured(minutes):
        cells = [name, f"{speed:,}"]
        for column in COLUMNS:
            unit = ".1%" if column == "smallest_class" else ".1f"
            seeds = [row[column] for row in rows]
            each = f" ({', '.join(f'{seed:{unit}}' for seed in seeds)})" if len(seeds) > 1 else ""
            cells.append(f"{np.mean(seeds):{unit}}{each}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def curve(name: str, moments: tuple[float, ...]) -> str:
    """A Markdown table of a recipe's distances over time, means of its seeds."""
    seeds = seeds_of_recipes()[name]
    lines = [
        f"| minutes | {' | '.join(f'{minutes:g}' for minutes in moments)} |",
        f"|---|{'---|' * len(moments)}",
    ]
    for column in ("classifier", "referee"):
        if column not in seeds[0].curve:  # no network judges shapes but one
            continue
        means = [np.mean([seed.curve[column][seed.at(each)] for seed in seeds]) for each in moments]
        lines.append(f"| {column} | {' | '.join(f'{mean:.1f}' for mean in means)} |")
    return "\n".join(lines)


def main():
    for minutes in MOMENTS:
        print(f"After {minutes} minutes:\n\n{table(minutes)}\n")
    for name, moments in CURVES.items():
        print(f"{name}:\n\n{curve(name, moments)}\n")


if __name__ == "__main__":
    main()
