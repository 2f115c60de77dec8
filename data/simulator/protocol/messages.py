"""What the exchange pushes: the exact texts of its channels."""

from typing import NamedTuple

import numpy as np

from data.simulator.market.candles import ExactCandle
from data.simulator.market.listing import Listing, decimal_text
from data.simulator.market.matches import Matches


class Message(NamedTuple):
    """One text for the subscribers of a channel, and the ids and time it tells of."""

    channel: str
    inst_id: str
    payload: bytes
    first_id: int = -1
    last_id: int = -1
    time_ms: int = 0


_TRADE_ALL = (
    '{{"arg":{{"channel":"trades-all","instId":"{inst_id}"}},"data":[{{"instId":"{inst_id}",'
    '"tradeId":"%d","px":"%s","sz":"%s","side":"%s","source":"0","ts":"%d"}}]}}'
)
_TRADE = (
    '{{"arg":{{"channel":"trades","instId":"{inst_id}"}},"data":[{{"instId":"{inst_id}",'
    '"tradeId":"%d","px":"%s","sz":"%s","side":"%s","ts":"%d","count":"%d","source":"0",'
    '"seqId":%d}}]}}'
)
_SEQUENCE_STEP = 97


def trades_all(listing: Listing, matches: Matches) -> list[Message]:
    """Return one message per match."""
    template = _TRADE_ALL.format(inst_id=listing.inst_id)
    price, size, inst_id = listing.price_text, listing.size_text, listing.inst_id
    return [
        Message(
            "trades-all",
            inst_id,
            (
                template % (match_id, price(ticks), size(lots), "buy" if buy else "sell", own_ms)
            ).encode(),
            match_id,
            match_id,
            time_ms,
        )
        for match_id, time_ms, own_ms, ticks, lots, buy, _ in rows(matches)
    ]


def trades(listing: Listing, matches: Matches) -> list[Message]:
    """Return one message per taker order and price, with the last id and the sum of sizes."""
    if matches.size == 0:
        return []
    template = _TRADE.format(inst_id=listing.inst_id)
    changed = (np.diff(matches.taker) != 0) | (np.diff(matches.ticks) != 0)
    starts = np.concatenate(([0], np.flatnonzero(changed) + 1))
    ends = np.append(starts[1:], matches.size) - 1
    last = Matches._make(column[ends] for column in matches)
    last = last._replace(lots=np.add.reduceat(matches.lots, starts))
    counts = (ends - starts + 1).tolist()
    return [
        Message(
            "trades",
            listing.inst_id,
            (
                template
                % (
                    match_id,
                    listing.price_text(ticks),
                    listing.size_text(lots),
                    "buy" if buy else "sell",
                    own_ms,
                    count,
                    match_id * _SEQUENCE_STEP + ticks % _SEQUENCE_STEP,
                )
            ).encode(),
            match_id - count + 1,
            match_id,
            time_ms,
        )
        for (match_id, time_ms, own_ms, ticks, lots, buy, _), count in zip(
            rows(last), counts, strict=True
        )
    ]


def candle_row(listing: Listing, candle: ExactCandle) -> list[str]:
    """Return a candle as the exchange writes it, in pushes and in REST."""
    base = candle.lots * int(listing.contract_value.scaleb(listing.contract_decimals))
    quote = candle.turnover * int(listing.contract_value.scaleb(listing.contract_decimals))
    base_text = decimal_text(base, listing.size_decimals + listing.contract_decimals)
    quote_text = decimal_text(
        quote, listing.price_decimals + listing.size_decimals + listing.contract_decimals
    )
    return [
        str(candle.open_ms),
        listing.price_text(candle.open),
        listing.price_text(candle.high),
        listing.price_text(candle.low),
        listing.price_text(candle.close),
        listing.size_text(candle.lots),
        base_text if listing.is_contract else quote_text,
        quote_text,
        "1" if candle.confirmed else "0",
    ]


def trade_row(listing: Listing, row: "tuple[int, int, int, int, int, bool, int]") -> dict[str, str]:
    """Return a match as REST writes it."""
    match_id, _, own_ms, ticks, lots, buy, _ = row
    return {
        "instId": listing.inst_id,
        "side": "buy" if buy else "sell",
        "sz": listing.size_text(lots),
        "source": "0",
        "px": listing.price_text(ticks),
        "tradeId": str(match_id),
        "ts": str(own_ms),
    }


def rows(matches: Matches) -> "list[tuple[int, int, int, int, int, bool, int]]":
    """Return the matches one by one, as plain numbers in the order of the columns."""
    return list(zip(*(column.tolist() for column in matches), strict=True))
