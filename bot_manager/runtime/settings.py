"""Settings of the bot manager."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BotManagerSettings:
    """Settings of the manager. Times in seconds.

    `poll_s`: the longest wait for a message before it polls. Groups are served for `turn_s` at most
    before commands are processed again. An account without an effect is stored every
    `checkpoint_s`. Feed and strategy are stale after `stale_after_s`; orders committed
    `late_after_s` after their print are marked as late. `code` names the compiled code.
    """

    poll_s: float = 0.25
    turn_s: float = 0.2
    page_trades: int = 5_000
    checkpoint_s: float = 60.0
    stale_after_s: float = 120.0
    late_after_s: float = 10.0
    code: str = ""
