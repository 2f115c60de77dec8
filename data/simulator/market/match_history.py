"""The history of one instrument: every match up to a time, and every candle made of them."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from data.simulator.market.bars import HOUR_MS, MINUTE_MS, Bar
from data.simulator.market.edits import Edits
from data.simulator.market.fold import BarColumns, fold_bars, fold_matches
from data.simulator.market.matches import Matches, MatchSource

_BLOCKS_KEPT = 16
_MINUTES_KEPT = 2048
_HOURS_KEPT = 32_768


class MatchHistory:
    """A source's matches with the edits of this run; queries with `now_ms` exclude the future."""

    def __init__(self, source: MatchSource) -> None:
        self.listing = source.listing
        self.epoch_ms = source.epoch_ms
        self._source = source
        self.first_id = source.first_id(0)
        self._edits = Edits(self.first_id)
        self._block = lru_cache(maxsize=_BLOCKS_KEPT)(source.matches)
        self._minutes = lru_cache(maxsize=_MINUTES_KEPT)(self._fold_block)
        self._hours = lru_cache(maxsize=_HOURS_KEPT)(self._fold_to_hours)

    # matches

    def between(self, after_ms: int, until_ms: int) -> Matches:
        """Return the matches with after_ms < time <= until_ms."""
        return self._edits.applied(self._source_between(after_ms, until_ms))

    def by_id(self, first_id: int, last_id: int, now_ms: int) -> Matches:
        """Return the matches from `first_id` to `last_id`, both included, up to now."""
        next_id = self._next_id(now_ms)
        first_id, last_id = min(first_id, next_id), min(last_id, next_id)
        start, stop = (self._edits.source_id(match_id) for match_id in (first_id, last_id))
        last_block = min(self._source.block_with(stop), self._source.block_at(now_ms))
        blocks = range(self._source.block_with(start), last_block + 1)
        parts = [self._block(block).of_ids(start, stop) for block in blocks]
        source = Matches.joined([Matches.none(), *parts]).after_and_until(-1, now_ms)
        return self._edits.applied(source).of_ids(first_id, last_id)

    def latest(self, count: int, now_ms: int) -> Matches:
        """Return the last `count` matches up to now, or all if there are fewer."""
        return self.before_id(self._next_id(now_ms), count, now_ms)

    def before_id(self, match_id: int, count: int, now_ms: int) -> Matches:
        """Return the last `count` matches before an id, up to now, or all if there are fewer."""
        match_id = min(match_id, self._next_id(now_ms))
        needed = count
        while True:
            found = self.by_id(match_id - needed, match_id - 1, now_ms)
            if found.size >= count or match_id - needed < self.first_id:
                return found.between(max(0, found.size - count), found.size)
            needed *= 4

    # candles

    def bars(self, bar: Bar, start_ms: int, stop_ms: int, now_ms: int) -> BarColumns:
        """Return the candles with matches that open in [start_ms, stop_ms), as of now.

        Both times must be open times of `bar`.
        """
        if 0 < bar.length_ms < MINUTE_MS:
            return self._folded(start_ms - 1, min(stop_ms - 1, now_ms), bar.length_ms)
        fine = self._fine_between(bar, start_ms, stop_ms, now_ms)
        if bar.length_ms == MINUTE_MS:
            return fine
        edges = [start_ms]
        while edges[-1] < stop_ms:
            edges.append(bar.step_ms(edges[-1], 1))
        return fold_bars(fine, np.array(edges))

    def close_before(self, time_ms: int) -> int | None:
        """Return the last price before a time, in ticks; None if there is none."""
        last = self.latest(1, time_ms - 1)
        return int(last.ticks[-1]) if last.size else None

    def blocks_of(self, start_ms: int, stop_ms: int) -> range:
        """Return the blocks that candles in [start_ms, stop_ms) are made of."""
        return range(self._source.block_at(start_ms), self._source.block_at(stop_ms - 1) + 1)

    def matches_up_to(self, start_ms: int, stop_ms: int) -> int:
        """Return how many matches the blocks of a span hold, without generating them."""
        blocks = self.blocks_of(start_ms, stop_ms)
        return max(0, self._source.first_id(blocks.stop) - self._source.first_id(blocks.start))

    def prepare(self, bar: Bar, block: int) -> None:
        """Fold one block now, so that a later query for candles of this length is fast."""
        self._parts(bar)(block)

    # edits

    @property
    def edits(self) -> int:
        """Return the number of edits in this run."""
        return self._edits.count

    def skip_ids(self, count: int, now_ms: int) -> tuple[int, int]:
        """Leave out `count` ids before the next match; return the first and the last of them."""
        self._evict()
        return self._edits.skip(self._next_source_id(now_ms), count)

    def multiply(self, copies: int, now_ms: int) -> None:
        """Turn every later match into `copies` matches; 0 suspends trading."""
        self._evict()
        self._edits.multiply(self._next_source_id(now_ms), copies)

    def _next_id(self, now_ms: int) -> int:
        return self._edits.ledger_id(self._next_source_id(now_ms))

    def _next_source_id(self, now_ms: int) -> int:
        block = self._source.block_at(now_ms)
        matches = self._block(block)
        place = int(matches.time_ms.searchsorted(now_ms, side="right"))
        if place < matches.size:
            return int(matches.ids[place])
        return self._source.first_id(block + 1)

    def _source_between(self, after_ms: int, until_ms: int) -> Matches:
        blocks = self.blocks_of(after_ms, until_ms + 1)
        parts = [self._block(block).after_and_until(after_ms, until_ms) for block in blocks]
        return Matches.joined(parts) if parts else Matches.none()

    def _folded(self, after_ms: int, until_ms: int, length_ms: int) -> BarColumns:
        mapped, copies = self._edits.mapped(self._source_between(after_ms, until_ms))
        return fold_matches(mapped, copies, length_ms)

    def _parts(self, bar: Bar) -> Callable[[int], BarColumns]:
        """Return the function that folds a block into candles of this length."""
        return self._hours if _is_made_of_hours(bar) else self._minutes

    def _fold_block(self, block: int) -> BarColumns:
        mapped, copies = self._edits.mapped(self._block(block))
        return fold_matches(mapped, copies, MINUTE_MS)

    def _fold_to_hours(self, block: int) -> BarColumns:
        mapped, copies = self._edits.mapped(self._block(block))
        return fold_matches(mapped, copies, HOUR_MS)

    def _evict(self) -> None:
        self._minutes.cache_clear()
        self._hours.cache_clear()

    def _fine_between(self, bar: Bar, start_ms: int, stop_ms: int, now_ms: int) -> BarColumns:
        """Return minutes or hours: whole blocks as they were folded, and the forming part."""
        length_ms = HOUR_MS if _is_made_of_hours(bar) else MINUTE_MS
        forming_ms = now_ms - now_ms % length_ms
        closed_ms = min(stop_ms, forming_ms)
        blocks = self.blocks_of(start_ms, closed_ms) if start_ms < closed_ms else ()
        parts = [BarColumns.none(), *map(self._parts(bar), blocks)]
        closed = BarColumns.joined(parts).between(start_ms, closed_ms)
        if not start_ms <= forming_ms < stop_ms:
            return closed
        return BarColumns.joined([closed, self._folded(forming_ms - 1, now_ms, length_ms)])


def _is_made_of_hours(bar: Bar) -> bool:
    return bar.length_ms == 0 or bar.length_ms % HOUR_MS == 0
