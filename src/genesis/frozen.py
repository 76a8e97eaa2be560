"""The base of the data types at the seams: immutable, closed, JSON in and out."""

from pydantic import BaseModel, ConfigDict, JsonValue

__all__ = ["Frozen", "JsonValue"]


class Frozen(BaseModel):
    """Immutable and closed: an unknown field is an error, so that a typo never passes as a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
