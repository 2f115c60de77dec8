"""Errors of strategies, indicators and chart layouts.

TruetapeError
├── ConfigError           unknown name, unknown or out-of-range parameter: report it
├── StrategyError         a strategy raised or returned an invalid result: skip this candle
│   ├── UserCodeFailed    its code raised, exceeded a limit or ended its worker: fix it
│   └── FileChanged       its file holds another version now: the requested one is not known
├── WatermarkConflict     a group's watermark is not the expected one: read it again
└── LayoutRefused         report it; the user chooses another name
    ├── LayoutMissing      a NotFound too
    └── LayoutNameTaken
"""

from utils.errors import NotFound, TruetapeError


class StrategyError(TruetapeError):
    """A strategy raised, or its decisions do not fit the candles it was given."""


class FileChanged(StrategyError):
    """A file does not hold the requested version: it was edited meanwhile."""


class UserCodeFailed(StrategyError):
    """A user's code raised, exceeded a limit or ended its process; file and line are named."""


class WatermarkConflict(TruetapeError):
    """Another engine, or this one before it was killed, has already advanced a group."""


class LayoutRefused(TruetapeError):
    """A requested change of a layout is not possible."""


class LayoutMissing(LayoutRefused, NotFound):
    """There is no layout of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"layout {name!r} does not exist; it may have been deleted")


class LayoutNameTaken(LayoutRefused):
    """Another layout has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"layout {name!r} exists already: choose another name")
