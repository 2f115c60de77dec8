"""The configuration of a simulator. Picklable values: they are passed to child processes."""

from dataclasses import dataclass, field
from pathlib import Path

from data.simulator.faults.kinds import AnyFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The exchange's limits and timeouts; the defaults are the real exchange's.

    `send_buffer_bytes`: a client that lags further behind is closed with 4005.
    """

    idle_s: float = 30.0
    connects_per_s: int = 3
    requests_per_hour: int = 480
    request_bytes: int = 65_536
    send_buffer_bytes: int = 16 * 1024 * 1024
    candle_close_delay_ms: int = 2_000
    rest_rates: bool = True
    tick_s: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """One simulated exchange.

    `port` 0: the operating system chooses. `instruments` empty means all. `start_ms` None means
    now (with a tape or a capture: its first time). `speed` 0 freezes the clock; in capture mode it
    plays as fast as the client reads. With `waits` the clock stands still until the first
    subscription to trades. With `tape` the exchange lists `tape_symbol` alone.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    speed: float = 1.0
    rate: float = 1.0
    falls_ms: int = 0
    start_ms: int | None = None
    waits: bool = False
    instruments: tuple[str, ...] = ()
    tape: Path | None = None
    tape_symbol: str = ""
    capture: Path | None = None
    faults: tuple[AnyFault, ...] = ()
    limits: Limits = field(default_factory=Limits)
    compress: bool = True
