"""A strategy as a JSON file names it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class StrategyConfig(BaseModel):
    """The class of a strategy, its parameters, and what people call the two together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: str = Field(min_length=1, description="Name of the class")
    title: str = Field(min_length=1, max_length=80, description="Name for people")
    parameters: dict[str, Any] = Field(default_factory=dict, description="Other than the defaults")
