"""Plan which days of which tapes to delete. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from data.market.instrument import InstrumentId
from data.market.trade import Cursor
from data.retention.values import DAY, DayKey, DropReason, StoredTape, TapeDay, TapeRules

# A day forced out by a full disk frees space for the next one; no further one until then.
_FORCED_EVERY = DAY


class StorageState(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes per trade, rows after the last whole days, and free bytes of the disk.

    `newest_rows` are those of active tapes.
    """

    bytes_per_trade: float
    newest_rows: int = 0
    free_bytes: float | None = None


class PlannedDrop(msgspec.Struct, frozen=True, kw_only=True):
    """A day to delete, the reason, and what still needs it, if it was forced."""

    day: TapeDay
    reason: DropReason
    forced: str = ""


class RetentionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The days to delete, and those held although expired, each with the reason."""

    drops: Sequence[PlannedDrop]
    held: Sequence[tuple[TapeDay, str]]


def plan_drops(
    tapes: Iterable[StoredTape],
    days: Iterable[TapeDay],
    needed: Mapping[InstrumentId, Cursor],
    rules: TapeRules,
    storage: StorageState,
    now: datetime,
) -> RetentionPlan:
    """Return what to delete, oldest days first.

    `days` are those that are over; dropped ones only show when the disk last forced a deletion.
    `needed`: the oldest position of each tape that is still needed. The newest day of a tape
    always stays, and so does a whole inactive tape: it is an archive.
    """
    known = list(days)
    active = {tape.instrument for tape in tapes if is_active(tape, rules, now)}
    stored = sorted(_droppable(known, active), key=lambda day: (day.day, str(day.instrument)))
    why = {day.key: _hold_reason(day, needed) for day in stored}
    reasons = dict(_expired(stored, rules, storage, now))
    held = {key for key in reasons if why[key]}
    # Deleted rows leave free space inside the table, which the free bytes of the disk do not show.
    if not any(was_forced_lately(day, now) for day in known):
        forced = dict(_forced(stored, rules, storage))
        reasons |= forced
        held -= forced.keys()
    return RetentionPlan(
        drops=[
            PlannedDrop(day=day, reason=reasons[day.key], forced=why[day.key])
            for day in stored
            if day.key in reasons and day.key not in held
        ],
        held=[(day, why[day.key]) for day in stored if day.key in held],
    )


def is_active(tape: StoredTape, rules: TapeRules, now: datetime) -> bool:
    """Return whether a tape is still written; any other one is an archive."""
    return tape.end.time >= now - rules.keep


def _droppable(days: Iterable[TapeDay], active: set[InstrumentId]) -> Iterator[TapeDay]:
    return (day for day in days if day.dropped is None and day.instrument in active)


def _expired(
    stored: Sequence[TapeDay], rules: TapeRules, storage: StorageState, now: datetime
) -> Iterator[tuple[DayKey, DropReason]]:
    """Yield the days that expire by age or size, the oldest first."""
    rows = storage.newest_rows + sum(day.rows for day in stored)
    for day in stored:
        if day.end <= now - rules.keep:
            reason = DropReason.AGE
        elif rows * storage.bytes_per_trade > rules.max_bytes:
            reason = DropReason.SIZE
        else:
            continue
        rows -= day.rows
        yield day.key, reason


def _forced(
    stored: Sequence[TapeDay], rules: TapeRules, storage: StorageState
) -> Iterator[tuple[DayKey, DropReason]]:
    """Yield the days that a nearly full disk forces out, needed or not."""
    if storage.free_bytes is None or storage.free_bytes >= rules.min_free_bytes:
        return
    missing = rules.min_free_bytes - storage.free_bytes
    for day in stored:
        if missing <= 0:
            return
        missing -= day.rows * storage.bytes_per_trade
        yield day.key, DropReason.DISK


def was_forced_lately(day: TapeDay, now: datetime) -> bool:
    """Return whether a nearly full disk forced this day out within the last day."""
    dropped = day.dropped
    return (
        dropped is not None
        and dropped.reason is DropReason.DISK
        and dropped.at > now - _FORCED_EVERY
    )


def _hold_reason(day: TapeDay, needed: Mapping[InstrumentId, Cursor]) -> str:
    place = needed.get(day.instrument)
    if place is not None and place.time < day.end:
        return f"required by bots from {place.time:%Y-%m-%d %H:%M:%SZ} on"
    return f"not verified: {day.problem}" if day.problem else ""
