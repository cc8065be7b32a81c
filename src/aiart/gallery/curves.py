"""Line plots of losses and metrics."""

import itertools
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiart.errors import UserError
from aiart.images import atomic_write

# Okabe and Ito's colours, told apart by colour-blind readers too; their yellow is too pale for a line.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("-", "--", ":", "-.")


def plot_curves(
    path: str | Path,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    x_label: str,
    y_label: str,
    title: str,
    y_log: bool = False,
) -> None:
    """Plot `curves` as PNG (200 pixels per inch) or SVG, after the suffix of `path`.

    The same curves give the same bytes. A file that is already there is replaced only on success.

    Args:
        path: ends in .png or .svg.
        curves: name to (x, y), each of shape (points,). A point that is not finite leaves a gap.
        x_label: what x is, with its unit.
        y_label: what y is, with its unit.
        title: over the plot.
        y_log: a logarithmic y axis; points that are not positive are left out.

    Raises:
        UserError: another suffix.
        ValueError: no curves, or x and y of different lengths.
    """
    import matplotlib

    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".png", ".svg"):
        raise UserError(f"{path}: a plot is written as PNG or SVG; let the name end in .png or .svg.")
    if not curves:
        raise ValueError("a plot needs at least one curve")
    # Dates and versions in the file, random SVG ids and the user's own matplotlibrc would change the bytes.
    undated = {"Software": None} if suffix == ".png" else {"Date": None, "Creator": None}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.hashsalt"] = "aiart"
        # A title may have a dollar in it, or two.
        matplotlib.rcParams["text.parse_math"] = False
        figure = _draw(curves, x_label, y_label, title, y_log)
        with atomic_write(path) as temporary:
            figure.savefig(temporary, format=suffix[1:], dpi=200, metadata=undated)


def _draw(curves: Mapping, x_label: str, y_label: str, title: str, y_log: bool):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    # Once the colours are used up, they start again with another dash.
    styles = itertools.cycle((colour, dash) for dash in _DASHES for colour in COLOURS)
    handles = []
    for (x, y), (colour, dash) in zip(curves.values(), styles, strict=False):
        handles += axes.plot(x, y, color=colour, linestyle=dash, linewidth=1.5)
    if y_log:
        axes.set_yscale("log", nonpositive="mask")
    axes.set_title(title, loc="left", weight="bold", size=11)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#E0E0E0", linewidth=0.6)
    axes.set_axisbelow(True)
    if len(curves) > 1:
        # Beside the plot, so that it hides no curve; wrapped, so that long names do not squeeze the plot.
        names = [textwrap.fill(name, 28) for name in curves]
        axes.legend(handles, names, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=9)
    return figure
