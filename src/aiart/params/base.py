"""What every block of params.yaml has in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

LAYER_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"

# Every bound is far above what anyone uses; without one a slip of the keyboard runs for years or kills the process.
# A name that becomes part of a file name, which may have 255 bytes.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=100)]
Line = Annotated[str, Field(max_length=200)]
Paragraph = Annotated[str, Field(max_length=2000)]
# What the project composes of several of them.
Text = Annotated[str, Field(max_length=10_000)]
FilePath = Annotated[str, Field(min_length=1, max_length=4000)]
Positive = Annotated[float, Field(gt=0, le=1000)]
Fraction = Annotated[float, Field(ge=0, le=1)]
# Large enough for style weights under any normalisation, small enough for sums of squares in float32.
NonNegative = Annotated[float, Field(ge=0, le=1e18)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Side = Annotated[int, Field(ge=16, le=16384)]

MANY = 1000
"""The most pictures, trainings or sweeps of one kind in a room, and cells in a sweep."""

Strength = Annotated[Fraction, Field(description="How much of preserve_colours: 0 is as without, 1 all of it.")]
Bits = Annotated[
    Literal[8, 16],
    Field(
        description="Bits per sample of the result; 16, for PNG and TIFF, keep what was computed between two of 256 "
        "levels."
    ),
]
KeepProfile = Annotated[
    bool,
    Field(
        description="Whether the result has the photograph's ICC profile, such as Display P3: it is then made in the "
        "photograph's own colours, and the other pictures are converted to these. Otherwise everything is sRGB."
    ),
]
NO_STRENGTH = "colour_strength has no effect with preserve_colours none; leave it out or say what to preserve"

FigureNames = Annotated[list[Line], Field(max_length=8)]
Labels = Annotated[list[Text], Field(max_length=MANY)]
Names = Annotated[list[Name], Field(max_length=100)]
Weights = Annotated[list[NonNegative], Field(max_length=100)]
Weighted = Annotated[dict[Name, NonNegative], Field(max_length=100)]


class Settings(BaseModel):
    """Refuses unknown keys, cannot be changed after it was checked, and carries its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    def check_use(self) -> None:
        """ValueError where the settings, each of which may stand, do not go with what they are used for: how many
        pictures go in, whether frames come out. Subclasses say by their arguments what they need to know.
        """

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """pydantic takes `true` for 1."""
        if isinstance(value, bool):
            kinds = _kinds(cls.model_fields[info.field_name].annotation)
            if bool not in kinds and kinds & {int, float}:
                raise ValueError(f"{str(value).lower()} is no number; write one")
        return value


def _kinds(annotation: Any) -> set[Any]:
    """Every type in an annotation: {int, None} of `Annotated[int, …] | None`."""
    inner = get_args(annotation)
    return {annotation}.union(*map(_kinds, inner)) if inner else {annotation} if isinstance(annotation, type) else set()
