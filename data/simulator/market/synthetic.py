"""A synthetic market: a pure function of seed, instrument and block.

Inside a block the PricePath is followed match by match: taker orders arrive where the cells
determine, move the quotes now and then, and sweep one or more resting orders.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.cascade import EPOCH_MS, HOUR_LEVEL, HOUR_MS, SPAN_HOURS, Cascade
from data.simulator.market.matches import Matches, MatchSource
from data.simulator.market.price_path import Cells, PricePath
from data.simulator.market.prng import (
    Floats,
    Ints,
    UInt64s,
    bits,
    heavy_table,
    key_of,
    mix,
    normal_table,
    words,
)
from data.simulator.market.volatility_profile import MARKET_VOLATILITY, VolatilityProfile

_CELL_LEVELS = 8
_MAX_BLOCKS_PER_HOUR = 128  # an hour halved seven times is still a whole number of milliseconds
_MATCHES_PER_BLOCK = 32_768
_SIZE_SPREAD = 1.5  # standard deviation of the logarithm of sizes
_QUOTE_MOVES = 115  # of 256 taker orders
_VOLATILITY_SCALE = 1.35  # how far prices deviate between two cell edges


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSettings:
    """The parameters of the synthetic market.

    `rate` multiplies the number of matches. `falls_ms`: by how much the matches' own times may
    fall along ids, as the real exchange's do.
    """

    seed: int = 1
    rate: float = 1.0
    falls_ms: int = 0


@cache
def _market(seed: int) -> Cascade:
    return Cascade(mix(seed, key_of("market")), MARKET_VOLATILITY)


@cache
def _own(seed: int, path: str, volatility: float) -> Cascade:
    return Cascade(mix(seed, key_of("path"), key_of(path)), volatility)


class _Takers(NamedTuple):
    """The taker orders of a block: index of each one's first match, price in ticks, side."""

    starts: Ints
    counts: Ints
    ticks: Ints
    buy: NDArray[np.bool_]
    cell: Ints
    within: Floats


class SyntheticSource(MatchSource):
    """One instrument of the synthetic market."""

    epoch_ms = EPOCH_MS

    def __init__(self, volatility_profile: VolatilityProfile, settings: MarketSettings) -> None:
        self.listing = volatility_profile.listing
        self._volatility_profile = volatility_profile
        self._settings = settings
        per_hour = volatility_profile.matches_per_s * settings.rate * 3600
        levels = math.ceil(math.log2(max(1.0, per_hour / _MATCHES_PER_BLOCK)))
        halvings = min(levels, int(math.log2(_MAX_BLOCKS_PER_HOUR)))
        self._level = HOUR_LEVEL + halvings
        self.block_ms = HOUR_MS >> halvings
        self._key = mix(settings.seed, key_of(self.listing.inst_id))
        self._price_path = PricePath(
            mix(self._key, 1),
            _market(settings.seed),
            _own(settings.seed, volatility_profile.path, volatility_profile.own_volatility),
            beta=volatility_profile.beta,
            per_span=int(per_hour * SPAN_HOURS),
        )
        self._sizes = _size_table(volatility_profile.typical_size * 10**self.listing.size_decimals)

    def first_id(self, block: int) -> int:
        first, _ = self._price_path.population(self._level, block)
        return self._volatility_profile.first_id + first

    def block_with(self, match_id: int) -> int:
        ordinal = max(0, match_id - self._volatility_profile.first_id)
        return self._price_path.find(self._level, ordinal)

    def matches(self, block: int) -> Matches:
        cells = self._price_path.cells(self._level, block, _CELL_LEVELS)
        count = int(cells.counts.sum())
        if count == 0:
            return Matches.none()
        key = mix(self._key, block)
        arrivals, choices = words(mix(key, 1), 0, count), words(mix(key, 2), 0, count)
        places = _places(cells, arrivals)
        takers = self._takers(cells, places, arrivals, choices)
        ids = np.arange(count, dtype=np.int64) + self.first_id(block)
        time_ms = self._times(block, np.repeat(places[takers.starts], takers.counts))
        return Matches(
            ids=ids,
            time_ms=time_ms,
            own_ms=self._own_times(time_ms, self.start_ms(block), takers.counts, arrivals),
            ticks=_swept(takers, arrivals),
            lots=_sizes_of(self._sizes, choices),
            buy=np.repeat(takers.buy, takers.counts),
            taker=np.repeat(ids[takers.starts], takers.counts),
        )

    def _takers(self, cells: Cells, places: Floats, arrivals: UInt64s, choices: UInt64s) -> _Takers:
        starts, counts = _grouped(arrivals)
        cell = places[starts].astype(np.int64)
        within = places[starts] - cell
        shocks = heavy_table()[bits(choices[: starts.size], 0, 12)]
        log_price = _walked(cells, cell, within, shocks)
        moves = bits(choices[: starts.size], 12, 8) < _QUOTE_MOVES
        moves[0] = True
        held = np.maximum.accumulate(np.where(moves, np.arange(starts.size), 0))
        ask = np.ceil(self._in_ticks(log_price[held], float(cells.edges[0]))).astype(np.int64)
        # Buyers meet rising prices more often than falling ones, and sellers the reverse.
        drift = np.diff(cells.edges) / np.sqrt(cells.variance)
        lean = np.clip(0.18 * shocks + 0.14 * drift[cell], -0.42, 0.42)
        buy = bits(choices[: starts.size], 20, 12) * 2.0**-12 < 0.5 + lean
        spread = _spread_table(self._volatility_profile.wide_spread)[
            bits(choices[: starts.size], 32, 8)
        ]
        return _Takers(starts, counts, np.where(buy, ask, ask - spread), buy, cell, within)

    def _in_ticks(self, log_price: Floats, origin: float) -> Floats:
        volatility_profile = self._volatility_profile
        start = volatility_profile.start_price * (1 + volatility_profile.premium) * math.exp(origin)
        move = log_price - origin
        # An own exponential function: library versions differ in the last bit between CPUs.
        growth = 1 + move * (1 + move / 2 * (1 + move / 3 * (1 + move / 4)))
        scaled: Floats = start * 10**self.listing.price_decimals * growth
        return scaled

    def _times(self, block: int, places: Floats) -> Ints:
        cell_ms = self.block_ms / (1 << _CELL_LEVELS)
        return np.floor(places * cell_ms).astype(np.int64) + self.start_ms(block)

    def _own_times(self, time_ms: Ints, start_ms: int, counts: Ints, arrivals: UInt64s) -> Ints:
        if not self._settings.falls_ms:
            return time_ms
        source = arrivals[: counts.size]
        late = bits(source, 44, 12) % (self._settings.falls_ms + 1)
        late[bits(source, 56, 8) >= 24] = 0
        # Tape time is the highest own time so far, so only those that do not lead may fall.
        falls = np.repeat(late, counts)
        falls[np.diff(time_ms, prepend=start_ms) > 0] = 0
        own_ms: Ints = np.maximum(time_ms - falls, start_ms)
        return own_ms


