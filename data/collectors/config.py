"""Collector configuration: instruments and all behavioural parameters; frozen, from JSON.

An exchange has defaults of its own for `feed` and `channel` (`factory.complete_config`).
Names end with the unit: `_s` seconds.
"""

from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, field_validator

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from utils.bounds import (
    BoundedModel,
    InstrumentName,
    Line,
    PositiveCount,
    PositiveSeconds,
    Seconds,
    ServerUrl,
    SocketUrl,
)


class FeedRules(BoundedModel):
    """How sockets are opened, kept alive, monitored and closed."""

    connects_per_s: float = Field(default=2.0, gt=0, le=1_000)
    open_timeout_s: PositiveSeconds = 10.0
    max_frame_bytes: PositiveCount = 16_000_000
    heartbeat_s: PositiveSeconds = 18.0
    pong_timeout_s: PositiveSeconds = 10.0
    ack_timeout_s: PositiveSeconds = 10.0
    args_per_connection: PositiveCount = 100
    args_per_request: PositiveCount = 50
    bytes_per_request: int = Field(default=32_000, gt=200, le=1_000_000)
    requests_per_hour: PositiveCount = 420
    backoff_first_s: PositiveSeconds = 0.5
    backoff_cap_s: PositiveSeconds = 30.0
    stable_after_s: PositiveSeconds = 60.0
    penalty_s: Seconds = 5.0
    handover_s: PositiveSeconds = 20.0
    stale_after_s: PositiveSeconds = 30.0
    stale_intervals: float = Field(default=20.0, gt=0, le=1_000_000)
    undecodable_limit: PositiveCount = 20
    undecodable_window_s: PositiveSeconds = 60.0


class RestRules(BoundedModel):
    """Limits of REST requests. `rate_share` is this process's part of the limits per address."""

    timeout_s: PositiveSeconds = 10.0
    attempts: PositiveCount = 4
    backoff_first_s: PositiveSeconds = 0.5
    backoff_cap_s: PositiveSeconds = 10.0
    rate_share: float = Field(default=0.8, gt=0, le=1)
    clock_samples: PositiveCount = 5
    clock_every_s: PositiveSeconds = 600.0
    instruments_every_s: PositiveSeconds = 3600.0


class RepairRules(BoundedModel):
    """How long the tape waits for missing ids before it continues without them.

    `chunk_ids`: how many trades of a deferred hole are downloaded before they are stored.
    """

    reorder_grace_s: Seconds = 0.5
    hold_ids: PositiveCount = 100_000
    hold_s: PositiveSeconds = 600.0
    retry_s: PositiveSeconds = 1.0
    empty_answers: PositiveCount = 3
    chunk_ids: PositiveCount = 20_000


class WriterRules(BoundedModel):
    """When trades are committed, how many may wait, and how failures are retried."""

    batch_trades: PositiveCount = 1_000
    batch_age_s: Seconds = 0.1
    queue_trades: PositiveCount = 50_000
    payload_trades: PositiveCount = 200
    backoff_first_s: PositiveSeconds = 0.5
    backoff_cap_s: PositiveSeconds = 3.0
    bus_retry_s: PositiveSeconds = 1.0


class HistoryRules(BoundedModel):
    """How the past is completed in the background.

    `requests_every_s` (in older files `wanted_every_s`): the interval between reads of the history
    requests. `corrections_per_round` (`opinions_per_round`): how many candles are compared with the
    exchange's at once.
    """

    round_s: PositiveSeconds = 60.0
    requests_every_s: PositiveSeconds = Field(
        default=2.0, validation_alias=AliasChoices("requests_every_s", "wanted_every_s")
    )
    settle_s: Seconds = 5.0
    corrections_per_round: PositiveCount = Field(
        default=50, validation_alias=AliasChoices("corrections_per_round", "opinions_per_round")
    )
    scan_candles: PositiveCount = 500


class CollectorConfig(BoundedModel):
    """One group of instruments of one exchange, spread over `processes`.

    `channel`: one of the exchange's trade streams, its first if empty. `connections`: over how many
    sockets each stream is read at once; the first arrival wins.
    `history_days`: how far back everything is completed; `warmup_days`: the maximum for what
    strategies need for their warm-up.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    exchange: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    instruments: tuple[InstrumentName, ...] = Field(min_length=1, max_length=2_000)
    timeframes: tuple[Timeframe, ...] = Field(default=tuple(Timeframe), min_length=1)
    channel: Line = ""
    connections: int = Field(default=1, ge=1, le=4)
    processes: int = Field(default=1, ge=1, le=64)
    history_days: float = Field(default=30.0, ge=0, le=3650)
    warmup_days: float = Field(default=3650.0, ge=0, le=3650)
    telemetry_s: PositiveSeconds = 2.0
    feed: FeedRules = FeedRules()
    rest: RestRules = RestRules()
    repair: RepairRules = RepairRules()
    writer: WriterRules = WriterRules()
    history: HistoryRules = HistoryRules()

    @field_validator("instruments", "timeframes")
    @classmethod
    def _each_once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({str(value) for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} more than once")
        return values

    @field_validator("instruments")
    @classmethod
    def _plain_symbols(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        for symbol in symbols:
            InstrumentId("exchange", symbol)
        return symbols

    @property
    def ids(self) -> tuple[InstrumentId, ...]:
        """Return the instruments with their exchange."""
        return tuple(InstrumentId(self.exchange, symbol) for symbol in self.instruments)


class Endpoint(BoundedModel):
    """The addresses of an exchange, as scheme, host and port: `https://..` and `wss://..`."""

    rest_url: ServerUrl
    ws_url: SocketUrl

    @property
    def is_local(self) -> bool:
        """Return whether the address is on this machine: then no proxy may be used."""
        return urlsplit(self.rest_url).hostname in ("127.0.0.1", "localhost", "::1")
