"""What `aiart stylize` and `aiart dream` share: the files beside a picture, and what is said in them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiart.cli.arguments import add_job_arguments, check_suffix
from aiart.cli.outputs import check_outputs, check_picture_name, write_each
from aiart.cli.records import write_json, write_report
from aiart.gallery import write_frame
from aiart.gallery.deep_zoom import check_deep_zoom, write_deep_zoom
from aiart.images import FORMATS, write_image
from aiart.memory import fitting
from aiart.params import canonical_json
from aiart.stopping import Stopped, stop_when_asked

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def add_picture_arguments(parser: argparse.ArgumentParser, *, animation: str) -> None:
    """Options of the files that are read and written. animation: what it shows."""
    parser.add_argument("-o", "--output", required=True, help="picture to write, .png, .jpg or .tif, or a folder")
    parser.add_argument("--weights", help="weights file of the network; `aiart networks` says where it is")
    parser.add_argument("--animation", help=f"also write {animation}, .gif or .webp")
    parser.add_argument(
        "--deep-zoom", help="also write a page on which the picture is zoomed into, .html, with its tiles"
    )
    parser.add_argument("--history", help="also write the losses of every evaluation or iteration, .csv")
    parser.add_argument("--metrics", help="also write the figures that were reached, and the settings, .json")
    parser.add_argument("--timings", help="also write seconds and memory, .json")
    add_job_arguments(parser)


def keeping_what_is_reached() -> AbstractContextManager[Sequence[int]]:
    """Signals that come in the body, which is then to end early and to write what it has.

    A job of the workflow gets none and is ended at once: its old result stays until a new one is whole.
    """
    return nullcontext(()) if "AIART_JOBS_LOCK" in os.environ else stop_when_asked()


def fitting_picture(
    what: str, takes_mb: Callable[[Any, int], int], settings: Any, shape: tuple[int, ...], *, tiles: Sequence[int] = ()
) -> AbstractContextManager[None]:
    """`aiart.memory.fitting` for a picture of this shape (height, width), made at `settings.long_side`.

    takes_mb: MB, of settings and pixels. tiles: sides of tiles that it could be cut into, smallest first.
    """

    def takes(side: int, **tiled: int) -> int:
        scale = min(1, side / max(shape[:2]))
        pixels = round(shape[0] * shape[1] * scale**2)
        return takes_mb(settings.model_copy(update=tiled), pixels) * 10**6

    smaller = range(16, min(settings.long_side, max(shape[:2])), 16)
    choices = {"--long-side": (smaller, takes)}
    if tiles:
        choices["--tile"] = (tiles, lambda tile: takes(settings.long_side, tile=tile))
    return fitting(what, takes(settings.long_side), choices)


def check_picture_outputs(
    options: argparse.Namespace,
    *,
    bits: int,
    inputs: Iterable[str | None],
    folders: Iterable[str | None] = (),
    more: Iterable[str | None] = (),
    state: str | Path | None = None,
) -> None:
    """Look at all that will be written before the work begins, `more` pictures too; UserError says what cannot be."""
    check_picture_name(options.output, bits)
    if options.animation:
        check_suffix(options.animation, (".gif", ".webp"))
    if options.deep_zoom:
        check_suffix(options.deep_zoom, (".html",))
        check_deep_zoom(options.deep_zoom)
    for path in more:
        if path:
            check_suffix(path, (".png",))
    zoomed = [options.deep_zoom, Path(options.deep_zoom).with_suffix(".dzi")] if options.deep_zoom else []
    files = (options.output, options.animation, options.history, options.metrics, options.timings, *zoomed, *more)
    if state:
        check_suffix(state, (".npz",))
    check_outputs(*files, state, inputs=[*inputs, options.weights], folders=folders)


@dataclass(frozen=True)
class Result:
    """What a command made. picture: (height, width, 3), RGB 0..255. alpha, profile: its opacity and its colours, as
    for `write_image`. history: one row for each evaluation.

    measured, settings, made_with, made_of: what its records say; timings differ from run to run. xmp: what it says of
    its origin (aiart.cli.marks).
    """

    picture: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None
    history: pd.DataFrame
    measured: dict[str, Any]
    settings: dict[str, Any]
    made_with: dict[str, Any]
    made_of: dict[str, Any]
    timings: dict[str, Any]
    xmp: str


def write_result(
    options: argparse.Namespace,
    command: str,
    result: Result,
    *more: Callable[[], object],
    stopped: Sequence[int],
    quiet: bool = False,
) -> None:
    """Write the files that were asked for, and `more`, each even where another cannot be written; then print the
    job's last line.

    stopped: signals that came. A picture that they cut short says after how many evaluations, and Stopped is raised.
    quiet: without the last line.
    """
    said = {"made_with": result.made_with, "made_of": result.made_of}
    evaluations = len(result.history)
    cut_short = bool(stopped)
    if cut_short:
        said["stopped_after"] = evaluations
    metadata = {"aiart": canonical_json({command: result.settings, **said})}
    kind = {"bits": result.settings["bits"], "profile": result.profile, "xmp": result.xmp}
    writers = [lambda: write_image(options.output, result.picture, alpha=result.alpha, metadata=metadata, **kind)]
    if options.deep_zoom:
        look = {"alpha": result.alpha, "profile": result.profile, "xmp": result.xmp}
        writers.append(lambda: write_deep_zoom(options.deep_zoom, result.picture, **look))
    if options.history:
        writers.append(lambda: write_frame(options.history, result.history))
    if options.metrics:
        writers.append(lambda: write_report(options.metrics, result.measured, result.settings, **said))
    if options.timings:
        writers.append(lambda: write_json(options.timings, result.timings))
    write_each(*writers, *more)
    if result.alpha is not None and FORMATS[Path(options.output).suffix.lower()] == "JPEG":
        print(f"{options.output}: JPEG keeps no transparency, so the picture lies on white; name a .png to keep it.")
    if cut_short:
        raise Stopped(stopped[0], f"{options.output} is what was reached after {evaluations} evaluations")
    if stopped:
        raise Stopped(stopped[0], f"{options.output} is finished, and what else was reached is written")
    if quiet:
        return
    print(
        f"{options.output}: {result.timings['seconds_total']:.1f} s, {result.timings['peak_memory_mb']:.0f} MB, "
        f"{result.settings['network']} in {result.made_with['precision']}"
    )
