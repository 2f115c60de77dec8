"""Errors of alerts."""

from collections.abc import Iterable

from utils.errors import NotFound, TruetapeError


class AlertMissing(NotFound):
    """No alert of this rule and subject is open."""

    def __init__(self, rule: str, subject: str) -> None:
        super().__init__(f"no alert {rule!r} of {subject!r} is open; it may have been resolved")


class RuleMissing(NotFound):
    """No alert rule matches a name and subject; `available` are those that do exist."""

    def __init__(self, problem: str, available: Iterable[str]) -> None:
        super().__init__(f"{problem}; there are {', '.join(available)}")


class ChannelUnavailable(TruetapeError):
    """A message could not be delivered: retry later."""


class ChannelRefused(TruetapeError):
    """A channel refuses a message permanently: its settings are wrong."""
