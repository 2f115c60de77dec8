"""Exits that the account executes by itself, between two decisions."""

from typing import Annotated

from pydantic import Field

from utils.bounds import BoundedModel

BasisPoints = Annotated[int, Field(strict=True, ge=1, le=9_999)]


class Exits(BoundedModel):
    """Distances from the entry price, in basis points (100 are 1 %); None: no such exit."""

    stop_loss_bps: BasisPoints | None = Field(
        default=None, description="Loss at which the position is closed"
    )
    take_profit_bps: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        default=None, description="Gain at which the position is closed"
    )
    trailing_stop_bps: BasisPoints | None = Field(
        default=None,
        description="Distance from the best price since entry at which the position is closed",
    )
