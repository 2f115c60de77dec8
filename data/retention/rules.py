"""The retention rules."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from data.market.timeframe import Timeframe

GIGABYTE = 1_000_000_000


class TapeRules(msgspec.Struct, frozen=True, kw_only=True):
    """Trades are kept `keep` long, and within `max_bytes` on disk, whichever comes first.

    When less than `min_free_bytes` of the disk are free, further days are deleted.
    """

    keep: timedelta = timedelta(days=7)
    max_bytes: float = 5 * GIGABYTE
    min_free_bytes: float = GIGABYTE / 2


class CandleRules(msgspec.Struct, frozen=True, kw_only=True):
    """Candles of a timeframe that is not named are kept for ever.

    `versions`: how long one is kept beside a better version of the same candle.
    """

    keep: Mapping[Timeframe, timedelta] = {}
    versions: timedelta = timedelta(days=90)
