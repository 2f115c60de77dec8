"""One pass of retention: verify days that are over, delete expired data, report held days.

Every instrument is isolated: the failure of one is reported, and delays no other.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby

import msgspec

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.market.trade import Cursor
from data.retention.day_verification import DayVerifier
from data.retention.plan import (
    PlannedDrop,
    RetentionPlan,
    StorageState,
    is_active,
    plan_drops,
    was_forced_lately,
)
from data.retention.ports import RetentionRepository
from data.retention.values import (
    CandleRules,
    DayDeletion,
    DropReason,
    StoredSeries,
    StoredTape,
    TapeDay,
    TapeRules,
    day_of,
)
from utils.isolation import Attempt, Isolation

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


class FailedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a pass that failed, and its error: the next pass tries it again."""

    step: str
    problem: str


class RetentionReport(msgspec.Struct, kw_only=True):
    """What one pass did or, as a preview, would do.

    `versions` of candles and `marks` of equity are counted as they are deleted. `unverified` days
    are stored and failed verification; `forced_lately` were needed, and deleted within a day.
    """

    verified: int = 0
    days: list[DroppedDayReport] = []
    held: list[HeldDay] = []
    candles: list[DroppedCandles] = []
    failed: list[FailedStep] = []
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
        isolation: Isolation,
    ) -> None:
        self._repository = repository
        self._verifier = verifier
        self._tape_rules = tape_rules
        self._candle_rules = candle_rules
        self._tape_requirements = tape_requirements
        self._free_bytes = free_bytes
        self._isolation = isolation
        self._failed: dict[str, FailedStep] = {}

    def apply(self, now: datetime) -> RetentionReport:
        """Verify, then delete. Completed steps stay done.

        Raises the repository errors of reads that concern every instrument.
        """
        self._failed.clear()
        verified = self._verify(now)
        plan = self._plan(now)
        drops = self._drop(plan, now)
        for day, why in plan.held:
            log.warning(
                "expired day of tape kept",
                extra={"instrument": str(day.instrument), "day": f"{day.day:%F}", "why": why},
            )
        candles = [
            (series, before)
            for series, before in self._old_candles(now)
            if self._drop_candles(series, before)
        ]
        report = self._report(drops, plan.held, candles)
        report.verified = verified
        report.versions = self._repository.drop_versions(now - self._candle_rules.versions)
        days = self._repository.days()
        report.unverified = sum(bool(day.problem) for day in days if day.dropped is None)
        report.forced_lately = sum(was_forced_lately(day, now) for day in days)
        self._isolation.keep(set(self._failed))
        return report

    def preview(self, now: datetime) -> RetentionReport:
        """Return what `apply` would do with the days that are verified by now; change nothing."""
        self._failed.clear()
        plan = self._plan(now)
        return self._report(plan.drops, plan.held, self._old_candles(now))

    @contextmanager
    def _step(self, name: str) -> Iterator[Attempt]:
        """Run the block as one step: an error is kept under its name and ends no other step."""
        with self._isolation.attempt(name) as attempt:
            yield attempt
        if attempt.failed:
            # An outage concerns every instrument: then this raises, too, and ends the pass.
            self._repository.tapes()
            self._failed[name] = FailedStep(step=name, problem=attempt.problem)

    def _verify(self, now: datetime) -> int:
        known = self._repository.days()
        return sum(
            self._verify_tape(tape, known, now)
            for tape in self._repository.tapes()
            if is_active(tape, self._tape_rules, now)
        )

    def _verify_tape(self, tape: StoredTape, known: Sequence[TapeDay], now: datetime) -> int:
        """Verify a tape's unverified days, up to the first one that fails; return their number."""
        verified = 0
        with self._step(f"verifying {tape.instrument}"):
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
        storage = StorageState(
            bytes_per_trade=self._repository.bytes_per_trade(),
            newest_rows=sum(
                self._newest_rows(tape) for tape in tapes if is_active(tape, rules, now)
            ),
            free_bytes=self._free_bytes(),
        )
        return plan_drops(
            tapes, self._repository.days(), self._tape_requirements(), rules, storage, now
        )

    def _newest_rows(self, tape: StoredTape) -> int:
        """Count the trades of a tape's newest day; 0 if they cannot be counted: less is deleted."""
        with self._step(f"counting trades of {tape.instrument}"):
            return self._repository.rows_after(tape.instrument, day_of(tape.end.time))
        return 0

    def _drop(self, plan: RetentionPlan, now: datetime) -> list[PlannedDrop]:
        """Delete days, the oldest first; of an instrument none after one that failed.

        Return those that were deleted.
        """
        failed: set[InstrumentId] = set()
        deleted = []
        for (reason, forced), drops in _alike(plan.drops).items():
            dropped = DayDeletion(at=now, reason=reason, forced=forced)
            for time, of_time in groupby(drops, key=lambda drop: drop.day.day):
                of_day = [drop for drop in of_time if drop.day.instrument not in failed]
                with self._step(f"deleting whole chunks of {time:%F}"):
                    self._repository.drop_chunk([drop.day for drop in of_day])
                for drop in of_day:
                    with self._step(f"deleting {time:%F} of {drop.day.instrument}") as step:
                        self._repository.drop_day(drop.day, dropped)
                    if step.failed:
                        failed.add(drop.day.instrument)
                    else:
                        deleted.append(drop)
        for (reason, forced), drops in _alike(deleted).items():
            _log_dropped(reason, forced, [drop.day for drop in drops])
        return deleted

    def _drop_candles(self, series: StoredSeries, before: datetime) -> bool:
        """Delete candles that open before a time; return whether that worked."""
        with self._step(f"deleting {series.timeframe} candles of {series.instrument}") as step:
            self._repository.drop_candles(series.instrument, series.timeframe, before)
        return not step.failed

    def _old_candles(self, now: datetime) -> Iterator[tuple[StoredSeries, datetime]]:
        """Yield the expired candles; an archived series, which is no longer written, is kept."""
        for series in self._repository.series():
            keep = self._candle_rules.keep.get(series.timeframe)
            if keep is None or series.newest < now - keep:
                continue
            before = day_of(_earlier(now - keep, series.needed_from))
            if series.oldest < before:
                yield series, before

    def _report(
        self,
        drops: Iterable[PlannedDrop],
        held: Iterable[tuple[TapeDay, str]],
        candles: Iterable[tuple[StoredSeries, datetime]],
    ) -> RetentionReport:
        return RetentionReport(
            days=[
                DroppedDayReport(
                    instrument=str(drop.day.instrument),
                    day=drop.day.day,
                    trades=drop.day.rows,
                    reason=drop.reason,
                    forced=drop.forced,
                )
                for drop in drops
            ],
            held=[
                HeldDay(instrument=str(day.instrument), day=day.day, trades=day.rows, why=why)
                for day, why in held
            ],
            candles=[
                DroppedCandles(
                    instrument=str(series.instrument), timeframe=series.timeframe, before=before
                )
                for series, before in candles
            ],
            failed=list(self._failed.values()),
        )


def _earlier(time: datetime, other: datetime | None) -> datetime:
    return time if other is None else min(time, other)


def _alike(drops: Iterable[PlannedDrop]) -> dict[tuple[DropReason, str], list[PlannedDrop]]:
    """Group the days to delete by reason, so that whole chunks are dropped at once."""
    groups: dict[tuple[DropReason, str], list[PlannedDrop]] = {}
    for drop in drops:
        groups.setdefault((drop.reason, drop.forced), []).append(drop)
    return groups


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
