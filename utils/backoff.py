"""Capped, jittered, exponential delays between attempts."""

import random
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Backoff:
    """Delays `first_s`, doubled each time up to `cap_s`, each times a random factor in [0.5, 1.5].

    The jitter spreads the retries of clients that failed together.
    """

    first_s: float = 0.5
    cap_s: float = 30.0
    rng: random.Random = field(default_factory=random.Random)
    attempts: int = 0

    def next_delay_s(self) -> float:
        """Count one more failure and return the delay before the next attempt, in seconds."""
        delay_s = min(self.cap_s, self.first_s * 2.0 ** min(self.attempts, 60))
        self.attempts += 1
        return delay_s * self.rng.uniform(0.5, 1.5)

    def reset(self) -> None:
        """Reset the failure count after a success."""
        self.attempts = 0
