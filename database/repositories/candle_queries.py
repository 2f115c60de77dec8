"""Queries over the candle tables. Their parameters are those of `Span`."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, distinct_on
from sqlalchemy.orm import Session

from data import CandleSource, HoleState
from database.models import (
    SOURCE_CODES,
    CandleCheckRow,
    CandleEdgeRow,
    CandleRow,
    CoverageRow,
    HoleRow,
    TapeEndRow,
)
from database.repositories.rows import Rows, given_rows, insert_selected

_SELECTED = (
    "open_time", "open", "high", "low", "close", "volume", "trade_count", "first_trade_id",
    "last_trade_id", "complete", "source",
)  # fmt: skip
_HARMLESS = [str(state) for state in HoleState if state.harmless]
_KEY = bindparam("key", type_=Integer())
_START, _END = (bindparam(name, type_=DateTime(timezone=True)) for name in ("start", "end"))


class Span(NamedTuple):
    """The requested candles, as parameters."""

    key: int | None
    timeframe_s: int
    start: datetime
    end: datetime


def selected(row: Any) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a candle, in the order of `candle_rows.candle_of`."""
    return tuple(getattr(row, name) for name in _SELECTED)


def rank_of(row: Any) -> ColumnElement[int]:
    """Return the class of a version; the lowest is best, and of equals the newest.

    Complete from trades precedes the exchange's, which precedes incomplete.
    """
    is_of_exchange = row.source == SOURCE_CODES[CandleSource.EXCHANGE]
    return case((is_of_exchange, 2), (row.complete, 1), else_=3)


def _is_of_series(row: Any) -> ColumnElement[bool]:
    return and_(row.instrument_id == _KEY, row.timeframe_s == bindparam("timeframe_s"))


def _in_span(row: Any) -> ColumnElement[bool]:
    return and_(_is_of_series(row), row.open_time >= _START, row.open_time < _END)


ANNOUNCED: Rows = (
    select(*selected(CandleRow)).where(_in_span(CandleRow)).order_by(CandleRow.open_time)
)
VERSIONS: Rows = (
    select(*selected(CandleCheckRow))
    .where(_in_span(CandleCheckRow))
    .order_by(CandleCheckRow.open_time, CandleCheckRow.id)
)

_all_stored = union_all(
    select(
        literal(0).label("id"), true().label("announced"), CandleRow.digest, *selected(CandleRow)
    ).where(_in_span(CandleRow)),
    select(CandleCheckRow.id, false(), CandleCheckRow.digest, *selected(CandleCheckRow)).where(
        _in_span(CandleCheckRow)
    ),
).subquery("stored")
STORED: Rows = select(
    _all_stored.c.announced, _all_stored.c.digest, *selected(_all_stored.c)
).order_by(_all_stored.c.open_time, _all_stored.c.id)

_HAS_VERSIONS = select(exists().where(_in_span(CandleCheckRow)))
_version = union_all(
    select(literal(0).label("id"), *selected(CandleRow)).where(_in_span(CandleRow)),
    select(CandleCheckRow.id, *selected(CandleCheckRow)).where(_in_span(CandleCheckRow)),
).subquery("version")
_BEST_OF_VERSIONS: Rows = (
    select(*selected(_version.c))
    .ext(distinct_on(_version.c.open_time))
    .order_by(_version.c.open_time, rank_of(_version.c), _version.c.id.desc())
)


def _newest_times(row: type[CandleRow | CandleCheckRow]) -> Any:
    return (
        select(row.open_time)
        .where(_is_of_series(row), row.open_time < _END)
        .order_by(row.open_time.desc())
        .limit(bindparam("limit"))
    )


_newest_of_both = (
    union(_newest_times(CandleRow), _newest_times(CandleCheckRow).distinct())
    .order_by(CandleRow.open_time.desc())
    .limit(bindparam("limit"))
    .subquery("newest")
)
_START_OF_LATEST = select(func.min(_newest_of_both.c.open_time))

