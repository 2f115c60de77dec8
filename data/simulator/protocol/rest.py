"""The public REST endpoints: pure queries over the catalog and the histories, as of a time."""

from collections.abc import Callable
from dataclasses import dataclass

from data.simulator.market.bars import BARS, Bar
from data.simulator.market.candles import candles
from data.simulator.market.match_history import MatchHistory
from data.simulator.market.matches import Matches
from data.simulator.protocol.catalog import Catalog
from data.simulator.protocol.messages import candle_row, trade_rows
from data.simulator.protocol.tickers import ticker

Query = dict[str, str]
Rows = list[object]

_RECENT_BARS = 1_440
_RECENT_TRADES = 500
_MAX_DIGITS = 19


class RestError(Exception):
    """A request is refused, with an HTTP status and the exchange's own code."""

    def __init__(self, code: str, msg: str, status: int = 200) -> None:
        self.code = code
        self.msg = msg
        self.status = status
        super().__init__(f"{code}: {msg}")


@dataclass(frozen=True, slots=True)
class View:
    """The exchange as REST returns it at one moment."""

    catalog: Catalog
    histories: dict[str, MatchHistory]
    now_ms: int
    reported_time_ms: int


@dataclass(frozen=True, slots=True)
class RestEndpoint:
    """One path: its handler, and its limit of requests in so many seconds."""

    answer: Callable[[View, Query], Rows]
    requests: int
    per_s: float


@dataclass(frozen=True, slots=True)
class CandlePage:
    """The candles that a request selects: those that open in [start_ms, stop_ms)."""

    history: MatchHistory
    bar: Bar
    start_ms: int
    stop_ms: int


def _time(view: View, query: Query) -> Rows:  # noqa: ARG001
    return [{"ts": str(view.reported_time_ms)}]


def _instruments(view: View, query: Query) -> Rows:
    kind = _required(query, "instType")
    if kind not in ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"):
        raise RestError("51000", "Parameter instType error")
    if kind == "OPTION" and not (query.get("instFamily") or query.get("uly")):
        raise RestError("50014", "Parameter instFamily can not be empty.")
    inst_id = query.get("instId", "")
    found = view.catalog.objects(kind, inst_id)
    if inst_id and not found:
        raise _unknown(inst_id)
    return list(found)


def _trades(view: View, query: Query) -> Rows:
    history = _history(view, query)
    return _newest_first(history, history.latest(_limit(query, _RECENT_TRADES), view.now_ms))


def _history_trades(view: View, query: Query) -> Rows:
    history = _history(view, query)
    kind = query.get("type", "1")
    if kind not in ("1", "2"):
        raise RestError("51000", "Parameter type error")
    after, before = _cursor(query, "after"), _cursor(query, "before")
    if kind == "2" and before is not None:
        raise RestError("50039", "Pagination by timestamp does not support before.")
    limit = _limit(query, 100)
    if kind == "2" and after is not None:
        return _newest_first(history, history.latest(limit, min(after - 1, view.now_ms)))
    return _newest_first(history, _page_by_id(history, after, before, limit, view.now_ms))


def _page_by_id(
    history: MatchHistory, after: int | None, before: int | None, limit: int, now_ms: int
) -> Matches:
    """Return the newest matches with before < id < after."""
    found = history.latest(limit, now_ms)
    if after is not None:
        found = history.before_id(after, limit, now_ms)
    return found if before is None else found.of_ids(before + 1, 1 << 62)


def _ticker(view: View, query: Query) -> Rows:
    found = ticker(_history(view, query), view.now_ms)
    return [] if found is None else [found]


def _tickers(view: View, query: Query) -> Rows:
    kind = _required(query, "instType")
    names = [str(each["instId"]) for each in view.catalog.objects(kind)]
    found = [ticker(view.histories[name], view.now_ms) for name in names if name in view.histories]
    return [each for each in found if each is not None]


