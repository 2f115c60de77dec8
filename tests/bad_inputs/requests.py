"""Bad requests of every HTTP route that takes something: each field of each body and query."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.bad_inputs.values import (
    LONG,
    LONG_TEXT,
    NUL,
    as_json,
    shown_value,
    with_value,
    wrong_values,
)


@dataclass(frozen=True, slots=True)
class BadRequest:
    """`names`: what the problem must name. `is_check`: a check, answered 200 with its problems."""

    id: str
    method: str
    target: str
    body: bytes = b""
    names: tuple[str, ...] = ()
    is_check: bool = False

    @property
    def route(self) -> str:
        """Return the path."""
        return self.target.partition("?")[0]


BTC = "simulated:BTC-USDT"
BACKTEST = {
    "strategy": "EmaCrossover", "instrument": BTC, "timeframe": "1h",
    "start": "2025-01-06", "end": "2025-02-06",
}  # fmt: skip
SWEEP = BACKTEST | {"vary.parameters.fast": "5..50:5"}
BOT = {"name": "my-bot", "strategy": "EmaCrossover", "instrument": BTC, "timeframe": "1h"}

# Route: a good body, and the type of each of its fields.
BODIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "/api/v1/charts/values": (
        {
            "symbol": BTC, "timeframe": "1m", "since": 1736121600, "until": 1736125200,
            "indicators": [{"id": "a", "indicator": "ema"}],
        },
        {"symbol": "text", "timeframe": "text", "since": "time", "until": "time"},
    ),
    "/api/v1/charts/layouts/save": (
        {"name": "Mine", "indicators": []}, {"name": "text", "indicators": "texts"},
    ),
    "/api/v1/charts/layouts/rename": (
        {"name": "Kept", "new_name": "New"}, {"name": "text", "new_name": "text"},
    ),
    "/api/v1/charts/layouts/delete": ({"name": "Kept"}, {"name": "text"}),
    "/api/v1/signals/chart": (
        {"symbol": BTC, "timeframe": "1m", "since": 1736121600},
        {"symbol": "text", "timeframe": "text", "since": "time"},
    ),
    "/api/v1/signals/request": (
        {"symbol": BTC, "timeframe": "1m", "strategy": "EmaCrossover", "parameters": {}},
        {"symbol": "text", "timeframe": "text", "strategy": "text", "parameters": "mapping"},
    ),
    "/api/v1/signals/withdraw": ({"requesters": ["chart:a"]}, {"requesters": "texts"}),
    "/api/v1/backtests/cancel": ({"job": 1}, {"job": "id"}),
    "/api/v1/backtests/dismiss": ({"job": 1}, {"job": "id"}),
    "/api/v1/backtests/annotate": (
        {"backtest": 1, "note": "", "tags": []},
        {"backtest": "id", "note": "text", "tags": "texts"},
    ),
    "/api/v1/backtests/delete": ({"backtests": [1]}, {"backtests": "ids"}),
    "/api/v1/bots/command": (
        {"command": "start", "names": ["kept"], "all_bots": False, "reason": ""},
        {"command": "text", "names": "texts?", "all_bots": "flag", "reason": "text?"},
    ),
    "/api/v1/bots/verify": ({"name": "kept"}, {"name": "text"}),
    "/api/v1/system/data-jobs/start": (
        {"kind": "verify", "instrument": BTC, "days": 7},
        {"kind": "text", "instrument": "text", "days": "number?"},
    ),
    "/api/v1/system/data-jobs/cancel": ({"job": 1}, {"job": "id"}),
    "/api/v1/system/restart": ({"process": "bots"}, {"process": "text"}),
    "/api/v1/system/alerts/acknowledge": (
        {"rule": "disk-low", "subject": "host"}, {"rule": "text", "subject": "text"},
    ),
    "/api/v1/system/alerts/mute": (
        {"rule": "disk-low", "subject": "host", "hours": 1, "reason": ""},
        {"rule": "text", "subject": "text", "hours": "number", "reason": "text?"},
    ),
    "/api/v1/system/alerts/unmute": (
        {"rule": "disk-low", "subject": "host"}, {"rule": "text", "subject": "text"},
    ),
    "/api/v1/system/channels/test": ({"channel": "mail"}, {"channel": "text"}),
    "/api/v1/access/sessions/revoke": ({"session": "abc"}, {"session": "text"}),
}  # fmt: skip
FORMS: dict[str, tuple[dict[str, str], bool]] = {
    "/api/v1/backtests/check": (BACKTEST, True),
    "/api/v1/backtests/run": (BACKTEST, False),
    "/api/v1/sweeps/check": (SWEEP, True),
    "/api/v1/sweeps/run": (SWEEP, False),
    "/api/v1/bots/check": (BOT, True),
    "/api/v1/bots/create": (BOT, False),
    "/api/v1/bots/change": (BOT | {"name": "kept"}, False),
}
BAD_NUMBERS = ("nan", "inf", "-inf", "1e308", "1e999999999", "9" * 5_000, "abc", "-1e9", NUL)
BESIDE = {"steps.price_step": {"steps.size_step": "1", "steps.min_size": "1"}}
FORM_FIELDS: dict[str, tuple[str, ...]] = {
    "capital": ("0", "-1", *BAD_NUMBERS),
    "sizing.rule": ("all", NUL, LONG),
    "sizing.amount": BAD_NUMBERS,
    "leverage": BAD_NUMBERS,
    "min_notional": BAD_NUMBERS,
    "costs.taker_fee": ("1.5", *BAD_NUMBERS),
    "costs.slippage_bps": BAD_NUMBERS,
    "exits.stop_loss_bps": ("0", *BAD_NUMBERS),
    "exits.trailing_stop_bps": BAD_NUMBERS,
    "protections.max_drawdown": ("1.5", *BAD_NUMBERS),
    "protections.cool_down_s": ("1e300", *BAD_NUMBERS),
    "latency_ms": ("1.5", "9" * 30, *BAD_NUMBERS),
    "instrument": ("BTC-USDT", "a:b:c", NUL, LONG),
    "timeframe": ("7m", NUL, LONG),
    "strategy": ("Nope", NUL, LONG),
    "parameters.fast": ("0", "1.5", *BAD_NUMBERS),
    "parameters.nope": ("1",),
}
BACKTEST_FIELDS = {
    "start": ("noon", "9999-12-31T23:59-14:00", "0001-01-01", "2099-01-01", NUL, LONG),
    "max_missing": BAD_NUMBERS,
    "resolution": ("ticks", NUL),
    "steps.price_step": ("0", *BAD_NUMBERS),
}
BOT_FIELDS = {"name": ("", "-a", "A b", "../x", NUL, LONG), "allow_unverified": ("perhaps",)}
SWEEP_FIELDS = {
    "vary.parameters.fast": ("5..", "50..5:5", "1..1e308:1", "a..b:c", "5..50:0", "nan..5:1"),
    "sweep.trials": BAD_NUMBERS,
    "sweep.objective": ("nope", NUL),
    "sweep.search": ("luck",),
}

# Route and query parameter: what is wrong there; the others are as here.
QUERIES: dict[str, tuple[dict[str, str], dict[str, tuple[str, ...]]]] = {
    "/api/v1/backtests/span": (
        {"instrument": BTC, "timeframe": "1m"},
        {"instrument": ("", "BTC", NUL, LONG_TEXT), "timeframe": ("", "7m", NUL, LONG_TEXT)},
    ),
    "/api/v1/backtests/result": (
        {}, {"id": ("", "a", "-1", "1.5", "٣", "9" * 30, str(2**63), NUL, LONG_TEXT)},
    ),
    "/api/v1/backtests/promotion": ({}, {"id": ("", "a", "-1", "9" * 30, NUL)}),
    "/api/v1/backtests/candles": (
        {"id": "1"},
        {"id": ("", "a", "9" * 30, NUL), "at": ("a", "1e308", "9" * 30, NUL)},
    ),
    "/api/v1/backtests/compared": (
        {}, {"ids": ("", "a", "1,,2", "1,-2", "1," + "9" * 30, "1," * 5_000)},
    ),
    "/api/v1/sweeps/result": ({"digest": "ab", "by": "sharpe"}, {
        "digest": ("", NUL, LONG_TEXT, "nope"), "by": ("nope", NUL, LONG_TEXT),
    }),
    "/api/v1/bots/detail": ({}, {"name": ("", NUL, LONG_TEXT, "nobody")}),
    "/api/v1/portfolio": (
        {}, {"range": ("nope", NUL, LONG_TEXT), "search": (NUL, LONG_TEXT)},
    ),
    "/api/v1/portfolio/days.csv": ({}, {"range": ("nope", NUL), "search": (NUL, LONG_TEXT)}),
    "/api/v1/portfolio/round-trips.csv": (
        {}, {"range": ("nope", NUL), "search": (NUL, LONG_TEXT)},
    ),
    "/api/v1/bots/from-backtest": ({}, {"id": ("", "a", "-1", "9" * 30, "999999", NUL)}),
    "/api/v1/candles/newest": (
        {"symbol": BTC, "timeframe": "1m"},
        {"symbol": ("", "BTC", NUL, LONG_TEXT), "timeframe": ("", "7m", NUL, LONG_TEXT)},
    ),
    "/api/v1/candles/older": (
        {"symbol": BTC, "timeframe": "1m", "before": "1736121600", "key": ""},
        {
            "symbol": ("", NUL), "timeframe": ("", "7m"),
            "before": ("", "a", "1e308", "9" * 20, "9" * 5_000, NUL),
            "key": (LONG_TEXT,),
        },
    ),
    "/api/v1/system/history": (
        {"subject": "host", "name": "cpu", "hours": "1", "points": "60"},
        {
            "subject": (NUL, LONG_TEXT), "name": (NUL, LONG_TEXT),
            "hours": ("0", "-1", "nan", "inf", "1e308", "a", "9" * 400),
            "points": ("0", "-1", "nan", "inf", "501", "a"),
        },
    ),
    "/api/v1/system/logs": (
        {},
        {
            "level": ("LOUD", NUL, LONG_TEXT), "process": (NUL, LONG_TEXT),
            "text": (NUL, LONG_TEXT),
            "until": ("noon", "2025-01-06", "9999-12-31T23:59-14:00", NUL),
        },
    ),
    "/api/v1/system/alerts": ({}, {"hours": ("0", "-1", "nan", "inf", "1e308", "a")}),
    "/api/v1/system/deliveries": ({}, {"hours": ("0", "nan", "inf", "1e308", "a")}),
    "/api/v1/system/quality": ({}, {"days": ("0", "-1", "nan", "inf", "91", "a")}),
    "/api/v1/system/remedy": ({}, {"of": ("", "nope", NUL, LONG_TEXT)}),
}  # fmt: skip

# What is valid and does not exist: the answer names it.
ABSENT = ("nobody", "nope", "999999")
WHOLE_BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"a"',
    "NaN": b"NaN",
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "no UTF-8": b'{"job": "\xff"}',
    "two values": b"{}{}",
}


def _bodies() -> Iterator[BadRequest]:
    for route, (good, kinds) in BODIES.items():
        for field, kind in kinds.items():
            for name, value in wrong_values(kind):
                body = as_json(with_value(good, field, value))
                # A surrogate is refused by the reader of JSON, before there are fields.
                names = () if name in ("surrogate", "NaN", "inf", "1e999") else (field,)
                expected = shown_value(value) if not isinstance(value, bool) else ()
                yield BadRequest(f"{route} {field}: {name}", "POST", route, body, names + expected)
        unknown = as_json(good | {"surprise": 1})
        yield BadRequest(f"{route} unknown key", "POST", route, unknown, ("surprise",))
    for name, body in WHOLE_BODIES.items():
        for route in ("/api/v1/backtests/cancel", "/api/v1/charts/values", "/api/v1/bots/create"):
            yield BadRequest(f"{route} body: {name}", "POST", route, body, ("body",))


def _forms() -> Iterator[BadRequest]:
    for route, (good, is_check) in FORMS.items():
        fields: Mapping[str, tuple[str, ...]] = FORM_FIELDS | (
            BOT_FIELDS if route.startswith("/api/v1/bots") else BACKTEST_FIELDS
        )
        if route.startswith("/api/v1/sweeps"):
            fields = SWEEP_FIELDS
        for field, texts in fields.items():
            # What a form alone checks and what is stored go through one check: all there once.
            for text in texts if is_check else texts[:2]:
                body = as_json({"values": good | BESIDE.get(field, {}) | {field: text}})
                name = text[:20] if text.isprintable() else repr(text)
                expected = field.removeprefix("vary.")
                yield BadRequest(
                    f"{route} {field}={name}", "POST", route, body, (expected,), is_check
                )
        for name, value in wrong_values("mapping"):
            body = as_json({"values": value})
            yield BadRequest(f"{route} values: {name}", "POST", route, body, (), is_check)
        missing = as_json({})
        yield BadRequest(f"{route} values: missing", "POST", route, missing, ("values",))


def _queries() -> Iterator[BadRequest]:
    for route, (good, wrong) in QUERIES.items():
        for field, texts in wrong.items():
            for text in texts:
                target = f"{route}?{urlencode(good | {field: text}, quote_via=quote)}"
                name = text[:20] if text.isprintable() else repr(text)
                named = text if text in ABSENT else field
                yield BadRequest(f"{route} {field}={name}", "GET", target, names=(named,))


REQUESTS = [*_bodies(), *_forms(), *_queries()]
