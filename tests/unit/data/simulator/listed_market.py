"""A small market whose every match is written down."""

import numpy as np

from data.simulator.market.listing import InstrumentType, ListedInstrument
from data.simulator.market.matches import Matches, MatchSource

MINUTE_MS = 60_000


class ListedSource(MatchSource):
    """Matches given as (id, time, ticks, lots); every one is its own taker order of a buyer."""

    block_ms = 10 * MINUTE_MS
    epoch_ms = 0

    def __init__(self, rows: list[tuple[int, int, int, int]]) -> None:
        self.listing = ListedInstrument(
            inst_id="BTC-USDT", kind=InstrumentType.SPOT, base="BTC", quote="USDT",
            price_decimals=1, size_decimals=2,
        )  # fmt: skip
        ids, times, ticks, lots = (
            np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
        )
        self._all = Matches(ids, times, times, ticks, lots, np.ones(ids.size, dtype=np.bool_), ids)

    def first_id(self, block: int) -> int:
        place = int(self._all.time_ms.searchsorted(self.start_ms(block)))
        return int(self._all.ids[place]) if place < self._all.size else int(self._all.ids[-1]) + 1

    def block_with(self, match_id: int) -> int:
        place = min(int(self._all.ids.searchsorted(match_id)), self._all.size - 1)
        return self.block_at(int(self._all.time_ms[place]))

    def matches(self, block: int) -> Matches:
        start_ms = self.start_ms(block)
        return self._all.after_and_until(start_ms - 1, start_ms + self.block_ms - 1)
