"""All bots at once, in memory."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from bot_manager.domain.journal import SessionStarted
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import MANAGED_STATES, LifecycleEvent
from bot_manager.reporting.fleet import (
    FleetRepository,
    FleetRow,
    ProfitChange,
    RoundTripCount,
    SessionCapital,
)
from bot_manager.reporting.results import round_trips
from data import EPOCH
from tests.fakes.bots import StoredBot, status_of
from tests.fakes.store import InMemoryStore

_INSTANT = timedelta(microseconds=1)


class InMemoryFleetRepository(FleetRepository):
    """Reads over the dictionary of bots."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def rows(self, since: datetime, names: Collection[str] | None = None) -> list[FleetRow]:
        chosen = {name: stored for name, stored in self._bots() if names is None or name in names}
        known = {str(name) for name in self._store.instruments}
        return [
            _fleet_row(name, stored, since, known, self._profit_before(name, since))
            for name, stored in chosen.items()
        ]

    def _profit_before(self, name: str, since: datetime) -> Decimal:
        """Return the profit at the last mark up to a midnight, or the last fill before it."""
        changes = self.profit_changes([name], since, since + _INSTANT)
        fills = [o for o in self._store.bots[name].orders if o.filled and o.time == since]
        assert not fills, "no test fills at a midnight"
        return sum((one.change for one in changes), Decimal(0))

    def equity(self, start: datetime, end: datetime, step: timedelta) -> list[EquityMark]:
        last: dict[tuple[str, int], EquityMark] = {}
        for name, stored in self._bots():
            for mark in sorted(stored.marks, key=lambda each: each.time):
                if start <= mark.time < end:
                    last[name, (mark.time - _INSTANT - EPOCH) // step] = mark
        return list(last.values())

    def fills(self, start: datetime, end: datetime) -> list[AccountOrder]:
        return [
            order
            for _, stored in self._bots()
            for order in stored.orders
            if order.filled and start <= order.time < end
        ]

    def closed_round_trips(self, after: Mapping[str, int]) -> dict[str, RoundTripCount]:
        chosen = [(stored, after[name], name) for name, stored in self._bots() if name in after]
        counts = {name: _closed_round_trips(stored, after) for stored, after, name in chosen}
        return {name: count for name, count in counts.items() if count.closed}

    def profit_changes(
        self, names: Collection[str], start: datetime, end: datetime
    ) -> list[ProfitChange]:
        paid = self.paid_in()
        steps: dict[tuple[datetime, int], Decimal] = {}
        for name, stored in self._bots():
            if name not in names:
                continue
            sessions = [one for one in paid if one.bot == name]
            fills = [order for order in stored.orders if order.filled]
            points = [(mark.time, 0, mark.equity) for mark in stored.marks]
            points += [(order.time, 1, order.equity) for order in fills]
            before = Decimal(0)
            for time, kind, equity in sorted(points, key=lambda point: point[:2]):
                capitals = [one.capital for one in sessions if one.time <= time]
                if not capitals or time >= end:
                    continue
                at = (start, 0) if time <= start else (time, kind)
                steps[at] = steps.get(at, Decimal(0)) + equity - capitals[-1] - before
                before = equity - capitals[-1]
        return [ProfitChange(time=time, change=steps[time, kind]) for time, kind in sorted(steps)]

    def paid_in(self) -> list[SessionCapital]:
        return [
            SessionCapital(
                bot=name,
                session=entry.sequence,
                time=entry.effective_at.time,
                capital=stored.versions[entry.decision.version - 1].config.capital,
            )
            for name, stored in self._bots()
            for entry in stored.journal
            if isinstance(entry.decision, SessionStarted)
        ]

    def _bots(self) -> list[tuple[str, StoredBot]]:
        self._store.require()
        return sorted(self._store.bots.items())


def _fleet_row(
    name: str, stored: StoredBot, since: datetime, known: Collection[str], gained: Decimal
) -> FleetRow:
    status = status_of(name, stored)
    started = [e.decision.version for e in stored.journal if isinstance(e.decision, SessionStarted)]
    version = (
        started[-1] if started and status.state in MANAGED_STATES else stored.versions[-1].number
    )
    return FleetRow(
        status=status,
        config=stored.versions[version - 1].config,
        version=version,
        profit_before=gained,
        checkpoint=stored.checkpoint,
        fills_since=sum(order.filled and order.time >= since for order in stored.orders),
        last_order=stored.orders[-1] if stored.orders else None,
        started_at=next(
            (
                one.made_at
                for one in reversed(stored.transitions)
                if one.event is LifecycleEvent.START
            ),
            None,
        ),
        is_instrument_known=stored.versions[-1].config.instrument in known,
    )


def _closed_round_trips(stored: StoredBot, after: int) -> RoundTripCount:
    fills = [order for order in stored.orders if order.filled and order.sequence > after]
    paired = round_trips(fills, Decimal(1))
    return RoundTripCount(
        closed=len(paired),
        won=sum(round_trip.profit > 0 for round_trip in paired),
        last_exit=fills[2 * len(paired) - 1].sequence if paired else -1,
    )