def _places(cells: Cells, arrivals: UInt64s) -> Floats:
    """Return the positions of the matches, as rising cell numbers with a fraction."""
    cell = np.repeat(np.arange(cells.counts.size), cells.counts)
    places = cell + bits(arrivals, 44, 20) * 2.0**-20
    places.sort()
    return places


def _grouped(arrivals: UInt64s) -> tuple[Ints, Ints]:
    """Return the first index and the number of matches of each taker order."""
    counts = _count_table()[bits(arrivals, 0, 10)]
    ends = np.cumsum(counts)
    orders = int(ends.searchsorted(arrivals.size)) + 1
    counts, starts = counts[:orders], ends[:orders] - counts[:orders]
    counts[-1] = arrivals.size - starts[-1]
    return starts, counts


def _walked(cells: Cells, cell: Ints, within: Floats, shocks: Floats) -> Floats:
    """Return the log price at each taker order: a bridge of small shocks between cell edges."""
    orders = np.bincount(cell, minlength=cells.counts.size)
    steps = shocks * (_VOLATILITY_SCALE * np.sqrt(cells.variance / np.maximum(orders, 1)))[cell]
    walk = np.cumsum(steps)
    last = np.cumsum(orders)
    reached = np.concatenate(([0.0], walk))
    at_edge = reached[np.concatenate(([0], last))]
    rank = np.arange(1, cell.size + 1) - (last - orders)[cell]
    drifted = at_edge[cell] + np.diff(at_edge)[cell] * (rank / orders[cell])
    line = cells.edges[cell] + np.diff(cells.edges)[cell] * within
    path: Floats = line + walk - drifted
    return path


def _swept(takers: _Takers, arrivals: UInt64s) -> Ints:
    """Return each match's price: a taker order that continues meets worse and worse prices."""
    steps = _step_table()[bits(arrivals, 10, 6)]
    steps[takers.starts] = 0
    deep = np.cumsum(steps)
    deep -= np.repeat(deep[takers.starts], takers.counts)
    ticks = np.repeat(takers.ticks, takers.counts)
    ticks += np.where(np.repeat(takers.buy, takers.counts), deep, -deep)
    return np.maximum(ticks, 1)


def _sizes_of(table: Ints, choices: UInt64s) -> Ints:
    place, part = bits(choices, 40, 12), bits(choices, 52, 12)
    low = table[place]
    lots: Ints = low + ((table[place + 1] - low) * part >> 12)
    return lots


@cache
def _size_table(typical_lots: float) -> Ints:
    """Return 4,097 rising quantiles of size, in lots, with a heavy upper tail."""
    logs = normal_table() * _SIZE_SPREAD
    values = [max(1, round(typical_lots * math.exp(log))) for log in logs.tolist()]
    return np.array([*values, 2 * values[-1]], dtype=np.int64)


@cache
def _count_table() -> Ints:
    """Return how many resting orders a taker order meets: 80 % one, 13 % two, 7 % three to ten."""
    table = np.ones(1024, dtype=np.int64)
    table[819:952] = 2
    table[952:] = np.repeat([3, 4, 5, 6, 8, 10], 12)
    return table


@cache
def _step_table() -> Ints:
    """Return by how many ticks the next resting order is worse."""
    return np.repeat([0, 1, 2, 5], [36, 18, 7, 3])


@cache
def _spread_table(wide: int) -> Ints:
    """Return the spread in ticks: mostly one, now and then up to `wide`."""
    return np.concatenate((np.ones(200, dtype=np.int64), 1 + np.arange(56) * wide // 56))