SERIES = (CandleRow.instrument_id, CandleRow.timeframe_s)
_series = given_rows(*SERIES, name="series")
_newest = (
    select(CandleRow.open_time)
    .where(
        CandleRow.instrument_id == _series.c.instrument_id,
        CandleRow.timeframe_s == _series.c.timeframe_s,
    )
    .order_by(CandleRow.open_time.desc())
    .limit(1)
    .lateral("newest")
)
NEWEST: Rows = select(*_series.c, _newest.c.open_time).select_from(_series).join(_newest, true())

COVERED = (TapeEndRow.first_time, TapeEndRow.time)
"""The first and last time of a span, as the columns of the parameters of ADD_COVERAGE."""
_covered = given_rows(*COVERED, name="span")


def _span_of(start: Any, end: Any) -> ColumnElement[Any]:
    return func.tstzrange(start, end)


def _together(spans: Any) -> ColumnElement[Any]:
    return func.range_agg(spans, type_=TSTZMULTIRANGE)


_add_coverage = insert_selected(
    (CoverageRow.instrument_id, CoverageRow.timeframe_s, CoverageRow.spans),
    select(
        cast(_KEY, CoverageRow.instrument_id.type),
        cast(bindparam("timeframe_s"), CoverageRow.timeframe_s.type),
        _together(_span_of(*_covered.c)),
    ),
)
ADD_COVERAGE = _add_coverage.on_conflict_do_update(
    index_elements=["instrument_id", "timeframe_s"],
    set_={"spans": CoverageRow.spans + _add_coverage.excluded.spans},
)


def _known() -> Rows:
    """Return the query of the parts of a span of which every existing candle is stored.

    A tape also covers its time: from its first trade to its last, without its harmful holes and
    without what was dropped since.
    """
    recorded = select(func.unnest(CoverageRow.spans).label("part")).where(
        _is_of_series(CoverageRow)
    ).subquery("recorded")  # fmt: skip
    covered = select(_together(recorded.c.part).label("spans")).cte("covered")
    tape = (
        select(_together(_span_of(TapeEndRow.first_time, TapeEndRow.time)).label("spans"))
        .where(TapeEndRow.instrument_id == _KEY)
        .cte("tape")
    )
    unknown = union_all(
        select(_span_of(HoleRow.after_time, HoleRow.before_time).label("part")).where(
            HoleRow.instrument_id == _KEY, HoleRow.state.not_in(_HARMLESS)
        ),
        select(_span_of(null(), CandleEdgeRow.time)).where(_is_of_series(CandleEdgeRow)),
    ).subquery("unknown")
    missing = select(_together(unknown.c.part).label("spans")).cte("missing")
    nothing = cast(literal("{}"), TSTZMULTIRANGE)
    spans = [func.coalesce(each.c.spans, nothing) for each in (covered, tape, missing)]
    requested = func.tstzmultirange(_span_of(_START, _END), type_=TSTZMULTIRANGE)
    known = (
        select((spans[0] + (spans[1] - spans[2])).label("spans"))
        .select_from(covered.join(tape, true()).join(missing, true()))
        .cte("known")
    )
    clipped = select(func.unnest(known.c.spans * requested).label("span")).subquery("clipped")
    start = func.lower(clipped.c.span, type_=DateTime(timezone=True))
    return select(start, func.upper(clipped.c.span)).order_by(start)


KNOWN = _known()


def best(session: Session, span: Span) -> Rows:
    """Return the query for the best versions: the simple one if no bucket has two versions."""
    has_versions = session.scalar(_HAS_VERSIONS, span._asdict())
    return _BEST_OF_VERSIONS if has_versions else ANNOUNCED


def start_of_latest(session: Session, span: Span, limit: int) -> datetime | None:
    """Return the open time of the oldest of the newest `limit` candles before the span's end."""
    start: datetime | None = session.scalar(_START_OF_LATEST, {**span._asdict(), "limit": limit})
    return start
