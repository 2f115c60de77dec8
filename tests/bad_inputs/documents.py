"""Bad JSON files of bots, strategies, collectors and rules of alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot_manager.domain.config import BotConfig
from data.collectors.config import CollectorConfig
from strategies.config import StrategyConfig
from tests.bad_inputs.values import (
    BIG_FLOAT,
    INF,
    LONG,
    NAN,
    NUL,
    SURROGATE,
    Raw,
    as_json,
    with_value,
)
from utils.alerts import AlertRules


@dataclass(frozen=True, slots=True)
class BadDocument:
    """A file's bytes, the model that it should be, and what the problem must name."""

    id: str
    model: type[BaseModel]
    text: bytes
    names: tuple[str, ...] = ()


_RAW_NAMES = ("NaN", "inf", "1e999")
NUMBERS: dict[str, object] = {
    "null": None, "text": "abc", "list": [], "object": {}, "NaN": NAN,
    "inf": INF, "1e308": 1e308, "1e999": BIG_FLOAT, "huge": 10**400, "negative": -1e9,
    "1e999999999": "1e999999999", "digits": "9" * 5_000, "NUL": NUL,
}  # fmt: skip
TEXTS: dict[str, object] = {
    "null": None, "number": 7, "list": [], "object": {}, "empty": "", "NUL": NUL, "100k": LONG,
    "surrogate": SURROGATE,
}  # fmt: skip
BOT = {
    "name": "my-bot", "instrument": "okx:BTC-USDT", "timeframe": "1h", "strategy": "EmaCrossover",
    "capital": "10000",
}  # fmt: skip
STRATEGY = {"strategy": "EmaCrossover", "title": "EMA", "instruments": ["okx:BTC-USDT"]}
COLLECTOR = {"name": "okx-spot", "exchange": "okx", "instruments": ["BTC-USDT"]}
RULE = {
    "name": "disk-low", "kind": "threshold", "subject": "host", "metric": "disk_free",
    "summary": "the disk is full", "below": 1,
}  # fmt: skip

FIELDS: tuple[tuple[type[BaseModel], dict[str, Any], dict[str, dict[str, object]]], ...] = (
    (
        BotConfig,
        BOT,
        {
            **dict.fromkeys(("name", "instrument", "timeframe", "strategy"), TEXTS),
            **dict.fromkeys(
                (
                    "capital", "leverage", "min_notional", "latency_ms", "sizing.amount",
                    "costs.taker_fee", "costs.slippage_bps", "exits.stop_loss_bps",
                    "protections.max_drawdown", "protections.cool_down_s",
                ),
                NUMBERS,
            ),
            "parameters": {"exits": {"exits": {}}, "NUL": {"a": NUL}, "text": "a"},
            "surprise": {"unknown": 1},
        },
    ),
    (
        StrategyConfig,
        STRATEGY,
        {
            **dict.fromkeys(("strategy", "title"), TEXTS),
            "instruments": {"text": "okx:BTC-USDT", "none": ["BTC"], "NUL": [f"okx:{NUL}"]},
            "timeframes": {"none": ["7m"], "numbers": [1], "text": "1m"},
            "parameters": {"NUL": {"a": NUL}, "inf": {"a": INF}, "list": []},
            "surprise": {"unknown": 1},
        },
    ),
    (
        CollectorConfig,
        COLLECTOR,
        {
            **dict.fromkeys(("name", "exchange"), TEXTS),
            "instruments": {"none": [], "NUL": [NUL], "twice": ["A-B", "A-B"], "text": "BTC-USDT"},
            "timeframes": {"none": ["7m"], "empty": []},
            **dict.fromkeys(
                (
                    "processes", "connections", "history_days", "warmup_days",
                    "feed.heartbeat_s", "rest.rate_share", "writer.batch_trades",
                ),
                NUMBERS,
            ),
            "surprise": {"unknown": 1},
        },
    ),
    (
        AlertRules,
        {"rules": [RULE]},
        {
            "rules": {
                **{
                    f"{field} {name}": [RULE | {field: value}]
                    for field in ("name", "subject", "metric", "summary")
                    for name, value in TEXTS.items()
                },
                **{
                    f"{field} {name}": [RULE | {field: value}]
                    for field in ("below", "for_s", "clear_s")
                    for name, value in NUMBERS.items()
                    if field != "below" or name not in ("null", "negative", "1e308")
                },
                "two bounds": [RULE | {"above": 1}],
                "unknown kind": [RULE | {"kind": "feeling"}],
                "unknown key": [RULE | {"surprise": 1}],
                "text": "disk-low",
            },
        },
    ),
)  # fmt: skip
WHOLE = {
    "empty": b"", "no JSON": b"{", "a list": b"[]", "null": b"null",
    "no UTF-8": b'{"name": "\xff"}',
    "nested": b"[" * 100_000 + b"]" * 100_000, "NUL": b"\0", "too large": b" " * 1_000_001,
    "twice": b'{"name": "a"} {"name": "b"}', "a comment": b'{"name": "a"} // why',
}  # fmt: skip
_RAW_RULES = [f"{field} {name}" for field in ("below", "for_s", "clear_s") for name in _RAW_NAMES]
# What a file may leave out, or hold as null.
OPTIONAL_NULLS = ("exits.stop_loss_bps", "protections.max_drawdown")


def _documents() -> Iterator[BadDocument]:
    for model, good, fields in FIELDS:
        for path, wrong in fields.items():
            for name, value in wrong.items():
                if value is None and path in OPTIONAL_NULLS:
                    continue
                raw = (
                    isinstance(value, Raw) or "surrogate" in name or name.endswith((" NaN", " inf"))
                )
                names = () if raw else (path.split(".")[-1],)
                text = as_json(with_value(good, path, value))
                yield BadDocument(f"{model.__name__} {path}: {name}", model, text, names)
        for name, content in WHOLE.items():
            yield BadDocument(f"{model.__name__} file: {name}", model, content)


DOCUMENTS = list(_documents())
