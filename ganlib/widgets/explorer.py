"""The box that holds an explorer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["explorer"]

# The output as text: what a notebook shows that was opened and not run.
UNTIL_RUN = (
    "Run this cell: the controls appear here. Until then, the figure above shows what they move."
)


def explorer(*parts: "ipywidgets.Widget | list[ipywidgets.Widget]") -> "ipywidgets.VBox":
    """A box with the parts of an explorer, from top to bottom, each in its own size.

    Args:
        parts: widgets, or lists of widgets that stand side by side.

    Returns:
        An ipywidgets box.
    """
    import ipywidgets

    class Explorer(ipywidgets.VBox):
        def __repr__(self) -> str:
            return UNTIL_RUN

    rows = [ipywidgets.HBox(part) if isinstance(part, list) else part for part in parts]
    # A box stretches its contents to its own width, and a picture would lose its sharp pixels.
    return Explorer(rows, layout=ipywidgets.Layout(align_items="flex-start"))
