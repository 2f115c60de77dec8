"""What an indicator is: parameters with bounds, named outputs, and how a chart shows them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from data import CandleFrame, Timeframe

Column = npt.NDArray[np.float64]

Length = Annotated[int, Field(strict=True, ge=1, le=1_000)]
WilderLength = Annotated[int, Field(strict=True, ge=2, le=500)]
Width = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class Pane(StrEnum):
    """Where a chart draws it: over the prices, over the volume, or on a scale of its own."""

    OVERLAY = "overlay"
    VOLUME = "volume"
    OWN = "own"


class Colour(StrEnum):
    """Default colours, legible on light and on dark ground."""

    BLUE = "#2962ff"
    ORANGE = "#ff6d00"
    GREEN = "#26a69a"
    RED = "#ef5350"
    PURPLE = "#7e57c2"
    CYAN = "#00acc1"
    GREY = "#787b86"


@dataclass(frozen=True, slots=True)
class Output:
    """One output column of an indicator, and how it is drawn by default.

    `sign`: the output that chooses the colour, `falling` where it is below zero. "unseen" is not
    drawn: it only chooses.
    """

    name: str
    colour: Colour = Colour.BLUE
    shape: Literal["line", "dashes", "histogram", "unseen"] = "line"
    width: int = 1
    sign: str = ""
    falling: Colour = Colour.RED


class Source(StrEnum):
    """The price an indicator is made of."""

    OPEN = "open"
    HIGH = "high"
    LOW = "low"
    CLOSE = "close"
    HL2 = "hl2"
    HLC3 = "hlc3"
    OHLC4 = "ohlc4"

    def of(self, frame: CandleFrame) -> Column:
        """Return this price of every candle."""
        if self is Source.HL2:
            return (frame.high + frame.low) / 2.0
        if self is Source.HLC3:
            return (frame.high + frame.low + frame.close) / 3.0
        if self is Source.OHLC4:
            return (frame.open + frame.high + frame.low + frame.close) / 4.0
        column: Column = getattr(frame, self.value)
        return column


class Indicator(BaseModel, ABC):
    """A pure, causal function of a frame's columns; its fields are the parameters.

    A value depends on no later row. It is NaN until the first full window or seed, and again behind
    a missing candle (a row of NaN): never a guess.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    pane: ClassVar[Pane]
    outputs: ClassVar[tuple[Output, ...]]
    levels: ClassVar[tuple[float, ...]] = ()
    """Where a chart draws horizontal lines."""
    filled: ClassVar[tuple[str, str] | None] = None
    """Two outputs between which a chart fills the ground."""

    cumulative: ClassVar[bool] = False
    """Whether the level depends on where the frame begins: only changes have a meaning.

    Every anchored window begins at a level of its own, so a chart draws no line from one to the
    next.
    """

    memory_s: ClassVar[int] = 0
    """How far back in time a value reaches, where that is no number of rows."""

    @property
    @abstractmethod
    def memory_rows(self) -> int:
        """Return how many earlier rows affect a value: older ones have a weight below 1e-12."""

    def warmup(self, timeframe: Timeframe) -> int:
        """Return after how many rows the values no longer depend on where the frame begins."""
        return max(self.memory_rows, -(-self.memory_s // timeframe.seconds) - 1)

    @abstractmethod
    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        """Return a column for each of `outputs`, row for row."""

    def values(self, frame: CandleFrame) -> Mapping[str, Column]:
        """Return the columns by the names of `outputs`."""
        names = (output.name for output in self.outputs)
        return dict(zip(names, self.compute(frame), strict=True))

    def shifts(self) -> tuple[int, ...]:
        """Return for each output how many rows to the right of its candle a chart draws a value.

        A value is known at its own row, wherever it is drawn.
        """
        return (0,) * len(self.outputs)

    @property
    def label(self) -> str:
        """Return the title with the parameters, as a chart's legend shows it: `EMA 20 close`."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return " ".join(
            [
                self.title,
                *(f"{value:g}" if isinstance(value, float) else str(value) for value in values),
            ]
        )
