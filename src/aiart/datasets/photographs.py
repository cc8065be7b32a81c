"""The default content photographs: colour photographs inside scikit-image's wheel, read without a network."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import resources

import numpy as np
from PIL import Image

from aiart.errors import UserError


@dataclass(frozen=True)
class Photograph:
    """A photograph: its file in skimage/data, what it shows, its licence and whom to credit."""

    file: str
    shows: str
    licence: str
    credit: str


# Licences and credits are those of the docstrings in skimage.data (scikit-image 0.26).
PHOTOGRAPHS: dict[str, Photograph] = {
    "astronaut": Photograph(
        "astronaut.png", "the astronaut Eileen Collins, 512x512", "public domain", "NASA Great Images database"
    ),
    "chelsea": Photograph("chelsea.png", "Chelsea the cat, 300x451", "CC0", "Stefan van der Walt"),
    "coffee": Photograph(
        "coffee.png",
        "a cup of coffee on a wooden table, 400x600",
        "CC0",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar",
    ),
    "rocket": Photograph("rocket.jpg", "the launch of DSCOVR on a Falcon 9, 427x640", "public domain", "SpaceX Photos"),
    "hubble_deep_field": Photograph(
        "hubble_deep_field.jpg", "galaxies in the Hubble eXtreme Deep Field, 872x1000", "public domain", "NASA"
    ),
    "retina": Photograph(
        "retina.jpg", "the fundus of a human left eye, 1411x1411", "CC0", "Mikael Häggström, Wikimedia Commons"
    ),
}


def load_photograph(name: str) -> np.ndarray:
    """The photograph `name`: float32 (height, width, 3), sRGB, 0..255.

    Reads the file from the installed scikit-image. The functions of skimage.data are not used, for they
    may download by pooch. Raises `UserError` for an unknown name or a file missing from the wheel.
    """
    if name not in PHOTOGRAPHS:
        near = difflib.get_close_matches(name, PHOTOGRAPHS, n=1, cutoff=0.0)
        raise UserError(
            f"No photograph is called {name!r}; the nearest name is {near[0]!r}, and the photographs are "
            f"{', '.join(PHOTOGRAPHS)}."
        )
    path = resources.files("skimage") / "data" / PHOTOGRAPHS[name].file
    try:
        with path.open("rb") as stream, Image.open(stream) as image:
            return np.asarray(image.convert("RGB"), dtype=np.float32)
    except FileNotFoundError:
        raise UserError(
            f"The photograph {name!r} is missing from the installed scikit-image at {path}; "
            "reinstall scikit-image 0.25 or later."
        ) from None
