"""What every block of params.yaml has in common."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

LAYER_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"

# A name that becomes part of a file name.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """Refuses unknown keys, cannot be changed after it was checked, and carries its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

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
