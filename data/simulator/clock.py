"""The exchange's clock: it may start at any time, run faster, stand still or jump ahead."""

from utils.clock import Clock

_MS = 1000.0


class VirtualClock:
    """Milliseconds since 1970 as the simulated exchange sees them; never going back."""

    def __init__(self, clock: Clock, *, start_ms: int | None = None, speed: float = 1.0) -> None:
        self._clock = clock
        self._base_ms = clock.now().timestamp() * _MS if start_ms is None else float(start_ms)
        self._since_s = clock.monotonic_s()
        self._speed = speed

    @property
    def speed(self) -> float:
        """Return how many virtual seconds pass in a real one; 0 stands still."""
        return self._speed

    def now_ms(self) -> int:
        """Return the virtual time."""
        return int(self._base_ms + self._elapsed_ms())

    def run_at(self, speed: float) -> None:
        """Change the speed from now on."""
        self._rebase()
        self._speed = speed

    def jump(self, milliseconds: int) -> None:
        """Move ahead at once; a negative number has no effect."""
        self._rebase()
        self._base_ms += max(0, milliseconds)

    def real_s(self, virtual_ms: int) -> float:
        """Return how many real seconds so many virtual milliseconds take; standing still, 0."""
        return virtual_ms / _MS / self._speed if self._speed else 0.0

    def _elapsed_ms(self) -> float:
        return (self._clock.monotonic_s() - self._since_s) * _MS * self._speed

    def _rebase(self) -> None:
        self._base_ms += self._elapsed_ms()
        self._since_s = self._clock.monotonic_s()
