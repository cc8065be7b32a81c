"""Streets by day and by night: houses of `facades` under a wide sky, with street lamps before them.

Both pictures of a street come from one painting of it: the day's is photographed as it is, the night's (`night`) shows
it by moonlight and by what shines. What shines can be told by day: windows with curtains, shops, glazed doors, lamps.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from aiart.datasets.facades import check_request
from aiart.datasets.facades.layout import draw_house
from aiart.datasets.facades.render import paint
from aiart.datasets.streets.lamps import draw_lamps, paint_lamp
from aiart.datasets.streets.night import at_night
from aiart.datasets.streets.sky import night_sky

SKY, PAVEMENT = 2.6, 2.0  # metres above the roof and before the house
CURTAIN = 0.9  # nearly opaque, so that a few pixels tell who is in


def draw_street(side: int, seed: int, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Street number `index` by day and by night: both float32 (side, side, 3), whole numbers 0..255.

    side: pixels, at least 32; the same seed and index give the same street at every side, and the same bytes on every
    machine. Raises UserError for a side that is too short, or a negative seed or index.
    """
    check_request(side, seed, index)
    layout_rng, paint_rng, sky_rng, lamp_rng = np.random.default_rng([seed, index]).spawn(4)
    house = draw_house(layout_rng, SKY, PAVEMENT)
    painted = paint(house, side, paint_rng, CURTAIN, partial(night_sky, extent=house.extent, side=side, rng=sky_rng))
    lamps = draw_lamps(house, lamp_rng)
    for lamp in lamps:
        paint_lamp(painted.surface, lamp)
    night = at_night(painted.surface, lamps, house.ground)
    return painted.develop(painted.surface.colour), painted.develop(night)
