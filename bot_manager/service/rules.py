"""What a bot manager keeps to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRules:
    """How the manager behaves. Times in seconds.

    `poll_s`: how long it waits for a bell before it looks by itself. Groups are served for `turn_s`
    at most before commands are looked at again. An account without an effect
    is stored every `checkpoint_s`. Feed and strategy are stale behind `stale_after_s`; what is
    committed `late_after_s` behind its print is marked as late. `code` names the compiled code.
    """

    poll_s: float = 0.25
    turn_s: float = 0.2
    page_trades: int = 5_000
    checkpoint_s: float = 60.0
    stale_after_s: float = 120.0
    late_after_s: float = 10.0
    code: str = ""
