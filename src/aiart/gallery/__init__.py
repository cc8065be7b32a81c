"""Everything that is made to be looked at: comparison grids, animations, curves and tables.

Pictures come in as the rest of the project holds them: float32 (height, width, 3), sRGB, 0..255. The same
input gives the same bytes on every machine with the locked dependencies.

- `grid`: labelled comparison grids (`layout` places, `typesetting` fits the text, `grid` draws)
- `animation`: GIF and WebP of a picture as it comes about
- `curves`: losses and metrics as PNG or SVG
- `scatter`: pictures as the points of a plot of two figures
- `tables`: measurements as CSV
- `figures`: those of all results, for DVC
"""

from aiart.gallery.animation import write_animation
from aiart.gallery.curves import plot_curves
from aiart.gallery.grid import draw_grid, draw_placed_grid
from aiart.gallery.scatter import draw_scatter
from aiart.gallery.tables import read_table, write_frame, write_table

__all__ = [
    "draw_grid",
    "draw_placed_grid",
    "draw_scatter",
    "plot_curves",
    "read_table",
    "write_animation",
    "write_frame",
    "write_table",
]
