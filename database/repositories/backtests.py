"""Kept backtests in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Float, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backtesting.archive.ports import BacktestQuery, BacktestRepository
from backtesting.data.quality import DataQuality
from backtesting.errors import BacktestMissing
from backtesting.metrics import in_catalog_order
from backtesting.record import (
    BacktestRecord,
    BacktestSummary,
    Digests,
    EquitySample,
    ReconciliationCheck,
)
from bot_manager.reporting.run_warnings import RunWarning
from bot_manager.trading import OrderReason, RoundTrip
from data import Side
from database.engine import Database
from database.models import SIDE_CODES, BacktestEquityRow, BacktestRoundTripRow, BacktestRow
from database.repositories.rows import change

_AMOUNTS = (
    "size", "entry_price", "exit_price", "entry_value", "exit_value", "fees", "profit", "adverse",
    "favourable", "risk",
)  # fmt: skip
_ROUND_TRIP_COLUMNS = ("entry_time", "exit_time", *_AMOUNTS)
_SAMPLE_COLUMNS = ("time", "equity", "position_value", "benchmark")
# Columns, not entities: there may be a hundred thousand rows.
_ROUND_TRIP = (
    BacktestRoundTripRow.side,
    BacktestRoundTripRow.exit_reason,
    *(getattr(BacktestRoundTripRow, name) for name in _ROUND_TRIP_COLUMNS),
)
_SAMPLE = tuple(getattr(BacktestEquityRow, name) for name in _SAMPLE_COLUMNS)
_RUN_KEY = ("config_digest", "data_digest", "code_digest")
_SIDES = {code: side for side, code in SIDE_CODES.items()}


class SqlBacktestRepository(BacktestRepository):
    """The tables `backtest`, `backtest_round_trip` and `backtest_equity`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, record: BacktestRecord) -> int:
        values = _values(record.summary)
        new = insert(BacktestRow).values(values).on_conflict_do_nothing().returning(BacktestRow.id)
        same = select(BacktestRow.id).where(
            *(getattr(BacktestRow, name) == values[name] for name in _RUN_KEY)
        )
        with self._database.session(f"storing a backtest of {record.summary.strategy}") as session:
            backtest_id = session.scalar(new)
            if backtest_id is None:
                return session.scalars(same).one()
            _save_parts(session, backtest_id, record)
            return backtest_id

    def find(self, config: str, data: str, code: str) -> BacktestSummary | None:
        digests = zip(_RUN_KEY, (config, data, code), strict=True)
        statement = select(BacktestRow).where(
            *(getattr(BacktestRow, name) == digest for name, digest in digests)
        )
        with self._database.session("searching for a stored backtest") as session:
            row = session.scalar(statement)
            return None if row is None else _summary(row)

    def get(self, backtest_id: int) -> BacktestRecord | None:
        with self._database.session(f"reading backtest {backtest_id}") as session:
            row = session.get(BacktestRow, backtest_id)
            if row is None:
                return None
            round_trips = session.execute(
                select(*_ROUND_TRIP)
                .where(BacktestRoundTripRow.backtest_id == backtest_id)
                .order_by(BacktestRoundTripRow.number)
            )
            samples = session.execute(
                select(*_SAMPLE)
                .where(BacktestEquityRow.backtest_id == backtest_id)
                .order_by(BacktestEquityRow.time)
            )
            return BacktestRecord(
                summary=_summary(row),
                round_trips=[_round_trip(*round_trip) for round_trip in round_trips],
                equity=[_sample(sample) for sample in samples],
            )

    def search(self, query: BacktestQuery) -> list[BacktestSummary]:
        statement = select(BacktestRow)
        if query.strategy is not None:
            statement = statement.where(BacktestRow.strategy == query.strategy)
        if query.instrument is not None:
            statement = statement.where(BacktestRow.instrument == query.instrument)
        if query.tag is not None:
            statement = statement.where(BacktestRow.tags.contains([query.tag]))
        if query.metric is not None:
            value = BacktestRow.metrics[query.metric].astext.cast(Float)
            statement = statement.order_by(value.desc().nulls_last())
        statement = statement.order_by(BacktestRow.created_at.desc(), BacktestRow.id.desc())
        with self._database.session("listing backtests") as session:
            return [_summary(row) for row in session.scalars(statement.limit(query.limit))]

    def annotate(self, backtest_id: int, note: str, tags: Sequence[str]) -> None:
        statement = (
            update(BacktestRow)
            .where(BacktestRow.id == backtest_id)
            .values(note=note, tags=list(tags))
            .returning(BacktestRow.id)
        )
        with self._database.session(f"annotating backtest {backtest_id}") as session:
            found = session.scalar(statement)
        if found is None:
            raise BacktestMissing(backtest_id)

    def delete(self, backtest_id: int) -> bool:
        statement = delete(BacktestRow).where(BacktestRow.id == backtest_id)
        with self._database.session(f"deleting backtest {backtest_id}") as session:
            return change(session, statement) > 0


