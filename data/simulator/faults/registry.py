"""The armed faults, whether each one triggers, and their activations."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from data.simulator.faults.kinds import AnyFault
from data.simulator.market.prng import chance, mix
from utils.errors import ConfigError

_LOG_LENGTH = 200_000
F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault with its number and the second from which its times count."""

    number: int
    fault: AnyFault
    since_s: float

    def is_due(self, now_s: float) -> bool:
        """Return whether the fault is active at this second."""
        start_s = self.since_s + self.fault.start_s
        duration_s = self.fault.duration_s
        return start_s <= now_s and (duration_s is None or now_s < start_s + duration_s)


class FaultActivation(msgspec.Struct, frozen=True, kw_only=True):
    """One activation of a fault. `facts` name the ids, times and connections concerned."""

    fault: int
    type: str
    time_ms: int
    facts: dict[str, int | str | list[int]]


@dataclass(kw_only=True)
class FaultRegistry:
    """The faults of one run. Equal seeds and equal places give equal decisions."""

    seed: int
    monotonic_s: Callable[[], float]
    now_ms: Callable[[], int]
    log: deque[FaultActivation] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))
    _armed: dict[int, Armed] = field(default_factory=dict)
    _used: Counter[int] = field(default_factory=Counter)
    _added: int = 0

    def add(self, fault: AnyFault) -> Armed:
        """Arm a fault; its times count from now."""
        self._added += 1
        armed = Armed(self._added, fault, self.monotonic_s())
        self._armed[armed.number] = armed
        return armed

    def remove(self, number: int) -> bool:
        """Disarm a fault; return whether it existed."""
        return self._armed.pop(number, None) is not None

    def all(self) -> list[Armed]:
        """Return every armed fault, also those not due yet or over."""
        return list(self._armed.values())

    def due(self, *kinds: type[F]) -> Iterator[tuple[Armed, F]]:
        """Yield the faults of these kinds that are active now and not used up, oldest first."""
        if not self._armed:
            return
        now_s = self.monotonic_s()
        for armed in list(self._armed.values()):
            if isinstance(armed.fault, kinds) and armed.is_due(now_s) and self._has_uses(armed):
                yield armed, armed.fault

    def triggers(self, armed: Armed, *place: int) -> bool:
        """Return whether the fault triggers at this place, without counting it."""
        return self._has_uses(armed) and chance(
            armed.fault.probability, self.seed, armed.number, *place
        )

    def dice(self, armed: Armed, *place: int) -> float:
        """Return a number in [0, 1) determined by this fault and place."""
        return (mix(self.seed, armed.number, 1, *place) >> 11) * 2.0**-53

    def note(self, armed: Armed, **facts: int | str | list[int]) -> None:
        """Count one use and log the activation."""
        self._used[armed.number] += 1
        kind = str(armed.fault.__struct_config__.tag)
        self.log.append(
            FaultActivation(fault=armed.number, type=kind, time_ms=self.now_ms(), facts=facts)
        )

    def _has_uses(self, armed: Armed) -> bool:
        return armed.fault.limit is None or self._used[armed.number] < armed.fault.limit


def parse_faults(raw: bytes | str, source: str) -> tuple[AnyFault, ...]:
    """Parse a JSON list of faults, or one fault. Raises ConfigError naming the place."""
    text = raw if isinstance(raw, str) else raw.decode(errors="replace")
    try:
        if text.lstrip().startswith("{"):
            return (msgspec.json.decode(text, type=AnyFault),)
        return msgspec.json.decode(text, type=tuple[AnyFault, ...])
    except msgspec.DecodeError as error:
        types = ", ".join(sorted(str(kind.__struct_config__.tag) for kind in AnyFault.__args__))
        raise ConfigError(source, field="faults", problem=f"{error}; types are {types}") from error


def load_faults(path: Path) -> tuple[AnyFault, ...]:
    """Read faults from a JSON file. Raises ConfigError if it is missing or wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), problem=f"cannot be read: {error.strerror}") from error
    return parse_faults(raw, str(path))
