"""Bad messages of a browser on `/live`."""

from tests.bad_inputs.values import LONG, NUL, SURROGATE, as_json

_TOPIC = "indicator.1m.okx:BTC-USDT "


def _watch(topics: object) -> bytes:
    return as_json({"type": "watch", "topics": topics})


MESSAGES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "nested": b"[" * 60_000,
    "unknown type": b'{"type": "order", "topics": []}',
    "unknown key": b'{"type": "watch", "topics": [], "surprise": 1}',
    "topics missing": b'{"type": "watch"}',
    "topics null": _watch(None),
    "topics text": _watch("feed"),
    "topics nested": _watch([["feed"]]),
    "topics numbers": _watch([1]),
    "too many": _watch(["feed"] * 17),
    "unknown topic": _watch(["orders"]),
    "NUL": _watch([f"bot.{NUL}"]),
    "NUL in an instrument": _watch([f"trades.okx:{NUL}"]),
    "long": _watch([f"bot.{LONG[:60_000]}"]),
    "surrogate": _watch([SURROGATE]),
    "line break": _watch(["trades.okx:A\nB"]),
    "no instrument": _watch(["trades.BTC-USDT"]),
    "no timeframe": _watch(["candle.okx:BTC-USDT"]),
    "unknown timeframe": _watch(["candle.7m.okx:BTC-USDT"]),
    "unknown indicator": _watch([f"{_TOPIC}nope{{}}"]),
    "no parameters": _watch([f"{_TOPIC}ema"]),
    "unknown parameter": _watch([_TOPIC + 'ema{"surprise":1}']),
    "parameter inf": _watch([_TOPIC + 'ema{"length":1e999}']),
    "parameter huge": _watch([_TOPIC + 'ema{"length":' + "9" * 200 + "}"]),
    "parameter text": _watch([_TOPIC + 'ema{"length":"a"}']),
    "parameter NaN": _watch([_TOPIC + 'ema{"length":NaN}']),
    "parameters nested": _watch([_TOPIC + 'ema{"length":[[1]]}']),
}
