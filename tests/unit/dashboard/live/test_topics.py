import pytest

from dashboard.live.topics import CandleTopic, TradesTopic, parse_topic
from data import InstrumentId, Timeframe
from data.errors import InvalidValue

DOTTED = InstrumentId("kraken", "XBT.M-USD")


@pytest.mark.parametrize(
    "topic", [TradesTopic(DOTTED), CandleTopic(DOTTED, Timeframe.M5)], ids=["trades", "candle"]
)
def test_a_topic_reads_back_from_its_name(topic: TradesTopic | CandleTopic) -> None:
    assert parse_topic(str(topic)) == topic


def test_every_client_watches_the_feed() -> None:
    assert parse_topic("feed") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders.okx:BTC",
        "candle.7m.okx:BTC-USDT",
        "candle.1m.nowhere",
        "trades.",
        "bot.a\0b",
        "bot.\ud800",
        "trades.okx:\0",
        "indicator.1m.okx:BTC-USDT ema{\0}",
        "trades.okx:" + "X" * 400,
    ],
    ids=ascii,
)
def test_a_wrong_topic_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_topic(text)
