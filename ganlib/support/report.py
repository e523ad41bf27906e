"""A table that is a dictionary, for answers that are read and computed with."""

from typing import Any

__all__ = ["Report"]


class Report(dict):
    """Rows by name, each a dictionary of columns. Prints as an aligned table.

    >>> Report({"real": {"mean": 0.25, "path": None}, "fake": {"mean": 1e-9, "path": True}})
           mean  path
    real   0.25  none
    fake  1e-09  yes
    """

    def __repr__(self) -> str:
        columns = list(dict.fromkeys(column for row in self.values() for column in row))
        cells = [["", *columns]]
        cells += [[str(name), *(_text(row.get(c)) for c in columns)] for name, row in self.items()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        right = [False, *(self._numbers(column) for column in columns)]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(line, widths, right, strict=True)
            )
            for line in cells
        ]
        return "\n".join(line.rstrip() for line in lines)

    def _numbers(self, column: str) -> bool:
        values = [row[column] for row in self.values() if row.get(column) is not None]
        return bool(values) and all(type(value) in (int, float) for value in values)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
