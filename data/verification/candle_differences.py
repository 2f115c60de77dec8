"""Compare candles that should be the same, and return the fields that differ. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from data.market.candle import Candle, CandleSource
from data.market.seals import StoredCandle
from data.market.timeframe import Timeframe

_PRICE_FIELDS = ("open", "high", "low", "close", "volume")
_TRADE_FIELDS = ("trade_count", "first_trade_id", "last_trade_id", "complete")
ABSENT = "absent"


class DifferenceKind(StrEnum):
    """What differs.

    MISSING: trades make a candle that is not stored. SURPLUS: one from trades is stored, and they
    make none. DIFFERENT: the stored one differs from the trades. ALTERED: a column has changed
    since the candle was stored. UNSEALED: it carries no seal, though all candles have one.
    EXCHANGE: the exchange's own differs. REVISED: the announced version is not the best one today;
    it is kept on purpose, so this is no fault.
    """

    MISSING = "missing"
    SURPLUS = "surplus"
    DIFFERENT = "different"
    ALTERED = "altered"
    UNSEALED = "unsealed"
    EXCHANGE = "exchange"
    REVISED = "revised"

    @property
    def is_fault(self) -> bool:
        """Return whether it needs attention."""
        return self is not DifferenceKind.REVISED


class FieldDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One field of two candles: the value from the trades, and the other value."""

    field: str
    ours: str
    theirs: str


class CandleDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket about which two sources disagree."""

    kind: DifferenceKind
    timeframe: Timeframe
    open_time: datetime
    fields: list[FieldDifference]


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of one candle: folded again from trades, announced, others."""

    open_time: datetime
    rebuilt: Candle | None
    announced: Candle | None
    versions: Sequence[Candle] = ()

    @property
    def stored(self) -> list[Candle]:
        """Return every stored version, the announced one first."""
        return ([] if self.announced is None else [self.announced]) + list(self.versions)


def check_stored(bucket: Bucket) -> CandleDifference | None:
    """Compare the candle that the trades make with those stored from trades."""
    ours = [c for c in bucket.stored if c.source is CandleSource.TRADES]
    rebuilt = bucket.rebuilt
    if rebuilt is None:
        return _difference(DifferenceKind.SURPLUS, ours[0], None, ours[0]) if ours else None
    if not ours:
        return _difference(DifferenceKind.MISSING, rebuilt, rebuilt, None)
    if rebuilt not in ours:
        return _difference(DifferenceKind.DIFFERENT, rebuilt, rebuilt, _preferred(ours))
    if bucket.announced in ours and bucket.announced != rebuilt:
        return _difference(DifferenceKind.REVISED, rebuilt, rebuilt, bucket.announced)
    return None


def check_seal(stored: StoredCandle, *, complete: bool) -> CandleDifference | None:
    """Compare a stored candle with its seal; `complete`: one without a seal is a fault."""
    if stored.is_altered:
        fields = [
            FieldDifference(field="seal", ours="different candle", theirs=_shown(stored.candle))
        ]
        return _of(DifferenceKind.ALTERED, stored.candle, fields)
    if stored.digest is None and complete:
        return _of(DifferenceKind.UNSEALED, stored.candle, [_seal(ABSENT, stored.candle)])
    return None


def check_exchange(rebuilt: Candle | None, theirs: Candle) -> CandleDifference | None:
    """Compare the candle of complete trades with the exchange's own."""
    if rebuilt is None:
        return _difference(DifferenceKind.EXCHANGE, theirs, None, theirs) if theirs.volume else None
    if not rebuilt.complete:
        return None
    counted = theirs.trade_count is not None
    fields = _compare(rebuilt, theirs, (*_PRICE_FIELDS, *(("trade_count",) if counted else ())))
    return _of(DifferenceKind.EXCHANGE, rebuilt, fields) if fields else None


def _seal(sealed: str, candle: Candle) -> FieldDifference:
    return FieldDifference(field="seal", ours=sealed, theirs=_shown(candle))


def _preferred(candles: Sequence[Candle]) -> Candle:
    """Return the newest complete version, else the newest."""
    return next((c for c in reversed(candles) if c.complete), candles[-1])


def _difference(
    kind: DifferenceKind, place: Candle, ours: Candle | None, theirs: Candle | None
) -> CandleDifference:
    if ours is None or theirs is None:
        whole = FieldDifference(field="candle", ours=_shown(ours), theirs=_shown(theirs))
        return _of(kind, place, [whole])
    return _of(kind, place, _compare(ours, theirs, (*_PRICE_FIELDS, *_TRADE_FIELDS)))


def _of(kind: DifferenceKind, place: Candle, fields: list[FieldDifference]) -> CandleDifference:
    return CandleDifference(
        kind=kind, timeframe=place.timeframe, open_time=place.open_time, fields=fields
    )


def _compare(ours: Candle, theirs: Candle, names: Sequence[str]) -> list[FieldDifference]:
    return [
        FieldDifference(
            field=name, ours=str(getattr(ours, name)), theirs=str(getattr(theirs, name))
        )
        for name in names
        if getattr(ours, name) != getattr(theirs, name)
    ]


def _shown(candle: Candle | None) -> str:
    if candle is None:
        return ABSENT
    values = " ".join(str(getattr(candle, name)) for name in _PRICE_FIELDS)
    return values if candle.trade_count is None else f"{values} in {candle.trade_count} trades"
