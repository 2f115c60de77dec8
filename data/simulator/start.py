"""Build an exchange from a configuration: its markets and its start time."""

from dataclasses import dataclass

from data.simulator.capture import Capture, read_capture
from data.simulator.clock import VirtualClock
from data.simulator.config import SimulatorConfig
from data.simulator.exchange import Exchange
from data.simulator.market.matches import MatchSource
from data.simulator.market.synthetic import MarketSettings, SyntheticSource
from data.simulator.market.tape import TapeSource, read_tape
from data.simulator.market.volatility_profile import VOLATILITY_PROFILES
from utils.clock import SystemClock
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class _InitialState:
    """The markets, their start time (None: now), and the session to play, if any."""

    sources: list[MatchSource]
    start_ms: int | None
    capture: Capture | None = None


def build_exchange(config: SimulatorConfig) -> tuple[Exchange, Capture | None]:
    """Build the exchange of a configuration, and the session it plays. Raises ConfigError."""
    initial_state = _initial_state(config)
    start_ms = initial_state.start_ms if config.start_ms is None else config.start_ms
    system = SystemClock()
    clock = VirtualClock(system, start_ms=start_ms, speed=0.0 if config.waits else config.speed)
    exchange = Exchange(config, initial_state.sources, clock, system.monotonic_s)
    return exchange, initial_state.capture


def _initial_state(config: SimulatorConfig) -> _InitialState:
    if config.capture is not None:
        return _captured(config)
    if config.tape is not None:
        if not config.tape_symbol:
            raise ConfigError("tape", field="symbol", problem="must be the tape's instrument")
        tape = TapeSource(config.tape_symbol, read_tape(config.tape))
        return _InitialState([tape], tape.first_ms - 1)
    return _InitialState(_synthetic(config), None)


def _captured(config: SimulatorConfig) -> _InitialState:
    assert config.capture is not None
    capture = read_capture(config.capture)
    tapes: list[MatchSource] = list(capture.tapes())
    if not tapes:
        raise ConfigError(str(config.capture), problem="contains no trades")
    # Played at once, everything has happened already; otherwise time passes as recorded.
    frame = capture.frames[0 if config.speed else -1]
    return _InitialState(tapes, int(frame.time_s * 1000), capture)


def _synthetic(config: SimulatorConfig) -> list[MatchSource]:
    settings = MarketSettings(seed=config.seed, rate=config.rate, falls_ms=config.falls_ms)
    known = {
        volatility_profile.listing.inst_id: volatility_profile
        for volatility_profile in VOLATILITY_PROFILES
    }
    for name in config.instruments:
        if name not in known:
            problem = f"the market has only {', '.join(known)}"
            raise ConfigError("instruments", field=name, problem=problem)
    requested = config.instruments or tuple(known)
    return [SyntheticSource(known[name], settings) for name in requested]
