"""Queries over all bots in PostgreSQL: a fixed number of statements for any number of bots."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    Numeric,
    Row,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from bot_manager.domain.config import BotConfig, readable_part
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import MANAGED_STATES, BotState, LifecycleEvent
from bot_manager.domain.status import BotStatus
from bot_manager.reporting.fleet import (
    FleetRepository,
    FleetRow,
    ProfitChange,
    RoundTripCount,
    SessionCapital,
)
from data import EPOCH, InstrumentId
from database.engine import Database
from database.models import (
    BotEquityRow,
    BotJournalRow,
    BotOrderRow,
    BotRow,
    BotTransitionRow,
    BotVersionRow,
    InstrumentRow,
)
from database.repositories.bots import STATUS, status_of_row
from database.repositories.ledger import ACCOUNTS
from database.repositories.ledger_rows import (
    EQUITY,
    ORDER,
    checkpoint_of_row,
    mark_of_row,
    order_of_row,
)
from database.repositories.rows import Rows, among, as_parameters, given_rows

# Built once: building a large statement costs as much as running it.
_is_start = BotJournalRow.decision["type"].astext == "started"
_started_version = BotJournalRow.decision["version"].astext.cast(Integer)
_capital = BotVersionRow.config["capital"].astext.cast(Numeric)
_is_filled = BotOrderRow.refusal == 0
_is_its_version = and_(
    BotVersionRow.bot == BotJournalRow.bot, BotVersionRow.number == _started_version
)
_named = given_rows(BotRow.name, name="named")


def _of_each(row: LateralFromClause) -> Rows:
    """Return the query of the name and the row of each bot that has one."""
    return select(_named.c.name, *row.c).select_from(_named).join(row, true())


_RUNNING = (BotRow.name, Column("running", Boolean))
_running = given_rows(*_RUNNING, name="named")
_started = (
    select(_started_version.label("number"))
    .where(BotJournalRow.bot == _running.c.name, _is_start)
    .order_by(BotJournalRow.sequence.desc())
    .limit(1)
    .lateral("started")
)
_in_force = (
    select(BotVersionRow.number, BotVersionRow.config)
    .where(BotVersionRow.bot == _running.c.name)
    .order_by(
        func.coalesce(BotVersionRow.number == _started.c.number, False).desc(),
        BotVersionRow.number.desc(),
    )
    .limit(1)
    .lateral("version")
)
# The version of the running session; without a session the newest.
_CONFIGS = (
    select(_running.c.name, *_in_force.c)
    .select_from(_running)
    .join(_started, _running.c.running, isouter=True)
    .join(_in_force, true())
)

_last_mark = (
    select(BotEquityRow.time, literal(0).label("kind"), BotEquityRow.equity)
    .where(BotEquityRow.bot == _named.c.name, BotEquityRow.time <= bindparam("since"))
    .order_by(BotEquityRow.time.desc())
    .limit(1)
    .correlate(_named)
)
_last_fill = (
    select(BotOrderRow.time, literal(1).label("kind"), BotOrderRow.equity)
    .where(BotOrderRow.bot == _named.c.name, BotOrderRow.time < bindparam("since"), _is_filled)
    .order_by(BotOrderRow.time.desc(), BotOrderRow.sequence.desc())
    .limit(1)
    .correlate(_named)
)
# A mark at a midnight ends the day before it, a fill at one begins the next.
_latest = union_all(_last_mark, _last_fill).subquery("latest")
_point = (
    select(_latest.c.time, _latest.c.equity)
    .order_by(_latest.c.time.desc(), _latest.c.kind.desc())
    .limit(1)
    .lateral("point")
)
_session = (
    select(_capital.label("capital"))
    .select_from(BotJournalRow)
    .join(BotVersionRow, _is_its_version)
    .where(BotJournalRow.bot == _named.c.name, _is_start, BotJournalRow.place_time <= _point.c.time)
    .order_by(BotJournalRow.sequence.desc())
    .limit(1)
    .lateral("session")
)
_PROFIT_BEFORE = (
    select(_named.c.name, _point.c.equity - _session.c.capital)
    .select_from(_named)
    .join(_point, true())
    .join(_session, true())
)

_FILLS_SINCE = (
    select(BotOrderRow.bot, func.count())
    .where(among(BotOrderRow.bot, "bots"), BotOrderRow.time >= bindparam("since"), _is_filled)
    .group_by(BotOrderRow.bot)
)
_LAST_ORDERS = _of_each(
    select(*ORDER)
    .where(BotOrderRow.bot == _named.c.name)
    .order_by(BotOrderRow.sequence.desc())
    .limit(1)
    .lateral("newest")
)
_LAST_STARTS = _of_each(
    select(BotTransitionRow.made_at)
    .where(BotTransitionRow.bot == _named.c.name, BotTransitionRow.rule == LifecycleEvent.START)
    .order_by(BotTransitionRow.number.desc())
    .limit(1)
    .lateral("started")
)

_AFTER = (BotRow.name, Column("exit", Integer))
_after = given_rows(*_AFTER, name="named")
_fills = (
    select(
        BotOrderRow.sequence,
        func.row_number().over(order_by=BotOrderRow.sequence).label("place"),
        (
            BotOrderRow.realised
            - BotOrderRow.fee
            - func.lag(BotOrderRow.fee).over(order_by=BotOrderRow.sequence)
        ).label("profit"),
    )
    .where(BotOrderRow.bot == _after.c.name, BotOrderRow.sequence > _after.c.exit, _is_filled)
    .correlate(_after)
    .subquery("fills")
)
_round_trips = (
    select(
        func.count().label("closed"),
        func.count().filter(_fills.c.profit > 0).label("won"),
        func.max(_fills.c.sequence).label("last_exit"),
    )
    .where(_fills.c.place % 2 == 0)
    .lateral("round_trips")
)
_CLOSED_ROUND_TRIPS = (
    select(_after.c.name, *_round_trips.c)
    .select_from(_after)
    .join(_round_trips, true())
    .where(_round_trips.c.closed > 0)
)

_PAID_IN = (
    select(BotJournalRow.bot, BotJournalRow.sequence, BotJournalRow.place_time, _capital)
    .join(BotVersionRow, _is_its_version)
    .where(_is_start)
    .order_by(BotJournalRow.bot, BotJournalRow.sequence)
)


def _profit_changes() -> Rows:
    """Return the query of how the profit of all `bots` changes until `end`, from `start` on."""
    start = bindparam("start", type_=DateTime(timezone=True))
    until = bindparam("end", type_=DateTime(timezone=True))
    bots = "bots"
    begins, order = BotJournalRow.place_time, BotJournalRow.sequence
    session = (
        select(
            BotJournalRow.bot,
            begins.label("begins"),
            func.lead(begins).over(partition_by=BotJournalRow.bot, order_by=order).label("ends"),
            _capital.label("capital"),
        )
        .join(BotVersionRow, _is_its_version)
        .where(_is_start, among(BotJournalRow.bot, bots))
        .cte("session")
    )
    marks = select(
        BotEquityRow.bot,
        BotEquityRow.time,
        literal(0).label("kind"),
        literal(-1).label("sequence"),
        BotEquityRow.equity,
    ).where(among(BotEquityRow.bot, bots), BotEquityRow.time < until)
    fills = select(
        BotOrderRow.bot, BotOrderRow.time, literal(1), BotOrderRow.sequence, BotOrderRow.equity
    ).where(among(BotOrderRow.bot, bots), BotOrderRow.time < until, _is_filled)
    point = union_all(marks, fills).cte("point")
    profit = (
        select(
            point.c.bot,
            point.c.time,
            point.c.kind,
            point.c.sequence,
            (point.c.equity - session.c.capital).label("profit"),
        )
        .join(session, and_(session.c.bot == point.c.bot, point.c.time >= session.c.begins))
        .where(or_(session.c.ends.is_(None), point.c.time < session.c.ends))
        .cte("profit")
    )
    before = func.lag(profit.c.profit, 1, cast(literal(0), Numeric)).over(
        partition_by=profit.c.bot, order_by=[profit.c.time, profit.c.kind, profit.c.sequence]
    )
    change = select(profit.c.time, profit.c.kind, (profit.c.profit - before).label("change")).cte(
        "change"
    )
    placed = select(
        func.greatest(change.c.time, start).label("at"),
        case((change.c.time <= start, 0), else_=change.c.kind).label("of"),
        change.c.kind,
        change.c.change,
    ).cte("placed")
    return (
        select(placed.c.at, func.sum(placed.c.change))
        .group_by(placed.c.at, placed.c.of)
        .order_by(placed.c.at, func.min(placed.c.kind))
    )


_PROFIT_CHANGES = _profit_changes()


class SqlFleetRepository(FleetRepository):
    """Reads over the tables of bots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, since: datetime, names: Collection[str] | None = None) -> list[FleetRow]:
        with self._database.session("reading the fleet") as session:
            statuses = [status_of_row(row) for row in session.execute(STATUS)]
            if names is not None:
                statuses = [status for status in statuses if status.name in names]
            names = [status.name for status in statuses]
            period: dict[str, object] = {"since": since}
            bots: dict[str, object] = {"bots": names}
            given: dict[str, object] = {**as_parameters([BotRow.name], zip(names))}
            configs = _configs(session, statuses)
            accounts = {row.bot: checkpoint_of_row(row) for row in session.execute(ACCOUNTS, bots)}
            fills = _by_bot(session, _FILLS_SINCE, bots | period)
            gained = _by_bot(session, _PROFIT_BEFORE, given | period)
            last = {row[0]: order_of_row(row[1:]) for row in session.execute(_LAST_ORDERS, given)}
            started = _by_bot(session, _LAST_STARTS, given)
            known = {
                str(InstrumentId(exchange, symbol))
                for exchange, symbol in session.execute(
                    select(InstrumentRow.exchange, InstrumentRow.symbol)
                )
            }
        return [
            FleetRow(
                status=_failed(status, problem) if problem else status,
                config=config,
                version=version,
                profit_before=gained.get(status.name, Decimal(0)),
                checkpoint=accounts.get(status.name),
                fills_since=fills.get(status.name, 0),
                last_order=last.get(status.name),
                started_at=started.get(status.name),
                is_instrument_known=config.instrument in known,
            )
            for status in statuses
            for version, config, problem in [configs[status.name]]
        ]

    def equity(self, start: datetime, end: datetime, step: timedelta) -> list[EquityMark]:
        # A mark at the end of a step belongs to it.
        of_step = func.date_bin(step, BotEquityRow.time - timedelta(microseconds=1), EPOCH)
        statement = (
            select(*EQUITY)
            .ext(distinct_on(BotEquityRow.bot, of_step))
            .where(BotEquityRow.time >= start, BotEquityRow.time < end)
            .order_by(BotEquityRow.bot, of_step, BotEquityRow.time.desc())
        )
        return [mark_of_row(row) for row in self._rows(statement)]

    def fills(self, start: datetime, end: datetime) -> list[AccountOrder]:
        statement = (
            select(*ORDER)
            .where(_is_filled, BotOrderRow.time >= start, BotOrderRow.time < end)
            .order_by(BotOrderRow.bot, BotOrderRow.sequence)
        )
        return [order_of_row(row) for row in self._rows(statement)]

    def closed_round_trips(self, after: Mapping[str, int]) -> dict[str, RoundTripCount]:
        rows = self._rows(_CLOSED_ROUND_TRIPS, as_parameters(_AFTER, after.items()))
        return {
            bot: RoundTripCount(closed=closed, won=won, last_exit=last)
            for bot, closed, won, last in rows
        }

    def profit_changes(
        self, names: Collection[str], start: datetime, end: datetime
    ) -> list[ProfitChange]:
        span = {"bots": list(names), "start": start, "end": end}
        rows = self._rows(_PROFIT_CHANGES, span)
        return [ProfitChange(time=time, change=change) for time, change in rows]

    def paid_in(self) -> list[SessionCapital]:
        return [
            SessionCapital(bot=bot, session=session, time=time, capital=capital)
            for bot, session, time, capital in self._rows(_PAID_IN)
        ]

    def _rows(
        self, statement: Rows, parameters: Mapping[str, object] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        with self._database.session("reading the fleet") as session:
            return session.execute(statement, parameters).all()


def _by_bot(session: Session, statement: Rows, parameters: Mapping[str, object]) -> dict[str, Any]:
    """Return the rows of a statement that selects a name and a value."""
    return {row[0]: row[1] for row in session.execute(statement, parameters)}


def _configs(
    session: Session, statuses: Sequence[BotStatus]
) -> dict[str, tuple[int, BotConfig, str]]:
    """Return the versions in force, each with the reason if it cannot be read completely."""
    running = [(status.name, status.state in MANAGED_STATES) for status in statuses]
    configs = {}
    for bot, number, stored in session.execute(_CONFIGS, as_parameters(_RUNNING, running)):
        source = f"the stored configuration of {bot}"
        config, error = readable_part(bot, stored, source=source)
        configs[bot] = number, config, "" if error is None else str(error)
    return configs


def _failed(status: BotStatus, problem: str) -> BotStatus:
    """Return the status of a bot that cannot start, whatever its stored state."""
    if status.state is BotState.ARCHIVED:
        return status
    return msgspec.structs.replace(status, state=BotState.FAILED, reason=problem)