def _save_parts(session: Session, backtest_id: int, record: BacktestRecord) -> None:
    round_trips = [
        {
            "backtest_id": backtest_id,
            "number": number,
            "side": SIDE_CODES[round_trip.side],
            "exit_reason": int(round_trip.exit_reason),
            **{name: getattr(round_trip, name) for name in _ROUND_TRIP_COLUMNS},
        }
        for number, round_trip in enumerate(record.round_trips)
    ]
    if round_trips:
        session.execute(insert(BacktestRoundTripRow), round_trips)
    samples = [
        {"backtest_id": backtest_id, **{name: getattr(sample, name) for name in _SAMPLE_COLUMNS}}
        for sample in record.equity
    ]
    if samples:
        session.execute(insert(BacktestEquityRow).execution_options(render_nulls=True), samples)


def _values(summary: BacktestSummary) -> dict[str, Any]:
    plain = msgspec.to_builtins(summary)
    digests = {f"{name}_digest": digest for name, digest in plain["digests"].items()}
    same = (
        "instrument", "timeframe", "strategy", "note", "tags", "config", "quality", "reconciled",
        "metrics", "warnings", "drilled_candles",
    )  # fmt: skip
    return {
        "created_at": summary.created_at,
        "start_time": summary.start,
        "end_time": summary.end,
        **digests,
        **{name: plain[name] for name in same},
    }


def _summary(row: BacktestRow) -> BacktestSummary:
    names = Digests.__struct_fields__
    return BacktestSummary(
        id=row.id,
        created_at=row.created_at,
        instrument=row.instrument,
        timeframe=row.timeframe,
        strategy=row.strategy,
        start=row.start_time,
        end=row.end_time,
        config=row.config,
        digests=Digests(**{name: getattr(row, f"{name}_digest") for name in names}),
        quality=msgspec.convert(row.quality, DataQuality),
        reconciled=msgspec.convert(row.reconciled, list[ReconciliationCheck]),
        # JSONB does not keep the order.
        metrics=in_catalog_order(msgspec.convert(row.metrics, dict[str, float | None])),
        warnings=msgspec.convert(row.warnings, list[RunWarning]),
        drilled_candles=row.drilled_candles,
        note=row.note,
        tags=list(row.tags),
    )


def _round_trip(side: int, exit_reason: int, *values: Any) -> RoundTrip:
    return RoundTrip(
        account=0,
        side=Side(_SIDES[side]),
        exit_reason=OrderReason(exit_reason),
        **dict(zip(_ROUND_TRIP_COLUMNS, values, strict=True)),
    )


def _sample(row: Row[*tuple[Any, ...]]) -> EquitySample:
    return EquitySample(**dict(zip(_SAMPLE_COLUMNS, row, strict=True)))
