"""Neural style transfer from pictures to a picture: the loop that reads top to bottom."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from tqdm import tqdm

from aiart.errors import UserError
from aiart.images import resize_exact, resize_long_side
from aiart.networks.registry import FeatureNetwork
from aiart.networks.states import States
from aiart.params.feature_networks import NETWORKS
from aiart.params.regions import AutoRegions
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.colours import finished, prepared
from aiart.style_transfer.keeping import Keeper, joined, parted
from aiart.style_transfer.memory import Plan, choose_plans, plans
from aiart.style_transfer.moments import Moment
from aiart.style_transfer.objective import build_objective
from aiart.style_transfer.optimizers import minimise
from aiart.style_transfer.recorder import Recorder
from aiart.style_transfer.regions import Area, found_areas, kept_mask, masked_areas, merged, region_map
from aiart.style_transfer.targets import Targets
from aiart.style_transfer.tiled import TiledObjective

# The layer by which regions are found.
FOUND_BY = "conv3_1"


@dataclass
class Painted:
    """Result of `paint`: picture and frames are (height, width, 3), RGB 0..255."""

    picture: np.ndarray
    history: pd.DataFrame
    """One row per evaluation: level, evaluation, total, content, style, tv."""
    seconds: list[float]
    """When each evaluation ended, since painting began, in the order of `history`."""
    frames: list[np.ndarray] = field(default_factory=list)
    """Snapshots as uint8, the finished picture last; empty unless asked for."""
    plans: list[Plan] = field(default_factory=list)
    """What memory decided, of each level."""
    areas: Sequence[Area] = ()
    """The regions, those that are alike as one."""
    region_map: np.ndarray | None = None
    """Where there are regions, each in a colour of its own: (height, width, 3), RGB 0..255."""


def paint(
    network: FeatureNetwork,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    *,
    seed: int,
    init_picture: np.ndarray | None = None,
    palette: np.ndarray | None = None,
    masks: Sequence[np.ndarray] = (),
    style_masks: Sequence[np.ndarray] = (),
    name: str = "painting",
    bar: tqdm | None = None,
    stopped: Sequence[int] = (),
    states: States | None = None,
    targets: Targets | None = None,
) -> Painted:
    """Paint `content` in the manner of `styles`; pictures are (height, width, 3), RGB 0..255, and so are masks, of the
    regions that the settings name and of the paintings. palette: whose colours it gets, where the settings say so.

    bar, targets: those of several paintings by the same network, settings and styles; the bar is left open. Without
    it there is one by `name`.

    Everything random comes from `seed`. Once `stopped` holds something, the evaluation under way is the last one,
    and the result is what was reached. A painting that was killed goes on from the newest of `states`. Raises
    UserError when a picture is too small for the network, the loss or its gradient stops being finite, or nothing could
    be improved on the picture that painting started from.
    """
    full = _at_most(content, settings.long_side)
    size = full.shape[:2]
    regions = _regions(network, full, len(styles), settings, masks, seed)
    areas = merged(regions)
    kept = kept_mask(areas, size)
    photograph, styles = prepared(full, styles, palette, settings)
    photograph = photograph if kept is None else _keeping(full, kept, photograph)
    levels = settings.levels(*size)
    recorder = Recorder(settings, sum(count for _, count in levels), name, bar, stopped)
    smallest_side = NETWORKS[settings.network].smallest_side()
    keeper = Keeper(states)
    picture = None
    begun = keeper.begun()
    if not begun:
        chosen = choose_plans(settings, [round(size[0] * size[1] * scale**2) for scale, _ in levels])
    else:
        chosen = [Plan.of(noted) for noted in begun.notes["so_far"]["plans"]]
        if painted := parted(begun, "painted"):
            picture = painted.arrays["picture"]
    for number, (scale, iterations) in enumerate(levels):
        if begun and number < begun.notes["so_far"]["level"]:
            continue
        long_side = max(round(max(size) * scale), smallest_side)
        level_content = _at_most(photograph, long_side)
        height, width = level_content.shape[:2]
        level_styles = [_at_most(s, max(round(long_side * settings.style_scale), 1)) for s in styles]
        _check_sizes([level_content, *level_styles], smallest_side)
        recorder.begin_level(number, size)
        path = parted(begun, "path") if begun else None
        if path:
            picture = np.empty((height, width, 3), np.float32)
        elif picture is None:
            source = {"style": styles[0], "picture": init_picture}.get(settings.init, level_content)
            picture = _start(resize_exact(source, height, width), settings, seed)
        else:
            picture = resize_exact(picture, height, width)
        if begun:
            recorder.go_on(parted(begun, "recorder"), path is not None)
        begun = None
        plan = chosen[number]
        _say(plan, number, level_content, settings)
        seen = network, level_content, level_styles, settings, (seed, number), areas, style_masks
        objective = TiledObjective(*seen, tiling=plan.tiling) if plan.tiling else build_objective(*seen, targets)

        def note(moment: Callable[[], Moment], number: int = number) -> None:
            keeper.note(lambda: _moment(number, chosen, recorder, path=moment()))

        # The only reference to a large array, which Adam changes.
        start, picture = picture[np.newaxis].astype(np.float32, copy=False), None
        minimise(objective, start, iterations, settings, plan, recorder.observe, note, path)
        del start, path, objective
        if plan.tiling:
            gc.collect()  # TensorFlow's functions are parts of cycles, and would keep this level beside the next
        picture = recorder.result()
        if stopped:
            picture = resize_exact(picture, *size)
            break
        if number + 1 < len(levels):
            keeper.note(
                lambda number=number, picture=picture: _moment(
                    number + 1, chosen, recorder, painted=Moment({"picture": picture}, {})
                )
            )
    if bar is None:
        recorder.bar.close()
    if sum(count for _, count in levels) > len(levels):
        recorder.check_progress()
    picture = finished(picture, full, palette, settings)
    recorder.frames = [finished(frame, full, palette, settings) for frame in recorder.frames]
    if kept is not None:
        picture = _keeping(full, kept, picture)
        recorder.frames = [_keeping(full, kept, frame) for frame in recorder.frames]
    frames = [*recorder.frames, picture] if settings.snapshot_every else []
    return Painted(
        picture=picture,
        history=pd.DataFrame(recorder.rows),
        seconds=recorder.seconds,
        frames=[np.rint(frame).astype(np.uint8) for frame in frames],
        plans=chosen,
        areas=areas,
        region_map=region_map(regions) if regions else None,
    )


def _moment(level: int, plans: Sequence[Plan], recorder: Recorder, **parts: Moment) -> Moment:
    """All that a painting at this level goes on from."""
    return joined(
        recorder=recorder.moment("path" in parts),
        so_far=Moment({}, {"level": level, "plans": [plan.noted for plan in plans]}),
        **parts,
    )


def _say(plan: Plan, level: int, picture: np.ndarray, settings: StyleTransfer) -> None:
    """Name what memory decided, where it is not what is best."""
    best = plans(settings)[0]
    if plan != best:
        height, width = picture.shape[:2]
        print(f"Level {level + 1}, {width}×{height} pixels: {plan.in_words()}.", flush=True)


def _at_most(picture: np.ndarray, long_side: int) -> np.ndarray:
    """A picture of `long_side` pixels at most, itself where it is not larger: of print size, a copy is a gigabyte."""
    if max(picture.shape[:2]) <= long_side and picture.dtype == np.float32:
        return picture
    return resize_long_side(picture, long_side)


def region_layers(settings: StyleTransfer) -> list[str]:
    """Layers that the network needs beside those of the losses."""
    return [FOUND_BY] if isinstance(settings.regions, AutoRegions) else []


def _regions(network, photograph, styles: int, settings: StyleTransfer, masks, seed: int) -> list[Area]:
    """The regions of a photograph at its full size; none where it is painted as one."""
    if isinstance(settings.regions, AutoRegions):
        from aiart.style_transfer.superpixels import found_masks  # only here, as scikit-image takes time to start

        found = found_masks(network, FOUND_BY, photograph, settings.regions.auto, seed)
        return found_areas(found, photograph.shape[:2], styles, settings)
    return masked_areas(masks, photograph.shape[:2], styles, settings) if settings.regions else []


def _keeping(photograph: np.ndarray, kept: np.ndarray, picture: np.ndarray) -> np.ndarray:
    return (picture + kept[..., np.newaxis] * (photograph - picture)).astype(np.float32)


def _start(source: np.ndarray, settings: StyleTransfer, seed: int) -> np.ndarray:
    """The first picture. Noise is uniform over the whole range, in colour, and clearly visible: a start near
    one grey would leave L-BFGS and Adam to invent all contrast."""
    share = 1.0 if settings.init == "noise" else settings.init_noise
    if not share:
        return source
    noise = np.random.default_rng(seed).uniform(0, 255, source.shape).astype(np.float32)
    return (1 - share) * source + share * noise


def _check_sizes(pictures: Sequence[np.ndarray], smallest_side: int) -> None:
    for picture in pictures:
        if min(picture.shape[:2]) < smallest_side:
            height, width = picture.shape[:2]
            raise UserError(
                f"A picture is {width}×{height} pixels at its size in the network, which needs at least "
                f"{smallest_side} on the shorter side; raise long_side or style_scale, or use a larger picture."
            )


def metrics(painted: Painted) -> dict:
    """Losses of the kept evaluation and the first, and their number: equal for equal settings."""
    last = painted.history[painted.history.level == painted.history.level.max()]
    best = last.loc[last.total.idxmin()]
    return {
        "evaluations": len(painted.history),
        "first_total": float(last.total.iloc[0]),
        "last_total": float(last.total.iloc[-1]),
        **{f"best_{part}": float(best[part]) for part in ("total", "content", "style", "tv")},
    }
