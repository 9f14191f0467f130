"""What every table of the settings is: frozen, its keys all known, its types strict."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One table, in its long form."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)
