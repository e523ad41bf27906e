"""A figure that is redrawn many times a second."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

__all__ = ["MovingPicture"]


class MovingPicture:
    """A figure of which some artists move. The rest is drawn once; a redraw takes milliseconds.

    Args:
        figure: the figure.
        moving: the artists that move.
    """

    def __init__(self, figure: "Figure", moving: Iterable["Artist"]):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.figure, self.canvas = figure, FigureCanvasAgg(figure)
        self.moving = list(moving)
        for artist in self.moving:
            artist.set_animated(True)  # left out of the background
        self._background = None

    def forget_background(self) -> None:
        """Next time, redraw also what does not move."""
        self._background = None

    def encoded(self, kind: str, **options) -> bytes:
        """The figure as it stands now, as a file.

        Args:
            kind: "png" or "jpeg".
            **options: how Pillow writes it.
        """
        import matplotlib.image

        if self._background is None:
            self.canvas.draw()
            self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self._background)
        for artist in self.moving:
            artist.axes.draw_artist(artist)
        file = io.BytesIO()
        pixels = self.canvas.buffer_rgba()
        matplotlib.image.imsave(file, pixels, format=kind, pil_kwargs=options)
        return file.getvalue()
