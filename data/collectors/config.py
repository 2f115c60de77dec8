"""What to collect, and every number by which a collector behaves; frozen, read from JSON.

The defaults are those of the exchange's documented limits with some room; tests scale them down.
Names say the unit: `_s` seconds.
"""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe

Channel = Literal["trades-all", "trades"]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeedRules(_Rules):
    """How sockets are opened, kept alive, watched and given up."""

    connects_per_s: float = Field(default=2.0, gt=0)
    open_timeout_s: float = Field(default=10.0, gt=0)
    max_frame_bytes: int = Field(default=16_000_000, gt=0)
    heartbeat_s: float = Field(default=18.0, gt=0)
    pong_timeout_s: float = Field(default=10.0, gt=0)
    ack_timeout_s: float = Field(default=10.0, gt=0)
    args_per_connection: int = Field(default=100, gt=0)
    args_per_request: int = Field(default=50, gt=0)
    bytes_per_request: int = Field(default=32_000, gt=200)
    requests_per_hour: int = Field(default=420, gt=0)
    backoff_first_s: float = Field(default=0.5, gt=0)
    backoff_cap_s: float = Field(default=30.0, gt=0)
    stable_after_s: float = Field(default=60.0, gt=0)
    penalty_s: float = Field(default=5.0, ge=0)
    handover_s: float = Field(default=20.0, gt=0)
    stale_after_s: float = Field(default=30.0, gt=0)
    stale_intervals: float = Field(default=20.0, gt=0)
    undecodable_limit: int = Field(default=20, gt=0)
    undecodable_window_s: float = Field(default=60.0, gt=0)


class RestRules(_Rules):
    """How the exchange is asked. `rate_share` is this process's part of the limits per address."""

    timeout_s: float = Field(default=10.0, gt=0)
    attempts: int = Field(default=4, gt=0)
    backoff_first_s: float = Field(default=0.5, gt=0)
    backoff_cap_s: float = Field(default=10.0, gt=0)
    rate_share: float = Field(default=0.8, gt=0, le=1)
    clock_samples: int = Field(default=5, gt=0)
    clock_every_s: float = Field(default=600.0, gt=0)
    instruments_every_s: float = Field(default=3600.0, gt=0)


class RepairRules(_Rules):
    """How long the tape waits for missing ids before it goes on without them.

    `chunk_ids`: how many late trades are downloaded before they are stored.
    """

    reorder_grace_s: float = Field(default=0.5, ge=0)
    hold_ids: int = Field(default=100_000, gt=0)
    hold_s: float = Field(default=600.0, gt=0)
    retry_s: float = Field(default=1.0, gt=0)
    empty_answers: int = Field(default=3, gt=0)
    chunk_ids: int = Field(default=20_000, gt=0)


class WriterRules(_Rules):
    """When trades are committed, how many may wait, and how failures are retried."""

    batch_trades: int = Field(default=1_000, gt=0)
    batch_age_s: float = Field(default=0.1, ge=0)
    queue_trades: int = Field(default=50_000, gt=0)
    payload_trades: int = Field(default=200, gt=0)
    backoff_first_s: float = Field(default=0.5, gt=0)
    backoff_cap_s: float = Field(default=3.0, gt=0)
    bus_retry_s: float = Field(default=1.0, gt=0)


class HistoryRules(_Rules):
    """How the past is completed in the background.

    `wanted_every_s`: how often to look whether somebody needs more of it.
    """

    round_s: float = Field(default=60.0, gt=0)
    wanted_every_s: float = Field(default=2.0, gt=0)
    settle_s: float = Field(default=5.0, ge=0)
    opinions_per_round: int = Field(default=50, gt=0)
    scan_candles: int = Field(default=500, gt=0)


class CollectorConfig(_Rules):
    """One group of instruments of one exchange, spread over `processes`.

    `connections`: over how many sockets each stream is read at once; the first arrival wins.
    `history_days`: how far back everything is completed; `warmup_days`: how far back at most what
    strategies need to begin.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    exchange: str = Field(default="okx", pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    instruments: tuple[str, ...] = Field(min_length=1)
    timeframes: tuple[Timeframe, ...] = Field(default=tuple(Timeframe), min_length=1)
    channel: Channel = "trades-all"
    connections: int = Field(default=1, ge=1, le=4)
    processes: int = Field(default=1, ge=1, le=64)
    history_days: float = Field(default=30.0, ge=0, le=3650)
    warmup_days: float = Field(default=3650.0, ge=0, le=3650)
    telemetry_s: float = Field(default=2.0, gt=0)
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


class Endpoint(_Rules):
    """Where an exchange is reached, as scheme, host and port: `https://..` and `wss://..`."""

    rest_url: str = Field(pattern=r"^https?://[^\s/]+$")
    ws_url: str = Field(pattern=r"^wss?://[^\s/]+$")

    @property
    def is_local(self) -> bool:
        """Tell whether this machine itself answers there: no proxy must stand between."""
        return urlsplit(self.rest_url).hostname in ("127.0.0.1", "localhost", "::1")
