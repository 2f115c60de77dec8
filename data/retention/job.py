"""One pass of retention: verify days that are over, delete expired data, report held days."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.market.trade import Cursor
from data.retention.day_verification import DayVerifier
from data.retention.plan import (
    RetentionPlan,
    StorageState,
    is_active,
    plan_drops,
    was_forced_lately,
)
from data.retention.ports import RetentionRepository
from data.retention.values import (
    CandleRules,
    Dropped,
    DropReason,
    StoredSeries,
    TapeDay,
    TapeRules,
    day_of,
)

log = logging.getLogger("truetape.retention")

TapeRequirements = Callable[[], Mapping[InstrumentId, Cursor]]
FreeBytes = Callable[[], float | None]


class DroppedDayReport(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a tape that is or would be deleted."""

    instrument: str
    day: datetime
    trades: int
    reason: DropReason
    forced: str = ""


class HeldDay(msgspec.Struct, frozen=True, kw_only=True):
    """An expired day that is held, and the reason."""

    instrument: str
    day: datetime
    trades: int
    why: str


class DroppedCandles(msgspec.Struct, frozen=True, kw_only=True):
    """Candles that are or would be deleted: those that open before a time."""

    instrument: str
    timeframe: Timeframe
    before: datetime


class RetentionReport(msgspec.Struct, kw_only=True):
    """What one pass did or, as a preview, would do.

    `versions` of candles and `marks` of equity are counted as they are deleted. `unverified` days
    are stored and failed verification; `forced_lately` were needed, and deleted within a day.
    """

    verified: int = 0
    days: list[DroppedDayReport] = []
    held: list[HeldDay] = []
    candles: list[DroppedCandles] = []
    versions: int = 0
    marks: int = 0
    unverified: int = 0
    forced_lately: int = 0


class RetentionJob:
    """Applies the rules. Every step is a small transaction; an interrupted pass is repeated."""

    def __init__(
        self,
        repository: RetentionRepository,
        verifier: DayVerifier,
        tape_rules: TapeRules,
        candle_rules: CandleRules,
        tape_requirements: TapeRequirements,
        free_bytes: FreeBytes,
    ) -> None:
        self._repository = repository
        self._verifier = verifier
        self._tape_rules = tape_rules
        self._candle_rules = candle_rules
        self._tape_requirements = tape_requirements
        self._free_bytes = free_bytes

    def apply(self, now: datetime) -> RetentionReport:
        """Verify, then delete. Raises repository errors; completed steps stay done."""
        verified = self._verify(now)
        plan = self._plan(now)
        report = self._report(plan, now)
        report.verified = verified
        for reason, forced, days in _alike(plan):
            _log_dropped(reason, forced, days)
            self._repository.drop_days(days, Dropped(at=now, reason=reason, forced=forced))
        for day, why in plan.held:
            log.warning(
                "expired day of tape kept",
                extra={"instrument": str(day.instrument), "day": f"{day.day:%F}", "why": why},
            )
        for series, before in self._old_candles(now):
            self._repository.drop_candles(series.instrument, series.timeframe, before)
        report.versions = self._repository.drop_versions(now - self._candle_rules.versions)
        days = self._repository.days()
        report.unverified = sum(bool(day.problem) for day in days if day.dropped is None)
        report.forced_lately = sum(was_forced_lately(day, now) for day in days)
        return report

    def preview(self, now: datetime) -> RetentionReport:
        """Return what `apply` would do with the days that are verified by now; change nothing."""
        return self._report(self._plan(now), now)

    def _verify(self, now: datetime) -> int:
        known = self._repository.days()
        verified = 0
        for tape in self._repository.tapes():
            if not is_active(tape, self._tape_rules, now):
                continue
            for day in self._verifier.unverified_days(tape, known):
                verified_day = self._verifier.verify_day(tape, day, now)
                verified += verified_day is not None
                if verified_day is not None and verified_day.problem:
                    log.error(
                        "day of tape not verified",
                        extra={
                            "instrument": str(tape.instrument),
                            "day": f"{day:%F}",
                            "problem": verified_day.problem,
                        },
                    )
        return verified

    def _plan(self, now: datetime) -> RetentionPlan:
        rules, tapes = self._tape_rules, self._repository.tapes()
        newest_rows = sum(
            self._repository.rows_after(tape.instrument, day_of(tape.end.time))
            for tape in tapes
            if is_active(tape, rules, now)
        )
        storage = StorageState(
            bytes_per_trade=self._repository.bytes_per_trade(),
            newest_rows=newest_rows,
            free_bytes=self._free_bytes(),
        )
        return plan_drops(
            tapes, self._repository.days(), self._tape_requirements(), rules, storage, now
        )

    def _old_candles(self, now: datetime) -> Iterator[tuple[StoredSeries, datetime]]:
        """Yield the expired candles; an archived series, which is no longer written, is kept."""
        for series in self._repository.series():
            keep = self._candle_rules.keep.get(series.timeframe)
            if keep is None or series.newest < now - keep:
                continue
            before = day_of(_earlier(now - keep, series.needed_from))
            if series.oldest < before:
                yield series, before

    def _report(self, plan: RetentionPlan, now: datetime) -> RetentionReport:
        return RetentionReport(
            days=[
                DroppedDayReport(
                    instrument=str(drop.day.instrument),
                    day=drop.day.day,
                    trades=drop.day.rows,
                    reason=drop.reason,
                    forced=drop.forced,
                )
                for drop in plan.drops
            ],
            held=[
                HeldDay(instrument=str(day.instrument), day=day.day, trades=day.rows, why=why)
                for day, why in plan.held
            ],
            candles=[
                DroppedCandles(
                    instrument=str(series.instrument), timeframe=series.timeframe, before=before
                )
                for series, before in self._old_candles(now)
            ],
        )


def _earlier(time: datetime, other: datetime | None) -> datetime:
    return time if other is None else min(time, other)


def _alike(plan: RetentionPlan) -> Iterator[tuple[DropReason, str, list[TapeDay]]]:
    """Group the days to delete by reason, so that whole chunks are dropped at once."""
    groups: dict[tuple[DropReason, str], list[TapeDay]] = {}
    for drop in plan.drops:
        groups.setdefault((drop.reason, drop.forced), []).append(drop.day)
    for (reason, forced), days in groups.items():
        yield reason, forced, days


def _log_dropped(reason: DropReason, forced: str, days: list[TapeDay]) -> None:
    facts = {
        "reason": reason,
        "days": len(days),
        "oldest": f"{days[0].day:%F}",
        "newest": f"{days[-1].day:%F}",
        "trades": sum(day.rows for day in days),
    }
    if forced:
        log.critical(
            "disk nearly full; tape deleted that is still required",
            extra={**facts, "needed": forced},
        )
    else:
        log.info("tape deleted", extra=facts)
