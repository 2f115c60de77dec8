"""The push messages of the exchange: the exact texts of its channels."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from data.simulator.market.candles import ExactCandle
from data.simulator.market.listing import ListedInstrument, decimal_text
from data.simulator.market.matches import Matches


class PushMessage(NamedTuple):
    """One text for the subscribers of a channel, and the ids and time it contains."""

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


def trades_all(listing: ListedInstrument, matches: Matches) -> list[PushMessage]:
    """Return one message per match."""
    inst_id, template = listing.inst_id, _TRADE_ALL.format(inst_id=listing.inst_id)
    return [
        PushMessage("trades-all", inst_id, (template % texts).encode(), texts[0], texts[0], time_ms)
        for texts, time_ms in zip(_texts(listing, matches), matches.time_ms.tolist(), strict=True)
    ]


def trades(listing: ListedInstrument, matches: Matches) -> list[PushMessage]:
    """Return one message per taker order and price, with the last id and the sum of sizes."""
    if matches.size == 0:
        return []
    changed = (np.diff(matches.taker) != 0) | (np.diff(matches.ticks) != 0)
    starts = np.concatenate(([0], np.flatnonzero(changed) + 1))
    ends = np.append(starts[1:], matches.size) - 1
    last = Matches._make(column[ends] for column in matches)
    last = last._replace(lots=np.add.reduceat(matches.lots, starts))
    sequence = last.ids * _SEQUENCE_STEP + last.ticks % _SEQUENCE_STEP
    inst_id, template = listing.inst_id, _TRADE.format(inst_id=listing.inst_id)
    return [
        PushMessage(
            "trades",
            inst_id,
            (template % (*texts, count, seq_id)).encode(),
            texts[0] - count + 1,
            texts[0],
            time_ms,
        )
        for texts, count, seq_id, time_ms in zip(
            _texts(listing, last),
            (ends - starts + 1).tolist(),
            sequence.tolist(),
            last.time_ms.tolist(),
            strict=True,
        )
    ]


def _texts(listing: ListedInstrument, matches: Matches) -> Iterator[tuple[int, str, str, str, int]]:
    """Return id, price, size, side and time of each match."""
    return zip(
        matches.ids.tolist(),
        listing.price_texts(matches.ticks),
        listing.size_texts(matches.lots),
        np.where(matches.buy, "buy", "sell").tolist(),
        matches.own_ms.tolist(),
        strict=True,
    )


def candle_row(listing: ListedInstrument, candle: ExactCandle) -> list[str]:
    """Return a candle as the exchange formats it, in pushes and in REST."""
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


def trade_rows(listing: ListedInstrument, matches: Matches) -> list[dict[str, str]]:
    """Return matches as REST formats them, in their order."""
    return [
        {
            "instId": listing.inst_id,
            "side": side,
            "sz": size,
            "source": "0",
            "px": price,
            "tradeId": str(match_id),
            "ts": str(own_ms),
        }
        for match_id, price, size, side, own_ms in _texts(listing, matches)
    ]