def _status(view: View, query: Query) -> Rows:  # noqa: ARG001
    return []


def _candles(view: View, query: Query) -> Rows:
    page = candle_page(view, query)
    found = candles(page.history, page.bar, page.start_ms, page.stop_ms, view.now_ms)
    return [candle_row(page.history.listing, candle) for candle in reversed(found)]


def _recent_candles(view: View, query: Query) -> Rows:
    page = candle_page(view, query)
    oldest_ms = page.bar.step_ms(page.bar.floor_ms(view.now_ms), 1 - _RECENT_BARS)
    start_ms = max(page.start_ms, oldest_ms)
    if start_ms >= page.stop_ms:
        return []
    found = candles(page.history, page.bar, start_ms, page.stop_ms, view.now_ms)
    return [candle_row(page.history.listing, candle) for candle in reversed(found)]


ENDPOINTS = {
    "/api/v5/public/time": RestEndpoint(_time, 10, 2),
    "/api/v5/public/instruments": RestEndpoint(_instruments, 20, 2),
    "/api/v5/market/trades": RestEndpoint(_trades, 100, 2),
    "/api/v5/market/history-trades": RestEndpoint(_history_trades, 20, 2),
    "/api/v5/market/candles": RestEndpoint(_recent_candles, 40, 2),
    "/api/v5/market/history-candles": RestEndpoint(_candles, 20, 2),
    "/api/v5/market/ticker": RestEndpoint(_ticker, 20, 2),
    "/api/v5/market/tickers": RestEndpoint(_tickers, 20, 2),
    "/api/v5/system/status": RestEndpoint(_status, 1, 5),
}


def candle_page(view: View, query: Query) -> CandlePage:
    """Parse the parameters of a candle request. Raises RestError."""
    history = _history(view, query)
    bar = BARS.get(query.get("bar", "1m"))
    if bar is None:
        raise RestError("51000", "Parameter bar error")
    after, before = _cursor(query, "after"), _cursor(query, "before")
    limit = _limit(query, 300)
    stop_ms = bar.step_ms(bar.floor_ms(view.now_ms), 1)
    if after is not None and after < stop_ms:
        stop_ms = _first_open(bar, after)
    start_ms = max(bar.step_ms(stop_ms, -limit), bar.floor_ms(history.epoch_ms))
    if before is not None and before >= stop_ms:
        start_ms = stop_ms
    elif before is not None:
        start_ms = max(start_ms, bar.step_ms(bar.floor_ms(before), 1))
    return CandlePage(history, bar, min(start_ms, stop_ms), stop_ms)


def _first_open(bar: Bar, time_ms: int) -> int:
    """Return the first open time at or after a time."""
    floor_ms = bar.floor_ms(time_ms)
    return floor_ms if floor_ms == time_ms else bar.step_ms(floor_ms, 1)


def _newest_first(history: MatchHistory, matches: Matches) -> Rows:
    return list(reversed(trade_rows(history.listing, matches)))


def _history(view: View, query: Query) -> MatchHistory:
    inst_id = _required(query, "instId")
    history = view.histories.get(inst_id)
    if history is None or view.catalog.object(inst_id) is None:
        raise _unknown(inst_id)
    return history


def _required(query: Query, name: str) -> str:
    value = query.get(name, "")
    if not value:
        raise RestError("50014", f"Parameter {name} can not be empty.")
    return value


def _cursor(query: Query, name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise RestError("51000", f"Parameter {name} error")
    return int(text)


def _limit(query: Query, most: int) -> int:
    """Return the requested number of rows: 100 by default, silently limited to the maximum."""
    text = query.get("limit", "") or "100"
    if not text.isdecimal() or len(text) > _MAX_DIGITS or int(text) == 0:
        raise RestError("51000", "Parameter limit error")
    return min(int(text), most)


def _unknown(inst_id: str) -> RestError:
    return RestError("51001", f"Instrument ID {inst_id} does not exist.")
