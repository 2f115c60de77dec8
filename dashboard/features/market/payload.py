"""What the Market page's callbacks send to the browser: plain values, ready to draw. Pure."""

from typing import Any

import msgspec

from dashboard.feed import FeedView
from dashboard.figures.columns import candle_columns, missing_candles
from dashboard.formats import decimals_of, utc
from dashboard.live.protocol import trade_row
from dashboard.views import ChartHistory, Listing, Market, Quote
from data import Instrument, InstrumentId, InstrumentKind, Timeframe
from utils.number_format import count

DATABASE_DOWN = {
    "kind": "database",
    "title": "The database cannot be reached",
    "action": "The values shown may be out of date. The page retries every 5 s.",
}


def database_down(since: str) -> dict[str, str]:
    """Return the message of the page while the database is down, since a time."""
    return {**DATABASE_DOWN, "title": f"{DATABASE_DOWN['title']} (tried at {since} UTC)"}


def unknown_address(problem: str) -> dict[str, str]:
    """Return the message of the page for a wrong address."""
    return {"kind": "unknown", "title": "No data", "action": problem}


def listing_payload(listing: Listing) -> dict[str, Any]:
    """Return the instruments to choose from, grouped by exchange."""
    groups: dict[str, list[dict[str, str]]] = {}
    for name in listing.instruments:
        option = {"value": str(name), "label": name.symbol}
        groups.setdefault(name.exchange, []).append(option)
    return {
        "instruments": [str(name) for name in listing.instruments],
        "groups": [{"group": exchange, "items": items} for exchange, items in groups.items()],
        "timeframes": [str(timeframe) for timeframe in listing.timeframes],
        "hint": "They appear with the first response of the exchange. "
        "No collector? Start the platform with: uv run main.py",
    }


def market_payload(market: Market, feed: FeedView) -> dict[str, Any]:
    """Return everything the page draws at first; `feed`: the state of the collectors."""
    history = market.history
    return {
        "instrument": _instrument(market.instrument),
        "step_s": market.timeframe.seconds,
        "candles": history_payload(history),
        "trades": msgspec.to_builtins([trade_row(trade) for trade in reversed(market.trades)]),
        "quote": _quote(market.quote),
        "notice": notice(history, market.timeframe),
        "empty": empty(market.instrument.id, market.timeframe, feed),
    }


def history_payload(history: ChartHistory) -> dict[str, Any]:
    """Return candles as columns; `begins`: there are no older ones."""
    return {**candle_columns(history.frame), "begins": history.begins}


def notice(history: ChartHistory, timeframe: Timeframe) -> str:
    """Return a text on the completeness of the candles."""
    frame = history.frame
    if len(frame) == 0:
        return ""
    parts = [count(len(frame), "candle")]
    incomplete = int((~frame.complete[:-1]).sum())
    if history.gaps:
        missing = missing_candles(history.gaps, timeframe)
        newest = history.gaps[-1]
        parts.append(
            f"{count(len(history.gaps), 'gap')}, {count(missing, 'candle')} missing, newest "
            f"{utc(newest.start)} to {utc(newest.end)} UTC"
        )
    if incomplete:
        parts.append(count(incomplete, "incomplete candle"))
    if not history.gaps and not incomplete:
        parts.append("no gaps")
    return " · ".join(parts)


def empty(name: InstrumentId, timeframe: Timeframe, feed: FeedView) -> dict[str, str]:
    """Return the reason why there are no candles, and what the user can do about it."""
    action = (
        "The first one appears with the first trade."
        if feed.state.value in ("ok", "lagging")
        else "Start a collector (uv run main.py) or import candles (truetape data import-candles)."
    )
    return {"title": f"No candles for {name.symbol} {timeframe} yet", "action": action}


def _instrument(instrument: Instrument) -> dict[str, Any]:
    return {
        "symbol": instrument.id.symbol,
        "exchange": instrument.id.exchange,
        "size_unit": instrument.base if instrument.kind is InstrumentKind.SPOT else "contracts",
        "price_step": float(instrument.price_step),
        "price_decimals": decimals_of(instrument.price_step),
        "size_decimals": decimals_of(instrument.size_step),
    }


def _quote(quote: Quote | None) -> dict[str, Any] | None:
    if quote is None:
        return None
    return {
        "last": str(quote.last),
        "since": f"{utc(quote.since)} UTC",
        "reference": quote.reference,
        "high": quote.high,
        "low": quote.low,
        "volume": quote.volume,
        "full_day": quote.full_day,
    }
