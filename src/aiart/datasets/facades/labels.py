"""From a layout to its label map."""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.classes import CLASSES
from aiart.datasets.facades.geometry import inside, outline_mask, window
from aiart.datasets.facades.house import House


def class_map(house: House, side: int) -> np.ndarray:
    """The number of each pixel's class in the order of `CLASSES`, from 0: uint8 (side, side)."""
    names = list(CLASSES)
    scale = side / house.extent
    numbers = np.zeros((side, side), np.uint8)
    numbers[window(house.wall(scale), side)[0]] = names.index("facade")
    if house.gable:
        numbers[inside(house.gable, side, scale)] = names.index("facade")
    for element in house.elements:
        box = element.box(scale)
        at, within = window(box, side)
        mask = outline_mask(element.outline, box)
        if mask is None:
            numbers[at] = names.index(element.kind)
        else:
            numbers[at][mask[within]] = names.index(element.kind)
    return numbers


def label_map(house: House, side: int) -> np.ndarray:
    """The label map in the colours of `CLASSES`: float32 (side, side, 3), 0..255, without a blended pixel."""
    return np.array(list(CLASSES.values()), np.float32)[class_map(house, side)]
