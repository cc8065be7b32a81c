"""Parameters of the built-in datasets that our own code draws."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aiart.params.base import Settings

TrainPictures = Annotated[
    int, Field(ge=1, le=9999, description="Pictures to train on; of each domain, where there are no pairs.")
]
TestPictures = Annotated[
    int, Field(ge=1, le=9999, description="Pictures held out of training; of each domain, where there are no pairs.")
]


class SyntheticDataset(Settings):
    """How many pictures a built-in dataset has, and the side of each."""

    train_pictures: TrainPictures
    test_pictures: TestPictures
    side: Annotated[int, Field(ge=32, le=1024)]
    """Side of a picture in pixels."""


class SyntheticFacades(SyntheticDataset):
    """Pairs of a house and its label map."""

    train_pictures: TrainPictures = 300
    test_pictures: TestPictures = 40
    side: Annotated[int, Field(ge=32, le=1024)] = 128
    """Side of a photograph and of a label map in pixels."""


class SyntheticPaintings(SyntheticDataset):
    """Photographs and drawn houses, and paintings of others."""

    train_pictures: TrainPictures = 120
    test_pictures: TestPictures = 100
    side: Annotated[int, Field(ge=32, le=112)] = 72
    """Side of a picture in pixels; above 112 the bundled photographs would have to be enlarged."""


class SyntheticStreets(SyntheticDataset):
    """Streets by day, others by night, and for each that is held out how it looks at the other time."""

    train_pictures: TrainPictures = 120
    test_pictures: TestPictures = 100
    side: Annotated[int, Field(ge=32, le=1024)] = 72
    """Side of a picture in pixels."""


class SyntheticDatasets(Settings):
    """The built-in datasets by name."""

    synthetic_facades: SyntheticFacades = SyntheticFacades()
    """Houses and their label maps, for Pix2Pix."""
    synthetic_paintings: SyntheticPaintings = SyntheticPaintings()
    """Photographs and paintings, for CycleGAN."""
    synthetic_streets: SyntheticStreets = SyntheticStreets()
    """Streets by day and by night, for CycleGAN."""
